"""Backtests: what tags said at past moments against what then happened.

A tag is evaluated at each moment from what was known then. What happened is what the fact table says of
[moment, moment + within): a fact at the very moment is not known to the tag, so it belongs to what then happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type
from huaxiang.expressions.moment import RowMoment
from huaxiang.tags.claims import PROBABILITY, Claim
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.moments import MomentRun, tags_at

if TYPE_CHECKING:
    import pyarrow as pa

    from huaxiang.tags.backtest_measures import Array, Cases

Row = dict[str, Any]

MOST_CASES = 2_000_000
"""Cases looked at, at most: beyond that, every n-th customer is asked."""

ENOUGH = 100
"""Cases below which figures are called few."""

ENOUGH_OF_EACH = 10
"""Cases of either outcome, and cases of which a rule says so, below which figures are called few."""


@dataclass(frozen=True)
class Claimed:
    """A tag and what it claims."""

    tag: CompiledTag
    claim: Claim

    @property
    def kind(self) -> str:
        """How it is judged: by what a rule says, as a probability, or as a score that only ranks."""
        if self.tag.type in (Type.BOOLEAN, Type.TEXT):
            return "rule"
        return "probability" if self.tag.spec.unit == PROBABILITY else "score"


def backtest(engine: Engine, run: MomentRun, claimed: Sequence[Claimed], moments: Sequence[Moment]) -> list[Row]:
    """The figures of each tag over the moments whose outcome is known; all tags share one evaluation.

    Each row has `tag`, `kind`, `moments`, `cases`, `happened`, `customers`, `base` (the base rate with its interval),
    `by_moment` and `warnings`; rules have `values` and, where they say so by some value, `rule`; numbers have `curve`
    and `auc`; probabilities `brier`, `recalibration` and, where it helps, `calibration`.
    """
    moments = sorted(moments, key=lambda moment: moment.utc)
    said = _said(engine, run, claimed, moments)
    found = [_measured(engine, run, each, said, moments) for each in claimed]
    engine.drop("_said")
    return found


def _said(engine: Engine, run: MomentRun, claimed: Sequence[Claimed], moments: Sequence[Moment]) -> pa.Table:
    """What every tag said of everybody at all moments: `customer_no`, `_moment`, `_known` and the tags."""
    import numpy as np
    import pyarrow as pa

    customers = engine.table("customers")
    numbers = engine.arrow(customers.select("customer_no").order_by("customer_no"), step="customers")[0].to_numpy()
    numbers = numbers[:: max(1, -(-len(numbers) * len(moments) // MOST_CASES))]
    stamps = pa.array([moment.utc for moment in moments], pa.timestamp("us", "UTC"))
    pairs = pa.table(
        {
            "pair": np.arange(len(numbers) * len(moments)),
            "customer_no": np.repeat(numbers, len(moments)),
            "_moment": stamps.take(pa.array(np.tile(np.arange(len(moments)), len(numbers)))),
        }
    )
    wanted = list(dict.fromkeys(name for each in claimed for name in (each.tag.name, *each.claim.tags)))
    # Pairs are in order of customer and moment already, and so are the parts.
    found = pa.concat_tables(tags_at(engine, run, pairs, wanted))
    for name in ("customer_no", "_moment"):
        found = found.append_column(name, pairs[name])
    engine.create("_said", found, step="what tags said")
    return found


def _measured(engine: Engine, run: MomentRun, each: Claimed, said: pa.Table, moments: Sequence[Moment]) -> Row:
    import numpy as np
    import pyarrow as pa

    from huaxiang.tags import backtest_measures as measures

    asked = _asked(engine, run, each)
    fed = engine.has(f"fact_{each.claim.table}")
    happened = _happened(engine, run, each.claim, moments) if fed else np.array([], np.int64)
    customer, stamps = said["customer_no"].to_numpy(), said["_moment"].cast(pa.int64()).to_numpy()
    came = np.isin(_key(customer, stamps, moments), happened) == each.claim.happens
    cases = measures.Cases(_values(said[each.tag.name], each)[asked], came[asked], customer[asked])
    stamps = stamps[asked]
    row: Row = {
        "tag": each.tag.name,
        "kind": each.kind,
        "moments": [moment.utc.isoformat() for moment in moments],
        "cases": cases.size,
        "happened": int(cases.happened.sum()),
        "customers": len(np.unique(cases.customer)),
        "base": measures.rate(cases.happened, cases.customer),
        "by_moment": [_at_moment(cases, stamps, moment) for moment in moments],
    }
    judged = _judged(each, cases, stamps, moments) if cases.size else {}
    warnings = [*_warnings(row), *judged.get("warnings", ())] if fed else ["event_not_fed"]
    return row | judged | {"warnings": list(dict.fromkeys(warnings))}


def _judged(each: Claimed, cases: Cases, stamps: Array, moments: Sequence[Moment]) -> Row:
    import numpy as np

    from huaxiang.tags import backtest_measures as measures

    if each.kind == "rule":
        found: Row = {"values": measures.values(cases)}
        if each.claim.says:
            positive = np.isin(cases.said, [_text(value) for value in each.claim.says])
            found["rule"] = measures.rule(cases, positive)
            if found["rule"]["said"] < ENOUGH_OF_EACH:
                found["warnings"] = ["few_cases"]
        return found
    found = {"curve": measures.curve(cases), "auc": measures.auc(cases)}
    if each.kind == "score":
        return found
    if cases.said.min() < 0 or cases.said.max() > 1:
        return found | {"kind": "score", "warnings": ["not_a_probability"]}
    from huaxiang.tags.backtest_calibration import recalibrate

    ends = {_stamp(moment.utc): _stamp(moment.forward(each.claim.within)) for moment in moments}
    ended = np.vectorize(ends.__getitem__, otypes=[np.int64])(stamps)
    recalibration = recalibrate(cases, stamps, ended)
    learned = recalibration.calibration
    return found | {
        "brier": measures.brier(cases),
        "recalibration": recalibration.figures,
        "calibration": learned.as_dict() if learned else None,
    }


def _asked(engine: Engine, run: MomentRun, each: Claimed) -> Array:
    """Which rows of `_said` the tag speaks of: it has a value, and the claim's `among` holds."""
    said = engine.table("_said")
    speaks = said["_known"] & said[each.tag.name].notnull()
    if each.claim.among is not None:
        speaks = speaks & each.claim.among.ibis(said, RowMoment(said["_moment"], run.zone)).fill_null(False)
    flags = said.select("pair", speaks=speaks).order_by("pair")
    return engine.arrow(flags, step=f"of whom {each.tag.name} speaks")["speaks"].to_numpy()


