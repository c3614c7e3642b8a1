"""Fuzzy matching from prepared records to clusters: choose rules, train, score, threshold, cluster, explain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.blocking import Rule, choose_rules
from huaxiang.identity.fuzzy.cluster import Pairs, cluster, threshold_for
from huaxiang.identity.fuzzy.records import RECORDS, Prepared
from huaxiang.identity.fuzzy.train import Model, open_linker, train

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

PAIRS = "_fuzzy_pairs"
"""The scored pairs: `unique_id_l`, `unique_id_r`, `match_weight`, `match_probability`, and a weight per comparison."""

CLUSTERS = "_fuzzy_clusters"
"""The result: `unique_id`, `cluster` (the smallest `unique_id` of the customer)."""


@dataclass(frozen=True)
class Matched:
    """What came of it: the cluster of each record (its smallest record), the threshold, the model and the figures."""

    clusters: npt.NDArray[np.int64]
    threshold: float
    expected_precision: float
    pairs: Pairs
    rules: tuple[Rule, ...]
    model: Model | None


def match(
    engine: Engine,
    prepared: Prepared,
    *,
    precision: float,
) -> Matched:
    """Match the prepared records of RECORDS; writes PAIRS and CLUSTERS. `precision` is the wanted one, of pairs."""
    records = prepared.records
    rules = choose_rules(engine, RECORDS, prepared.columns, records)
    model = train(engine, RECORDS, prepared.columns, rules, records) if rules else None
    pairs = _score(engine, RECORDS, model) if model else _no_pairs()
    threshold, expected = threshold_for(pairs.probability, precision)
    clusters = cluster(records, pairs, threshold, same=prepared.same, exclusive=prepared.exclusive)
    _write_clusters(engine, clusters)
    return Matched(clusters, threshold, expected, pairs, tuple(rules), model)


def identity_table(engine: Engine) -> ibis.Table:
    """`customer_id`, `source`, `record_key`: an id is made of the smallest record, as everywhere."""
    from huaxiang.identity.ids import record_anchor

    records, clusters = engine.table(RECORDS), engine.table(CLUSTERS)
    smallest = records.select(cluster="unique_id", anchor=record_anchor(records.source, records.record_key))
    named = smallest.select("cluster", customer_id="c_" + smallest.anchor.hexdigest("md5").substr(0, 16))
    joined = records.join(clusters, "unique_id").join(named, "cluster")
    return joined.select("customer_id", "source", "record_key").distinct().order_by("source", "record_key")


def _write_clusters(engine: Engine, clusters: npt.NDArray[np.int64]) -> None:
    import numpy as np
    import pyarrow as pa

    content = pa.table({"unique_id": np.arange(len(clusters), dtype=np.int64), "cluster": clusters})
    engine.create(CLUSTERS, content, step="fuzzy: clusters")


def _score(engine: Engine, table: str, model: Model) -> Pairs:
    import numpy as np

    settings = {**model.settings, "retain_intermediate_calculation_columns": True}
    scored = open_linker(engine, table, settings).inference.predict()
    found = engine.table(scored.physical_name)
    engine.create(PAIRS, found, step="fuzzy: scored pairs")
    scored.drop_table_from_database_and_remove_from_cache()
    wanted = engine.table(PAIRS).select("unique_id_l", "unique_id_r", "match_weight", "match_probability")
    arrow = engine.arrow(wanted.order_by("unique_id_l", "unique_id_r"), step="fuzzy: pairs")
    arrays: list[Any] = [arrow[name].to_numpy() for name in arrow.column_names]
    return Pairs(arrays[0].astype(np.int64), arrays[1].astype(np.int64), np.round(arrays[2], 6), arrays[3])


def _no_pairs() -> Pairs:
    import numpy as np

    integers, numbers = np.empty(0, np.int64), np.empty(0, np.float64)
    return Pairs(integers, integers, numbers, numbers)
