"""The pytest plugin: each claim of each spec and of each document is a test.

Every session of pytest loads this module wherever archcheck is installed: it imports nothing until it is asked for.

PYTEST_DONT_REWRITE: pytest would warn of what was imported before it could rewrite its assertions; there are none here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

_INI = {
    "archcheck_specs": ("args", [], "Specs to check, as seen from the rootdir: specs/*.yaml."),
    "archcheck_documents": ("args", [], "Documents to check, whose code is run: README.md docs/*.md."),
    "archcheck_device": ("string", "auto", "What networks are run on: auto, cpu, cuda, cuda:N, mps or meta."),
    "archcheck_timeout": ("string", "60", "How long a document's code may run, in seconds."),
}
MARKER = "archcheck: a claim of a spec or of a document, checked by archcheck."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Say which options and settings there are."""
    group = parser.getgroup("archcheck", "archcheck: what documents say of networks")
    group.addoption(
        "--archcheck",
        action="store_true",
        help="Check the specs and documents that are named here as files, and those of the settings; "
        "without any, specs/*.yaml.",
    )
    group.addoption(
        "--archcheck-lint",
        action="store_true",
        help="Compare what specs say with what is inferred, run nothing and do without PyTorch; "
        "what documents say is skipped.",
    )
    for name, (kind, default, text) in _INI.items():
        parser.addini(name, text, kind, default)  # type: ignore[arg-type]


def pytest_configure(config: pytest.Config) -> None:
    """Collect claims, if that is asked for. Raises `pytest.UsageError` for a setting that cannot be meant."""
    config.addinivalue_line("markers", MARKER)
    asked = config.getoption("archcheck") or config.getoption("archcheck_lint")
    if asked or config.getini("archcheck_specs") or config.getini("archcheck_documents"):
        from archcheck.pytest_plugin.collecting import Collecting
        from archcheck.pytest_plugin.settings import read_settings

        config.pluginmanager.register(Collecting(read_settings(config)), "archcheck-collecting")
