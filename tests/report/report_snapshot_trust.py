"""The tables of a made-up snapshot about how far its data and identity can be trusted."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa

from huaxiang.identity.health.figures import Facts
from huaxiang.identity.health.measures import MEASURES
from huaxiang.identity.health.run import health_table
from huaxiang.quality.history import write_history
from huaxiang.quality.scores import DIMENSIONS
from huaxiang.store.engine import DuckEngine

SCORES = {
    None: (88.1, 99.4, 99.0, 97.2, 55.0, None, 87.7),
    "crm": (71.5, 98.1, 96.4, 93.0, None, None, 89.8),
    "web": (92.0, None, 100.0, 99.0, 55.0, None, 86.5),
}
"""Scores by source, in the order of the dimensions."""


def put_trust(engine: DuckEngine) -> None:
    """Write the tables of quality over builds and of the health of identity."""
    _put_scores(engine)
    _put_changes(engine)
    _put_spreads(engine)
    _put_health(engine)
    _put_identity(engine)


def _put(engine: DuckEngine, name: str, rows: list[dict[str, object]]) -> None:
    engine.create(name, pa.Table.from_pylist(rows), step="test")


def _put_scores(engine: DuckEngine) -> None:
    former = None
    for build in range(5):
        rows = [
            {
                "source": source,
                "dimension": dimension,
                "score": None if score is None else score - (4 - build) * (1.5 if dimension == "completeness" else 0.2),
                "before": None if score is None else score - 0.7,
                "detail_en": "2 parts",
                "detail_zh": "共 2 项",
            }
            for source, scores in SCORES.items()
            for dimension, score in zip(DIMENSIONS, scores, strict=True)
        ]
        _put(engine, "quality_scores", rows)
        moment = datetime(2026, 2, 27, 23, tzinfo=UTC) + timedelta(days=31 * build)
        history = write_history(engine, build=f"b{build}", as_of=moment, built_at=moment, former=former)
        former = engine.create("_former", history, step="test")


def _put_changes(engine: DuckEngine) -> None:
    told = [
        ("note", "web has a new column, utm_term.", "web 新增列 utm_term。"),
        (
            "warning",
            "crm has 2,480 rows, 12.0% fewer than before (2,818).",
            "crm 现有 2,480 行，比上次（2,818 行）减少 12.0%。",
        ),
    ]
    _put(engine, "quality_changes", [{"severity": s, "statement_en": en, "statement_zh": zh} for s, en, zh in told])
    rules = [
        ("has_phone", "Everybody has a phone", "客户须有手机号", "mobile is not null", "warn", 0.97, 0.917, False),
        ("sold", "Orders have an amount", "订单须有金额", "amount > 0", "block", 1.0, 1.0, True),
        ("seen", "", "", "visits > 0", "warn", 1.0, None, None),
    ]
    _put(
        engine,
        "quality_rules",
        [
            {
                "source": "crm", "name": name, "label_en": en, "label_zh": zh, "that": that,
                "severity": severity, "dimension": "consistency", "wanted": wanted, "rows": 2480,
                "failed": 205 if holds is False else 0, "share": share, "holds": holds,
                "examples": ["data/crm.csv#39"] if holds is False else [],
            }
            for name, en, zh, that, severity, wanted, share, holds in rules
        ],
    )  # fmt: skip


def _put_spreads(engine: DuckEngine) -> None:
    spreads = [
        ("crm", "records.gender", 2000, {"shares": {"female": 0.6, "male": 0.396, "diverse": 0.004}}),
        ("crm", "records.income_band", 900, {"shares": {"high": 1.0}}),
        ("shop_orders", "orders.amount", 9000, {"bounds": [3.5, 20, 40, 60, 80, 100.5, 140, 180, 240, 400, 18_240]}),
    ]
    _put(
        engine,
        "quality_distributions",
        [{"source": s, "column": c, "rows": rows, "content": json.dumps(content)} for s, c, rows, content in spreads],
    )


def _put_health(engine: DuckEngine) -> None:
    values = dict.fromkeys(MEASURES, 0.0) | {
        "customers": 2000.0, "records": 3999.0, "records_mean": 2.0, "records_max": 120.0, "singletons": 0.41,
        "bridges": 0.006, "frequent": 0.03, "precision": 0.9961, "review": None, "records_growth": -0.12,
    }  # fmt: skip
    names = ("records", "sources", "without_records", "unidentified", "mixed", "bridges", "group", "joined", "merged")
    more = ("over_limit", "frequent", "junk", "conflicts", "split", "gone")
    counts = dict.fromkeys((*names, *more), 12)
    former = {"records_mean": 1.9, "records_max": 80.0, "singletons": 0.44}
    engine.create("identity_health", health_table(Facts(values, counts), {}, former), step="test")


def _put_identity(engine: DuckEngine) -> None:
    _put(
        engine,
        "identity_clusters",
        [
            {
                "customer_no": n, "customer_id": f"c_0123456789abcd{n:02d}", "records": 120 - n, "identifiers": 40 - n,
                "names": 7 - n, "birthdays": 5 - n if n else None,
            }
            for n in range(3)
        ],
    )  # fmt: skip
    kinds = {
        "value": ("phone", "138****8000"),
        "match": (None, "crm#17 ↔ till_members#secret"),
        "record": (None, "crm#17"),
    }
    _put(
        engine,
        "identity_bridges",
        [
            {
                "customer_id": f"c_0123456789abcd{n:02d}", "kind": kind, "type": type_, "value": value,
                "records": 12, "one": 8, "other": 4,
            }
            for n, (kind, (type_, value)) in enumerate(kinds.items())
        ],
    )  # fmt: skip
    issues = [("phone", "frequent", "400****1234", 320), ("phone", "junk", "138****8000", 41)]
    issues += [
        ("email", "invalid", None, 7),
        ("phone", "conflict", "139****5521", 2),
        ("phone", "conflict", "136****0001", 2),
    ]
    _put(
        engine,
        "identity_issues",
        [{"type": t, "kind": kind, "value": value, "values": 1, "records": n} for t, kind, value, n in issues],
    )
    conflicts = [
        ("birthday", None, None, 700, 61),
        ("gender", None, None, 900, 4),
        ("name", None, None, 1200, 240),
        ("city", None, None, 800, 40),
        ("gender", "crm", "web", 300, 4),
    ]
    _put(
        engine,
        "attribute_conflicts",
        [
            {"attribute": a, "one": one, "other": other, "customers": n, "differing": d, "share": d / n}
            for a, one, other, n, d in conflicts
        ],
    )
    _put(engine, "identity_changes", [{"kind": kind} for kind in ("merged", "merged", "gone")])
    _put(engine, "identity_matches", [{"status": status} for status in ("joined", "joined", "review")])
    _put(engine, "households", [{"household": n} for n in range(40)])
    members = pd.DataFrame({"household": [n // 2 for n in range(80)], "customer_no": range(80)})
    engine.create("household_members", pa.Table.from_pandas(members, preserve_index=False), step="test")
