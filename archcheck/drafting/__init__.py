"""A spec from a Python model: one pass is watched, and what flowed is written as layers."""
