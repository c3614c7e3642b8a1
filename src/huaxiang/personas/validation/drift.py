"""Against its own past: who stayed, and on which tags the members of a persona are others than before.

The population stability index of a tag is taken over the rows that the portrait shows it in, cut as they are now; what
chance gives is taken off (`core.stability`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.moments import Moment
from huaxiang.core.stability import stability_index
from huaxiang.core.text import Text
from huaxiang.core.types import of_ibis
from huaxiang.personas.columns import Column, read_columns
from huaxiang.personas.portrait import too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import Scale, scale
from huaxiang.personas.spec import DriftSpec, PersonaSpec
from huaxiang.personas.validation.result import Figure, Outcome, Result
from huaxiang.personas.validation.statements import Verdict, columns

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

TAGS = 30
"""The most telling tags of a persona, of which drift is measured."""

LEVELS = ("stable", "shifted", "changed")
"""What a persona or a tag of it can be called, compared with the build before."""


@dataclass(frozen=True)
class Former:
    """The build before: its moment, and its tables `profiles` and `segments`."""

    moment: Moment
    tables: Mapping[str, ibis.Table]


@dataclass(frozen=True)
class Drift:
    """How far a persona has moved. `kept`: members of both builds, of those of either (Jaccard 1901)."""

    level: str
    kept: float | None
    psi: float | None
    tag: str | None


def level(index: float, limits: DriftSpec) -> str:
    """What a stability index is called: stable, shifted or changed."""
    return LEVELS[(index >= limits.shifted) + (index >= limits.changed)]


def drift(
    portrayer: Portrayer,
    former: Former,
    personas: Sequence[PersonaSpec],
    telling: Mapping[str, Sequence[str]],
    kept: Mapping[str, float | None],
) -> tuple[Result, dict[str, Drift]]:
    """Compare the members of each persona with those of the former build, on the tags `telling` of each.

    `kept` is the share of members who are the same. Personas of too few members, now or then, are left out.
    """
    known = _same_tags(portrayer, former)
    before = {persona.name: _members(portrayer, former, persona.segment) for persona in personas}
    compared = [persona for persona in personas if _is_shown(portrayer, persona, len(before[persona.name]))]
    wanted = {
        persona.name: [tag for tag in list(telling.get(persona.name, ()))[:TAGS] if tag in known]
        for persona in compared
    }
    indices = _indices(portrayer, former, compared, before, wanted)
    figures: list[Figure] = []
    outcomes: list[Outcome] = []
    found: dict[str, Drift] = {}
    for persona in compared:
        mine = indices[persona.name]
        size = portrayer.population.crowd(persona.segment).size
        found[persona.name] = drifted = _drift(mine, kept.get(persona.name), persona.drift)
        figures += [_figure(persona, tag, value, portrayer) for tag, value in mine.items()]
        figures.append(Figure("kept", persona.name, own=drifted.kept, size=size))
        outcomes.append(_outcome(persona, drifted, size, portrayer))
    return Result(tuple(outcomes), tuple(figures)), found


def _same_tags(portrayer: Portrayer, former: Former) -> frozenset[str]:
    """The tags that the former build had, of the same type."""
    schema = former.tables["profiles"].schema()
    return frozenset(
        name for name, tag in portrayer.tags.items() if name in schema and of_ibis(schema[name]) is tag.type
    )


def _is_shown(portrayer: Portrayer, persona: PersonaSpec, former: int) -> bool:
    """Whether there were members in the `former` build, and of no build too few to show."""
    sizes = former, portrayer.population.crowd(persona.segment).size
    return former > 0 and not any(too_small(size, portrayer.threshold) for size in sizes)


def _members(portrayer: Portrayer, former: Former, segment: str) -> NDArray[np.int64]:
    """The former members of a segment; none where it was not there."""
    import numpy as np

    rows = former.tables["segments"]
    chosen = rows.filter(rows.segment == segment).select("customer_no").order_by("customer_no")
    found = portrayer.engine.arrow(chosen, step="validate: former members")["customer_no"].to_numpy()
    return np.asarray(found)


def _indices(
    portrayer: Portrayer,
    former: Former,
    personas: Sequence[PersonaSpec],
    before: Mapping[str, NDArray[np.int64]],
    wanted: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, float]]:
    """The stability index of each tag of each persona: two passes, over the profiles then and now."""
    names = list(dict.fromkeys(tag for tags in wanted.values() for tag in tags))
    now: dict[tuple[str, str], NDArray[np.int64]] = {}
    scales: dict[tuple[str, str], Scale] = {}
    for column in columns(portrayer, names, step="validate: profiles"):
        tag = column.tag.name
        for persona in personas:
            if tag in wanted[persona.name]:
                base = (persona.base, tag)
                if base not in scales:
                    scales[base] = scale(column, portrayer.population.crowd(persona.base))
                mask = portrayer.population.crowd(persona.segment).mask
                now[persona.name, tag] = _counts(scales[base], column, mask)
    found: dict[str, dict[str, float]] = {persona.name: {} for persona in personas}
    for column, numbers in _former_columns(portrayer, former, names):
        for persona in personas:
            key = persona.name, column.tag.name
            if key in now:
                mask = _mask(numbers, before[persona.name])
                then = _counts(scales[persona.base, column.tag.name], column, mask)
                if then.sum() and now[key].sum():
                    found[persona.name][key[1]] = stability_index(then.tolist(), now[key].tolist())
    return found


def _former_columns(
    portrayer: Portrayer, former: Former, names: Sequence[str]
) -> Iterator[tuple[Column, NDArray[np.int64]]]:
    """The columns of the tags `names` as they were, with the numbers of the customers of that time."""
    import numpy as np

    profiles, step = former.tables["profiles"], "validate: former profiles"
    numbers = np.sort(portrayer.engine.arrow(profiles.select("customer_no"), step=step)["customer_no"].to_numpy())
    tags = [portrayer.tags[name] for name in names]
    for column in read_columns(portrayer.engine, profiles, len(numbers), tags, former.moment, step=step):
        yield column, numbers


def _mask(numbers: NDArray[np.int64], members: NDArray[np.int64]) -> NDArray[np.bool_]:
    import numpy as np

    return np.isin(numbers, members, assume_unique=True)


def _counts(shown: Scale, column: Column, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Members per row of a scale, with those whose value it does not know as a last one."""
    import numpy as np

    positions = shown.positions(column)
    there = column.keys >= 0 if shown.kind != "ranges" else positions >= 0
    inside = mask if column.owners is None else mask[column.owners]
    rows = len(shown.values)
    return np.bincount(np.where(positions < 0, rows, positions)[there & inside], minlength=rows + 1)


