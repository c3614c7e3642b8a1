"""A small made-up snapshot with the tables of docs/architecture.md: 2,000 customers of a shop, always the same."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from report_snapshot_clusters import put_clusters
from report_snapshot_personas import persona_tables
from report_snapshot_tags import DIMENSIONS, TAGS, VALUES
from report_snapshot_trust import put_trust

from huaxiang.store.engine import DuckEngine

CUSTOMERS = 2_000

RFM_ACTIONS = {
    "champions": ("Give early access and ask for referrals", "新品优先体验,邀请参与老带新"),
    "loyal": ("Raise basket size with bundles", "用组合装和满减提升客单价"),
    "promising": ("Invite to membership within 30 days", "30 天内引导入会,培养复购习惯"),
    "newcomers": ("Send a welcome series and a second-order coupon", "发送新客关怀和第二单礼券"),
    "need_attention": ("Remind with the category they buy most", "按常购品类做个性化提醒"),
    "cannot_lose": ("Call in person, with a private offer", "专属客服一对一回访并给予专享权益"),
    "hibernating": ("One low-cost reminder each season", "每季一次低成本唤醒"),
    "lost": ("Do not spend on them; ask why they left", "停止投放,抽样调研流失原因"),
}


def put(engine: DuckEngine, name: str, frame: pd.DataFrame) -> None:
    """Write `frame` as table `name`."""
    engine.create(name, pa.Table.from_pandas(frame, preserve_index=False), step="test")


def make_snapshot(customers: int = CUSTOMERS, seed: int = 7) -> tuple[DuckEngine, dict[str, Any]]:
    """The snapshot's engine and its build figures."""
    engine = DuckEngine.open()
    profiles = make_profiles(customers, seed)
    segments = make_segments(profiles)
    put(engine, "profiles", profiles)
    put(
        engine,
        "customers",
        pd.DataFrame(
            {
                "customer_no": profiles.customer_no,
                "customer_id": profiles.customer_id,
                "records": 1 + profiles.customer_no % 3,
            }
        ),
    )
    _put_data_tables(engine)
    _put_catalog(engine, profiles)
    _put_segments(engine, profiles, segments)
    for name, frame in persona_tables(profiles, segments).items():
        put(engine, name, frame)
    put(engine, "fact_orders", _orders(profiles))
    put_trust(engine)
    put_clusters(engine)
    build = {
        "snapshot": "20260630-071500-3fa9",
        "as_of": "2026-06-30",
        "time_zone": "Asia/Shanghai",
        "version": "0.1.0",
        "customers": customers,
        "seconds": 12.8,
        "peak_memory_mib": 612,
        "records": 3_999,
        "facts": {
            "orders": 9_412,
            "order_lines": 21_077,
            "events": 148_230,
            "tickets": 811,
            "reviews": 2_904,
            "touches": 18_400,
        },
        "steps": [
            {"step": "read", "seconds": 2.1},
            {"step": "quality", "seconds": 1.4},
            {"step": "identity", "seconds": 1.1},
            {"step": "tags", "seconds": 5.9},
            {"step": "segments", "seconds": 0.8},
            {"step": "personas", "seconds": 1.5},
        ],
    }
    return engine, build


