"""Which identifier values may link: neither junk nor malformed values, nor those that too many share.

A *holder* is what a limit counts. A row of `records` is one (rows of one source with equal record keys are one
record). Facts are held by their strongest identifier: a member seen with thirty cookies is one holder of the member
number, not thirty; a shop's tablet used by a thousand members has a thousand.

Working tables, dropped when identity is done:

    _identity_suspects number, rank, fault (junk, invalid), links, limit: values to look at more closely
    _identity_counted  the same with holders
    _identity_cut      number, holders, status (junk, invalid, frequent, over_limit): values that link nobody
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.defaults import TOKEN
from huaxiang.identity.pairs import EDGES, NODES, REPEATS, TYPES, VALUES, Types
from huaxiang.identity.spec import IdentifierSpec

if TYPE_CHECKING:
    import ibis

WORKING = tuple(f"_identity_{name}" for name in ("suspects", "counted", "cut"))
SUSPECTS, COUNTED, CUT = WORKING

FREQUENT_FLOOR = 20
"""A value with no more holders than this is never junk by its frequency alone."""

FREQUENT_TIMES = 20
"""How many times the usual number of holders make a value junk."""

USUAL_SHARE = 0.99
"""The usual number of holders of a type: the one that this share of its values does not exceed."""

USUAL_VALUES = 100
"""A type with fewer values has nothing usual."""

_BEYOND = 1 << 40
"""More than there are values: `rank * _BEYOND + number` orders identifiers by strength."""


def judge_values(engine: Engine, types: Types) -> None:
    """Count the holders of each value and say which values may link.

    Holders are counted for suspects only: a value with no more pairs than its limit can't have too many holders.
    """
    import ibis

    values, edges, kinds = engine.table(VALUES), engine.table(EDGES), engine.table(TYPES)
    pairs = edges.group_by("number").agg(pairs=edges.count())
    seen = values.join(kinds, "rank").join(pairs, "number")
    fault = ibis.cases((_any_of(seen, types, is_junk), "junk"), (_any_of(seen, types, _is_invalid), "invalid"))
    many = seen.links & (seen.pairs > ibis.least(seen["limit"], FREQUENT_FLOOR))
    judged = seen.mutate(fault=fault, many=many)
    suspects = engine.create(
        SUSPECTS,
        judged.filter(judged.fault.notnull() | judged.many).select("number", "rank", "fault", "links", "limit"),
        step="identity: junk, patterns and values that many share",
    )
    counted = engine.create(
        COUNTED, suspects.join(_holders(engine), "number"), step="identity: holders of suspected values"
    )
    over = counted.links & (counted.holders > counted["limit"])
    status = ibis.coalesce(
        counted.fault,
        _frequent(engine, counted).ifelse("frequent", None),
        over.ifelse("over_limit", None),
    )
    found = counted.select("number", "holders", status=status)
    engine.create(CUT, found.filter(found.status.notnull()), step="identity: values that link nobody")


def _frequent(engine: Engine, counted: ibis.Table) -> ibis.BooleanValue:
    """Whether a value has far more holders than its type's values usually have."""
    import ibis

    many = counted.filter(counted.links & (counted.holders > FREQUENT_FLOOR))
    ranks = [row["rank"] for row in engine.rows(many.select("rank").distinct(), step="identity: frequent types")]
    if not ranks:
        return ibis.literal(False)
    edges = engine.table(EDGES)
    edges = edges.filter(edges["rank"].isin(ranks))
    pairs = edges.group_by("rank", "number").agg(pairs=edges.count())
    usual = pairs.group_by("rank").agg(values=pairs.count(), usual=pairs.pairs.quantile(USUAL_SHARE))
    known = [row for row in engine.rows(usual, step="identity: usual holders") if row["values"] >= USUAL_VALUES]
    most = [(counted["rank"] == row["rank"], max(FREQUENT_FLOOR, FREQUENT_TIMES * row["usual"])) for row in known]
    found = [is_type & counted.links & (counted.holders > holders) for is_type, holders in most]
    return ibis.or_(*found) if found else ibis.literal(False)


def _holders(engine: Engine) -> ibis.Table:
    """How many holders each suspect has: `number`, `holders`."""
    edges, kinds, repeats = engine.table(EDGES), engine.table(TYPES), engine.table(REPEATS)
    suspected = edges.semi_join(engine.table(SUSPECTS), "number")
    nodes = engine.table(NODES).semi_join(suspected, "node")
    linking = edges.semi_join(suspected, "node").join(kinds.filter(kinds.links), "rank")
    strengths = linking.select("node", strength=linking["rank"] * _BEYOND + linking.number)
    strongest = strengths.group_by("node").agg(strongest=strengths.strength.min())
    first = nodes.left_join(repeats, ["source", "record_key"]).select("node", "record_key", "record")
    seen = first.left_join(strongest, "node")
    # Records count below zero, so that they never meet the strength of a fact's identifier.
    record = -1 - seen.record.fill_null(seen.node)
    holder = seen.record_key.isnull().ifelse(seen.strongest, record)
    held = suspected.join(seen.select("node", holder=holder), "node").select("number", "holder").distinct()
    return held.group_by("number").agg(holders=held.count())


def _any_of(values: ibis.Table, types: Types, judge: object) -> ibis.BooleanValue:
    import ibis

    found = [
        (values["rank"] == rank) & verdict
        for rank, spec in enumerate(types.values())
        if (verdict := judge(values["value"], spec)) is not None  # type: ignore[operator]
    ]
    return ibis.or_(*found) if found else ibis.literal(False)


def is_junk(value: ibis.StringValue, spec: IdentifierSpec) -> ibis.BooleanValue | None:
    """Whether a value names nobody; None where the type knows no such values."""
    import ibis

    listed = value.lower().isin([junk.lower() for junk in spec.junk]) if spec.junk else None
    shaped = value.lower().re_search(spec.junk_pattern) if spec.junk_pattern else None
    verdicts = [verdict for verdict in (listed, shaped) if verdict is not None]
    return ibis.or_(*verdicts) if verdicts else None


def _is_invalid(value: ibis.StringValue, spec: IdentifierSpec) -> ibis.BooleanValue | None:
    # What became a token was held against the pattern before.
    return ~value.re_search(spec.pattern) if spec.pattern and TOKEN not in spec.clean else None
