"""Profiles beside each other: which row answers which, how far they differ, and what that exceeds.

Records only: nothing is built or measured here, and torch is not imported.
"""