def _happened(engine: Engine, run: MomentRun, claim: Claim, moments: Sequence[Moment]) -> Array:
    """The keys of the customers and moments for which a fact of the event came in time."""
    import pyarrow as pa

    stamp = pa.timestamp("us", "UTC")
    spans = {
        "_moment": pa.array([moment.utc for moment in moments], stamp),
        "_end": pa.array([moment.forward(claim.within) for moment in moments], stamp),
    }
    between = engine.create("_spans", pa.table(spans), step="spans of outcomes")
    facts, time = engine.table(f"fact_{claim.table}"), run.tables[claim.table].time
    rows = facts.join(between, [facts[time] >= between["_moment"], facts[time] < between["_end"]])
    if claim.where is not None:
        rows = rows.filter(claim.where.ibis(rows, RowMoment(rows["_moment"], run.zone)))
    found = engine.arrow(rows.select("customer_no", "_moment").distinct(), step="what happened")
    engine.drop("_spans")
    return _key(found["customer_no"].to_numpy(), found["_moment"].cast(pa.int64()).to_numpy(), moments)


def _key(customer: Array, stamps: Array, moments: Sequence[Moment]) -> Array:
    import numpy as np

    known = np.array([_stamp(moment.utc) for moment in moments], np.int64)
    order = np.argsort(known)
    return customer * len(known) + order[np.searchsorted(known[order], stamps)]


def _values(column: pa.ChunkedArray, each: Claimed) -> Array:
    import numpy as np
    import pyarrow as pa

    if each.kind != "rule":
        return column.cast(pa.float64()).to_numpy()
    return np.array(["" if value is None else _text(value) for value in column.to_pylist()])


def _text(value: Any) -> str:
    """A value as definitions write it: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at_moment(cases: Cases, stamps: Array, moment: Moment) -> Row:
    chosen = stamps == _stamp(moment.utc)
    size, happened = int(chosen.sum()), int(cases.happened[chosen].sum())
    rate = happened / size if size else None
    return {"moment": moment.utc.isoformat(), "cases": size, "happened": happened, "rate": rate}


def _warnings(row: Mapping[str, Any]) -> Sequence[str]:
    """Why the figures say little."""
    cases, happened = row["cases"], row["happened"]
    if cases == 0:
        return ["no_case"]
    if happened == 0:
        return ["never_happened"]
    if happened == cases:
        return ["always_happened"]
    few = cases < ENOUGH or min(happened, cases - happened) < ENOUGH_OF_EACH
    return ["few_cases"] if few else []


def _stamp(moment: datetime) -> int:
    from huaxiang.tags.kernel.clock import microseconds

    return microseconds(moment)
