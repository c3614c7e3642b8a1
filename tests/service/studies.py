"""A base of 60 people in two generations, small enough that every figure of its study can be worked out by hand."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from huaxiang.core.moments import Moment
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.project.spec import ProjectSpec
from huaxiang.service.studies import Study, gather
from huaxiang.store.engine import DuckEngine

MOMENT = Moment.parse("2026-07-01", "Asia/Shanghai")
PEOPLE = 60
YOUNG = range(20)
"""Customers 0–19 are young, 20–49 are old, of 50–59 nobody knows."""


def people() -> pa.Table:
    """The young live in the city but for 4, who are hidden; all old but 12 in the country; the old spend 100 + n."""
    generation = ["young"] * 20 + ["old"] * 30 + [None] * 10
    home = ["city"] * 16 + ["country"] * 4 + ["city"] * 12 + ["country"] * 18 + ["city"] * 10
    likes = [["tea", "cake"]] * 20 + [["tea"]] * 30 + [None] * 10
    spend = [10.0] * 20 + [100.0 + n for n in range(30)] + [None] * 10
    mood = [9.0] * 3 + [None] * 17 + [5.0] * 30 + [None] * 10
    columns = {"generation": generation, "home": home, "likes": likes, "spend": spend, "mood": mood, "secret": spend}
    numbers = {"customer_id": [f"c_{n:02}" for n in range(PEOPLE)], "customer_no": list(range(PEOPLE))}
    return pa.table(numbers | columns)


def catalog() -> pa.Table:
    kinds = {"generation": "text", "home": "text", "likes": "list", "spend": "number", "mood": "number"}
    kinds |= {"secret": "number"}
    values = {"home": {"city": {"en": "In town", "zh": "城市"}, "country": {"en": "In the country", "zh": "乡村"}}}
    return pa.Table.from_pylist(
        [
            {
                "name": name,
                "dimension": "basic" if name in ("generation", "home") else "value",
                "type": kind,
                "unit": "",
                "privacy": "L4" if name == "secret" else "L2",
                "values": json.dumps(values.get(name, {}), ensure_ascii=False),
                **{f"{key}_{language}": f"{name} {key} {language}" for key in ("label", "description", "dimension")
                   for language in ("en", "zh")},
            }
            for name, kind in kinds.items()
        ]
    )  # fmt: skip


def a_year_ago(asked: pa.Table, tags: list[str]) -> pa.Table:
    """What `tags_at` would say: everybody lived in the country, and spent 10 less."""
    assert set(asked["moment"].to_pylist()) == {Moment.parse("2025-07-01", "Asia/Shanghai").utc}
    now = {row["customer_id"]: row for row in people().to_pylist()}
    rows = [now[customer] for customer in asked["customer_id"].to_pylist()]
    past: dict[str, Any] = {
        "home": ["country"] * len(rows),
        "spend": [None if row["spend"] is None else row["spend"] - 10 for row in rows],
    }
    return asked.append_column("home", pa.array(past["home"])).append_column("spend", pa.array(past["spend"]))


def study(engine: DuckEngine, **spec: Any) -> Study:
    """The study of these people."""
    engine.create("profiles", people(), step="fixture")
    engine.create("tag_catalog", catalog(), step="fixture")
    segments = pa.table({"name": ["old"], "label_en": ["The old"], "label_zh": ["年长者"]})
    engine.create("segment_catalog", segments, step="fixture")
    members = pa.table({"segment": ["old"] * 30, "customer_no": list(range(20, 50))})
    engine.create("segments", members, step="fixture")
    asked = {"name": "ages", "label": "Ages", "by": "generation", "tags": ["home", "likes", "spend"]} | spec
    project = ProjectSpec(name="shop", minimum_group=5)
    return gather(engine, StudySpec.model_validate(asked), project, MOMENT, "s1", a_year_ago)
