"""Clusters in a build: each is a segment like any other, whatever order customers come in, from build to build."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.tables import STANDARD
from huaxiang.core.types import Type
from huaxiang.segments.clusters.check import check_clusters
from huaxiang.segments.clusters.run import ClusterBuild
from huaxiang.segments.clusters.spec import ClustersSpec, ClusterTemplateSpec, cluster_segments
from huaxiang.segments.compile import compile_segment
from huaxiang.segments.done import History
from huaxiang.segments.plan import plan_segments
from huaxiang.segments.run import SegmentRun, write_segments
from huaxiang.segments.spec import SegmentSpec
from huaxiang.store.engine import DuckEngine

MOMENT = Moment.parse("2026-07-01", "Asia/Shanghai")
TYPES = {"age": Type.INTEGER, "spend": Type.NUMBER, "favourite": Type.TEXT}
TEMPLATES = {"whole": ClusterTemplateSpec(name="whole", tags=("age", "spend", "favourite", "not_there"))}
CLUSTERS = {
    "shoppers": ClustersSpec(name="shoppers", template="whole", clusters=3, **{"from": "buyers"}),
    "nobodies": ClustersSpec(name="nobodies", tags=("age",), clusters=2, **{"from": "nobody"}),
}
SEGMENTS = {
    "buyers": SegmentSpec(name="buyers", where="spend > 0"),
    "nobody": SegmentSpec(name="nobody", where="age > 1000"),
    "first": SegmentSpec(name="first", where="in_segment('shoppers_1')"),
    "of_nobody": SegmentSpec(name="of_nobody", where="in_segment('nobodies_1')"),
}
ROWS = 300


def people(order: np.ndarray) -> dict[str, list[Any]]:
    """Three kinds of buyers, a hundred each, by age, spend and favourite; and thirty who never bought."""
    random = np.random.default_rng(1)
    group = np.arange(ROWS) % 3
    columns = {
        "customer_id": [f"c_{i:04d}" for i in range(ROWS + 30)],
        "age": [*(np.array([20, 40, 70])[group] + random.integers(-3, 4, ROWS)).tolist(), *[40] * 30],
        "spend": [
            *np.round(np.array([50, 500, 5000])[group] * random.uniform(0.7, 1.4, ROWS), 2).tolist(),
            *[0.0] * 30,
        ],
        "favourite": [*np.array(["games", "nappies", "tea's"])[group].tolist(), *[None] * 30],
    }
    return {name: [values[i] for i in order] for name, values in columns.items()}


def catalog() -> pa.Table:
    rows = [
        {"name": name, "type": str(type_), "label_en": name.title(), "label_zh": name, "dimension": "own"}
        | {"privacy": "L2", "unit": "", "values": "{}"}
        for name, type_ in TYPES.items()
    ]
    return pa.Table.from_pylist(rows)


@dataclass
class Built:
    """What a build wrote, and what it refused."""

    engine: DuckEngine
    refused: dict[str, Any]
    outcomes: Any

    def rows(self, table: str) -> list[dict[str, Any]]:
        return self.engine.rows(self.engine.table(table), step=table)

    def members(self, segment: str) -> set[str]:
        return {row["customer_id"] for row in self.rows("segments") if row["segment"] == segment}


def build(engine: DuckEngine, order: np.ndarray, moment: Moment = MOMENT, former: Any = None) -> Built:
    columns = people(order)
    numbers = pa.array(range(len(order)), pa.int64())
    favourite = pa.array(columns["favourite"], pa.string())
    engine.create("profiles", pa.table({**columns, "favourite": favourite, "customer_no": numbers}), step="profiles")
    engine.create("tag_catalog", catalog(), step="tags")
    specs = {**SEGMENTS, **{k: v for name, spec in CLUSTERS.items() for k, v in cluster_segments(name, spec).items()}}
    plan = plan_segments(specs, TYPES)
    clusters = ClusterBuild(engine, CLUSTERS, TEMPLATES, moment, former)
    history = History(engine.table, STANDARD, moment)
    run = SegmentRun(plan, history, lambda spec: engine.table(spec.name), {}, clusters)
    return Built(engine, write_segments(engine, run), clusters.outcomes)


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        yield build(engine, np.arange(ROWS + 30))


def test_each_cluster_is_a_segment_that_others_may_speak_of(built):
    names = {f"shoppers_{number}" for number in (1, 2, 3)}
    groups = [built.members(name) for name in sorted(names)]
    assert {len(group) for group in groups} == {100}
    assert set.union(*groups) == {f"c_{i:04d}" for i in range(ROWS)}
    assert built.members("first") == built.members("shoppers_1")
    listed = {row["name"]: row for row in built.rows("segment_catalog")}
    assert names < listed.keys()
    assert listed["shoppers_1"]["group"] == "shoppers"
    assert listed["shoppers_1"]["rule"] == "cluster 1 of shoppers"
    assert len({listed[name]["label_zh"] for name in names}) == 3


def test_an_empty_segment_has_no_clusters_and_says_why(built):
    (row,) = (row for row in built.rows("cluster_catalog") if row["name"] == "nobodies")
    assert row["state"] == "refused"
    assert row["reason_en"] == "it has 0 customers to group, 50 are needed"
    assert built.refused["of_nobody"].en == "the segment 'nobodies_1' is not built"
    assert "nobodies_1" in built.refused


def test_a_tag_that_was_not_built_is_named(built):
    told = {row["tag"]: row for row in built.rows("cluster_features") if row["clusters"] == "shoppers"}
    assert list(told) == ["age", "spend", "favourite", "not_there"]
    assert not told["not_there"]["used"]
    assert told["not_there"]["treatment_zh"] == "未使用：本次构建没有该标签。"
    assert told["favourite"]["kind"] == "category"


def test_everybody_is_placed_once_and_working_tables_are_gone(built):
    placed = built.rows("cluster_members")
    assert len(placed) == ROWS
    assert all(row["cluster"] in (1, 2, 3) and row["certainty"] > 0.9 for row in placed)
    assert not [name for name in built.engine.names() if name.startswith("_cluster_")]


def test_the_rule_of_a_cluster_names_its_members_in_the_language_of_segments(built):
    rows = [row for row in built.rows("clusters") if row["clusters"] == "shoppers"]
    profiles = built.engine.table("profiles")
    for row in rows:
        spec = SegmentSpec(name="rule", where=row["rule"])
        rule = compile_segment("rule", spec, TYPES, [], {}).rule
        assert rule is not None
        held = profiles.filter(rule.ibis(profiles, MOMENT) & (profiles.spend > 0)).select("customer_id")
        named = {each["customer_id"] for each in built.engine.rows(held, step="rule")}
        members = built.members(row["segment"])
        assert len(named & members) / len(members) > 0.95
        assert len(named & members) / len(named) > 0.95
        assert row["precision"] > 0.9
        assert row["recall"] > 0.9


def test_clusters_do_not_hang_on_the_order_of_rows(built):
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        other = build(engine, np.random.default_rng(3).permutation(ROWS + 30))
        for number in (1, 2, 3):
            assert other.members(f"shoppers_{number}") == built.members(f"shoppers_{number}")
        assert {r["content"] for r in other.rows("cluster_models")} == {
            r["content"] for r in built.rows("cluster_models")
        }


def test_the_next_build_goes_on_with_what_was_found(built):
    models = pa.Table.from_pylist(built.rows("cluster_models"))
    later = Moment.parse("2026-07-08", "Asia/Shanghai")
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        # A new customer among the others, and the numbers of customers dealt anew.
        order = np.append(np.arange(ROWS + 30)[::-1], 0)
        again = build(engine, order, later, engine.create("former", models, step="former"))
        (row,) = (row for row in again.rows("cluster_catalog") if row["name"] == "shoppers")
        assert row["state"] == "kept"
        assert row["found_at"] == "2026-06-30T16:00:00+00:00"
        for number in (1, 2, 3):
            assert again.members(f"shoppers_{number}") == built.members(f"shoppers_{number}")
        assert again.rows("cluster_models") == built.rows("cluster_models")


def test_a_pool_that_has_become_empty_has_nobody_to_place(built):
    models = pa.Table.from_pylist(built.rows("cluster_models"))
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        # Only the thirty who never bought are left.
        again = build(engine, np.arange(ROWS, ROWS + 30), MOMENT, engine.create("former", models, step="former"))
        (row,) = (row for row in again.rows("cluster_catalog") if row["name"] == "shoppers")
        assert (row["state"], row["customers"], row["placed"]) == ("kept", 0, 0)
        assert again.members("shoppers_1") == set()


@pytest.mark.parametrize(
    ("spec", "segments", "code"),
    [
        ({"tags": ["agee"]}, {}, "unknown_tag"),
        ({"dimensions": ["ownn"]}, {}, "unknown_dimension"),
        ({"template": "hole"}, {}, "unknown_cluster_template"),
        ({"tags": ["age"], "from": "buyer"}, {}, "unknown_segment"),
        ({"tags": ["age"], "method": "hdbscan", "clusters": 3}, {}, "cluster_number"),
        ({"tags": ["age"]}, {"x_2": SegmentSpec(name="x_2", where="age > 1")}, "cluster_name_taken"),
        ({"tags": ["age"], "from": "buyers"}, {}, None),
    ],
)
def test_mistakes_in_definitions_are_findings(spec, segments, code):
    specs = {"x": ClustersSpec(name="x", **spec)}
    known = {**SEGMENTS, **cluster_segments("x", specs["x"]), **segments}
    codes = [finding.code for finding in check_clusters(specs, {}, known, TYPES, ["own"])]
    assert codes == ([code] if code else [])


@pytest.mark.parametrize(
    "wrong",
    [{}, {"tags": ["age"], "clusters": 1}, {"tags": ["age"], "clusters": "many"}, {"tags": ["age"], "range": [6, 2]}],
)
def test_what_makes_no_sense_is_refused_when_it_is_read(wrong):
    with pytest.raises(ValueError, match=r"cluster|range"):
        ClustersSpec(name="x", **wrong)
