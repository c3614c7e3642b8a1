"""Portraying segments: one at a time, or all personas of a project into the tables of a build."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.personas.codes import coded
from huaxiang.personas.groups import Group, group, members, read_groups
from huaxiang.personas.measure import REVENUE, Measures, measure
from huaxiang.personas.narrate import Subject, narrate, statements
from huaxiang.personas.portrait import Figures, figures
from huaxiang.personas.scales import Scale, scales
from huaxiang.personas.spec import EVERYONE, PersonaSpec
from huaxiang.personas.tables import write_tables
from huaxiang.personas.tags import Tag, defining, read_tags
from huaxiang.personas.typical import typical_members

if TYPE_CHECKING:
    import ibis

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


class Portrayer:
    """Portrays segments of one build. What is the same for all of them – tags, scales, the base – is computed once.

    `moment` is the build's; `threshold` the size of the smallest group that is shown; `currency` a code of ISO 4217.
    """

    def __init__(self, engine: Engine, *, moment: Moment, threshold: int = THRESHOLD, currency: str = "CNY") -> None:
        self.engine = engine
        self.moment = moment
        self.threshold = threshold
        self.currency = currency
        self._scales: dict[str, tuple[Scale, ...]] = {}
        self._codes: dict[str, ibis.Table] = {}
        self._measures: dict[tuple[str, ...], Measures] = {}

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
        return next((name for name in REVENUE if name in self.tags), None)

    def scales(self, base: str) -> tuple[Scale, ...]:
        """The scales of all tags, made from the customers of `base`."""
        if base not in self._scales:
            self._scales[base] = scales(self.engine, members(self.engine, base), self.tags.values(), self.moment)
        return self._scales[base]

    def measure(self, base: str, *names: str) -> Measures:
        """What is counted of all tags, on the scales of `base`, about those who are in every one of `names`."""
        key = (base, *sorted(set(names) - {EVERYONE}))
        if key not in self._measures:
            group = members(self.engine, *names)
            if base in self._codes:
                codes = members(self.engine, *names, rows=self._codes[base])
            else:
                codes = coded(group, self._shown(base), self.moment)
            self._measures[key] = measure(
                self.engine,
                group,
                codes,
                self.scales(base),
                self.moment,
                revenue=self.revenue,
                of=" and ".join(names),
            )
        return self._measures[key]

    @contextmanager
    def many(self, bases: Iterable[str]) -> Iterator[None]:
        """Prepare for many portraits against `bases`: the values of all customers are cut into rows once, in tables.

        The tables are gone afterwards. Needs an engine that may be written to.
        """
        try:
            for base in dict.fromkeys(bases):
                codes = coded(self.engine.table("profiles"), self._shown(base), self.moment)
                self._codes[base] = self.engine.create(_codes_table(base), codes, step=f"personas: codes of {base}")
            yield
        finally:
            for base in self._codes:
                self.engine.drop(_codes_table(base))
            self._codes = {}

    def _shown(self, base: str) -> list[Scale]:
        return [scale for scale in self.scales(base) if scale.kind != "skipped"]

    def forget(self, *names: str) -> None:
        """Drop what was counted about these groups, to keep memory bounded over many personas."""
        self._measures = {key: kept for key, kept in self._measures.items() if not set(names) & set(key[1:])}

    def portray(self, segment: str, base: str = EVERYONE, spec: PersonaSpec | None = None) -> Portrait:
        """Portray `segment` against `base`; `spec` narrows the tags and names the persona.

        Raises:
            NotFoundError: one of them is no segment of the build.
        """
        subject, against = group(self.groups, segment), group(self.groups, base)
        spec = spec or PersonaSpec(name=segment, segment=segment, base=base)
        chosen = {scale.tag.name: scale for scale in self.scales(base) if wanted(scale.tag, spec)}
        rules = {name: one.rule for name, one in self.groups.items()}
        found = figures(
            tuple(chosen.values()),
            inside=self.measure(base, segment),
            base=self.measure(base, base),
            both=self.measure(base, segment, base),
            everyone=self.measure(base, EVERYONE) if base == EVERYONE else self._everyone,
            defining=defining(subject.rule, rules, self.tags),
            threshold=self.threshold,
        )
        label = spec.label or subject.label
        told = Subject(label, None if base == EVERYONE else against.label, subject.action)
        return Portrait(
            name=spec.name or segment,
            segment=segment,
            base=base,
            label=label,
            question=spec.question,
            figures=found,
            scales=chosen,
            text=narrate(told, found, chosen, self.currency),
            statements=statements(found, chosen, self.currency),
            typical=tuple(self._typical(segment, base, found, chosen)),
        )

    @cached_property
    def _everyone(self) -> Measures:
        everyone = members(self.engine)
        return measure(self.engine, everyone, everyone, (), self.moment, revenue=self.revenue, of=EVERYONE)

    def _typical(self, segment: str, base: str, found: Figures, chosen: Mapping[str, Scale]) -> list[dict[str, Any]]:
        if found.small:
            return []
        telling = [chosen[row.tag] for row in found.tags if row.rank is not None and not row.defining]
        return typical_members(
            self.engine,
            members(self.engine, segment),
            telling,
            self.measure(base, segment),
            self.moment,
            of=segment,
        )


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


def write_personas(
    engine: Engine,
    specs: Mapping[str, PersonaSpec],
    *,
    moment: Moment,
    threshold: int = THRESHOLD,
    currency: str = "CNY",
) -> dict[str, str]:
    """Write the tables `persona_catalog`, `portrait_tags`, `portraits` and `portrait_numbers`.

    Reads `profiles`, `segments`, `tag_catalog` and `segment_catalog`. Returns the personas that were left out, with
    the reason.
    """
    portrayer = Portrayer(engine, moment=moment, threshold=threshold, currency=currency)
    left_out = {name: reason for name, spec in specs.items() if (reason := _missing(spec, portrayer.groups))}
    with portrayer.many(spec.base for name, spec in specs.items() if name not in left_out):
        portraits = list(_portraits(portrayer, specs, left_out))
    write_tables(engine, portraits)
    return left_out


def wanted(tag: Tag, spec: PersonaSpec) -> bool:
    """Whether a persona speaks of a tag: all of them where it names neither tags nor dimensions."""
    return not (spec.tags or spec.dimensions) or tag.name in spec.tags or tag.dimension in spec.dimensions


def _portraits(portrayer: Portrayer, specs: Mapping[str, PersonaSpec], left_out: Collection[str]) -> Iterable[Portrait]:
    for name, spec in specs.items():
        if name not in left_out:
            named = spec.model_copy(update={"name": name})
            yield portrayer.portray(spec.segment or name, spec.base, named)
            if spec.base != (spec.segment or name):
                portrayer.forget(spec.segment or name)


def _codes_table(base: str) -> str:
    return f"persona_codes_{base}"


def _missing(spec: PersonaSpec, groups: Collection[str]) -> str | None:
    for role, name in (("segment", spec.segment or spec.name), ("base", spec.base)):
        if name not in groups:
            return f"its {role} '{name}' is not built"
    return None
