"""Figures about personas: portraits, statements and typical members."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.service.figures.aspects import gather_aspects
from huaxiang.service.figures.aspects_model import AspectFigures
from huaxiang.service.figures.catalog import ValueLabels
from huaxiang.service.figures.model import (
    NOTHING,
    MemberFigures,
    NumberFigures,
    PersonaFigures,
    PersonaTagFigures,
    SegmentFigures,
    ValueFigures,
)
from huaxiang.service.figures.trust_model import TrustFigures
from huaxiang.service.figures.values import SENSITIVE, as_count, as_float, as_json, as_text, mask, read

EVERYONE_LABEL = Text("all customers", "全体客户")
_Rows = list[dict[str, Any]]

_TOLD_OF_ONE = "L2"
"""The highest privacy class of what a report tells of one person."""


def gather_personas(
    engine: Engine,
    values: ValueLabels,
    segments: tuple[SegmentFigures, ...],
    trust: Mapping[str, TrustFigures],
    threshold: int,
) -> tuple[PersonaFigures, ...]:
    """Every persona of the catalog, in its order, with its tags ranked by what they tell, and how far to `trust` it."""
    catalog = {row["name"]: row for row in read(engine, "tag_catalog")}
    portraits = _by(read(engine, "portraits"), "persona", "tag")
    numbers = _by(read(engine, "portrait_numbers"), "persona", "tag")
    aspects = gather_aspects(engine, catalog, threshold)
    ranked = _by(read(engine, "portrait_tags"), "persona")
    named = {segment.name: segment for segment in segments}
    personas = []
    for row in read(engine, "persona_catalog"):
        size = int(row["size"] or 0)
        segment, base = named.get(row["segment"]), named.get(row["base"])
        shown = size >= threshold
        tags = [
            _tag(ranking, catalog.get(ranking["tag"], {}), portraits, numbers, threshold)
            for ranking in sorted(ranked.get((row["name"],), []), key=_rank)
            if ranking["rank"] is not None
        ]
        personas.append(
            PersonaFigures(
                name=row["name"],
                label=as_text(row, "label") or Text.of(row["name"]),
                segment=row["segment"],
                base=row["base"],
                base_label=base.label if base else EVERYONE_LABEL,
                action=segment.action if segment else NOTHING,
                size=size if shown or not size else None,
                base_size=as_count(row["base_size"]),
                share=as_float(row["share"]) if shown else None,
                revenue_share=as_float(row["revenue_share"]) if shown else None,
                question=as_text(row, "question"),
                text=as_text(row, "text") if shown else NOTHING,
                tags=tuple(tags) if shown else (),
                typical=_typical(row["typical"], catalog, values) if shown else (),
                hidden=not shown,
                aspects=aspects.get(row["name"], AspectFigures()),
                trust=trust.get(row["name"], TrustFigures()),
            )
        )
    return tuple(personas)


def _rank(ranking: dict[str, Any]) -> int:
    return int(ranking["rank"] or 0)


def _tag(
    ranking: dict[str, Any],
    entry: dict[str, Any],
    portraits: dict[tuple[str, ...], _Rows],
    numbers: dict[tuple[str, ...], _Rows],
    threshold: int,
) -> PersonaTagFigures:
    key = (ranking["persona"], ranking["tag"])
    rows = sorted(portraits.get(key, []), key=lambda row: row["position"])
    numeric = numbers.get(key)
    return PersonaTagFigures(
        name=ranking["tag"],
        label=as_text(entry, "label") or Text.of(ranking["tag"]),
        dimension=as_text(entry, "dimension"),
        category=f"{entry.get('dimension')}.{entry.get('category')}",
        unit=entry.get("unit") or "",
        type=entry.get("type") or "",
        rank=int(ranking["rank"]),
        gain=as_float(ranking["gain"]),
        known=as_float(ranking["known"]),
        statement=as_text(ranking, "statement"),
        values=tuple(_value(row, threshold) for row in rows),
        numbers=_numbers(numeric[0]) if numeric else None,
        defining=bool(ranking["defining"]),
        sureness=ranking.get("sureness") or "",
    )


def _value(row: dict[str, Any], threshold: int) -> ValueFigures:
    count = as_count(row["count"])
    hidden = bool(row["hidden"]) or (count is not None and 0 < count < threshold)

    def shown(name: str) -> float | None:
        return None if hidden else as_float(row[name])

    return ValueFigures(
        label=as_text(row, "value") or Text.of(row["value"] or "–"),
        count=None if hidden else count,
        share=shown("share"),
        base_share=shown("base_share"),
        tgi=shown("tgi"),
        difference=shown("difference"),
        low=shown("low"),
        high=shown("high"),
        q_value=shown("q_value"),
        significant=bool(row["significant"]) and not hidden,
        hidden=hidden,
    )


def _numbers(row: dict[str, Any]) -> NumberFigures:
    names = ("mean", "base_mean", "median", "base_median", "difference", "low", "high", "effect", "q_value")
    return NumberFigures(**{name: as_float(row[name]) for name in names}, significant=bool(row["significant"]))


def _typical(value: Any, catalog: dict[str, dict[str, Any]], values: ValueLabels) -> tuple[MemberFigures, ...]:
    """Typical members, told by rounded values and by tags of the lower classes: one person is the smallest of groups.

    A report goes from hand to hand, to people who may see no single customer.
    """
    members = []
    for member in as_json(value) or ():
        tags = tuple(
            (
                as_text(catalog.get(tag, {}), "label") or Text.of(tag),
                _held(held, values.get(tag, {}), catalog.get(tag, {}).get("type", "")),
            )
            for tag, held in member["tags"].items()
            if held is not None and catalog.get(tag, {}).get("privacy", SENSITIVE) <= _TOLD_OF_ONE
        )
        members.append(MemberFigures(mask(str(member["customer_id"])), member.get("name") or "", tags))
    return tuple(members)


def _held(value: Any, labels: dict[str, Text], type_: str) -> Text:
    """A value that one person has: its label, the number to two significant digits, or the month of a day."""
    key = str(value).lower() if isinstance(value, bool) else str(value)
    if key in labels:
        return labels[key]
    if isinstance(value, int | float) and not isinstance(value, bool):
        rounded = float(f"{value:.2g}")
        return Text.of(f"{rounded:,.0f}" if rounded.is_integer() else f"{rounded:g}")
    return Text.of(key[:7] if type_ in (Type.DATE, Type.MOMENT) else key)


def _by(rows: _Rows, *names: str) -> dict[tuple[str, ...], _Rows]:
    grouped: dict[tuple[str, ...], _Rows] = {}
    for row in rows:
        grouped.setdefault(tuple(row[name] for name in names), []).append(row)
    return grouped
