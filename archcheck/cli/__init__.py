"""The command line: parse, call, print. `--help`, `lint`, `list` and `schema` never import torch."""

from archcheck.cli.app import cli, main

__all__ = ["cli", "main"]
