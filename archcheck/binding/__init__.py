"""A document's code as one program, each claim bound to what it is said of; and the tree that reports it. No torch."""

from archcheck.binding.bind import bind
from archcheck.binding.rewrite import instrumented

__all__ = ["bind", "instrumented"]
