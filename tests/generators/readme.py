"""The README's outputs, its picture and its table of networks, and the pages under `reports/` that it links to."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from archcheck import targets
from archcheck.drawing.plan import figure
from archcheck.drawing.to_svg import svg
from archcheck.report import folder
from archcheck.report.pages import networks_table
from tests.readme import README, ROOT, filled

_TABLE = re.compile(r"(?<=<!-- networks -->\n).*?(?=<!-- /networks -->)", flags=re.DOTALL)


def files() -> dict[str, str]:
    """Return the README and every page, whole."""
    paths = sorted((ROOT / "specs").glob("*.yaml"))
    found = [one for path in paths for one in targets.expanded(targets.Target(path, f"specs/{path.name}"))]
    made = folder.make(found, "meta")
    assert not made.errors, made.errors
    with tempfile.TemporaryDirectory() as empty:
        text = filled(README.read_text(encoding="utf-8"), Path(empty))
    table = networks_table(made.pages, "reports/")
    readme = _TABLE.sub(lambda _: f"{table}\n", text)
    (shown,) = (page for page in made.pages if page.spec.name == "alexnet")
    picture = {"reports/alexnet.svg": svg(figure(shown.spec, shown.costs, shown.result))}
    return {"README.md": readme, **picture, **{f"reports/{name}": page for name, page in made.files.items()}}
