"""Write every generated file, or name those that are stale.

    python -m tests.generate            # write them
    python -m tests.generate --check    # exit 1 and name each file that is missing or differs

A generator is a function that returns `{path relative to the repository: text}`; a new one is a line below.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.generators import readme, spec_schema, torch_nn

ROOT = Path(__file__).resolve().parent.parent

Generator = Callable[[], Mapping[str, str]]

GENERATORS: tuple[Generator, ...] = (torch_nn.files, spec_schema.files, readme.files)


def generated(generators: Iterable[Generator]) -> Iterator[Mapping[str, str]]:
    """Yield what each gives, one after the other: a later one may read what an earlier one has written."""
    taken: set[str] = set()
    for generator in generators:
        files = generator()
        twice = taken & files.keys()
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))} has two generators")
        taken |= files.keys()
        yield files


def stale(files: Mapping[str, str]) -> list[str]:
    """Return the paths whose text on disk is missing or differs."""
    return [path for path, text in files.items() if _on_disk(ROOT / path) != text.encode()]


def write(files: Mapping[str, str]) -> None:
    """Write the files, with `\\n` at the end of a line on every system."""
    for path, text in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_bytes(text.encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser("python -m tests.generate", description="Write the generated files.")
    parser.add_argument("--check", action="store_true", help="write nothing; name each stale file and exit 1")
    check = parser.parse_args(arguments).check
    found = []
    for files in generated(GENERATORS):
        paths = stale(files)
        if not check:
            write({path: files[path] for path in paths})
        found += paths
    for path in found:
        print(path)
    return 1 if check and found else 0


def _on_disk(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
