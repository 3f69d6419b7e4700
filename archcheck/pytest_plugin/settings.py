"""What a session is to check, and how: the options and the ini file as one frozen record."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import pytest

from archcheck.device_name import NAMES, is_device_name
from archcheck.documents import SUFFIXES as DOCUMENTS
from archcheck.documents import is_document
from archcheck.targets import SUFFIXES as SPECS

Kind = Literal["spec", "document"]
DEFAULT_SPECS = ("specs/*.yaml", "specs/*.yml")
"""What is checked where nothing is named."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What to check, and how.

    `files`: those that the settings name; `by_name`: whether those count too that the command line names; `tests`: the
    patterns of Python files that are tests; `here`: the folder as seen from which messages name files.
    """

    files: Mapping[Path, Kind]
    by_name: bool
    tests: tuple[str, ...]
    here: Path
    device: str
    seconds: float
    lint: bool

    def kind_of(self, path: Path, named: bool) -> Kind | None:
        """Return what a file is to be checked as, None if not at all; `named`: by the command line.

        A test of Python's that the command line names is meant as such.
        """
        kind = self.files.get(path)
        if kind is not None or not (named and self.by_name):
            return kind
        kind = _kind(path)
        return None if kind == "document" and self.is_test(path) else kind

    def is_test(self, path: Path) -> bool:
        """Return whether pytest collects a Python file as tests, wherever it finds it."""
        return path.suffix == ".py" and any(path.match(pattern) for pattern in self.tests)


def read_settings(config: pytest.Config) -> Settings:
    """Return what a session is to check. Raises `pytest.UsageError` for what cannot be meant.

    Where the command line names no file, those that the settings name are arguments of the session.
    """
    lint = bool(config.getoption("archcheck_lint"))
    by_name = bool(config.getoption("archcheck")) or lint
    files = _files(config)
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        if not files:
            raise pytest.UsageError(
                f"--archcheck: there is no {DEFAULT_SPECS[0]} in {config.rootpath}; name files, "
                "or set archcheck_specs or archcheck_documents"
            )
        if config.invocation_params.dir == config.rootpath:
            config.args += [str(file) for file in files if not _is_reached(file, config)]
    return Settings(
        files,
        by_name,
        tuple(config.getini("python_files")),
        config.invocation_params.dir,
        _device(config.getini("archcheck_device")),
        _seconds(config.getini("archcheck_timeout")),
        lint,
    )


def _is_reached(file: Path, config: pytest.Config) -> bool:
    """Return whether pytest comes to a file from its arguments, so that it need not be one of them.

    Raises `pytest.UsageError` where it would not, and leaves out an argument below another.
    """
    arguments = (_whole(config.invocation_params.dir / argument) for argument in config.args)
    above = [argument for argument in arguments if file.is_relative_to(argument)]
    if above and all(_is_passed_over(file, folder, config) for folder in above):
        raise pytest.UsageError(
            f"{file.relative_to(config.rootpath)}: is named to be checked, in a folder that pytest passes over; "
            "take the folder out of norecursedirs"
        )
    return bool(above)


def _is_passed_over(file: Path, folder: Path, config: pytest.Config) -> bool:
    """Return whether a file lies in a folder that pytest does not go into by itself."""
    between = file.relative_to(folder).parts[:-1] if file.is_relative_to(folder) else ()
    return any(fnmatch(part, pattern) for part in between for pattern in config.getini("norecursedirs"))


def _files(config: pytest.Config) -> dict[Path, Kind]:
    """Return the files that the settings name, in their order, and sorted where one pattern names several."""
    specs, documents = config.getini("archcheck_specs"), config.getini("archcheck_documents")
    if not specs and not documents:
        return {path: "spec" for pattern in DEFAULT_SPECS for path in _matches(config, pattern, "spec")}
    found: dict[Path, Kind] = {}
    for pattern in specs:
        found |= dict.fromkeys(_named(config, "archcheck_specs", pattern, "spec"), "spec")
    for pattern in documents:
        found |= dict.fromkeys(_named(config, "archcheck_documents", pattern, "document"), "document")
    return found


def _named(config: pytest.Config, setting: str, pattern: str, kind: Kind) -> list[Path]:
    """Return the files that a pattern of a setting names: one at least, for what is never checked must not pass."""
    try:
        found = _matches(config, pattern, kind)
    except (
        ValueError,
        NotImplementedError,
        IndexError,
    ):  # what pathlib raises of an absolute one, of `**a`, of ``
        found = []
    if not found:
        endings = ", ".join(SPECS if kind == "spec" else DOCUMENTS)
        raise pytest.UsageError(
            f"{setting}: {pattern!r} names nothing in {config.rootpath} that ends in {endings}"
        )
    return found


def _matches(config: pytest.Config, pattern: str, kind: Kind) -> list[Path]:
    """Return the files of a kind that a pattern names; `**` leads through the folders that pytest goes into, too."""
    found = [_whole(path) for path in sorted(config.rootpath.glob(pattern)) if path.is_file()]
    passed = "**" in pattern
    return [
        path
        for path in found
        if _kind(path) == kind and not (passed and _is_passed_over(path, config.rootpath, config))
    ]


def _whole(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 - pytest does not follow links either


def _kind(path: Path) -> Kind | None:
    if path.suffix in SPECS:
        return "spec"
    return "document" if is_document(path.name) else None


def _device(name: str) -> str:
    if not is_device_name(name):
        raise pytest.UsageError(f"archcheck_device = {name}: no such device name; write {NAMES}")
    return name


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise pytest.UsageError(f"archcheck_timeout = {text}: needs a number of seconds, more than 0")
    return seconds
