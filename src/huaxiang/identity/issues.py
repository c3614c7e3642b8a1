"""Identifier values that linked nobody, for people to look at: masked, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.conflicts import REFUSED
from huaxiang.identity.judge import CUT
from huaxiang.identity.pairs import TYPES, VALUES

if TYPE_CHECKING:
    import ibis


def write_issues(engine: Engine) -> ibis.Table:
    """Write `identity_issues`: `type`, `kind`, `value` (masked), `values`, `records`, `limit`, and for conflicts more.

    kind        one row per
    over_limit  value held by more records than its type allows; `records` are its holders
    frequent    value held by far more records than the type's values usually are: junk that nobody listed
    junk        value that names nobody, such as 13800138000
    invalid     type: `values` spellings did not match the type's pattern; `value` is null
    conflict    value and two values of a type of which a customer has one only (`single`: the type, `one` and
                `other`: the values, masked) that it would have joined; it was cut from `records` of its holders
    unlike      value of which `records` holders are clearly somebody else, by name, birthday and the like: see fuzzy
    contested   value that several people share, cut from `records` of its holders which say nothing of whose they are
    decided     value that was cut from `records` of its holders because somebody decided that they are not one
    """
    import ibis

    found = engine.table(CUT).join(engine.table(VALUES), "number").join(engine.table(TYPES), "rank")
    one = found.filter(found.status != "invalid")
    each = one.select(
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
    unlinked = ibis.union(each, several)
    unlinked = unlinked.mutate(**dict.fromkeys(("single", "one", "other"), ibis.null("string")))
    order = (ibis.desc("records"), "type", "kind", "value", "single", "one", "other")
    content = ibis.union(unlinked, _conflicts(engine)).order_by(*order)
    return engine.create("identity_issues", content, step="identity: issues")


def _conflicts(engine: Engine) -> ibis.Table:
    """The links that were cut, one row per value and pair of single values between which it stood."""
    import ibis

    types = engine.table(TYPES)
    values = engine.table(VALUES).join(types, "rank").select("number", "type", "value")
    refused = engine.table(REFUSED)
    sides = {side: (refused.reason == "single").ifelse(refused[side], None) for side in ("one", "other")}
    shown = refused.mutate(**sides)
    grouped = shown.group_by("number", "reason", "one", "other").agg(records=shown.count())
    link, one, other = values, values.view(), values.view()
    found = grouped.join(link, "number")
    found = found.left_join(one.select(one="number", single="type", one_value="value"), "one")
    found = found.left_join(other.select(other="number", other_value="value"), "other")
    return found.select(
        "type",
        kind=(found.reason == "single").ifelse("conflict", found.reason),
        value=masked(found.value),
        values=ibis.literal(1, "int64"),
        records="records",
        limit=ibis.null("int64"),
        single="single",
        one=masked(found.one_value),
        other=masked(found.other_value),
    )


def masked(value: ibis.StringValue) -> ibis.StringValue:
    """The value with its middle hidden: `138****8000`; short values keep their first character only."""
    long = value.length() >= 8
    return long.ifelse(value.left(3) + "****" + value.right(4), value.left(1) + "****")