def make_profiles(customers: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    loyalty = rng.beta(1.6, 2.6, customers)
    frame: dict[str, Any] = {
        "customer_id": [f"c{(number * 7919 + 104729) % 99999989:08d}" for number in range(customers)],
        "customer_no": np.arange(customers),
    }
    orders = rng.poisson(loyalty * 9) * (rng.random(customers) > 0.08)
    basket = np.exp(rng.normal(5.1 + loyalty * 0.6, 0.55, customers))
    last = np.clip(rng.exponential(40 + 330 * (1 - loyalty)), 1, 900).round()
    bought = orders > 0
    spend = np.where(bought, orders * basket, 0).round(2)
    frame["order_count"] = orders
    frame["spend_total"] = spend
    frame["average_order_value"] = np.where(bought, basket.round(2), np.nan)
    frame["days_since_last_order"] = np.where(bought, last, np.nan)
    for name, of, descending in (
        ("recency_score", last, True),
        ("frequency_score", orders, False),
        ("monetary_score", spend, False),
    ):
        ranks = pd.Series(np.where(bought, -of if descending else of, np.nan)).rank(method="average", pct=True)
        frame[name] = np.ceil(ranks * 5).clip(1, 5)
    r, f, m = (frame[name] for name in ("recency_score", "frequency_score", "monetary_score"))
    frame["rfm_group"] = np.select(
        [
            ~bought,
            (r >= 4) & (f >= 4) & (m >= 4),
            (r >= 3) & (f >= 4),
            (r >= 4) & (f >= 3),
            (r >= 4),
            (r >= 3),
            (f >= 4) & (m >= 4),
            (r >= 2),
        ],
        ["", "champions", "loyal", "promising", "newcomers", "need_attention", "cannot_lose", "hibernating"],
        "lost",
    )
    frame["rfm_group"] = np.where(frame["rfm_group"] == "", None, frame["rfm_group"])
    edges = np.quantile(spend[bought], [0.5, 0.8, 0.95])
    frame["value_tier"] = np.array(["basic", "growth", "high", "strategic"])[np.searchsorted(edges, spend)]
    frame["lifecycle_stage"] = np.select(
        [~bought, (orders == 1) & (last < 60), last < 90, last < 180, last > 365],
        ["potential", "new", "active", "at_risk", "lost"],
        "won_back",
    )
    for name, options in VALUES.items():
        if name in frame:
            continue
        weights = np.array([1 / (position + 1.4) for position in range(len(options))])
        shift = np.outer(loyalty - loyalty.mean(), rng.normal(0, 1.4, len(options)))
        odds = np.exp(np.log(weights) + shift)
        odds /= odds.sum(axis=1, keepdims=True)
        chosen = (odds.cumsum(axis=1) < rng.random((customers, 1))).sum(axis=1)
        missing = rng.random(customers) < _missing(name)
        frame[name] = np.where(missing, None, np.array(list(options), dtype=object)[chosen])
    for tag in TAGS:
        if tag.name in frame:
            continue
        missing = rng.random(customers) < _missing(tag.name)
        drawn = np.exp(rng.normal(tag.mean + loyalty * tag.slope, tag.spread, customers))
        if tag.type == "boolean":
            drawn = rng.random(customers) < 1 / (1 + np.exp(-(tag.mean + tag.slope * (loyalty - 0.4))))
            frame[tag.name] = pd.Series(drawn, dtype="boolean").mask(missing)
        else:
            frame[tag.name] = np.where(missing, np.nan, drawn.round(0 if tag.type == "integer" else 2))
    result = pd.DataFrame(frame)
    for tag in TAGS:
        if tag.type == "integer":
            result[tag.name] = result[tag.name].astype("Int64")
    return result


def make_segments(profiles: pd.DataFrame) -> dict[str, tuple[str, str, str, str, str, Any]]:
    """Segment → group, rule, English and Chinese label, action (both), mask."""
    found: dict[str, Any] = {}
    for value, (en, zh) in VALUES["rfm_group"].items():
        found[value] = (
            "rfm",
            f"rfm_group = '{value}'",
            en,
            zh,
            RFM_ACTIONS[value],
            profiles.rfm_group == value,
        )
    for value, (en, zh) in VALUES["value_tier"].items():
        action = (f"Plan the year's budget for {en.lower()} customers", f"按年度预算维护{zh}")
        found[f"tier_{value}"] = (
            "value",
            f"value_tier = '{value}'",
            en,
            zh,
            action,
            profiles.value_tier == value,
        )
    found["night_owls"] = (
        "behaviour",
        "night_owl and active_days_90d > 3",
        "Night owls",
        "夜猫子",
        ("Push between 21:00 and 23:00", "晚间 21 点至 23 点推送"),
        profiles.night_owl.fillna(False) & (profiles.active_days_90d.fillna(0) > 3),
    )
    found["new_parents"] = (
        "life",
        "new_parent and top_category_365d = 'baby'",
        "New parents",
        "新手父母",
        ("Offer a subscription for nappies and milk powder", "推荐纸尿裤、奶粉周期购"),
        profiles.new_parent.fillna(False) & (profiles.top_category_365d == "baby"),
    )
    found["vip_trial"] = (
        "custom",
        "member_level = 'black' and order_count > 8",
        "VIP trial",
        "黑卡内测",
        ("Invite by hand", "人工邀请"),
        (profiles.member_level == "black") & (profiles.order_count > 8),
    )
    found["mars_colony"] = (
        "custom",
        "province = 'mars'",
        "Mars colony",
        "火星移民",
        ("", ""),
        profiles.order_count < 0,
    )
    return found


def _missing(name: str) -> float:
    return (sum(map(ord, name)) % 47) / 100


def _put_data_tables(engine: DuckEngine) -> None:
    feeds = [
        ("crm", "records", 2_480, 96, 41, 0),
        ("till_members", "records", 1_730, 22, 118, 0),
        ("web", "events", 150_212, 402, 1_288, 292),
        ("shop_orders", "orders", 9_611, 57, 130, 12),
        ("shop_orders", "order_lines", 21_404, 133, 194, 0),
        ("service", "tickets", 820, 9, 0, 0),
        ("reviews", "reviews", 2_931, 27, 0, 0),
        ("campaigns", "touches", 18_400, 0, 0, 0),
    ]
    put(
        engine,
        "balance",
        pd.DataFrame(
            [
                (source, index, target, read, read - bad - double - aside, bad, double, aside)
                for index, (source, target, read, bad, double, aside) in enumerate(feeds)
            ],
            columns=["source", "feed", "target", "read", "used", "quarantined", "deduplicated", "set_aside"],
        ),
    )
    columns = {
        "records": ["name", "gender", "birthday", "province", "city", "registered_at", "member_level"],
        "orders": ["order_id", "occurred_at", "status", "amount", "discount", "channel", "payment_method"],
        "order_lines": ["order_id", "occurred_at", "product_id", "category", "brand", "quantity", "amount"],
        "events": ["occurred_at", "name", "session_id", "channel", "device", "query", "product_id"],
        "tickets": ["ticket_id", "occurred_at", "type", "satisfaction"],
        "reviews": ["occurred_at", "product_id", "rating", "text"],
        "touches": ["occurred_at", "channel", "campaign"],
    }
    cleaning = {
        "birthday": "date",
        "amount": "trim, money",
        "gender": "gender",
        "province": "region",
        "city": "region",
    }
    mapped = [
        (
            source,
            f"{source[:3]}_{column}",
            target,
            column,
            cleaning.get(column, ""),
            read,
            1 - _missing(source + column),
            (bad * (index + 1)) // 9,
        )
        for source, target, read, bad, _, _ in feeds
        for index, column in enumerate(columns[target])
    ]
    put(
        engine,
        "data_map",
        pd.DataFrame(
            mapped,
            columns=["source", "source_column", "target", "column", "cleaning", "rows", "filled", "invalid"],
        ),
    )
    metrics: list[tuple[Any, ...]] = []
    for source, target, read, bad, double, _ in feeds:
        metrics += [(source, None, "rows", float(read), ""), (source, None, "rejected", 0.0, "")]
        metrics += [(source, None, "duplicates", double / read, target)]
        for column in columns[target]:
            shown = f"{target}.{column}"
            metrics += [
                (source, shown, "completeness", 1 - _missing(column), ""),
                (source, shown, "distinct", 120.0, ""),
            ]
            metrics += [(source, shown, "validity", 1 - bad / read, f"{bad} make no sense")]
    metrics += [
        ("crm", None, "freshness", 3.0, "recorded_at: 2026-06-27T08:00:00+08:00"),
        ("web", None, "freshness", 0.1, "occurred_at: 2026-06-29T21:00:00+08:00"),
        ("reviews", None, "freshness", 41.0, "occurred_at: 2026-05-20"),
        ("shop_orders", "orders.amount", "min", 3.5, "3.5"),
        ("shop_orders", "orders.amount", "max", 18240.0, "18240"),
        ("shop_orders", "orders.amount", "outliers", 0.004, "38"),
    ]
    put(engine, "quality", pd.DataFrame(metrics, columns=["source", "column", "metric", "value", "detail"]))
    reasons = [
        ("crm", "records", "missing key", 61),
        ("crm", "records", "invalid birthday", 35),
        ("till_members", "records", "missing key", 22),
        ("web", "events", "missing occurred_at", 402),
        ("shop_orders", "orders", "invalid amount", 40),
        ("shop_orders", "orders", "missing amount", 17),
        ("shop_orders", "order_lines", "missing order_id", 133),
        ("service", "tickets", "missing ticket_id", 9),
        ("reviews", "reviews", "invalid rating", 27),
    ]
    put(
        engine,
        "quarantine",
        pd.DataFrame(
            [
                (source, target, "file.csv", row, f"k{row}", reason, "", "{}")
                for source, target, reason, rows in reasons
                for row in range(rows)
            ],
            columns=["source", "target", "file", "row", "record_key", "reason", "detail", "data"],
        ),
    )
    put(
        engine,
        "left_out",
        pd.DataFrame(
            [
                ("tag", "survey_nps", "no source feeds answers", "没有数据源提供问卷回答"),
                ("tag", "friends_count", "no source feeds relations", "没有数据源提供社交关系"),
                ("segment", "promoters", "its tag survey_nps is not built", "所需标签 survey_nps 未构建"),
            ],
            columns=["kind", "name", "reason", "reason_zh"],
        ),
    )


def _put_catalog(engine: DuckEngine, profiles: pd.DataFrame) -> None:
    rows = []
    for tag in TAGS:
        values = {value: {"en": en, "zh": zh} for value, (en, zh) in VALUES.get(tag.name, {}).items()}
        dimension, categories = DIMENSIONS[tag.dimension]
        rows.append(
            {
                "name": tag.name,
                "dimension": tag.dimension,
                "category": tag.category,
                "kind": tag.kind,
                "type": tag.type,
                "label_en": tag.en,
                "label_zh": tag.zh,
                "description_en": f"{tag.en}, as of the build's moment",
                "description_zh": f"截至构建时点的{tag.zh}",
                "dimension_en": dimension[0],
                "dimension_zh": dimension[1],
                "category_en": categories[tag.category][0],
                "category_zh": categories[tag.category][1],
                "privacy": "L2",
                "unit": tag.unit,
                "coverage": float(profiles[tag.name].notna().mean()),
                "distinct": int(profiles[tag.name].nunique()),
                "definition": json.dumps({"table": "orders", "value": "sum(amount)", "where": "paid"}),
                "values": json.dumps(values, ensure_ascii=False),
                "origin": "huaxiang/retail/tags.yml:12",
            }
        )
    put(engine, "tag_catalog", pd.DataFrame(rows))


def _put_segments(engine: DuckEngine, profiles: pd.DataFrame, segments: dict[str, Any]) -> None:
    put(
        engine,
        "segment_catalog",
        pd.DataFrame(
            [
                {
                    "name": name,
                    "label_en": en,
                    "label_zh": zh,
                    "description_en": f"Customers with {rule}",
                    "description_zh": f"满足条件 {rule} 的客户",
                    "action_en": action[0],
                    "action_zh": action[1],
                    "rule": rule,
                    "size": int(mask.sum()),
                    "share": float(mask.mean()),
                    "group": group,
                }
                for name, (group, rule, en, zh, action, mask) in segments.items()
            ]
        ),
    )
    members = [
        profiles.loc[mask, ["customer_id", "customer_no"]].assign(segment=name) for name, (*_, mask) in segments.items()
    ]
    put(engine, "segments", pd.concat(members)[["segment", "customer_id", "customer_no"]].astype({"segment": str}))
    flags = {name: mask.astype(bool) for name, (*_, mask) in segments.items()}
    put(engine, "segment_flags", pd.DataFrame({"customer_no": profiles.customer_no, **flags}))


def _orders(profiles: pd.DataFrame) -> pd.DataFrame:
    """The paid orders of the last fourteen months, more of them in November and June, as in Chinese retail."""
    rng = np.random.default_rng(11)
    weights = np.array([5, 6, 6, 6, 7, 7, 8, 14, 9, 7, 5, 7, 8, 12], dtype=float)
    months = pd.date_range("2025-05-01", periods=14, freq="MS")
    orders = profiles.loc[
        profiles.index.repeat(profiles.order_count.astype(int)), ["customer_no", "average_order_value"]
    ]
    drawn = rng.choice(len(months), size=len(orders), p=weights / weights.sum())
    return pd.DataFrame(
        {
            "customer_no": orders.customer_no.to_numpy(),
            "order_id": [f"o{number}" for number in range(len(orders))],
            "amount": orders.average_order_value.to_numpy(),
            "paid": True,
            "_day": months[drawn].date,
        }
    )
