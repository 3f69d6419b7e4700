"""Spec -> the same spec with one slip in it, again and again: which slips does no claim catch? No torch."""

from archcheck.mutating.judge import mutate

__all__ = ["mutate"]
