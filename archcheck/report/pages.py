"""`reports/`: one page a network and an index. Nothing on them varies from run to run or from machine to machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archcheck.infer import Inference
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING, about, summary_text, value_text
from archcheck.results import Check, Verification, without_batch
from archcheck.spec.layers import Spec
from archcheck.units import count_text, shape_text, short_count

INDEX = "README.md"
MADE_BY = "<!-- made by `archcheck report`; do not edit -->"


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page shows: the spec, what its layers cost one sample, and the verdicts."""

    spec: Spec
    costs: Inference
    result: Verification


def pages(made: Sequence[Page]) -> dict[str, str]:
    """Return every page's file name and text, the index among them."""
    files = {f"{page.spec.name}.md": "\n\n".join(_page(page)) + "\n" for page in made}
    return {INDEX: _index(made)} | files


def _index(made: Sequence[Page]) -> str:
    parts = [MADE_BY, "# Documented networks", NETWORKS_INTRO, networks_table(made, "")]
    wrong = [line for page in made for line in _wrong_lines(page)]
    if wrong:
        parts += ["## Statements known to be wrong", "\n".join(wrong)]
    return "\n\n".join(parts) + "\n"


NETWORKS_INTRO = (
    "What the documents state of each network, against the published formulas and the network itself. "
    "Parameters are exact; MACs are multiply-accumulates of one sample, without bias."
)


def networks_table(made: Sequence[Page], folder: str) -> str:
    """Return the table of networks; `folder` stands before each page's link."""
    headers = ("network", "claims", "agree", "known wrong", "differ", "unchecked", "parameters", "MACs")
    rows = [
        (
            f"[{page.spec.name}]({folder}{page.spec.name}.md)",
            page.result.claims,
            page.result.count("agrees"),
            page.result.count("known wrong"),
            page.result.differing,
            page.result.count("unchecked"),
            count_text(page.costs.params),
            short_count(page.costs.macs),
        )
        for page in made
    ]
    return table(headers, rows, "markdown", right=headers[1:])


def _wrong_lines(page: Page) -> Iterator[str]:
    for check in page.result.checks:
        if check.status == "known wrong":
            values = f"documented {_code(check, check.documented)}, is {_code(check, _real(check))}"
            yield f"- **{page.spec.name}**, {about(check)}, {check.quantity}: {values}. {_sentence(check.wrong)}"


def _real(check: Check) -> object:
    return check.inferred if check.seen is None else check.seen


def _code(check: Check, value: object) -> str:
    return f"`{value_text(check.quantity, value)}`"  # type: ignore[arg-type]


def _sentence(text: str | None) -> str:
    return "" if not text else text[0].upper() + text[1:].rstrip(".") + "."


def _page(page: Page) -> Iterator[str]:
    spec, result = page.spec, page.result
    yield MADE_BY
    yield f"# {spec.title}"
    yield "\n".join(_facts(spec))
    yield f"## Verdict: {'holds' if result.ok else 'differs'}"
    yield summary_text(result) + "."
    yield _claims_table(result.checks)
    wrong = list(_wrong_lines(page))
    if wrong:
        yield "## Known to be wrong"
        yield "\n".join(wrong)
    unchecked = [check for check in result.checks if check.status == "unchecked" and check.claimed]
    if unchecked:
        yield "## Stated, and not to be checked"
        yield "\n".join(
            f"- {_sentence(str(check.documented))} {_at(check)}{_sentence(check.hint)}" for check in unchecked
        )
    yield "## Cost of one sample"
    yield _costs_table(page.costs)


def _at(check: Check) -> str:
    return f"({check.at}) " if check.at else ""


def _facts(spec: Spec) -> Iterator[str]:
    inputs = ", ".join(f"{tensor.name} {shape_text(tensor.shape)}" for tensor in spec.inputs)
    yield f"- Spec: `{spec.target}`"
    if spec.source is not None:
        title = f"[{spec.source.title}]({spec.source.url})" if spec.source.url else spec.source.title
        yield f"- Document: {title}"
        if spec.source.lines:
            yield f"- Places: {spec.source.lines}"
    yield f"- Input: {inputs}"


def _claims_table(checks: Sequence[Check]) -> str:
    rows = [
        (
            f"`{check.layer}`" if check.layer else "the network",
            check.type,
            check.quantity,
            *(value_text(check.quantity, value) for value in (check.documented, check.inferred, check.seen)),
            check.status,
            check.at or NOTHING,
        )
        for check in checks
        if check.claimed and check.quantity != "statement"
    ]
    headers = ("layer", "type", "quantity", "documented", "inferred", "seen", "verdict", "in the document")
    return table(headers, rows, "markdown")


def _costs_table(costs: Inference) -> str:
    rows: list[tuple[str, ...]] = [
        (
            f"`{layer.path}`",
            layer.kind,
            NOTHING if layer.effect is None else shape_text(without_batch(layer.effect.output, 1) or ()),
            *(count_text(getattr(layer.effect, name, None)) for name in ("params", "macs", "flops")),
        )
        for layer in costs.layers
    ]
    rows.append(
        ("**all**", "", "", *(count_text(count) for count in (costs.params, costs.macs, costs.flops)))
    )
    headers = ("layer", "type", "output", "parameters", "MACs", "FLOPs")
    return table(headers, rows, "markdown", right=headers[3:])
