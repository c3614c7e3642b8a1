"""What came of the matching, pair by pair: joined, to review, accepted, rejected, refused, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity import fuzzy
from huaxiang.identity.conflicts import CONTRADICTED, OUTCOMES, RALLIED, Split
from huaxiang.identity.evidence import read_decided
from huaxiang.identity.issues import masked
from huaxiang.identity.matches import Matches, first_nodes
from huaxiang.identity.sets import UNLIKE

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]
    Flags = npt.NDArray[np.bool_]

WORKING = ("_identity_told",)
(_TOLD,) = WORKING

STATUSES = ("joined", "review", "accepted", "rejected", "refused", "unlike")
"""What became of a pair; *unlike*: the records share a value, but are clearly different people, so it was cut."""

_MATCHES = {
    "left_source": "string",
    "left_key": "string",
    "right_source": "string",
    "right_key": "string",
    "weight": "float64",
    "probability": "float64",
    "status": "string",
    "reason": "string",
    "customer_no": "int64",
    "other_no": "int64",
    "waterfall": "string",
}


def write_matches(engine: Engine, matches: Matches | None, split: Split) -> ibis.Table:
    """Write `identity_matches`, a row per pair that matters, and `identity_matching`, figures of the matching.

    Pairs that identifiers join anyway have no row, unless they are clearly different people: then they are to review.
    Needs `identity_nodes`, which has the customers. Values in the waterfall are masked.
    """
    import ibis
    import pyarrow as pa

    if matches is None or matches.scored.model is None:
        _write_figures(engine, {})
        schema = ibis.schema(_MATCHES).to_pyarrow()
        nothing = pa.table({name: [] for name in _MATCHES}, schema=schema)
        return engine.create("identity_matches", nothing, step="identity: matches")
    at, status, figures = _told(engine, matches, split)
    _write_figures(engine, figures)
    return engine.create("identity_matches", _content(engine, matches, at, status), step="identity: matches")


# -- which pairs ------------------------------------------------------------------------------------------------


def _told(engine: Engine, matches: Matches, split: Split) -> tuple[Integers, Integers, dict[str, float]]:
    """The places of the pairs that matter, the status of each, and the figures of the matching."""
    import numpy as np

    spec, scored, node = matches.spec, matches.scored, matches.node
    pairs = scored.pairs
    left, right = node[pairs.left], node[pairs.right]
    differ = left != right
    one, linked = (labels[left] == labels[right] for labels in (split.labels, split.linked))
    sure = differ & (pairs.probability >= scored.threshold)
    likely = differ & (pairs.probability >= min(spec.review, scored.threshold))
    unlike = np.zeros(len(left), bool)
    held = np.flatnonzero(differ & (matches.graph.labels[left] == matches.graph.labels[right]))
    unlike[held[scored.likeness(held) <= UNLIKE]] = True
    on = spec.mode == "on"
    status = np.full(len(left), -1, np.int8)
    status[(likely & ~(sure & on) & ~one) | (unlike & one)] = _code("review")
    if on:
        status[sure & one & (~linked | _rallied(engine, left, right, len(split.linked)))] = _code("joined")
        status[sure & ~one] = _code("refused")
        status[unlike & ~one & ~sure] = _code("unlike")
    for kind, decided in _decided(engine, left, right, len(split.linked)).items():
        status[decided & differ] = _code(kind)
    at = _once(np.flatnonzero(status >= 0), left, right, pairs.weight, len(split.linked))
    review = at[status[at] == _code("review")]
    # The likeliest first; those who look like different people before all others.
    order = np.lexsort((pairs.right[review], pairs.left[review], -pairs.probability[review], ~unlike[review]))
    dropped = review[order[spec.most :]]
    at = np.setdiff1d(at, dropped)
    figures = {
        "records": len(node),
        "pairs_compared": matches.count,
        "threshold": scored.threshold,
        "expected_precision": scored.expected_precision,
        **{f"pairs_{name}": int((status[at] == _code(name)).sum()) for name in STATUSES},
        "pairs_review_unlisted": len(dropped),
    }
    return at, status[at], figures


def _rallied(engine: Engine, left: Integers, right: Integers, nodes: int) -> Flags:
    import numpy as np

    outcomes = engine.table(OUTCOMES)
    rows = engine.arrow(outcomes.filter(outcomes.reason == RALLIED), step="identity: matches of who was cut")
    return np.isin(_key(left, right, nodes), _key(rows["left"].to_numpy(), rows["right"].to_numpy(), nodes))


def _key(one: Integers, other: Integers, nodes: int) -> Integers:
    """One number for a pair of nodes, whatever their order."""
    import numpy as np

    return np.minimum(one, other).astype(np.int64) * nodes + np.maximum(one, other)


def _code(status: str) -> int:
    return STATUSES.index(status)


def _once(at: Integers, left: Integers, right: Integers, weight: npt.NDArray[np.floating], nodes: int) -> Integers:
    """Of the rows of two records only the pair that weighs most: a record whose key is repeated has several rows."""
    import numpy as np

    ordered = at[np.lexsort((at, -weight[at]))]
    _, first = np.unique(_key(left[ordered], right[ordered], nodes), return_index=True)
    return np.sort(ordered[first])


def _decided(engine: Engine, left: Integers, right: Integers, nodes: int) -> dict[str, Flags]:
    """Which pairs somebody accepted or rejected; decisions that a later one contradicts do not count."""
    import numpy as np

    decided = read_decided(engine)
    if not len(decided.number):
        return {}
    void = engine.arrow(engine.table(CONTRADICTED), step="identity: contradicted decisions")["decision"].to_numpy()
    valid = ~np.isin(decided.number, void)
    first = first_nodes(engine, nodes)
    asked = _key(left, right, nodes)
    said = _key(first[decided.left], first[decided.right], nodes)
    return {
        "accepted": np.isin(asked, said[valid & decided.same]),
        "rejected": np.isin(asked, said[valid & ~decided.same]),
    }


# -- the table ----------------------------------------------------------------------------------------------------


def _content(engine: Engine, matches: Matches, at: Integers, status: Integers) -> ibis.Table:
    import numpy as np
    import pyarrow as pa

    pairs = matches.scored.pairs
    wanted = np.zeros(len(pairs.left), bool)
    wanted[at] = True
    shown = fuzzy.write_shown(engine, matches.scored, wanted)
    told = {
        "unique_id_l": pairs.left[at].astype(np.int64),
        "unique_id_r": pairs.right[at].astype(np.int64),
        "left": matches.node[pairs.left[at]],
        "right": matches.node[pairs.right[at]],
        "status": pa.array([STATUSES[code] for code in status], pa.string()),
    }
    named = engine.create(_TOLD, pa.table(told), step="identity: pairs to tell")
    sides = engine.table("identity_nodes")
    one = sides.select(left="node", left_source="source", left_key="record_key", customer_no="customer_no")
    two = sides.select(right="node", right_source="source", right_key="record_key", other_no="customer_no")
    reasons = engine.table(OUTCOMES).distinct()
    pair = ["unique_id_l", "unique_id_r"]
    found = named.join(one, "left").join(two, "right").left_join(reasons, ["left", "right"])
    found = found.drop("left_right", "right_right").join(shown, pair).join(_waterfalls(engine, matches.scored), pair)
    reason = (found.status == "refused").ifelse(found.reason, (found.status == "unlike").ifelse("unlike", None))
    told_table = found.mutate(reason=reason).select(*_MATCHES)
    return told_table.order_by("left_source", "left_key", "right_source", "right_key")


def _waterfalls(engine: Engine, scored: fuzzy.Scored) -> ibis.Table:
    """The steps of each shown pair as a JSON list, without what is missing on a side."""
    import ibis

    steps = fuzzy.steps(engine, scored)
    known = steps.filter(steps.level_en != "missing")
    step = ibis.struct(
        {
            "comparison": known.column,
            "label_en": known.level_en,
            "label_zh": known.level_zh,
            "bits": known.bits.round(2),
            "left": _masked(known.column, known.value_a),
            "right": _masked(known.column, known.value_b),
        }
    )
    collected = known.group_by("unique_id_l", "unique_id_r").agg(steps=step.collect(order_by=known.step))
    return collected.select("unique_id_l", "unique_id_r", waterfall=collected.steps.cast("json").cast("string"))


def _masked(column: ibis.StringValue, value: ibis.StringValue) -> ibis.StringValue:
    """A value with what would identify somebody hidden: enough to judge a pair, too little to call anybody."""
    import ibis

    ways = {
        ("full_name", "given_name", "family_name"): value.left(1) + "*",
        ("birthday",): value.left(4) + "-**-**",
        ("phone", "national_id"): masked(value),
        ("email",): value.re_replace(r"^(.)[^@]*", r"\1****"),
        ("address", "address_more", "street", "street_number"): value.left(4) + "****",
    }
    return ibis.cases(*((column.isin(names), shown) for names, shown in ways.items()), else_=value)


def _write_figures(engine: Engine, figures: dict[str, float]) -> None:
    """Write `identity_matching`: `measure`, `value`."""
    import pyarrow as pa

    content = {
        "measure": pa.array(list(figures), pa.string()),
        "value": pa.array([float(value) for value in figures.values()], pa.float64()),
    }
    engine.create("identity_matching", pa.table(content), step="identity: figures of the matching")
