"""Writing the tables of core customers: every customer's scores, and the ranked matrix of segments."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import ProjectError
from huaxiang.core.messages import in_both
from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.algebra import Rules
from huaxiang.segments.core.scores import scored
from huaxiang.segments.core.spec import SCORES, CoreSpec
from huaxiang.segments.core.words import advice, why
from huaxiang.segments.done import KEY

if TYPE_CHECKING:
    import ibis

CATALOG, CUSTOMERS, SEGMENTS = "core_catalog", "core_customers", "core_segments"

Row = dict[str, Any]
_MEANS = (*SCORES, "profit", "score")


def write_core(engine: Engine, specs: Mapping[str, CoreSpec], moment: Moment, threshold: int) -> dict[str, Text]:
    """Write `core_catalog`, `core_customers` and `core_segments`, where a project asks for them.

    Returns the reasons of definitions that were left out: they speak of a tag or segment that was not built.
    Segments of fewer than `threshold` customers have a row without figures.
    """
    import ibis

    if not specs:
        return {}
    rules = Rules(engine, moment)
    customers: list[ibis.Table] = []
    heads: list[Row] = []
    matrix: list[Row] = []
    left_out: dict[str, Text] = {}
    for name, spec in specs.items():
        try:
            scores = scored(rules, spec)
        except ProjectError as error:
            left_out[name] = in_both(str(error.findings[0]))
            continue
        written = engine.create(f"_core_{name}", scores, step=f"core customers {name}")
        base = _means(engine, written)
        heads.append(_head(name, spec, base))
        matrix += _matrix(engine, name, spec, written, base, threshold)
        place = ibis.row_number().over(order_by=[ibis.desc(written.score), written[KEY]]) + 1
        customers.append(written.mutate(core=ibis.literal(name), rank=place.cast("int64")))
    if heads:
        ids = engine.table("customers").select(KEY, CUSTOMER_ID)
        every = ibis.union(*customers, distinct=False) if len(customers) > 1 else customers[0]
        columns = ("core", "rank", CUSTOMER_ID, KEY, *_MEANS)
        engine.create(CUSTOMERS, every.join(ids, KEY).select(*columns).order_by("core", "rank"), step="core customers")
        engine.create(CATALOG, _table(heads, _HEAD), step="core customers: catalog")
        engine.create(SEGMENTS, _table(matrix, _MATRIX), step="core customers: segments")
    return left_out


def _means(engine: Engine, rows: ibis.Table) -> Row:
    figures = {name: rows[name].mean() for name in _MEANS}
    return engine.rows(rows.aggregate(size=rows.count(), **figures), step="core customers: everyone")[0]


def _matrix(engine: Engine, name: str, spec: CoreSpec, scores: ibis.Table, base: Row, threshold: int) -> Iterator[Row]:
    """A row per segment, the most promising first; of small ones only the name."""
    members = engine.table("segments")
    joined = members.select("segment", KEY).join(scores, KEY)
    grouped = joined.group_by("segment").aggregate(
        size=joined.count(), profit_total=joined.profit.sum(), **{each: joined[each].mean() for each in _MEANS}
    )
    found = engine.rows(grouped, step=f"core customers {name}: segments")
    mine = [row for row in found if row["segment"] in (spec.segments or [row["segment"]])]
    shown = sorted((row for row in mine if row["size"] >= threshold), key=lambda row: (-row["score"], row["segment"]))
    for rank, row in enumerate(shown, start=1):
        told, do = why(row, base), advice(row, base)
        yield {
            "core": name,
            "rank": rank,
            **row,
            "why_en": told.en,
            "why_zh": told.zh,
            "advice_en": do.en,
            "advice_zh": do.zh,
            "hidden": False,
        }
    for row in sorted((row for row in mine if row["size"] < threshold), key=lambda row: row["segment"]):
        yield {"core": name, "segment": row["segment"], "hidden": True}


def _head(name: str, spec: CoreSpec, base: Row) -> Row:
    definition = spec.model_dump(mode="json", exclude={"name", "label", "description"})
    return {
        "name": name,
        "label_en": spec.label.en or name,
        "label_zh": spec.label.zh or name,
        "description_en": spec.description.en,
        "description_zh": spec.description.zh,
        "customers": base["size"],
        **{each: base[each] for each in _MEANS},
        "definition": json.dumps(definition, ensure_ascii=False),
    }


_FIGURES = dict.fromkeys(_MEANS, "float64")
_TEXTS = dict.fromkeys(("label_en", "label_zh", "description_en", "description_zh"), "string")
_HEAD = {"name": "string", **_TEXTS, "customers": "int64", **_FIGURES, "definition": "string"}
_SAID = dict.fromkeys(("why_en", "why_zh", "advice_en", "advice_zh"), "string")
_MATRIX = {
    "core": "string",
    "rank": "int64",
    "segment": "string",
    "size": "int64",
    "profit_total": "float64",
    **_FIGURES,
    **_SAID,
    "hidden": "bool_",
}


def _table(rows: list[Row], columns: Mapping[str, str]) -> Any:
    import pyarrow as pa

    return pa.Table.from_pylist(rows, schema=pa.schema([(name, getattr(pa, kind)()) for name, kind in columns.items()]))
