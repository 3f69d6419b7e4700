"""Measurements as ratios within one run: this machine's speed cancels out."""
