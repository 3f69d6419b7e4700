"""`reports/`: one page a network and an index. Nothing on them varies from run to run or from machine to machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archcheck.claim_ledger import Dispute, accounts_of, ledger_of, merged, said_by
from archcheck.infer import Inference
from archcheck.report.to_text import table
from archcheck.report.values import NOTHING, about, place_text, summary_text, value_text
from archcheck.results import Check, Plain, Verification, without_batch
from archcheck.spec.layers import Source, Spec
from archcheck.units import count_text, shape_text, short_count

MADE_BY = "<!-- made by `archcheck report`; do not edit -->"


@dataclass(frozen=True, slots=True)
class Page:
    """All that a page shows: the spec, what its layers cost one sample, and the verdicts."""

    spec: Spec
    costs: Inference
    result: Verification

    @property
    def disputes(self) -> tuple[Dispute, ...]:
        """What the documents have wrong, or contradict each other in."""
        return ledger_of(self.spec, self.result.checks, self.costs.params).disputes


def network_page(page: Page, made: Sequence[Page]) -> str:
    """Return the page of one of the networks that were `made`."""
    return "\n\n".join(_page(page, made)) + "\n"


def networks_table(made: Sequence[Page], folder: str) -> str:
    """Return the table of networks, a family's members named after it; `folder` stands before each page's link."""
    numbers = ("claims", "agree", "known wrong", "differ", "unchecked", "parameters", "MACs")
    families = any(page.spec.family for page in made)
    rows = [
        (
            *((page.spec.family or NOTHING,) if families else ()),
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
    return table((*(("family",) if families else ()), "network", *numbers), rows, "markdown", right=numbers)


def code(quantity: str, value: Plain) -> str:
    """Return a value as code, or `-`."""
    return NOTHING if value is None else f"`{value_text(quantity, value)}`"


def sentence(text: str | None) -> str:
    """Return words as a sentence."""
    return "" if not text else text[0].upper() + text[1:].rstrip(".") + "."


def source_link(source: Source) -> str:
    """Return a document's title, linked to where it is, with its author and year as far as they are known."""
    title = f"[{source.title}]({source.url})" if source.url else source.title
    more = [str(word) for word in (source.author, source.year) if word]
    return f"{title} ({', '.join(more)})" if more else title


def _page(page: Page, made: Sequence[Page]) -> Iterator[str]:
    spec, result = page.spec, page.result
    yield MADE_BY
    yield f"# {spec.title}"
    yield "\n".join((*_facts(spec, _sources(page)), *_family(page, made)))
    yield f"## Verdict: {'holds' if result.ok else 'differs'}"
    yield summary_text(result) + "."
    yield from _claims(page)
    wrong = list(_wrong_lines(page))
    if wrong:
        yield "## Known to be wrong"
        yield "\n".join(wrong)
    unchecked = [check for check in result.checks if check.status == "unchecked" and check.claimed]
    if unchecked:
        yield "## Stated, and not to be checked"
        yield "\n".join(_unchecked_line(check) for check in unchecked)
    yield "## Cost of one sample"
    yield _costs_table(page.costs)


def _sources(page: Page) -> tuple[Source, ...]:
    """Return the documents that the page is about."""
    return tuple(account.source for account in accounts_of(page.spec, page.result.checks))


def _facts(spec: Spec, said: Sequence[Source]) -> Iterator[str]:
    inputs = ", ".join(f"{tensor.name} {shape_text(tensor.shape)}" for tensor in spec.inputs)
    yield f"- Spec: `{spec.target}`"
    for source in said:
        yield f"- Document{f' `{source.name}`' if source.name else ''}: {source_link(source)}"
        if source.lines:
            yield f"{'  ' if source.name else ''}- Places: {source.lines}"
    yield f"- Input: {inputs}"


def _family(page: Page, made: Sequence[Page]) -> Iterator[str]:
    family = page.spec.family
    others = [other.spec.name for other in made if family and other.spec.family == family]
    if len(others) > 1:
        links = (f"**{name}**" if name == page.spec.name else f"[{name}]({name}.md)" for name in others)
        yield f"- Family `{family}`: {', '.join(links)}"


def _claims(page: Page) -> Iterator[str]:
    """Yield the claims: in one table, or where there are several documents in one each, contradictions first."""
    shown = [check for check in page.result.checks if check.claimed and check.quantity != "statement"]
    sources = _sources(page)
    if len(page.spec.sources) < 2:
        yield _claims_table(shown)
        return
    clashes = [dispute for dispute in page.disputes if dispute.contradiction]
    if clashes:
        yield "## Where the documents contradict each other"
        yield _contradictions_table(sources, clashes)
    for source in sources:
        yield f"## What `{source.name}` says"
        said = [check for check in shown if said_by(check, source)]
        yield _claims_table(said) if said else "Nothing that can be checked."
    rest = [check for check in shown if not any(said_by(check, source) for source in sources)]
    if rest:
        yield "## What the spec allows"
        yield _claims_table(rest)


def _contradictions_table(sources: Sequence[Source], clashes: Sequence[Dispute]) -> str:
    """Return a row for each thing of which the documents say different things, with a column for each that says one."""
    told = {check.source for clash in clashes for check in clash.statements}
    sources = [source for source in sources if source.name in told]
    rows = [
        (
            _layer(clash.layer),
            clash.quantity,
            *(_said(clash, source) for source in sources),
            code(clash.quantity, clash.real),
        )
        for clash in clashes
    ]
    columns = (f"`{source.name}`" for source in sources)
    return table(("layer", "quantity", *columns, "seen"), rows, "markdown")


def _said(clash: Dispute, source: Source) -> str:
    """Return what a document says in one cell, each statement with its place; a wrong one is struck out."""
    said = merged(check for check in clash.statements if check.source == source.name)
    return "; ".join(_struck(check) + (f" ({check.at})" if check.at else "") for check in said) or NOTHING


def _struck(check: Check) -> str:
    value = code(check.quantity, check.documented)
    return f"~~{value}~~" if check.status in ("known wrong", "differs") else value


def _wrong_lines(page: Page) -> Iterator[str]:
    wrong = (
        check for dispute in page.disputes for check in merged(dispute.wrong) if check.status == "known wrong"
    )
    for check in wrong:
        really = check.inferred if check.seen is None else check.seen
        values = f"documented {code(check.quantity, check.documented)}, is {code(check.quantity, really)}"
        place = place_text(check.source, check.at)
        where = f" ({place})" if place else ""
        yield f"- {about(check)}, {check.quantity}{where}: {values}. {sentence(check.wrong)}"


def _unchecked_line(check: Check) -> str:
    place = place_text(check.source, check.at)
    where = f"({place}) " if place else ""
    return f"- {sentence(value_text(check.quantity, check.documented))} {where}{sentence(check.hint)}"


def _layer(path: str) -> str:
    return f"`{path}`" if path else "the network"


def _claims_table(checks: Sequence[Check]) -> str:
    rows = [
        (
            _layer(check.layer),
            check.type,
            check.quantity,
            *(value_text(check.quantity, value) for value in (check.documented, check.inferred, check.seen)),
            check.status,
            check.at or NOTHING,
        )
        for check in checks
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
