"""Why a customer is in a segment, or is not: each part of its definition with what it rests on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.tables import PROVENANCE
from huaxiang.expressions.facts import Facts
from huaxiang.expressions.nodes import Call, Column, Literal, walk
from huaxiang.segments.algebra import FLAGS
from huaxiang.segments.compile import FLAG, CompiledSegment
from huaxiang.segments.done import KEY, Did, History, Part, Steps, counted, followed
from huaxiang.segments.like_tables import LIKES, SCORES, read_model

if TYPE_CHECKING:
    import ibis

LIMIT = 50
"""Facts shown at most per step: the newest ones."""

REASONS = 5
"""Tags shown at most of what makes somebody alike."""

Row = dict[str, Any]


def parts_of_member(engine: Engine, segment: CompiledSegment, history: History, number: int) -> Iterator[Row]:
    """What each part of a segment says of the customer `number`: `part`, `says`, `holds` and what that rests on."""
    if segment.rule is not None:
        yield _rule(engine, segment, history, number)
    for did in segment.did:
        yield _did(engine, did, history, number)
    for steps in segment.sequences:
        yield _sequence(engine, steps, history, number)
    if segment.spec.lookalike is not None:
        yield _alike(engine, segment, history, number)


def _rule(engine: Engine, segment: CompiledSegment, history: History, number: int) -> Row:
    """The rule with the tags and segments it reads, and where the customer stands among those it is compared with."""
    import ibis

    assert segment.rule is not None  # noqa: S101 - the caller has looked
    profiles, flags = engine.table("profiles"), engine.table(FLAGS)
    rows = profiles.select("customer_id", KEY, *segment.tags)
    used = [name for name in segment.rule.columns if name.startswith(FLAG)]
    if used:
        members = flags.select(KEY, **{name: flags[name.removeprefix(FLAG)] for name in used})
        rows = rows.join(members, KEY)
    compared = list(_compared(segment))
    values = {f"compared_{i}": _value(node, rows, history) for i, node in enumerate(compared)}
    whole = rows.mutate(**values, held=segment.rule.ibis(rows, history.moment).fill_null(False))
    (mine,) = engine.rows(whole.filter(whole[KEY] == ibis.literal(number)), step="the rule of one customer")
    found: Row = {
        "part": "where",
        "says": segment.spec.where,
        "holds": mine["held"],
        "tags": {name: mine[name] for name in segment.tags},
        "segments": {name.removeprefix(FLAG): mine[name] for name in used},
    }
    standing = [
        _standing(engine, node, mine[f"compared_{i}"], rows, history, number) for i, node in enumerate(compared)
    ]
    return found | ({"compared": standing} if standing else {})


def _compared(segment: CompiledSegment) -> Iterator[Call]:
    """The comparisons with others that a rule makes, each once."""
    assert segment.rule is not None  # noqa: S101
    calls = (node for node in walk(segment.rule.node) if isinstance(node, Call) and node.function.compares)
    yield from dict.fromkeys(calls)


def _value(node: Call, rows: ibis.Table, history: History) -> Any:
    from huaxiang.expressions.ibis_form import to_ibis

    return to_ibis(node, rows, history.moment)


def _standing(engine: Engine, node: Call, value: Any, rows: ibis.Table, history: History, number: int) -> Row:
    """Where the customer stands: its own number, how many are compared, and how many are lower and higher.

    Nobody is lower or higher than a customer without a number: both are None then, like the number itself.
    """
    import ibis

    from huaxiang.expressions.ibis_form import to_ibis

    number_of = to_ibis(node.arguments[0], rows, history.moment).cast("float64")
    member = node.arguments[-1] if isinstance(node.arguments[-1], Column) and len(node.arguments) > 1 else None
    among = rows.mutate(_number=number_of)
    if member is not None and member.name.startswith(FLAG):
        among = among.filter(among[member.name])
    among = among.filter(among["_number"].notnull())
    own = among.filter(among[KEY] == number).select(_own=among["_number"])
    standing = among.cross_join(own).aggregate(
        own=ibis._["_own"].max(),
        lower=(ibis._["_number"] < ibis._["_own"]).sum(),
        higher=(ibis._["_number"] > ibis._["_own"]).sum(),
    )
    # Counted apart: a customer without a number leaves nothing of the join.
    figures = standing.cross_join(among.aggregate(compared=among.count()))
    literals = [str(part.value) for part in node.arguments[1:] if isinstance(part, Literal)]
    within = [member.name.removeprefix(FLAG)] if member is not None and member.name.startswith(FLAG) else []
    (row,) = engine.rows(figures, step="where one customer stands")
    return {"function": node.function.name, "with": [*literals, *within], "value": value, **row}


def _did(engine: Engine, did: Did, history: History, number: int) -> Row:
    rows = _facts(engine, did.facts, history, number, did.spec.over)
    low, high = did.bounds
    return {
        "part": "did",
        "says": did.spec.what,
        "holds": _holds(engine, counted(did, _of(history, number))),
        "times": len(rows),
        "at_least": low,
        "at_most": high,
        "facts": rows[:LIMIT],
    }


def _sequence(engine: Engine, steps: Steps, history: History, number: int) -> Row:
    """The facts of each step, the newest first; those of the first step within its window."""
    windows = [steps.spec.over, *([None] * (len(steps.steps) - 1))]
    shown = [
        {"says": text, "facts": _facts(engine, step, history, number, window)[:LIMIT]}
        for text, step, window in zip(steps.spec.steps, steps.steps, windows, strict=True)
    ]
    part = followed(steps, _of(history, number))
    within = None if steps.spec.within is None else str(steps.spec.within)
    return {
        "part": "sequence",
        "says": " → ".join(steps.spec.steps),
        "holds": _holds(engine, part),
        "within": within,
        "never": steps.spec.never,
        "steps": shown,
    }


def _alike(engine: Engine, segment: CompiledSegment, history: History, number: int) -> Row:
    """The score with the tags that add most to it, either way, and the lowest score of a member."""
    name, spec = segment.spec.name, segment.spec.lookalike
    assert spec is not None  # noqa: S101 - the caller has looked
    likes, scores = engine.table(LIKES), engine.table(SCORES)
    (like,) = engine.rows(likes.filter(likes.segment == name), step="lookalike")
    mine = scores.filter(scores.segment == name)
    (border,) = engine.rows(mine.aggregate(border=mine.score.min()), step="lowest score")
    model, profiles = read_model(like["model"]), engine.table("profiles")
    rows = engine.arrow(profiles.filter(profiles[KEY] == number).select(*model.tags), step="one customer")
    added = sorted(
        (
            {"tag": bins.tag, "value": rows[bins.tag][0].as_py(), "adds": float(weights[0])}
            for bins, _, weights in model.parts(rows, history.moment)
        ),
        key=lambda row: (-abs(row["adds"]), row["tag"]),
    )
    return {
        "part": "lookalike",
        "says": spec.seed,
        "holds": bool(engine.rows(mine.filter(mine[KEY] == number), step="is a lookalike")),
        "score": float(model.score(rows, history.moment)[0]),
        "border": border["border"],
        "reasons": added[:REASONS],
        "auc": like["auc"],
        "deciles": json.loads(like["deciles"]),
    }


def _of(history: History, number: int) -> History:
    """The facts of one customer."""

    def mine(name: str) -> ibis.Table:
        table = history.facts(name)
        return table.filter(table[KEY] == number)

    return History(mine, history.tables, history.moment)


def _facts(engine: Engine, facts: Facts, history: History, number: int, over: Any) -> list[Row]:
    rows = _of(history, number).rows(facts, over)
    time = history.tables[facts.table].time
    read = facts.where.columns if facts.where is not None else ()
    columns = dict.fromkeys((time, *read, *PROVENANCE))
    return engine.rows(rows.order_by(rows[time].desc()).select(*columns), step=f"facts of {facts.table}")


def _holds(engine: Engine, part: Part) -> bool:
    return bool(engine.rows(part.customers.limit(1), step="whether a part holds")) == part.holds
