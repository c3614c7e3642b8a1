"""Against its own past: who stayed, and whether the members are still what the persona states of them.

The population stability index of a tag is taken over the rows that the portrait shows it in, cut as they are now; what
chance gives is taken off (`core.stability`). What a persona does not state may move as it likes, and so may what moves
no farther than chance takes one of so many tags.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.stability import chance_p_value, stability_index
from huaxiang.core.text import Text
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.placed import Placed
from huaxiang.personas.portrait import too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import Scale
from huaxiang.personas.spec import DriftSpec, PersonaSpec
from huaxiang.personas.statistics import SIGNIFICANCE, holm
from huaxiang.personas.validation.past import Former, customers_then, members_then, same_tags, tags_then
from huaxiang.personas.validation.result import Figure, Outcome, Result
from huaxiang.personas.validation.statements import Verdict, on_scales

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEVELS = ("stable", "shifted", "changed")
"""What a persona or a tag of it can be called, compared with the build before."""


@dataclass(frozen=True)
class Drift:
    """How far a persona has moved. `kept`: members of both builds, of those of either (Jaccard 1901)."""

    level: str
    kept: float | None
    psi: float | None
    tag: str | None


@dataclass(frozen=True)
class Moved:
    """How far a tag has moved among the members: its stability index, and how probable as much is by chance.

    The probability is corrected for the number of tags of the persona (Holm 1979).
    """

    index: float
    p_value: float


def level(moved: Moved, limits: DriftSpec) -> str:
    """What a tag is called: stable, also where it may have moved by chance; shifted or changed."""
    if moved.p_value >= SIGNIFICANCE:
        return LEVELS[0]
    return LEVELS[(moved.index >= limits.shifted) + (moved.index >= limits.changed)]


def drift(
    portrayer: Portrayer,
    former: Former,
    personas: Sequence[PersonaSpec],
    stated: Mapping[str, Collection[str]],
    kept: Mapping[str, float | None],
) -> tuple[Result, dict[str, Drift]]:
    """Compare the members of each persona with those of the former build, on the tags `stated` of each.

    `kept` is the share of members who are the same. Personas of too few members, now or then, are left out.
    """
    known = same_tags(portrayer, former)
    members = members_then(portrayer, former, {persona.segment for persona in personas})
    before = {persona.name: members[persona.segment] for persona in personas}
    compared = [persona for persona in personas if _is_shown(portrayer, persona, len(before[persona.name]))]
    wanted = {persona.name: [tag for tag in stated.get(persona.name, ()) if tag in known] for persona in compared}
    moved = _moved(portrayer, former, compared, before, wanted)
    figures: list[Figure] = []
    outcomes: list[Outcome] = []
    found: dict[str, Drift] = {}
    for persona in compared:
        mine = moved[persona.name]
        size = portrayer.population.crowd(persona.segment).size
        found[persona.name] = drifted = _drift(mine, kept.get(persona.name), persona.drift)
        figures += [_figure(persona, tag, one, portrayer) for tag, one in mine.items()]
        figures.append(Figure("kept", persona.name, own=drifted.kept, size=size))
        outcomes.append(_outcome(persona, drifted, size, portrayer))
    return Result(tuple(outcomes), tuple(figures)), found


def _is_shown(portrayer: Portrayer, persona: PersonaSpec, former: int) -> bool:
    """Whether there were members in the `former` build, and of no build too few to show."""
    sizes = former, portrayer.population.crowd(persona.segment).size
    return former > 0 and not any(too_small(size, portrayer.threshold) for size in sizes)


def _moved(
    portrayer: Portrayer,
    former: Former,
    personas: Sequence[PersonaSpec],
    before: Mapping[str, NDArray[np.int64]],
    wanted: Mapping[str, Sequence[str]],
) -> dict[str, dict[str, Moved]]:
    """How far each tag of each persona has moved: two passes, over the tags now and then."""
    import numpy as np

    asked: dict[tuple[str, str], list[str]] = {}
    for persona in personas:
        for tag in wanted[persona.name]:
            asked.setdefault((persona.base, tag), []).append(persona.name)
    crowds = {persona.name: portrayer.population.crowd(persona.segment) for persona in personas}
    now: dict[tuple[str, str], NDArray[np.int64]] = {}
    scales: dict[str, dict[str, Scale]] = {tag: {} for tags in wanted.values() for tag in tags}
    for base, placed in on_scales(portrayer, asked, step="validate: profiles", whole=True):
        tag = placed.scale.tag.name
        scales[tag][base] = placed.scale
        counted = _counts(placed, [crowds[name] for name in asked[base, tag]])
        now |= {(name, tag): counts for name, counts in zip(asked[base, tag], counted, strict=True)}
    counts: dict[str, dict[str, tuple[list[int], list[int]]]] = {persona.name: {} for persona in personas}
    numbers = customers_then(portrayer, former)
    past = {name: Crowd(np.isin(numbers, before[name], assume_unique=True), numbers) for name in crowds}
    for base, placed in tags_then(portrayer, former, scales, len(numbers)):
        tag = placed.scale.tag.name
        counted = _counts(placed, [past[name] for name in asked[base, tag]])
        for name, then in zip(asked[base, tag], counted, strict=True):
            if then.sum() and now[name, tag].sum():
                counts[name][tag] = then.tolist(), now[name, tag].tolist()
    return {name: _judged({tag: tags[tag] for tag in scales if tag in tags}) for name, tags in counts.items()}


def _judged(counts: Mapping[str, tuple[list[int], list[int]]]) -> dict[str, Moved]:
    """The tags of a persona with their index, tested together; `counts` are the members per row, then and now."""
    corrected = holm([chance_p_value(then, now) for then, now in counts.values()])
    return {
        tag: Moved(stability_index(then, now), p_value)
        for (tag, (then, now)), p_value in zip(counts.items(), corrected, strict=True)
    }


def _counts(placed: Placed, crowds: Sequence[Crowd]) -> Iterator[NDArray[np.int64]]:
    """The members of each crowd per row of a scale, with those whose value it does not know as a last one.

    What lies on a shelf tells of those by the row behind the last one, where there are any (`past.py`).
    """
    import numpy as np

    rows, column, unknown = placed.positions, placed.column, len(placed.scale.values)
    owners = column.owners
    if owners is not None:
        rows = np.where(rows < 0, unknown, rows)
    elif len(column.keys):
        rows = np.where((rows < 0) & (column.keys >= 0), unknown, rows)
    for crowd in crowds:
        mine = rows[crowd.places] if owners is None else rows[crowd.mask[owners]]
        yield np.bincount(mine + 1, minlength=unknown + 2)[1:]


def _drift(moved: Mapping[str, Moved], kept: float | None, limits: DriftSpec) -> Drift:
    """What the tag that has moved farthest says; of two levels the higher one."""
    tag = max(moved, key=lambda name: (LEVELS.index(level(moved[name], limits)), moved[name].index), default=None)
    if tag is None:
        return Drift(LEVELS[0], kept, None, None)
    return Drift(level(moved[tag], limits), kept, moved[tag].index, tag)


def _figure(persona: PersonaSpec, tag: str, moved: Moved, portrayer: Portrayer) -> Figure:
    verdict = _VERDICTS[level(moved, persona.drift)]
    return Figure("psi", persona.name, tag, label=portrayer.tags[tag].label, own=moved.index, verdict=verdict)


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
