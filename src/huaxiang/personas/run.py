"""Portraying segments: one at a time, or all personas of a project into the tables of a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.personas.aspects.deeds import Facts
from huaxiang.personas.columns import read_columns
from huaxiang.personas.count import Key, count, key_of
from huaxiang.personas.crowds import Population
from huaxiang.personas.groups import Group, group, read_groups
from huaxiang.personas.likeness import Likeness
from huaxiang.personas.measure import Measures, Tally, revenue_of
from huaxiang.personas.narrate import Subject, narrate, statements
from huaxiang.personas.placed import Basis, Placed
from huaxiang.personas.portrait import Figures, figures
from huaxiang.personas.scales import Scale
from huaxiang.personas.shelf import Shelf
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.tags import Tag, defining, read_tags
from huaxiang.personas.telling import Evidence, evidence
from huaxiang.personas.typical import Sought, sought, typical_members

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

THRESHOLD = 10
"""Groups of fewer people are not shown, unless the project says otherwise."""


@dataclass(frozen=True)
class Portrait:
    """A persona in figures and words: what the tables of personas hold about one."""

    name: str
    segment: str
    base: str
    label: Text
    question: Text
    figures: Figures
    scales: Mapping[str, Scale]
    text: Text
    statements: Mapping[str, Text]
    typical: tuple[dict[str, Any], ...]
    evidence: Mapping[str, Evidence]


class Portrayer:
    """Portrays segments of one build. What is the same for all of them – tags, scales, the base – is computed once.

    `moment` is the build's; `threshold` the size of the smallest group that is shown; `currency` a code of ISO 4217.
    `shelf` is the folder of the build's shelf (`shelf.py`): what lies there is not read from the profiles.

    Raises:
        OSError: there is no shelf in that folder.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        moment: Moment,
        threshold: int = THRESHOLD,
        currency: str = "CNY",
        shelf: Path | None = None,
    ) -> None:
        self.engine = engine
        self.moment = moment
        self.threshold = threshold
        self.currency = currency
        self._bases: dict[str, Basis] = {}
        self._measures: dict[Key, Measures] = {}
        self._shelf = None if shelf is None else Shelf(shelf, self.tags)
        if self._shelf is not None:
            self._bases[EVERYONE] = self._shelf.basis()

    @property
    def shelved(self) -> bool:
        """Whether there is a shelf to portray from."""
        return self._shelf is not None

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The built tags."""
        return read_tags(self.engine)

    @cached_property
    def groups(self) -> dict[str, Group]:
        """The built segments, and everyone."""
        return read_groups(self.engine)

    @cached_property
    def revenue(self) -> str | None:
        """The tag that says what a customer is worth."""
        return revenue_of(self.tags)

    @cached_property
    def population(self) -> Population:
        """All customers."""
        return Population(self.engine, self.revenue, self._shelf)

    @cached_property
    def facts(self) -> Facts:
        """What facts tell of all customers."""
        return Facts(self.engine, self.population, self.moment)

    def scales(self, base: str) -> tuple[Scale, ...]:
        """The scales of all tags, made from the customers of `base`."""
        if base not in self._bases:
            self.count((base, [base]))
        return tuple(self._bases[base].scales[name] for name in self.tags)

    def measure(self, base: str, *names: str) -> Measures:
        """What is counted of all tags, on the scales of `base`, about those who are in every one of `names`."""
        self.count((base, names))
        return self._measures[key_of(base, names)]

    def count(self, *groups: tuple[str, Iterable[str]]) -> None:
        """Count many groups in one pass over the profiles: for each the base, and the segments that it is in."""
        keys = dict.fromkeys(key_of(base, names) for base, names in groups)
        missing = [key for key in keys if key not in self._measures]
        if missing:
            self._measures |= count(self.engine, self.population, self.tags, self._bases, missing, self.moment)

    def placed(self, tags: Iterable[Tag]) -> Iterator[Placed]:
        """Each of `tags`, none of which is to be skipped at sight, on the scale that is made from everyone."""
        basis = self._bases.setdefault(EVERYONE, Basis.of(self.tags))
        asked, profiles, population = tuple(tags), self.engine.table("profiles"), self.population
        unread = tuple(basis.unkept(asked))
        columns = read_columns(self.engine, profiles, population.size, unread, self.moment, step="personas: profiles")
        for tag in asked:
            known = basis.kept.get(tag.name)
            yield known or basis.meet(next(columns), population.crowd())

    def kept(self, name: str) -> Placed | None:
        """The tag `name` on the scale that is made from everyone, as it lies on the shelf; None where it does not."""
        return None if self._shelf is None else self._shelf.get(name)

    def portray(self, segment: str, base: str = EVERYONE) -> Portrait:
        """Portray `segment` against `base`.

        Raises:
            NotFoundError: one of them is no segment of the build.
        """
        return self.portraits([PersonaSpec(name=segment, segment=segment, base=base)])[0]

    def portraits(self, specs: Sequence[PersonaSpec]) -> list[Portrait]:
        """Portray many: two passes over the profiles, one to count, one for the typical members.

        Raises:
            NotFoundError: a segment or base is not in the build.
        """
        for spec in specs:
            for name in (spec.segment, spec.base):
                group(self.groups, name)
        self.count(*(compared for spec in specs for compared in _compared(spec)))
        found = [self._figures(spec) for spec in specs]
        all_sought = [self._sought(spec, figures) for spec, figures in zip(specs, found, strict=True)]
        typical = typical_members(self.engine, self.population, all_sought, self.moment)
        return [self._told(*parts) for parts in zip(specs, found, typical, strict=True)]

    def _chosen(self, spec: PersonaSpec) -> dict[str, Scale]:
        """The scales of the tags that a persona speaks of."""
        return {scale.tag.name: scale for scale in self.scales(spec.base) if wanted(scale.tag, spec)}

    def defining(self, segment: str) -> frozenset[str]:
        """The tags that a segment's rule rests on."""
        rules = {name: one.rule for name, one in self.groups.items()}
        return defining(self.groups[segment].rule, rules, self.tags)

    def likeness(self, base: str) -> Likeness:
        """Which tags tell the same fact about the customers of `base`."""
        self.scales(base)
        return self._bases[base].likeness

    def _figures(self, spec: PersonaSpec) -> Figures:
        return figures(
            tuple(self._chosen(spec).values()),
            inside=self.measure(spec.base, spec.segment),
            base=self.measure(spec.base, spec.base),
            both=self.measure(spec.base, spec.segment, spec.base),
            everyone=self._everyone,
            defining=self.defining(spec.segment),
            likeness=self.likeness(spec.base),
            threshold=self.threshold,
        )

    def _sought(self, spec: PersonaSpec, found: Figures) -> Sought:
        """Nobody is named of a group too small to show."""
        chosen = self._chosen(spec)
        telling = [chosen[row.tag] for row in found.tags if row.gain and row.is_fresh]
        crowd = self.population.crowd(spec.segment)
        inside, kept = self.measure(spec.base, spec.segment), self._bases[spec.base].kept
        return sought(spec.segment, crowd, inside, () if found.small else telling, kept)

    def _told(self, spec: PersonaSpec, found: Figures, typical: list[dict[str, Any]]) -> Portrait:
        chosen, told = self._chosen(spec), self._subject(spec)
        return Portrait(
            name=spec.name,
            segment=spec.segment,
            base=spec.base,
            label=told.label,
            question=spec.question,
            figures=found,
            scales=chosen,
            text=narrate(told, found, chosen, self.currency),
            statements=statements(found, chosen, self.currency),
            typical=tuple(typical),
            evidence=evidence(found, chosen),
        )

    def _subject(self, spec: PersonaSpec) -> Subject:
        segment = self.groups[spec.segment]
        base = None if spec.base == EVERYONE else self.groups[spec.base].label
        return Subject(spec.label or segment.label, base, segment.action)

    def with_beside(self, spec: PersonaSpec, portrait: Portrait, beside: Sequence[Text]) -> Portrait:
        """A portrait whose text says what stands `beside` its tags, too."""
        text = narrate(self._subject(spec), portrait.figures, portrait.scales, self.currency, beside)
        return replace(portrait, text=text)

    @cached_property
    def _everyone(self) -> Measures:
        """Size and revenue of all customers, whatever the base."""
        everyone = self.population.crowd()
        return Tally(everyone, self.population.revenue(everyone)).done()


def portray(
    engine: Engine,
    segment: str,
    base: str = EVERYONE,
    *,
    moment: Moment,
    threshold: int = THRESHOLD,
    currency: str = "CNY",
) -> Portrait:
    """Portray a segment of a build that has no persona of its own. Reads only.

    Raises:
        NotFoundError: `segment` or `base` is no segment of the build.
    """
    return Portrayer(engine, moment=moment, threshold=threshold, currency=currency).portray(segment, base)


def wanted(tag: Tag, spec: PersonaSpec) -> bool:
    """Whether a persona speaks of a tag: all of them where it names neither tags nor dimensions."""
    return not (spec.tags or spec.dimensions) or tag.name in spec.tags or tag.dimension in spec.dimensions


def _compared(spec: PersonaSpec) -> Iterator[tuple[str, list[str]]]:
    """The groups that a portrait speaks of, to be counted on the scales of its base."""
    for names in ([spec.base], [spec.segment], [spec.segment, spec.base]):
        yield spec.base, names
