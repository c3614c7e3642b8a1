"""Identifier values that linked nobody, for people to look at: masked, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.pairs import CUT, TYPES, VALUES

if TYPE_CHECKING:
    import ibis


def write_issues(engine: Engine) -> ibis.Table:
    """Write `identity_issues`: `type`, `kind`, `value` (masked), `values`, `records`, `limit`.

    kind        one row per
    over_limit  value held by more records than its type allows; `records` are its holders
    junk        value that names nobody, such as 13800138000
    invalid     type: `values` spellings did not match the type's pattern; `value` is null
    """
    import ibis

    found = engine.table(CUT).join(engine.table(VALUES), "number").join(engine.table(TYPES), "rank")
    one = found.filter(found.status != "invalid")
    single = one.select(
        "type",
        kind="status",
        value=masked(one.value),
        values=ibis.literal(1, "int64"),
        records="holders",
        limit=(one.status == "over_limit").ifelse(one["limit"], None),
    )
    many = found.filter(found.status == "invalid")
    grouped = many.group_by("type").agg(values=many.count(), records=many.holders.sum())
    several = grouped.select(
        "type",
        kind=ibis.literal("invalid"),
        value=ibis.null("string"),
        values="values",
        records="records",
        limit=ibis.null("int64"),
    )
    content = ibis.union(single, several).order_by(ibis.desc("records"), "type", "kind", "value")
    return engine.create("identity_issues", content, step="identity: issues")


def masked(value: ibis.StringValue) -> ibis.StringValue:
    """The value with its middle hidden: `138****8000`; short values keep their first character only."""
    long = value.length() >= 8
    return long.ifelse(value.left(3) + "****" + value.right(4), value.left(1) + "****")
