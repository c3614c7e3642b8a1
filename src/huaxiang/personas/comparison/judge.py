"""From counts to what a comparison says: what may be shown, differences, tests and their correction, the order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from huaxiang.core.text import Text
from huaxiang.personas.comparison.effects import cramers_v, hedges_g
from huaxiang.personas.comparison.model import THIN, Contrast, Correction, TagRow, ValueRow
from huaxiang.personas.comparison.tally import Pair, Shared, TagCounts
from huaxiang.personas.likeness import Likeness
from huaxiang.personas.measure import Counted, rounded
from huaxiang.personas.portrait import hidden_rows, too_small
from huaxiang.personas.statistics import (
    SIGNIFICANCE,
    Difference,
    benjamini_hochberg,
    cohens_h,
    compare_means,
    compare_shares,
    holm,
)

CORRECTIONS: dict[Correction, Callable[[Sequence[float]], list[float]]] = {
    "benjamini_hochberg": benjamini_hochberg,
    "holm": holm,
}
"""How p-values are corrected: for the rate of false ones among what is called significant, or for any at all."""

MEAN = Text("mean", "平均值")


@dataclass(frozen=True)
class Judge:
    """What is the same for all tags of a comparison.

    `sizes` are those of the sides; `nested` the pairs of which one side holds all of the other at the same moment.
    """

    sizes: tuple[int, ...]
    nested: frozenset[Pair]
    threshold: int
    defining: frozenset[str] = frozenset()
    correction: Correction = "benjamini_hochberg"

    @property
    def shown(self) -> tuple[int, ...]:
        """The sides that are large enough to be shown."""
        return tuple(i for i, size in enumerate(self.sizes) if not too_small(size, self.threshold))

    def values(self, tag: TagCounts) -> list[ValueRow]:
        """The figures of a tag on each side: a row per value that anybody has, one for the mean of a numeric tag.

        None of a tag that is not shown.
        """
        scale, sides = tag.scale, tag.sides
        if not sides:
            return []
        hidden = self._hidden(tag)
        rows = [
            self._row(tag, value, label, i, [(_share(side, i), side.counts[i]) for side in sides], i in hidden)
            for i, (value, label) in enumerate(zip(scale.values, scale.labels, strict=True))
            if any(side.counts[i] for side in sides)
        ]
        if scale.tag.type.is_numeric and scale.tag.is_quantity and any(side.sample.count for side in sides):
            samples = [side.sample for side in sides]
            shown = [(sample.mean if sample.count else None, sample.count) for sample in samples]
            small = any(too_small(count, self.threshold) for count in self._sample_groups(tag))
            rows.append(self._row(tag, None, MEAN, -1, shown, small))
        return rows

    def contrasts(self, tag: TagCounts, rows: Sequence[ValueRow]) -> Iterator[Contrast]:
        """The difference of each row that is shown, between every two sides.

        A value that everybody has tells nothing, and of two values that share everybody out one tells all.
        """
        for row in _saying(rows, parts=tag.scale.kind != "elements"):
            for (a, b), shared in (tag.shared or {}).items():
                if row.hidden or row.figures[a] is None or row.figures[b] is None:
                    continue
                one, other = tag.sides[a], tag.sides[b]
                judged = _means(one, other, shared) if row.value is None else _shares(one, other, shared, row.position)
                people = min(_people(one, row), _people(other, row))
                yield Contrast(
                    tag=row.tag,
                    value=row.value,
                    position=row.position,
                    a=a,
                    b=b,
                    figure_a=row.figures[a],
                    figure_b=row.figures[b],
                    thin=people < THIN,
                    defining=row.tag in self.defining,
                    **judged,
                )

    def corrected(self, contrasts: Sequence[Contrast]) -> list[Contrast]:
        """All contrasts with q-values – all tests are one family – in order of reading."""
        tests = [row.p_value for row in contrasts if row.p_value is not None]
        q_values = iter(CORRECTIONS[self.correction](tests))
        found = []
        for row in contrasts:
            if row.p_value is None:
                found.append(row)
                continue
            q_value = next(q_values)
            found.append(replace(row, q_value=q_value, significant=q_value <= SIGNIFICANCE and not _holds_zero(row)))
        return sorted(found, key=_reading)

    def tag_row(self, tag: TagCounts, contrasts: Sequence[Contrast]) -> TagRow:
        """What a tag says in one row; `contrasts` are its own."""
        scale = tag.scale
        effect = None
        if scale.kind in ("values", "ranges"):
            effect = cramers_v([tag.sides[i].counts for i in self.shown])
        largest = max((row for row in contrasts if row.effect is not None), key=_size, default=None)
        return TagRow(
            tag=scale.tag.name,
            label=scale.tag.label,
            dimension=scale.tag.dimension,
            unit=scale.tag.unit,
            type=str(scale.tag.type),
            kind=scale.kind,
            effect=None if effect is None else rounded(effect),
            largest=None if largest is None else largest.effect,
            significant=any(row.significant for row in contrasts),
            defining=scale.tag.name in self.defining,
            reason=scale.reason,
        )

    def _row(
        self, tag: TagCounts, value: str | None, label: Text, position: int, shown: Sequence[Any], hidden: bool
    ) -> ValueRow:
        open_sides = () if hidden else self.shown
        figures, counts = zip(*(pair if i in open_sides else (None, None) for i, pair in enumerate(shown)), strict=True)
        return ValueRow(tag.scale.tag.name, value, label, position, figures, counts, hidden=hidden)

    def _hidden(self, tag: TagCounts) -> set[int]:
        """The rows that would give away a few: of a side, or of who is left of it when one inside it is taken away."""
        groups = [tag.sides[i].counts for i in self.shown]
        for a, b in self.nested:
            pairs = zip(tag.sides[a].counts, tag.sides[b].counts, strict=True)
            groups.append(tuple(abs(one - other) for one, other in pairs))
        parts = tag.scale.kind != "elements"
        hidden = set().union(*(hidden_rows([(n,) for n in counts], self.threshold, parts=parts) for counts in groups))
        if parts and len(hidden) == 1:
            # One row alone is known on every side from what the others leave.
            total = [sum(counts) for counts in zip(*groups, strict=True)]
            hidden |= {
                min((i for i, n in enumerate(total) if n and i not in hidden), key=total.__getitem__, default=-1)
            }
        return hidden

    def gives_away(self, tag: TagCounts) -> bool:
        """Whether two sides, one inside the other, would tell by their difference about too few who have a value."""
        return any(too_small(abs(tag.sides[a].known - tag.sides[b].known), self.threshold) for a, b in self.nested)

    def _sample_groups(self, tag: TagCounts) -> list[int]:
        counts = [tag.sides[i].sample.count for i in self.shown]
        return counts + [abs(tag.sides[a].sample.count - tag.sides[b].sample.count) for a, b in self.nested]


def ranked(rows: Sequence[TagRow], likeness: Likeness, measured: Mapping[str, str]) -> tuple[TagRow, ...]:
    """The tags in order of reading: what differs most first, what repeats it, what a rule rests on, what is not shown.

    A tag repeats one that says the same in other words, or that measures the same over another window (`measured`).
    """
    told = {row.tag: measured[row.tag] for row in rows if row.defining}
    found = []
    for row in sorted(rows, key=lambda row: (not row.significant, -abs(row.largest or 0.0), row.tag)):
        same = None
        if row.significant and not row.defining:
            mine = measured[row.tag]
            same = next((name for name, other in told.items() if mine and other == mine), None)
            same = same or likeness.repeated(row.tag, told)
            if same is None:
                told[row.tag] = mine
        found.append(replace(row, repeats=same))
    return tuple(sorted(found, key=lambda row: (row.kind == "skipped", row.defining, row.repeats is not None)))


def _saying(rows: Sequence[ValueRow], *, parts: bool) -> list[ValueRow]:
    """The rows that say something of their own; of `parts`, nobody has two values."""
    values = [row for row in rows if row.value is not None]
    means = [row for row in rows if row.value is None]
    if not parts:
        return values
    return [] if len(values) < 2 else [*(values[:1] if len(values) == 2 else values), *means]


def _shares(one: Counted, other: Counted, shared: Shared, position: int) -> dict[str, Any]:
    in_a, in_b = one.counts[position], other.counts[position]
    found = compare_shares(in_a, one.known, in_b, other.known, shared.row(position))
    return {"measure": "cohens_h", **_judged(found, cohens_h(in_a / one.known, in_b / other.known))}


def _means(one: Counted, other: Counted, shared: Shared) -> dict[str, Any]:
    found = compare_means(one.sample, other.sample, shared.sample)
    return {"measure": "hedges_g", **_judged(found, hedges_g(one.sample, other.sample))}


def _judged(found: Difference | None, effect: float | None) -> dict[str, float | None]:
    figures = {} if found is None else {
        "difference": found.value, "low": found.low, "high": found.high, "p_value": found.p_value
    }  # fmt: skip
    return {name: None if figure is None else rounded(figure) for name, figure in {**figures, "effect": effect}.items()}


def _share(side: Counted, position: int) -> float | None:
    return side.counts[position] / side.known if side.known else None


def _people(side: Counted, row: ValueRow) -> int:
    return side.sample.count if row.value is None else side.known


def _holds_zero(row: Contrast) -> bool:
    """Whether no difference at all lies within the interval: with few people it may where the test says otherwise."""
    return row.low is not None and row.high is not None and row.low <= 0 <= row.high


def _size(row: Contrast) -> float:
    return abs(row.effect or 0.0)


def _reading(row: Contrast) -> tuple[Any, ...]:
    return (row.defining, not row.significant, -_size(row), row.tag, row.position, row.a, row.b)
