"""Spec -> the same spec with one slip in it, again and again: which slips does no claim catch? No torch."""

from archcheck.mutating.judge import mutate
from archcheck.mutating.writing import File

__all__ = ["File", "mutate"]