def _drift(indices: Mapping[str, float], kept: float | None, limits: DriftSpec) -> Drift:
    tag = max(indices, key=lambda name: indices[name], default=None)
    psi = None if tag is None else indices[tag]
    return Drift(LEVELS[0] if psi is None else level(psi, limits), kept, psi, tag)


def _figure(persona: PersonaSpec, tag: str, index: float, portrayer: Portrayer) -> Figure:
    verdict = _VERDICTS[level(index, persona.drift)]
    return Figure("psi", persona.name, tag, label=portrayer.tags[tag].label, own=index, verdict=verdict)


def _outcome(persona: PersonaSpec, found: Drift, size: int, portrayer: Portrayer) -> Outcome:
    verdict: Verdict = _VERDICTS[found.level]
    stayed = Text("–", "–") if found.kept is None else Text(f"{found.kept:.0%}", f"{found.kept:.0%}")
    if found.tag is None or not found.psi:
        summary = Text(f"{stayed.en} of members are those of the build before.", f"成员与上次构建重合 {stayed.zh}。")
        return Outcome(persona.name, verdict, summary, size=size)
    label = portrayer.tags[found.tag].label
    summary = Text(
        f"{stayed.en} of members are those of the build before; the tag that moved most is {label.en} "
        f"(PSI {found.psi:.2f}).",
        f"成员与上次构建重合 {stayed.zh}；变化最大的标签是“{label.zh}”（PSI {found.psi:.2f}）。",
    )
    return Outcome(persona.name, verdict, summary, size=size)


_VERDICTS: Mapping[str, Verdict] = {"stable": "holds", "shifted": "open", "changed": "refuted"}
