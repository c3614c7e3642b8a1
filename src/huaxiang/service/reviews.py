"""The review list: pairs of records that matching is not sure of, for a person to accept or reject."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from huaxiang.core.decisions import Decision
from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.service import waterfalls

Row = dict[str, Any]


def pairs(engine: Engine, decisions: Sequence[Decision]) -> list[Row]:
    """The pairs to review that `decisions` have not answered, the likeliest first.

    Each has `number`, `records` (two), `customers` (two ids, equal ones where identifiers join what does not look
    alike), `probability`, `weight` (bits) and `waterfall`. Numbers stay until the next build.
    """
    if not engine.has("identity_matches"):
        return []
    matches = engine.table("identity_matches")
    customers = engine.table("customers")
    own = matches.filter(matches.status == "review")
    for column, name in (("customer_no", "customer_id"), ("other_no", "other_id")):
        own = own.left_join(customers.select(**{column: customers.customer_no, name: customers.customer_id}), column)
        own = own.select(kept for kept in own.columns if not kept.endswith("_right"))
    rows = engine.rows(own, step="pairs to review")
    rows.sort(key=lambda row: (-row["probability"], *(str(row[key]) for key in _SIDES)))
    decided = [(set(each.records), set(each.others)) for each in decisions if each.undone is None]
    shown = [_shown(number, row) for number, row in enumerate(rows, 1)]
    return [row for row in shown if not any(_speaks_of(records, others, row) for records, others in decided)]


_SIDES = ("left_source", "left_key", "right_source", "right_key")


def named(listed: Sequence[Row], number: int) -> Row:
    """The pair of a number.

    Raises:
        NotFoundError: there is none.
    """
    for row in listed:
        if row["number"] == number:
            return row
    numbers = ", ".join(str(row["number"]) for row in listed[:10]) or "none"
    raise NotFoundError(f"There is no pair {number} to review, or it is decided. Pairs: {numbers}.")


def _shown(number: int, row: Row) -> Row:
    return {
        "number": number,
        "records": [f"{row[f'{side}_source']}/{row[f'{side}_key']}" for side in ("left", "right")],
        "customers": [row["customer_id"], row["other_id"]],
        "probability": row["probability"],
        "weight": row["weight"],
        "waterfall": waterfalls.steps(row["waterfall"]),
    }


def _speaks_of(records: set[str], others: set[str], row: Row) -> bool:
    """Whether a decision has answered a pair."""
    left, right = row["records"]
    if others:
        return (left in records and right in others) or (right in records and left in others)
    return left in records and right in records
