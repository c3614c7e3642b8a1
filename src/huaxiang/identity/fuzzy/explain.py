"""Why two records were joined, or not: the weights of each pair, step by step, that add up to its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.comparisons import label
from huaxiang.identity.fuzzy.records import RECORDS
from huaxiang.identity.fuzzy.run import CLUSTERS, PAIRS, Matched

if TYPE_CHECKING:
    import ibis

FAINTEST = 0.05
"""Pairs less likely than this are explained only where they are in one customer."""


def explanations(engine: Engine, matched: Matched) -> ibis.Table:
    """One row per pair and step; the `bits` of a pair's steps add up to `weight`.

    Columns: `source_a`, `record_key_a`, `source_b`, `record_key_b`, `joined`, `probability`, `weight` (bits), `step`
    (0: the prior), `column`, `value_a`, `value_b`, `level_en`, `level_zh`, `bits`, `rarity_bits` (the part of `bits`
    that comes from how rare the shared value is).
    """
    import ibis
    import pyarrow as pa

    if matched.model is None:
        return ibis.memtable(pa.table({name: pa.array([], kind) for name, kind in _types(pa).items()}))
    pairs, records, clusters = engine.table(PAIRS), engine.table(RECORDS), engine.table(CLUSTERS)
    sides = records.join(clusters, "unique_id").select("unique_id", "source", "record_key", "cluster")
    one = sides.rename(unique_id_l="unique_id", source_a="source", record_key_a="record_key", cluster_a="cluster")
    two = sides.rename(unique_id_r="unique_id", source_b="source", record_key_b="record_key", cluster_b="cluster")
    named = pairs.join(one, "unique_id_l").join(two, "unique_id_r")
    named = named.mutate(joined=named.cluster_a == named.cluster_b)
    named = named.filter(named.joined | (named.match_probability >= FAINTEST))
    steps = [_prior(named, matched.model.prior_bits)]
    names = [each["output_column_name"] for each in matched.model.settings["comparisons"]]
    steps += [_step(named, place, name) for place, name in enumerate(names, 1)]
    return ibis.union(*steps).order_by("source_a", "record_key_a", "source_b", "record_key_b", "step")


def _types(pa: Any) -> dict[str, Any]:
    text, number = pa.string(), pa.float64()
    return {
        "source_a": text, "record_key_a": text, "source_b": text, "record_key_b": text, "joined": pa.bool_(),
        "probability": number, "weight": number, "step": pa.int64(), "column": text, "value_a": text, "value_b": text,
        "level_en": text, "level_zh": text, "bits": number, "rarity_bits": number,
    }  # fmt: skip


def _prior(named: ibis.Table, bits: float) -> ibis.Table:
    import ibis

    nothing = ibis.null("string")
    return _row(named, 0, "prior", nothing, nothing, ibis.literal("two random records"), ibis.literal("随机两条记录"),
                ibis.literal(bits), ibis.literal(0.0))  # fmt: skip


def _step(named: ibis.Table, place: int, name: str) -> ibis.Table:
    import ibis

    level = named[f"gamma_{name}"]
    labels = [(number, label(name, number)) for number in range(LEVELS_AT_MOST)]
    english = ibis.cases(*((level == number, text.en) for number, text in labels), else_="missing")
    chinese = ibis.cases(*((level == number, text.zh) for number, text in labels), else_="缺失")
    rarity_name = f"mw_tf_adj_{name}"
    rarity = named[rarity_name].cast("float64") if rarity_name in named.columns else ibis.literal(0.0)
    bits = named[f"mw_{name}"].cast("float64") + rarity
    return _row(named, place, name, named[f"{name}_l"], named[f"{name}_r"], english, chinese, bits, rarity)


LEVELS_AT_MOST = 9
"""More than any comparison has."""


def _row(
    named: ibis.Table, step: int, column: str, left: Any, right: Any, english: Any, chinese: Any, bits: Any, rarity: Any
) -> ibis.Table:
    import ibis

    return named.select(
        "source_a", "record_key_a", "source_b", "record_key_b", "joined",
        probability=named.match_probability.cast("float64"),
        weight=named.match_weight.cast("float64"),
        step=ibis.literal(step, "int64"),
        column=ibis.literal(column),
        value_a=left,
        value_b=right,
        level_en=english,
        level_zh=chinese,
        bits=bits,
        rarity_bits=rarity,
    )  # fmt: skip
