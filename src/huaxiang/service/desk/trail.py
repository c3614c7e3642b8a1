"""The audit trail, for those who watch over who does what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Literal

from huaxiang.access.chain import Written
from huaxiang.core.cells import harmless
from huaxiang.core.errors import UsageError
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.trail import Sought

Row = dict[str, Any]
Form = Literal["csv", "jsonl"]

MOST = 1_000
"""Entries of one answer; further ones come with `before`."""

COLUMNS = (
    "number",
    "at",
    "actor",
    "role",
    "via",
    "address",
    "action",
    "subject",
    "outcome",
    "detail",
    "previous",
    "hash",
)


@allowed("trail.read")
def entries(desk: Desk, wanted: Sought | None = None, limit: int = 100) -> list[Row]:
    """The latest entries that fit, the latest first: a row each with `COLUMNS`.

    Raises:
        UsageError: `limit` is none of 1 to 1,000.
    """
    if not 1 <= limit <= MOST:
        raise UsageError(f"'limit' is a number from 1 to {MOST}.")
    return [_row(entry) for entry in desk.workspace.trail.rows.find(wanted or Sought(), limit)]


@allowed("trail.read")
def export(desk: Desk, wanted: Sought | None = None, form: Form = "csv") -> Iterator[str]:
    """All entries that fit, the latest first, as lines of CSV or JSON."""
    return _lines(desk, wanted or Sought(), form)


@allowed("trail.read")
def verify(desk: Desk) -> Row:
    """Compute the whole chain again: `sound`, `entries`, `hash` of the last sound one, `signed`, `broken` and `why`.

    `broken` is the number of the first entry that is missing or was changed; None where all are as they were written.
    """
    found = desk.workspace.trail.verify()
    return {
        "sound": found.broken is None,
        "entries": found.head.number,
        "hash": found.head.hash,
        "signed": found.signed,
        "broken": found.broken.number if found.broken else None,
        "why": found.broken.why if found.broken else "",
    }


def sought(desk: Desk, *, since: str | None = None, until: str | None = None, **equal: Any) -> Sought:
    """What to find, with days or moments as they are written in the project's time zone.

    `equal` are `actor`, `subject`, `action` and `outcome`.

    Raises:
        UsageError: `since` or `until` is no moment.
    """
    moment = desk.workspace.project.moment
    return Sought(since=moment(since).utc if since else None, until=moment(until).utc if until else None, **equal)


def _lines(desk: Desk, wanted: Sought, form: Form) -> Iterator[str]:
    if form == "csv":
        # For spreadsheets that know UTF-8 by its mark only.
        yield "\ufeff" + ",".join(COLUMNS) + "\r\n"
    for entry in _all(desk, wanted):
        row = _row(entry)
        yield _csv_line(row) if form == "csv" else json.dumps(row, ensure_ascii=False, default=str) + "\n"


def _all(desk: Desk, wanted: Sought) -> Iterator[Written]:
    while found := desk.workspace.trail.rows.find(wanted, MOST):
        yield from found
        wanted = wanted.up_to(found[-1].number)


def _csv_line(row: Row) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(_cell(name, row[name]) for name in COLUMNS)
    return line.getvalue()


def _cell(name: str, value: Any) -> str:
    return str(harmless(json.dumps(value, ensure_ascii=False) if name == "detail" else str(value)))


def _row(entry: Written) -> Row:
    row = {name: getattr(entry, name) for name in COLUMNS}
    return row | {"at": entry.at.isoformat(timespec="milliseconds"), "detail": json.loads(entry.detail)}
