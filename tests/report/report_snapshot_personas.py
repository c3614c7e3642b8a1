"""The portraits of the made-up snapshot."""

from __future__ import annotations

import itertools
import json
import math
from typing import Any

import numpy as np
import pandas as pd
from report_snapshot_tags import TAGS, VALUES

THRESHOLD = 10


def persona_tables(profiles: pd.DataFrame, segments: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The four tables of personas, with shares, TGI and simple intervals."""
    catalog, ranked, values, numbers = [], [], [], []
    for name in ("champions", "cannot_lose", "newcomers", "night_owls", "new_parents", "vip_trial"):
        _, _, en, zh, _, mask = segments[name]
        members, rest = profiles[mask], profiles[~mask]
        found, numeric = _portray(name, profiles, members, rest)
        order = sorted(found, key=lambda tag: -max((abs(row["difference"]) for row in found[tag]), default=0))
        best = {tag: max(found[tag], key=lambda row: row["difference"]) for tag in order[:3]}
        lines = {tag: _statement(tag, row) for tag, row in best.items()}
        revenue = members.spend_total.sum() / profiles.spend_total.sum()
        catalog.append(
            {
                "name": name,
                "segment": name,
                "base": "everyone",
                "question_en": f"What are {en.lower()} like?",
                "question_zh": f"{zh}是怎样的一群人？",
                "label_en": en,
                "label_zh": zh,
                "size": len(members),
                "base_size": len(profiles),
                "share": len(members) / len(profiles),
                "revenue_share": float(revenue),
                "text_en": f"{len(members):,} customers bring {revenue:.0%} of revenue. "
                + " ".join(line[0] for line in lines.values()),
                "text_zh": f"共 {len(members):,} 位客户,贡献 {revenue:.0%} 的销售额。"
                + "".join(line[1] for line in lines.values()),
                "typical": json.dumps(
                    [
                        {"customer_id": row.customer_id, "tags": {tag: _plain(row[tag]) for tag in order[:5]}}
                        for _, row in members.head(3).iterrows()
                    ]
                ),
            }
        )
        for rank, tag in enumerate(order, 1):
            strongest = max(found[tag], key=lambda row: abs(row["difference"]))
            statement = _statement(tag, strongest)
            ranked.append(
                {
                    "persona": name,
                    "tag": tag,
                    "rank": rank,
                    "defining": tag in segments[name][1],
                    "gain": round(0.2 / rank, 4),
                    "known": float(members[tag].notna().mean()) if len(members) else 0.0,
                    "statement_en": statement[0],
                    "statement_zh": statement[1],
                }
            )
            values += found[tag]
        numbers += numeric
    return {
        "persona_catalog": pd.DataFrame(catalog),
        "portrait_tags": pd.DataFrame(ranked),
        "portraits": pd.DataFrame(values),
        "portrait_numbers": pd.DataFrame(numbers),
    }


def _portray(name: str, base: pd.DataFrame, members: pd.DataFrame, rest: pd.DataFrame) -> tuple[Any, list[Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    numbers = []
    for tag in TAGS:
        cut = {
            key: _cut(frame[tag.name], base[tag.name], tag.name)
            for key, frame in {"members": members, "base": base, "rest": rest}.items()
        }
        rows = []
        for position, value in enumerate(cut["base"].index):
            count = int(cut["members"].get(value, 0))
            n, m = max(int(cut["members"].sum()), 1), max(int(cut["rest"].sum()), 1)
            share, base_share = count / n, cut["base"][value] / max(cut["base"].sum(), 1)
            rest_share = float(cut["rest"].get(value, 0)) / m
            error = 1.96 * math.sqrt(share * (1 - share) / n + rest_share * (1 - rest_share) / m)
            hidden = 0 < count < THRESHOLD
            difference = share - rest_share
            rows.append(
                {
                    "persona": name,
                    "tag": tag.name,
                    "value": str(value),
                    **_value_labels(tag.name, str(value)),
                    "position": position,
                    "count": count,
                    "share": share,
                    "base_share": base_share,
                    "rest_share": rest_share,
                    "tgi": share / base_share * 100 if base_share else None,
                    "difference": difference,
                    "low": difference - error,
                    "high": difference + error,
                    "p_value": 0.01,
                    "q_value": 0.02,
                    "significant": abs(difference) > error,
                    "hidden": hidden,
                }
            )
        if rows:
            found[tag.name] = rows
        if tag.type in ("integer", "number", "money") and members[tag.name].notna().sum() > 1:
            mine, others, all_ = (frame[tag.name].dropna().astype(float) for frame in (members, rest, base))
            error = 1.96 * math.sqrt(mine.var() / len(mine) + others.var() / len(others))
            gap = mine.mean() - others.mean()
            numbers.append(
                {
                    "persona": name,
                    "tag": tag.name,
                    "mean": mine.mean(),
                    "base_mean": all_.mean(),
                    "rest_mean": others.mean(),
                    "median": mine.median(),
                    "base_median": all_.median(),
                    "difference": gap,
                    "low": gap - error,
                    "high": gap + error,
                    "effect": gap / (all_.std() or 1),
                    "p_value": 0.01,
                    "q_value": 0.02,
                    "significant": abs(gap) > error,
                }
            )
    return found, numbers


def _cut(series: pd.Series, base: pd.Series, name: str) -> pd.Series:
    known = series.dropna()
    if name in VALUES:
        counts = known.value_counts()
        return counts.reindex([value for value in VALUES[name] if value in set(base.dropna())]).fillna(0)
    if str(base.dtype) == "boolean":
        return known.map({True: "true", False: "false"}).value_counts().reindex(["true", "false"]).fillna(0)
    edges = np.unique(np.quantile(base.dropna().astype(float), [0, 0.25, 0.5, 0.75, 1]).round(0))
    names = [f"{low:g}–{high:g}" for low, high in itertools.pairwise(edges)]
    if not names:
        return pd.Series(dtype=int)
    bins = pd.cut(known.astype(float), [*edges[:-1], edges[-1] + 1], labels=names, include_lowest=True)
    return bins.value_counts().reindex(names).fillna(0)


def _plain(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value.item() if hasattr(value, "item") else value


def _value_labels(tag: str, value: str) -> dict[str, str]:
    yes_no = {"true": ("Yes", "是"), "false": ("No", "否")}
    english, chinese = VALUES.get(tag, {}).get(value) or yes_no.get(value) or (value, value)
    return {"value_en": english, "value_zh": chinese}


def _statement(tag: str, row: dict[str, Any]) -> tuple[str, str]:
    spec = next(item for item in TAGS if item.name == tag)
    en, zh = VALUES.get(tag, {}).get(
        row["value"],
        {"true": ("Yes", "是"), "false": ("No", "否")}.get(row["value"], (row["value"], row["value"])),
    )
    times = (row["tgi"] or 0) / 100
    return (
        f"{spec.en}: “{en}” is {times:.1f} times as common as among all customers.",
        f"{spec.zh}为“{zh}”的占比是全体客户的 {times:.1f} 倍。",
    )
