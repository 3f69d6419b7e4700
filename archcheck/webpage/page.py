"""The page as one text: its style, its scripts and its data in it, and a policy that lets it load nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files

from archcheck.webpage.data import Shown, page_data

SCRIPTS = (
    "vendor/echarts/echarts.min.js",
    *(f"assets/{name}.js" for name in ("words", "tables", "charts", "figures", "page")),
)
"""In the order in which they run."""
_HARMFUL = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
"""What could end the data's element, or begin another, in any reading of HTML."""


def html(shown: Sequence[Shown]) -> str:
    """Return the page of these networks, whole: it opens from a disk, and asks for nothing."""
    scripts = [_read(name) for name in SCRIPTS]
    parts = {
        "policy": _policy(scripts),
        "style": _read("assets/page.css"),
        "data": island(page_data(shown)),
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
    }
    text = _read("assets/page.html")
    for name, part in parts.items():
        before, _, after = text.partition(f"<!-- {name} -->")
        text = f"{before}{part}{after}"
    return text


def island(data: object) -> str:
    """Return data as JSON that is text to an HTML parser, whatever the names in it are.

    >>> island("</script>")
    '"\\\\u003c/script\\\\u003e"'
    """
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_HARMFUL)


def _policy(scripts: Sequence[str]) -> str:
    """Return a Content-Security-Policy: these scripts and no others, and no request at all."""
    hashes = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in hashes)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


def _read(name: str) -> str:
    return files("archcheck.webpage").joinpath(name).read_text(encoding="utf-8").strip()
