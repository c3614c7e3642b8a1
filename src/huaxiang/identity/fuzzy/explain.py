"""Why two records were joined, or not: the weights of each pair, step by step, that add up to its weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.comparisons import label, rare_level
from huaxiang.identity.fuzzy.records import RECORDS
from huaxiang.identity.fuzzy.run import CLUSTERS, Matched, Scored
from huaxiang.identity.fuzzy.score import RARITY, Codes, level_bits

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

SHOWN = "_fuzzy_shown"
"""The pairs to explain: `unique_id_l`, `unique_id_r`, `weight`, `probability`, `pattern`."""

FAINTEST = 0.05
"""Pairs less likely than this are explained only where they are in one customer."""

_STEP = ("step", "column", "value_a", "value_b", "level_en", "level_zh", "bits", "rarity_bits")


def explanations(engine: Engine, matched: Matched) -> ibis.Table:
    """One row per likely pair and step; the `bits` of a pair's steps add up to `weight`.

    Columns: `source_a`, `record_key_a`, `source_b`, `record_key_b`, `joined`, `probability`, `weight` (bits), `step`
    (0: the prior), `column`, `value_a`, `value_b`, `level_en`, `level_zh`, `bits`, `rarity_bits` (the part of `bits`
    that comes from how rare the shared value is).
    """
    pairs, clusters = matched.scored.pairs, matched.clusters
    wanted = (pairs.probability >= FAINTEST) | (clusters[pairs.left] == clusters[pairs.right])
    shown = write_shown(engine, matched.scored, wanted)
    records, of_record = engine.table(RECORDS), engine.table(CLUSTERS)
    sides = records.join(of_record, "unique_id").select("unique_id", "source", "record_key", "cluster")
    one = sides.rename(unique_id_l="unique_id", source_a="source", record_key_a="record_key", cluster_a="cluster")
    two = sides.rename(unique_id_r="unique_id", source_b="source", record_key_b="record_key", cluster_b="cluster")
    named = shown.join(one, "unique_id_l").join(two, "unique_id_r")
    named = named.mutate(joined=named.cluster_a == named.cluster_b)
    told = named.join(steps(engine, matched.scored), ["unique_id_l", "unique_id_r"])
    keys = ("source_a", "record_key_a", "source_b", "record_key_b")
    return told.select(*keys, "joined", "probability", "weight", *_STEP).order_by(*keys, "step")


def write_shown(engine: Engine, scored: Scored, wanted: npt.NDArray[np.bool_]) -> ibis.Table:
    """Write SHOWN: those of the scored pairs that somebody will look at."""
    import numpy as np
    import pyarrow as pa

    at, pairs, agreement = np.flatnonzero(wanted), scored.pairs, scored.agreement
    content = {
        "unique_id_l": pairs.left[at].astype(np.int64),
        "unique_id_r": pairs.right[at].astype(np.int64),
        "weight": pairs.weight[at].astype(np.float64),
        "probability": pairs.probability[at].astype(np.float64),
        "pattern": np.empty(0, np.int64) if agreement is None else agreement.patterns[agreement.code[at]],
    }
    return engine.create(SHOWN, pa.table(content), step="fuzzy: pairs to show")


def steps(engine: Engine, scored: Scored) -> ibis.Table:
    """The steps of the pairs in SHOWN: `unique_id_l`, `unique_id_r`, and see `explanations`."""
    import ibis
    import pyarrow as pa

    if scored.model is None or scored.agreement is None:
        return ibis.memtable(pa.table({name: pa.array([], kind) for name, kind in _types(pa).items()}))
    shown, records = engine.table(SHOWN), engine.table(RECORDS)
    names = [name for name in records.columns if name not in ("source", "record_key")]
    one = records.select(**{f"{name}_l": records[name] for name in names})
    two = records.select(**{f"{name}_r": records[name] for name in names})
    both = shown.join(one, "unique_id_l").join(two, "unique_id_r")
    settings, codes = scored.model.settings, scored.agreement.codes
    parts = [_prior(both, scored.model.prior_bits)]
    parts += [_step(both, codes, place, comparison) for place, comparison in enumerate(settings["comparisons"])]
    return ibis.union(*parts)


def _types(pa: Any) -> dict[str, Any]:
    text, number, whole = pa.string(), pa.float64(), pa.int64()
    kinds = (whole, text, text, text, text, text, number, number)
    return {"unique_id_l": whole, "unique_id_r": whole, **dict(zip(_STEP, kinds, strict=True))}


def _prior(both: ibis.Table, bits: float) -> ibis.Table:
    import ibis

    nothing, told = ibis.null("string"), (ibis.literal("two random records"), ibis.literal("随机两条记录"))
    return _row(both, 0, "prior", nothing, nothing, *told, ibis.literal(bits), ibis.literal(0.0))


def _step(both: ibis.Table, codes: Codes, place: int, comparison: dict[str, Any]) -> ibis.Table:
    import ibis

    name, bits = codes.names[place], level_bits(comparison)
    level = (both.pattern // codes.worth[place]).cast("int64") % codes.levels[place] - 1
    labels = [(number, label(name, number)) for number in range(len(bits))]
    english = ibis.cases(*((level == number, text.en) for number, text in labels), else_="missing")
    chinese = ibis.cases(*((level == number, text.zh) for number, text in labels), else_="缺失")
    said = ibis.cases(*((level == number, float(weight)) for number, weight in enumerate(bits)), else_=0.0)
    rare, chance = rare_level(name), _chance(comparison)
    if rare is None:
        rarity = ibis.literal(0.0)
        told = said
    else:
        own = both[f"{RARITY}{name}_l"].cast("float64")
        # What the value's own chance adds to what agreeing on any value would say.
        rarity = (level == rare).ifelse(own + chance, 0.0)
        told = said + (level == rare).ifelse(own, 0.0)
    return _row(both, place + 1, name, both[f"{name}_l"], both[f"{name}_r"], english, chinese, told, rarity)


def _chance(comparison: dict[str, Any]) -> float:
    """log2 of the chance that two people agree on the closest level in which rare values say more."""
    from math import log2

    rare = rare_level(comparison["output_column_name"])
    levels = [level for level in reversed(comparison["comparison_levels"]) if not level.get("is_null_level")]
    return 0.0 if rare is None else log2(levels[rare]["u_probability"])


def _row(
    both: ibis.Table, step: int, column: str, left: Any, right: Any, english: Any, chinese: Any, bits: Any, rarity: Any
) -> ibis.Table:
    import ibis

    return both.select(
        "unique_id_l", "unique_id_r",
        step=ibis.literal(step, "int64"),
        column=ibis.literal(column),
        value_a=left,
        value_b=right,
        level_en=english,
        level_zh=chinese,
        bits=bits,
        rarity_bits=rarity,
    )  # fmt: skip
