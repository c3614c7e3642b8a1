"""Against a market or a competitor: what a persona has more of, and what less. This informs; it proves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from huaxiang.core.findings import near_miss
from huaxiang.core.text import Text
from huaxiang.personas.columns import Column
from huaxiang.personas.portrait import hidden_rows, too_small
from huaxiang.personas.run import Portrayer
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.statistics import compare_shares, wilson
from huaxiang.personas.tags import Tag
from huaxiang.personas.validation.margins import Margins
from huaxiang.personas.validation.result import Figure, Outcome, Result, UnusableError
from huaxiang.personas.validation.statements import columns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def market(portrayer: Portrayer, persona: PersonaSpec, margins: Margins, label: Text) -> Result:
    """Compare the members of a persona with a profile: index and gap of every value that the profile names.

    The gap's interval takes the profile as exact, unless it says how many people a share rests on.

    Raises:
        UnusableError: the profile names a value that no customer has.
    """
    places = portrayer.population.crowd(persona.segment).places
    figures: list[Figure] = []
    for column in columns(portrayer, margins.shares, step="validate: market"):
        figures += _figures(persona.name, column, places, margins, portrayer.threshold)
    size = len(places)
    shown = [figure for figure in figures if figure.difference is not None]
    if not shown:
        return Result((Outcome(persona.name, "too_small", _TOO_FEW, size=size),), tuple(figures))
    widest = max(shown, key=lambda figure: abs(figure.difference or 0.0))
    gap = (widest.difference or 0.0) * 100
    summary = Text(
        f"Against “{label.en}”, the widest gap is {widest.label.en} ({gap:+.1f} points).",
        f"与“{label.zh}”相比，差距最大的是“{widest.label.zh}”（{gap:+.1f} 个百分点）。",
    )
    return Result((Outcome(persona.name, "informs", summary, size=size),), tuple(figures))


def _figures(
    persona: str, column: Column, places: NDArray[np.int64], margins: Margins, threshold: int
) -> Iterator[Figure]:
    tag = column.tag
    counts, known = _counted(column, places)
    profile = margins.shares[tag.name]
    unknown = [value for value in profile if value not in counts]
    if unknown:
        guess = near_miss(unknown[0], [word for word in counts if word not in profile])
        raise UnusableError(
            Text(f"No customer has '{unknown[0]}' for {tag.name}.", f"没有客户的“{tag.name}”为 {unknown[0]}。"),
            Text(f"Did you mean '{guess}'?", f"是否应为“{guess}”？") if guess else _REMEDY,
        )
    whole = column.owners is None
    hidden = hidden_rows([(counts[value],) for value in counts], threshold, parts=whole) if known else set()
    small = {value for i, value in enumerate(counts) if i in hidden}
    for value, share in profile.items():
        label = _label(tag, value)
        if value in small or not known or too_small(known, threshold):
            yield Figure("market", persona, tag.name, value, label, reference=share, hidden=True, verdict="too_small")
            continue
        own = counts[value] / known
        low, high = _gap(counts[value], known, share, margins.bases.get((tag.name, value)))
        yield Figure(
            "market",
            persona,
            tag.name,
            value,
            label,
            own=own,
            reference=share,
            difference=own - share,
            low=low,
            high=high,
            index=own / share * 100 if share else None,
            size=known,
            verdict="informs",
        )


def _gap(count: int, known: int, share: float, base: int | None) -> tuple[float, float]:
    """The 95 % interval of own − theirs: theirs is exact, or itself from `base` people."""
    found = compare_shares(count, known, round(share * base), base) if base else None
    if found is not None:
        return found.low, found.high
    low, high = wilson(count, known)
    return low - share, high - share


def _counted(column: Column, places: NDArray[np.int64]) -> tuple[Mapping[str, int], int]:
    """How many of those at `places` have each value that any customer has, and how many have any."""
    import numpy as np

    name = column.tag.name
    if not column.words and len(column.numbers):
        raise UnusableError(
            Text(f"Tag '{name}' has no single values to compare.", f"标签“{name}”没有可比较的单一取值。"),
            Text("Name a tag with values, such as age_band.", "请改用带取值的标签，例如 age_band。"),
        )
    if column.owners is None or column.listed is None:
        keys = column.keys[places]
        known = int((keys >= 0).sum())
    else:
        inside = np.zeros(len(column.listed), dtype=np.bool_)
        inside[places] = True
        keys = column.keys[inside[column.owners]]
        known = int(column.listed[places].sum())
    counts = np.bincount(keys + 1, minlength=len(column.words) + 1)[1:]
    return {word: int(count) for word, count in zip(column.words, counts, strict=True)}, known


def _label(tag: Tag, value: str) -> Text:
    shown = tag.value_label(value)
    return Text(f"{tag.label.en}: {shown.en}", f"{tag.label.zh}：{shown.zh}")


_REMEDY = Text("Rename it under 'values', or leave it out there (null).", "请在 values 中改名，或填 null 排除。")
_TOO_FEW = Text("Too few members to compare.", "成员过少，无法比较。")
