"""All aspects of portraits, into the tables of a build or for one segment that has no persona."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.spec import EVERYONE
from huaxiang.personas.aspects.beside import beside
from huaxiang.personas.aspects.borders import BorderRow, border_rows
from huaxiang.personas.aspects.dimensions import DimensionRow, dimensions, membership_gains, outcome_gains
from huaxiang.personas.aspects.history import HistoryRow, Mark, Stable, history_rows
from huaxiang.personas.aspects.hours import Activity, HourRow, hour_rows, part_rows, read_activity
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.personas.aspects.preferences import (
    Facet,
    PreferenceRow,
    fact_rows,
    preference_rows,
    read_facets,
    tag_rows,
)
from huaxiang.personas.aspects.scores import ScoreRow, scores
from huaxiang.personas.aspects.siblings import Member, SiblingRow, sibling_rows
from huaxiang.personas.aspects.tables import AspectRow, write_aspects
from huaxiang.personas.aspects.warnings import (
    PersonaWarningRow,
    Portrayed,
    SegmentWarningRow,
    persona_warnings,
    segment_warnings,
)
from huaxiang.personas.measure import Measures
from huaxiang.personas.narrate import told_tags
from huaxiang.personas.run import Portrait, Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.tags import defining

if TYPE_CHECKING:
    import ibis

OF_PERSONAS: tuple[type[AspectRow], ...] = (
    ScoreRow,
    DimensionRow,
    PreferenceRow,
    HourRow,
    SiblingRow,
    BorderRow,
    PersonaWarningRow,
)
"""The aspects that every portrait has, each a table with a column `persona`."""

Rows = dict[type[AspectRow], list[AspectRow]]


@dataclass(frozen=True)
class Former:
    """The last build, with the mark of this one: what stability is told from."""

    mark: Mark
    tables: Mapping[str, ibis.Table]


def write_all(
    portrayer: Portrayer,
    rows: Rows,
    portraits: Sequence[Portrait],
    *,
    limits: WarningLimits,
    former: Former | None = None,
) -> None:
    """Write the `rows` of all aspects, those of warnings about segments and, with `former`, of stability."""
    named = {
        name: (group.label, portrayer.population.crowd(name))
        for name, group in portrayer.groups.items()
        if name != EVERYONE
    }
    rows[SegmentWarningRow] = [*segment_warnings(named, limits, portrayer.threshold)]
    rows[HistoryRow] = []
    if former is not None:
        now = [_stable(one) for one in portraits]
        rows[HistoryRow] = [*history_rows(portrayer.engine, now, former.mark, former.tables, portrayer.threshold)]
    write_aspects(portrayer.engine, rows)


def _stable(one: Portrait) -> Stable:
    return Stable(one.name, one.segment, one.figures.size, one.figures.tags, one.figures.shares)


def aspects(
    portrayer: Portrayer, specs: Sequence[PersonaSpec], portraits: Sequence[Portrait], *, limits: WarningLimits
) -> Rows:
    """The rows of all aspects of `portraits`, each made as one of `specs` says. Reads only."""
    looked = [_Look(portrayer, spec, one, limits) for spec, one in zip(specs, portraits, strict=True)]
    rows: Rows = {kind: [] for kind in OF_PERSONAS}
    for look in looked:
        rows[PersonaWarningRow] += look.warnings()
    shown = [look for look in looked if look.portrait.figures.size and not look.portrait.figures.small]
    for look in shown:
        rows[ScoreRow] += look.scores()
        rows[DimensionRow] += look.dimensions()
        rows[BorderRow] += look.borders()
    _of_facts(portrayer, shown, rows)
    for base in dict.fromkeys(look.spec.base for look in shown):
        family = [look.member() for look in shown if look.spec.base == base]
        rows[SiblingRow] += sibling_rows(family, portrayer.scales(base), portrayer.threshold)
    return rows


def woven(
    portrayer: Portrayer, specs: Sequence[PersonaSpec], portraits: Sequence[Portrait], rows: Rows
) -> list[Portrait]:
    """`portraits` whose text also tells what is telling of places, hours and the nearest sibling, from their `rows`."""
    found = []
    for spec, one in zip(specs, portraits, strict=True):
        preferences = [row for row in rows[PreferenceRow] if isinstance(row, PreferenceRow) and row.persona == one.name]
        siblings = [row for row in rows[SiblingRow] if isinstance(row, SiblingRow) and row.persona == one.name]
        said = told_tags(one.figures, one.scales) | portrayer.defining(spec.segment)
        sentences = beside(preferences, siblings, one.scales, [portrayer.tags[name] for name in said])
        found.append(portrayer.with_beside(spec, one, sentences) if sentences else one)
    return found


@dataclass(frozen=True)
class _Look:
    """One portrait, looked at from all sides."""

    portrayer: Portrayer
    spec: PersonaSpec
    portrait: Portrait
    limits: WarningLimits

    @property
    def inside(self) -> Measures:
        return self.portrayer.measure(self.spec.base, self.spec.segment)

    @property
    def base(self) -> Measures:
        return self.portrayer.measure(self.spec.base, self.spec.base)

    @property
    def rest(self) -> Measures:
        return self.base.without(self.portrayer.measure(self.spec.base, self.spec.segment, self.spec.base))

    def scores(self) -> list[ScoreRow]:
        scales = self.portrait.scales.values()
        return scores(self.portrait.name, scales, self.inside, self.base, self.portrayer.threshold)

    def dimensions(self) -> list[DimensionRow]:
        """By what tags tell about the outcome that the question is about, else about who is a member."""
        gains = membership_gains(self.portrait.figures.tags)
        outcome = self.spec.outcome
        if outcome is not None and outcome in self.portrayer.tags:
            crowd = self.portrayer.population.crowd(self.spec.segment)
            scales = {scale.tag.name: scale for scale in self.portrayer.scales(self.spec.base)}
            parts = defining(outcome, {}, self.portrayer.tags)
            asked = [scale for name, scale in self.portrait.scales.items() if name not in parts]
            if scales[outcome].kind in ("values", "ranges"):
                size, moment = self.portrayer.population.size, self.portrayer.moment
                gains = outcome_gains(self.portrayer.engine, size, asked, scales[outcome], crowd, moment)
        return dimensions(self.portrait.name, self.portrayer.tags, gains)

    def borders(self) -> list[BorderRow]:
        portrayer = self.portrayer
        rule = portrayer.groups[self.spec.segment].rule
        return border_rows(
            self.portrait.name,
            rule,
            portrayer.tags,
            portrayer.groups,
            self.inside,
            currency=portrayer.currency,
            threshold=portrayer.threshold,
        )

    def member(self) -> Member:
        return Member(self.portrait.name, self.portrait.label, self.inside, self.portrayer.defining(self.spec.segment))

    def warnings(self) -> list[PersonaWarningRow]:
        one = self.portrait
        likeness = self.portrayer.likeness(self.spec.base)
        portrayed = Portrayed(one.name, one.label, one.figures, one.scales, one.evidence, likeness)
        return persona_warnings(portrayed, self.limits, self.portrayer.threshold)


def _of_facts(portrayer: Portrayer, shown: Sequence[_Look], rows: Rows) -> None:
    """What facts tell, all portraits in one pass over each table."""
    if not shown:
        return
    population, facts = portrayer.population, portrayer.facts
    wanted = {key: population.crowd(*key) for look in shown for key in (_inside(look), _base(look), _both(look))}
    places = {key: i for i, key in enumerate(wanted)}
    crowds = list(wanted.values())
    activity = read_activity(facts, crowds)
    facets = read_facets(facts, portrayer.tags, crowds)
    for look in shown:
        at = places[_inside(look)], places[_base(look)], places[_both(look)]
        if activity is not None:
            rows[HourRow] += hour_rows(look.portrait.name, activity, at[0], at[1], portrayer.threshold)
        rows[PreferenceRow] += _preferences(look, facets, activity, at)


def _preferences(
    look: _Look, facets: Sequence[Facet], activity: Activity | None, at: tuple[int, int, int]
) -> list[PreferenceRow]:
    threshold = look.portrayer.threshold
    found = [
        row
        for facet in facets
        if facet.deeds[at[0]].doers
        for row in fact_rows(facet, facet.deeds[at[0]], facet.deeds[at[1]], facet.deeds[at[2]], threshold)
    ]
    if activity is not None:
        inside, base, both = (activity.deeds[place] for place in at)
        if inside.doers:
            found += part_rows(activity, inside, base, both, threshold)
    scales = look.portrayer.scales(look.spec.base)
    found += [(row, None, None) for row in tag_rows(scales, look.inside, look.base, look.rest, threshold)]
    return preference_rows(look.portrait.name, found)


_Key = tuple[str, ...]


def _inside(look: _Look) -> _Key:
    return (look.spec.segment,)


def _base(look: _Look) -> _Key:
    return (look.spec.base,)


def _both(look: _Look) -> _Key:
    return (look.spec.segment, look.spec.base)
