"""Verdicts as CI servers read them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from archcheck import __version__
from archcheck.results import Plain, Verification


def server_text(style: str, results: Sequence[Verification], environment: Mapping[str, Plain]) -> str:
    """Return results as CI servers read them, with paths below the repository's root, or else this folder."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or ".")
    if style == "github":
        from archcheck.report.to_github import verify_github

        return verify_github(results, root)
    told = {"archcheck": __version__, **environment}
    if style == "junit":
        from archcheck.report.to_junit import verify_junit

        return verify_junit(results, told, root)
    from archcheck.report.to_sarif import verify_sarif

    return verify_sarif(results, told, __version__, root)
