"""Clusters for readers: what a small group hides, rules as definitions, and how they look in both languages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.cli import cluster_shapes
from huaxiang.cli.output import Output
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.project.read import Definitions
from huaxiang.project.yaml import read
from huaxiang.service.clusters import listed, save_rules, shown
from huaxiang.store.engine import DuckEngine

TRAIT = {"tag": "age", "label": {"en": "Age", "zh": "年龄"}, "level": None, "level_label": None}
VALUE = {"tag": "top", "label": {"en": "Category", "zh": "品类"}, "level": "tea"}
TRAITS = [
    {**TRAIT, "value": 1.2, "average": 0.0, "effect": 1.2},
    {**VALUE, "level_label": {"en": "Tea", "zh": "茶"}, "value": 0.8, "average": 0.25, "effect": 1.1},
]
HEAD = {
    "name": "shoppers", "label_en": "Shoppers", "label_zh": "购物者", "method": "mixture", "from": "everyone",
    "state": "found", "reason_en": "found for the first time", "reason_zh": "首次发现", "clusters": 2,
    "customers": 1200, "placed": 1005, "sample": 1200, "stability": 0.91, "stability_low": 0.85, "stability_high": 0.97,
    "stability_wanted": 0.6, "chance": 0.2, "agreement": 0.88, "found_at": "2026-06-30T16:00:00+00:00",
}  # fmt: skip
REFUSED = {
    **HEAD,
    "name": "rhythm",
    "state": "refused",
    "clusters": 0,
    "reason_en": "it is unstable",
    "stability": None,
}


def group(number: int, size: int, rule: str | None) -> dict[str, Any]:
    labels = {"label_en": f"Tea {number}", "label_zh": f"茶 {number}"}
    measured = {"precision": 0.9, "recall": 0.7} if rule else {"precision": None, "recall": None}
    names = {"clusters": "shoppers", "cluster": number, "segment": f"shoppers_{number}"}
    return {
        **names,
        **labels,
        "size": size,
        "share": size / 1200,
        "traits": json.dumps(TRAITS),
        "rule": rule,
        **measured,
    }


FEATURE = {"clusters": "shoppers", "tag": "age", "used": True, "treatment_en": "number.", "treatment_zh": "数值。"}
VOTES = [
    {
        "clusters": "shoppers",
        "criterion": "bic",
        "label_en": "BIC",
        "label_zh": "BIC",
        "number": n,
        "value": v,
        "vote": n == 2,
    }
    for n, v in ((2, 100.5), (3, 120.0))
]


@pytest.fixture(scope="module")
def engine():
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        groups = [group(1, 1000, "age > 30 and top = 'tea''s'"), group(2, 5, "age < 9")]
        tables = {"cluster_catalog": [HEAD, REFUSED], "clusters": groups, "cluster_features": [FEATURE]}
        for name, rows in (tables | {"cluster_criteria": VOTES}).items():
            opened.create(name, pa.Table.from_pylist(rows), step=name)
        yield opened


def test_of_a_group_that_is_too_small_nothing_is_told_nor_what_its_size_follows_from(engine):
    found = shown(engine, "shoppers", 10)
    large, small = found["groups"]
    assert (large["hidden"], small["hidden"]) == (False, True)
    assert len(large["traits"]) == 2
    assert (small["size"], small["traits"], found["placed"]) == (None, [], None)
    assert [row["placed"] for row in listed(engine, 10)] == [None, 1005]
    assert {small[key] for key in ("label_en", "label_zh", "share", "rule", "precision", "recall")} == {None}


def test_an_unknown_name_and_an_old_snapshot_are_told_apart(engine):
    with pytest.raises(NotFoundError, match="Did you mean 'shoppers'"):
        shown(engine, "shopers", 10)
    with DuckEngine.open(zone="UTC") as empty, pytest.raises(NotFoundError, match="before clusters"):
        listed(empty, 10)


def test_rules_are_saved_as_segments_that_a_project_can_read(engine, tmp_path: Path):
    file = tmp_path / "shoppers.yml"
    found = shown(engine, "shoppers", 10)
    assert save_rules(found, file) == 1
    definitions = Definitions()
    definitions.add(read(file, "shoppers.yml"))
    assert definitions.findings == []
    (segment,) = definitions.found["segments"].values()
    assert segment.model_dump()["where"] == "age > 30 and top = 'tea''s'"
    assert segment.model_dump()["group"] == "shoppers_rules"
    assert segment.name == "shoppers_rule_1"
    with pytest.raises(UsageError, match="there already"):
        save_rules(found, file)
    with pytest.raises(UsageError, match="no folder"):
        save_rules(found, tmp_path / "none" / "x.yml")
    with pytest.raises(UsageError, match="has a rule"):
        save_rules({**found, "groups": found["groups"][1:]}, tmp_path / "y.yml")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            ["2 groups of 1,005 of 1,200", "0.91 (0.85 to 0.97", "Tea 1", "90.0%", "age > 30", "+1.20 σ", "80.0%", "✓"],
        ),
        ("zh", ["1,200 位客户中的 1,005 位", "0.91（0.85–0.97", "茶 1", "90.0%", "首次发现", "年龄", "数值。"]),
    ],
)
def test_clusters_are_shown_in_both_languages(engine, language, words, capsys):
    cluster_shapes.shown(Output(language), shown(engine, "shoppers", 5))
    printed = capsys.readouterr().out
    for word in words:
        assert word in printed


def test_the_terminal_does_not_tell_the_size_of_a_small_group(engine, capsys):
    cluster_shapes.shown(Output("en"), shown(engine, "shoppers", 10))
    printed = capsys.readouterr().out
    assert "2 groups of 1,200 customers; of those with too few" in printed
    assert "1,005" not in printed


def test_refused_clusters_are_listed_with_their_reason(engine, capsys):
    cluster_shapes.listed(Output("en"), listed(engine, 5))
    printed = capsys.readouterr().out
    assert "rhythm: no groups, since it is unstable." in printed
    cluster_shapes.listed(Output("zh"), [])
    assert "尚未定义聚类" in capsys.readouterr().out
