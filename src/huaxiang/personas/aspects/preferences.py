"""What the members buy, where they come from and through which channels: shares against the base, with TGI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, ClassVar

from huaxiang.core.text import Text
from huaxiang.expressions.functions.places import province
from huaxiang.personas.aspects.deeds import Deeds, Facts, labels_of
from huaxiang.personas.aspects.tables import AspectRow
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.portrait import Counted, ShareRow, corrected, scale_rows, share_rows
from huaxiang.personas.scales import Scale
from huaxiang.personas.tags import Tag

SHOWN = 12
"""Values of a facet that are shown, those of most members."""

OF_FACTS: dict[str, tuple[str, str]] = {
    "category": ("order_lines", "category"),
    "brand": ("order_lines", "brand"),
    "order_channel": ("orders", "channel"),
    "visit_channel": ("events", "channel"),
}
"""Facets by the table and column of facts that tell them: a member may have several values."""

OF_TAGS: dict[str, tuple[str, ...]] = {
    "journey_stage": ("lifecycle_stage",),
    "life_stage": ("life_stage", "generation", "age_band"),
}
"""Facets by the tags that tell them: the first that is built and may be shown. A member has one value."""

PROVINCE = "province"
OTHER_PLACES = "(other)"


@dataclass(frozen=True)
class PreferenceRow(AspectRow):
    """One value of one facet of one persona.

    Shares are of customers: among those of whom anything is known about the facet. `volume` and `base_volume` are
    shares of the facts instead, such as of all orders; None for what is no fact. Tests of all facets of a persona are
    corrected together.
    """

    table: ClassVar[str] = "portrait_preferences"

    persona: str
    facet: str
    value: str
    label: Text
    position: int
    count: int | None
    share: float | None
    base_share: float | None
    tgi: float | None
    difference: float | None
    low: float | None
    high: float | None
    q_value: float | None
    significant: bool
    volume: float | None
    base_volume: float | None
    hidden: bool


@dataclass(frozen=True)
class Facet:
    """What was counted of a facet of facts, for each of some crowds."""

    name: str
    values: tuple[str, ...]
    labels: tuple[Text, ...]
    deeds: Sequence[Deeds]


def read_facets(facts: Facts, tags: Mapping[str, Tag], crowds: Sequence[Crowd]) -> list[Facet]:
    """Count all facets that the facts of the build tell, for each crowd."""
    found = []
    for name, (table, column) in OF_FACTS.items():
        labels = labels_of(tags, table, column)
        rows = facts.of(table)
        if labels is None or rows is None or column not in rows.columns:
            continue
        step = f"personas: {name.replace('_', ' ')}"
        values, deeds = facts.count(table, itemgetter(column), crowds, step=step)
        if values:
            found.append(Facet(name, tuple(values), tuple(labels.get(v, Text(v, v)) for v in values), deeds))
    return found


def fact_rows(facet: Facet, inside: Deeds, base: Deeds, both: Deeds, threshold: int) -> list[tuple[ShareRow, Any, Any]]:
    """The values of most members, with their shares of the members' facts and of the base's."""
    top = sorted(range(len(facet.values)), key=lambda i: (-int(inside.customers[i]), facet.values[i]))[:SHOWN]
    rest = Counted([int(base.customers[i] - both.customers[i]) for i in top], base.doers - both.doers)
    mine = Counted([int(inside.customers[i]) for i in top], inside.doers)
    theirs = Counted([int(base.customers[i]) for i in top], base.doers)
    values = [(facet.values[i], facet.labels[i]) for i in top]
    rows = share_rows(facet.name, values, [mine, theirs, rest], threshold, parts=False)
    volumes = {facet.values[i]: (_volume(inside, i), _volume(base, i)) for i in top}
    return [(row, *((None, None) if row.hidden else volumes[row.value])) for row in rows]


def tag_rows(
    scales: Iterable[Scale], inside: Measures, base: Measures, rest: Measures, threshold: int
) -> list[ShareRow]:
    """The facets that tags tell: stages, and provinces by the short names of all 34."""
    by_name = {scale.tag.name: scale for scale in scales if scale.kind == "values"}
    rows = []
    for facet, names in OF_TAGS.items():
        chosen = next((by_name[name] for name in names if name in by_name), None)
        if chosen is not None:
            rows += [replace(row, tag=facet) for row in scale_rows(chosen, inside, base, rest, threshold)]
    home = next((scale for scale in by_name.values() if scale.tag.is_province), None)
    return rows if home is None else rows + _province_rows(home, (inside, base, rest), threshold)


def preference_rows(persona: str, rows: Sequence[tuple[ShareRow, Any, Any]]) -> list[PreferenceRow]:
    """The rows of all facets of a persona, its tests corrected together."""
    tested, _ = corrected([row for row, _, _ in rows], [])
    return [
        PreferenceRow(
            persona, row.tag, row.value, row.label, row.position, row.count, row.share, row.base_share, row.tgi,
            row.difference, row.low, row.high, row.q_value, row.significant, volume, base_volume, row.hidden,
        )
        for row, (_, volume, base_volume) in zip(tested, rows, strict=True)
    ]  # fmt: skip


def _province_rows(scale: Scale, groups: Sequence[Measures], threshold: int) -> list[ShareRow]:
    """Provinces as the map knows them, whatever a source calls them; places that it does not know are one row."""
    name = scale.tag.name
    known = [province(value) or OTHER_PLACES for value in scale.values]
    order = sorted(set(known), key=lambda value: (value == OTHER_PLACES, value))
    counted = [
        Counted(
            [
                sum(count for count, place in zip(group.counts[name], known, strict=True) if place == value)
                for value in order
            ],
            group.known[name],
        )
        for group in groups
    ]
    values = [(value, Text("elsewhere", "其他") if value == OTHER_PLACES else Text(value, value)) for value in order]
    return share_rows(PROVINCE, values, counted, threshold, parts=True)


def _volume(deeds: Deeds, i: int) -> float | None:
    """The share of a crowd's facts."""
    total = int(deeds.facts.sum())
    return rounded(int(deeds.facts[i]) / total) if total else None
