"""From counts to a portrait: shares, TGI, intervals, tests, ranking – and what is too small to show. Pure functions.

Three groups of customers matter: the members of the segment, the base, and the rest (the base without the members).
Shares are among those with a value. TGI compares with the base, as is the custom; differences and tests compare
with the rest, because members can't differ from themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from huaxiang.core.text import Text
from huaxiang.personas.likeness import Likeness
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import (
    SIGNIFICANCE,
    Difference,
    benjamini_hochberg,
    cohens_d,
    compare_means,
    compare_shares,
    information_gain,
)
from huaxiang.personas.tags import UNKNOWN, Tag


@dataclass(frozen=True)
class ShareRow:
    """One value of one tag: a row of the table `portraits`. Figures are None where `hidden` or without meaning."""

    tag: str
    value: str
    label: Text
    position: int
    count: int | None = None
    share: float | None = None
    base_share: float | None = None
    rest_share: float | None = None
    tgi: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    significant: bool = False
    hidden: bool = False


@dataclass(frozen=True)
class NumberRow:
    """One numeric tag: a row of the table `portrait_numbers`. Figures are None where a group is too small to show."""

    tag: str
    mean: float | None = None
    base_mean: float | None = None
    rest_mean: float | None = None
    median: float | None = None
    base_median: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    significant: bool = False


Row = TypeVar("Row", ShareRow, NumberRow)


@dataclass(frozen=True)
class TagRow:
    """One tag of a portrait: a row of the table `portrait_tags`. `rank` is None for a tag that could not be portrayed.

    `defining` tags are those that the segment's rule rests on; they come last, however telling. Before them come the
    tags that say in other words what a defining or a more telling one says, which `repeats` names.
    """

    tag: str
    rank: int | None
    gain: float | None
    known: float | None
    defining: bool = False
    repeats: str | None = None

    @property
    def is_fresh(self) -> bool:
        """Whether the tag tells something that neither the rule nor a more telling tag has told."""
        return not self.defining and self.repeats is None


@dataclass(frozen=True)
class Figures:
    """All figures of a portrait. `share` and `revenue_share` are parts of all customers, not of the base."""

    size: int
    base_size: int
    rest_size: int
    share: float | None
    revenue_share: float | None
    tags: tuple[TagRow, ...]
    shares: tuple[ShareRow, ...]
    numbers: tuple[NumberRow, ...]
    small: bool
    """Fewer members than may be shown."""


def figures(
    scales: Sequence[Scale],
    *,
    inside: Measures,
    base: Measures,
    both: Measures,
    everyone: Measures,
    defining: Collection[str] = (),
    likeness: Likeness | None = None,
    threshold: int = 10,
) -> Figures:
    """Compare the members, counted `inside`, with the base. `both` are the members who are in the base."""
    rest = base.without(both)
    tags = {scale.tag.name: scale.tag for scale in scales}
    small = 0 < inside.size < threshold
    shown = [scale for scale in scales if scale.kind != "skipped"]
    shares = [row for scale in shown for row in scale_rows(scale, inside, base, rest, threshold)]
    numbers = [_number(scale, inside, base, rest, threshold) for scale in shown if scale.tag.type.is_numeric]
    tested_shares, tested_numbers = corrected(shares, numbers)
    revenue = None
    if not small and everyone.revenue and inside.revenue is not None:
        revenue = rounded(inside.revenue / everyone.revenue)
    return Figures(
        size=inside.size,
        base_size=base.size,
        rest_size=rest.size,
        share=inside.size / everyone.size if everyone.size else None,
        revenue_share=revenue,
        tags=_ranked(_telling(scales, inside, rest, defining, small=small), tags, likeness),
        shares=tested_shares,
        numbers=tested_numbers,
        small=small,
    )


def too_small(count: int, threshold: int) -> bool:
    """Whether a group is too small to show. Nobody is not: there is no one to recognise."""
    return 0 < count < threshold


@dataclass(frozen=True)
class Counted:
    """How many people of a group have each value, in order, and how many have any."""

    counts: Sequence[int]
    known: int


def scale_rows(scale: Scale, inside: Measures, base: Measures, rest: Measures, threshold: int) -> list[ShareRow]:
    """The rows of one tag. Not yet corrected for the number of tests."""
    name = scale.tag.name
    groups = [Counted(group.counts[name], group.known[name]) for group in (inside, base, rest)]
    values = tuple(zip(scale.values, scale.labels, strict=True))
    return share_rows(name, values, groups, threshold, parts=scale.kind != "elements")


def share_rows(
    name: str,
    values: Sequence[tuple[str, Text]],
    groups: Sequence[Counted],
    threshold: int,
    *,
    parts: bool,
) -> list[ShareRow]:
    """The rows of anything that people have: its `values` with labels, counted inside, in the base and in the rest.

    `parts`: nobody has two of them.
    """
    inside, base, rest = groups
    counts = list(zip(inside.counts, base.counts, rest.counts, strict=True))
    rows = []
    hidden = hidden_rows(counts, threshold, parts=parts)
    for i, (value, label) in enumerate(values):
        count, in_base, in_rest = counts[i]
        if count == 0 and in_base == 0:
            continue
        if i in hidden:
            rows.append(ShareRow(name, value, label, i, hidden=True))
            continue
        share = _share(count, inside.known)
        base_share = _share(in_base, base.known)
        found = compare_shares(count, inside.known, in_rest, rest.known)
        rows.append(
            ShareRow(
                name,
                value,
                label,
                i,
                count=count,
                share=share,
                base_share=base_share,
                rest_share=_share(in_rest, rest.known),
                tgi=share / base_share * 100 if share is not None and base_share else None,
                **_tested(found),
            )
        )
    return rows


def hidden_rows(groups: Sequence[tuple[int, ...]], threshold: int, *, parts: bool) -> set[int]:
    """The rows of a tag to hide: groups too small, and one more where the others would give the only one away."""
    hidden = {i for i, counts in enumerate(groups) if any(too_small(count, threshold) for count in counts)}
    open_rows = [i for i, counts in enumerate(groups) if i not in hidden and counts[0]]
    if parts and len(hidden) == 1 and open_rows:
        hidden.add(min(open_rows, key=lambda i: groups[i][0]))
    return hidden


def _number(scale: Scale, inside: Measures, base: Measures, rest: Measures, threshold: int) -> NumberRow:
    name = scale.tag.name
    mine, theirs, whole = inside.samples[name], rest.samples[name], base.samples[name]
    if any(too_small(sample.count, threshold) for sample in (mine, theirs, whole)):
        return NumberRow(name)
    effect = cohens_d(mine, theirs)
    return NumberRow(
        name,
        mean=mine.mean if mine.count else None,
        base_mean=whole.mean if whole.count else None,
        rest_mean=rounded(theirs.mean) if theirs.count else None,
        median=inside.medians.get(name),
        base_median=base.medians.get(name),
        effect=None if effect is None else rounded(effect),
        **_tested(compare_means(mine, theirs)),
    )


def _tested(found: Difference | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "difference": rounded(found.value),
        "low": rounded(found.low),
        "high": rounded(found.high),
        "p_value": rounded(found.p_value),
    }


def corrected(
    shares: Sequence[ShareRow], numbers: Sequence[NumberRow]
) -> tuple[tuple[ShareRow, ...], tuple[NumberRow, ...]]:
    """The rows with q-values: all tests of the portrait are one family."""
    tests = [row.p_value for row in shares if row.p_value is not None]
    tests += [row.p_value for row in numbers if row.p_value is not None]
    values = iter(benjamini_hochberg(tests))
    return tuple(_with_q(row, values) for row in shares), tuple(_with_q(row, values) for row in numbers)


def _with_q(row: Row, values: Iterator[float]) -> Row:
    if row.p_value is None:
        return row
    q_value = next(values)
    # Faster than `replace`, by which a tenth of the time of all portraits went.
    return type(row)(**{**vars(row), "q_value": q_value, "significant": q_value <= SIGNIFICANCE})


def _telling(
    scales: Sequence[Scale], inside: Measures, rest: Measures, defining: Collection[str], *, small: bool
) -> list[TagRow]:
    """The tags, the most telling first. Those to be ranked have rank 0."""
    rows = []
    for scale in scales:
        name = scale.tag.name
        if scale.kind == "skipped":
            rows.append(TagRow(name, None, None, None, name in defining))
            continue
        known = None if small else _share(inside.known[name], inside.size)
        rows.append(TagRow(name, 0, None if small else _gain(scale, inside, rest), known, name in defining))
    return sorted(rows, key=lambda row: (-(row.gain or 0.0), row.tag))


def _ranked(rows: Sequence[TagRow], tags: Mapping[str, Tag], likeness: Likeness | None) -> tuple[TagRow, ...]:
    """What is new to the reader first, then what repeats it, then what the rule rests on.

    A tag repeats one that measures the same over another window, or from which it is known anyway.
    """
    told = {row.tag: tags[row.tag].measured for row in rows if row.defining}
    found = []
    for row in rows:
        same = None
        if row.gain and not row.defining and likeness is not None:
            measured = tags[row.tag].measured
            windows = (name for name, other in told.items() if measured and other == measured)
            same = next(windows, None) or likeness.repeated(row.tag, told)
            if same is None:
                told[row.tag] = measured
        found.append(replace(row, repeats=same))
    found.sort(key=lambda row: (row.rank is None, row.defining, row.repeats is not None))
    return tuple(row if row.rank is None else replace(row, rank=i) for i, row in enumerate(found, 1))


def _gain(scale: Scale, inside: Measures, rest: Measures) -> float:
    """Bits that the tag tells about membership, per customer of either group; those without a value learn nothing.

    Nor do those of whom too little is known to judge: their value tells about the data, not about them. A list tells
    what the most telling of its elements does.
    """
    name = scale.tag.name
    known = inside.known[name], rest.known[name]
    everyone = inside.size + rest.size
    pairs = list(zip(inside.counts[name], rest.counts[name], strict=True))
    if UNKNOWN in scale.values:
        unknown = pairs.pop(scale.values.index(UNKNOWN))
        known = known[0] - unknown[0], known[1] - unknown[1]
    if scale.kind == "elements":
        gain = max((information_gain([(a, b), (known[0] - a, known[1] - b)]) for a, b in pairs), default=0.0)
    else:
        gain = information_gain(pairs)
    return rounded(gain * sum(known) / everyone) if everyone else 0.0


def _share(count: int, total: int) -> float | None:
    return count / total if total else None
