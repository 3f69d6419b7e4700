"""The claim ledger as JSON (`archcheck.list/1`) and as CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields

from archcheck.claim_ledger import Account, Dispute, Ledger, Tally
from archcheck.report.to_csv import csv_text
from archcheck.report.to_json import document_text
from archcheck.report.values import value_text
from archcheck.results import Check, Plain

LIST_SCHEMA = "archcheck.list/1"
COUNTS = tuple(field.name for field in fields(Tally))


def list_json(ledgers: Sequence[Ledger], environment: Mapping[str, Plain]) -> str:
    """Return the document of `archcheck list`, with every finding."""
    return document_text(LIST_SCHEMA, environment, [_ledger(ledger) for ledger in ledgers])


def list_csv(ledgers: Sequence[Ledger]) -> str:
    """Return a row a network: its counts, and its documents in one cell."""
    header = ("target", "name", "title", "family", "sources", *COUNTS, "params", "error")
    rows = (
        (
            ledger.target,
            ledger.name,
            ledger.title,
            ledger.family,
            "; ".join(source_text(account) for account in ledger.accounts),
            *(None if ledger.error else count for count in asdict(ledger.tally).values()),
            ledger.params,
            ledger.error,
        )
        for ledger in ledgers
    )
    return csv_text(header, rows)


def findings_csv(ledgers: Sequence[Ledger]) -> str:
    """Return a row a statement of all that is in dispute; a target with an error has one row that says so."""
    header = (
        "target", "name", "layer", "type", "quantity", "contradiction", "source", "documented", "real", "status",
        "at", "wrong", "line", "error",
    )  # fmt: skip
    rows: list[Sequence[object]] = []
    for ledger in ledgers:
        if ledger.error is not None:
            rows.append((ledger.target, ledger.name, *[None] * (len(header) - 3), ledger.error))
        for dispute in ledger.disputes:
            rows += (_finding_row(ledger, dispute, check) for check in dispute.statements)
    return csv_text(header, rows)


def source_text(account: Account) -> str:
    """Return a document in one line: `paper: Very deep convolutional networks (2014)`."""
    source = account.source
    name = f"{source.name}: " if source.name else ""
    return f"{name}{source.title}{f' ({source.year})' if source.year else ''}"


def _finding_row(ledger: Ledger, dispute: Dispute, check: Check) -> Sequence[object]:
    values = (_cell(check.quantity, value) for value in (check.documented, dispute.real))
    about = (check.layer, check.type, check.quantity, dispute.contradiction, check.source)
    return (
        ledger.target,
        ledger.name,
        *about,
        *values,
        check.status,
        check.at,
        check.wrong,
        check.line,
        None,
    )


def _cell(quantity: str, value: Plain) -> object:
    return value_text(quantity, value) if isinstance(value, list | dict) else value


def _ledger(ledger: Ledger) -> Plain:
    return {
        "target": ledger.target,
        "name": ledger.name,
        "title": ledger.title,
        "family": ledger.family,
        "params": ledger.params,
        **asdict(ledger.tally),
        "error": ledger.error,
        "sources": [{**asdict(account.source), **asdict(account.tally)} for account in ledger.accounts],
        "findings": [_finding(dispute) for dispute in ledger.disputes],
    }


def _finding(dispute: Dispute) -> Plain:
    return {
        "layer": dispute.layer,
        "type": dispute.type,
        "quantity": dispute.quantity,
        "contradiction": dispute.contradiction,
        "real": dispute.real,
        "statements": [_statement(check) for check in dispute.statements],
    }


def _statement(check: Check) -> Plain:
    return {
        "source": check.source,
        "documented": check.documented,
        "status": check.status,
        "at": check.at,
        "wrong": check.wrong,
        "line": check.line,
    }
