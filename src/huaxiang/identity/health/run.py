"""Writing the health of a build's identity: the measures with their traffic lights, and what stands behind them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.identity.attach import with_record_customer
from huaxiang.identity.health import bridges, clusters
from huaxiang.identity.health.figures import Facts, read_facts, standstill
from huaxiang.identity.health.measures import MEASURES, NOTHING, Measure, Unit
from huaxiang.identity.ids import Previous
from huaxiang.identity.spec import IdentitySpec, LimitsSpec

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

HEALTH = "identity_health"


def write_health(
    engine: Engine,
    spec: IdentitySpec,
    records: ibis.Table | None,
    previous: Previous | None = None,
    former: ibis.Table | None = None,
) -> ibis.Table:
    """Write `identity_health`, `identity_clusters` and `identity_bridges` from the tables that identity wrote.

    `records` are the accepted ones, None where there are none. `previous` are the tables that `identity_changes` was
    compared with, `former` the health of that build.
    """
    owned = None if records is None else with_record_customer(records, engine.table("identity"))
    mixed = clusters.write_clusters(engine, owned)
    facts = read_facts(engine, bridges=bridges.write_bridges(engine), mixed=mixed, previous=previous)
    for name in (*bridges.WORKING, clusters.MIXED_CUSTOMERS):
        engine.drop(name)
    before = {} if former is None else {r["measure"]: r["value"] for r in engine.rows(former, step="former health")}
    return engine.create(HEALTH, health_table(facts, spec.health, before), step="identity: health")


def carry_health(engine: Engine, former: ibis.Table) -> ibis.Table:
    """Write `identity_health` where nobody changed since the build whose health is `former`."""
    import pyarrow as pa

    known = engine.arrow(former, step="former health")
    rows = {row["measure"]: row | {"before": row["value"]} for row in known.to_pylist()}
    facts = standstill({name: row["value"] for name, row in rows.items()})
    for name in facts.values:
        moved = LimitsSpec(amber=rows[name]["amber"], red=rows[name]["red"])
        rows[name] = _row(name, MEASURES[name], facts, moved, rows[name]["before"])
    carried = pa.Table.from_pylist(list(rows.values()), schema=known.schema)
    return engine.create(HEALTH, carried, step="identity: health")


def health_table(facts: Facts, limits: Mapping[str, LimitsSpec], before: Mapping[str, float | None]) -> pa.Table:
    """The table `identity_health`; `limits` are those that the project moved, `before` the former build's values."""
    import pyarrow as pa

    texts = ("measure", "label_en", "label_zh", "unit", "level", "reason_en", "reason_zh", "remedy_en", "remedy_zh")
    numbers = ("value", "before", "amber", "red")
    schema = pa.schema([*((n, pa.string()) for n in texts), *((n, pa.float64()) for n in numbers)])
    rows = [_row(name, measure, facts, limits.get(name), before.get(name)) for name, measure in MEASURES.items()]
    return pa.Table.from_pylist(rows, schema=schema)


def _row(name: str, measure: Measure, facts: Facts, limits: LimitsSpec | None, before: float | None) -> dict[str, Any]:
    amber, red = (measure.amber, measure.red) if limits is None else limits.over(measure.amber, measure.red)
    value = facts.values[name]
    level = measure.level(value, amber, red)
    remedy = measure.remedy if level != "green" else NOTHING
    reason = _reason(measure, value, facts.counts)
    return {
        "measure": name,
        "label_en": measure.label.en,
        "label_zh": measure.label.zh,
        "unit": measure.unit,
        "value": value,
        "before": before,
        "level": level,
        "amber": amber,
        "red": red,
        "reason_en": reason.en,
        "reason_zh": reason.zh,
        "remedy_en": remedy.en,
        "remedy_zh": remedy.zh,
    }


def _reason(measure: Measure, value: float | None, counts: Mapping[str, int]) -> Text:
    if value is None:
        return measure.unknown
    if measure.nothing is not None and not value:
        return measure.nothing
    shown = {name: f"{count:,}" for name, count in counts.items()}
    signed = measure.side == "both"
    shown["value"] = show(value, measure.unit, signed=signed)
    return Text(measure.reason.en.format(**shown), measure.reason.zh.format(**shown))


def show(value: float, unit: Unit, *, signed: bool = False) -> str:
    """A value as people read it: a share with three digits that tell something, a number with at most two decimals."""
    sign = "+" if signed else ""
    if unit == "share":
        percent = value * 100
        return f"{percent:{sign},.0f}%" if abs(percent) >= 1000 else f"{percent:{sign}.3g}%"
    return f"{value:{sign},.0f}" if unit == "count" or float(value).is_integer() else f"{value:{sign},.2f}"
