"""The tables of a made-up snapshot about clusters: three groups of shoppers, one of them tiny, and a refused search."""

from __future__ import annotations

import json

import pyarrow as pa

from huaxiang.segments.clusters.choose import CRITERIA
from huaxiang.segments.clusters.features import UNIQUE
from huaxiang.store.engine import DuckEngine

REFUSED = "its tags show no groups: shuffled at random, they give clusters just as good"

VALUES = {
    "bic": (9_120.0, 8_430.0, 8_395.5, 8_410.0),
    "icl": (9_200.0, 8_480.0, 8_502.0, 8_560.0),
    "prediction_strength": (0.98, 0.93, 0.55, 0.41),
    "stability": (0.99, 0.96, 0.81, 0.62),
    "recovery": (0.99, 0.91, 0.58, 0.33),
}
"""Criterion → its value for two to five groups."""

VOTES = {"bic": 4, "icl": 3, "prediction_strength": 3, "stability": 4, "recovery": 3}

GROUPS = [
    (1, "High spend, night owl", "消费金额高、夜猫子", 1_100, 0.55, "spend > 500 and owl", 0.91, 0.84, 0.97),
    (2, "Low age, games", "年龄低、游戏", 640, 0.32, None, None, None, 0.91),
    (3, "Nine of a kind", "九位同好", 9, 0.0045, "age > 90", 1.0, 1.0, 0.88),
]

TRAITS = [
    ("spend", ("Spend", "消费金额"), None, 1.24, 0.0),
    ("favourite", ("Favourite", "偏好品类"), ("Games", "游戏"), 0.71, 0.3),
    ("owl", ("Night owl", "夜猫子"), ("true", "true"), 0.66, 0.4),
]


def put_clusters(engine: DuckEngine) -> None:
    """Write the tables of two searches, `shoppers` and `rhythm`."""
    _put(engine, "cluster_catalog", [_found(), _refused()])
    _put(engine, "clusters", [_group(*group) for group in GROUPS])
    features = [
        ("spend", True, "Number, scaled to mean 0 and spread 1.", "数值，标准化为均值 0、标准差 1。"),
        ("member_no", False, UNIQUE.en, UNIQUE.zh),
    ]
    rows = [
        {"clusters": name, "tag": tag, "used": used, "treatment_en": english, "treatment_zh": chinese}
        for name in ("shoppers", "rhythm")
        for tag, used, english, chinese in features
    ]
    _put(engine, "cluster_features", rows)
    _put(engine, "cluster_criteria", [row for key in VALUES for row in _criterion(key)])


def _put(engine: DuckEngine, name: str, rows: list[dict[str, object]]) -> None:
    engine.create(name, pa.Table.from_pylist(rows), step="test")


def _found() -> dict[str, object]:
    return {
        "name": "shoppers",
        "label_en": "Shoppers",
        "label_zh": "购物者",
        "state": "found",
        "reason_en": "found for the first time",
        "reason_zh": "首次发现",
        "clusters": 3,
        "chosen": 3,
        "customers": 2_000,
        "placed": 1_749,
        "stability": 0.94,
        "stability_low": 0.88,
        "stability_high": 0.98,
        "stability_wanted": 0.6,
        "chance": 0.16,
        "agreement": 0.83,
    }


def _refused() -> dict[str, object]:
    return {
        **_found(),
        "name": "rhythm",
        "label_en": "Rhythm",
        "label_zh": "购物节奏",
        "state": "refused",
        "reason_en": REFUSED,
        "reason_zh": "所选标签未呈现分群结构：将各标签随机打乱后，得到的聚类同样好",
        "clusters": 0,
        "placed": 0,
        "stability": 0.31,
        "stability_low": 0.12,
        "stability_high": 0.55,
        "chance": 1.02,
        "agreement": None,
    }


def _group(
    number: int,
    english: str,
    chinese: str,
    size: int,
    share: float,
    rule: str | None,
    precision: float | None,
    recall: float | None,
    recovery: float,
) -> dict[str, object]:
    traits = [
        {"tag": tag, "label": {"en": label[0], "zh": label[1]}, "value": value, "average": average}
        | {"level": level and level[0], "level_label": {"en": level[0], "zh": level[1]} if level else None}
        for tag, label, level, value, average in TRAITS
    ]
    return {
        "clusters": "shoppers",
        "cluster": number,
        "segment": f"shoppers_{number}",
        "label_en": english,
        "label_zh": chinese,
        "size": size,
        "share": share,
        "traits": json.dumps(traits, ensure_ascii=False),
        "rule": rule,
        "precision": precision,
        "recall": recall,
        "recovery": recovery,
    }


def _criterion(key: str) -> list[dict[str, object]]:
    label, mark = CRITERIA[key].label, CRITERIA[key].mark
    return [
        {"clusters": "shoppers", "criterion": key, "label_en": label.en, "label_zh": label.zh}
        | {"number": number, "value": value, "mark": mark, "vote": VOTES[key] == number}
        for number, value in enumerate(VALUES[key], start=2)
    ]
