"""Everything that is counted about a group of customers: three queries, whatever the number of tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.personas.codes import counted
from huaxiang.personas.scales import Scale, in_sample, only
from huaxiang.personas.statistics import Sample

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

REVENUE = ("spend_total", "spend_365d")
"""Tags that say what a customer is worth; the first that is built counts."""

_COUNTED, _DERIVED = 13, 10
"""Significant digits kept of sums, which differ in the last ones from run to run, and of what is made of them."""


@dataclass(frozen=True)
class Measures:
    """What was counted. `counts` are members per row of a tag's scale, `known` those who have a value.

    `medians` of large groups come from a sample, see `scales.in_sample`.
    """

    size: int = 0
    revenue: float | None = None
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    medians: Mapping[str, float] = field(default_factory=dict)

    def without(self, part: Measures) -> Measures:
        """What is left of the tags of `part` without its members, all of them counted here. Medians can't be told."""
        return Measures(
            self.size - part.size,
            None if self.revenue is None else self.revenue - (part.revenue or 0.0),
            {
                name: tuple(mine - theirs for mine, theirs in zip(self.counts[name], counts, strict=True))
                for name, counts in part.counts.items()
            },
            {name: self.known[name] - known for name, known in part.known.items()},
            {name: self.samples[name].without(sample) for name, sample in part.samples.items()},
        )


def measure(
    engine: Engine,
    members: ibis.Table,
    codes: ibis.Table,
    scales: Sequence[Scale],
    moment: Moment,
    *,
    revenue: str | None,
    of: str,
) -> Measures:
    """Count a group of customers, `members` (rows of `profiles`), on `scales`.

    `codes` are their rows of `codes.coded`. `revenue` names a tag; `of` names the group in messages.
    """
    shown = [scale for scale in scales if scale.kind != "skipped"]
    figures: dict[str, Any] = {"size": members.count()}
    if revenue:
        figures["revenue"] = members[revenue].cast("float64").sum()
    whole = engine.rows(members.aggregate(**figures), step=f"personas: size of {of}")[0]
    samples, medians = _numbers(engine, members, shown, moment, whole["size"], of)
    counts, known = counted(engine, codes, members, shown, of=of)
    worth = rounded(whole["revenue"] or 0.0, _COUNTED) if revenue else None
    return Measures(whole["size"], worth, counts, known, samples, medians)


def rounded(number: float, digits: int = _DERIVED) -> float:
    """`number` with the digits that are the same in every run."""
    return float(f"{number:.{digits}g}")


def _numbers(
    engine: Engine, members: ibis.Table, scales: Sequence[Scale], moment: Moment, size: int, of: str
) -> tuple[dict[str, Sample], dict[str, float]]:
    numeric = [scale for scale in scales if scale.tag.type.is_numeric]
    if not numeric:
        return {}, {}
    chosen = in_sample(members, size)
    figures: dict[str, Any] = {}
    for i, scale in enumerate(numeric):
        number = scale.number(members[scale.tag.name], moment)
        figures |= {f"n_{i}": number.count(), f"mean_{i}": number.mean(), f"var_{i}": number.var(how="sample")}
        figures[f"median_{i}"] = only(number, chosen).quantile(0.5)
    row = engine.rows(members.aggregate(**figures), step=f"personas: numbers of {of}")[0]
    samples = {
        scale.tag.name: Sample(
            row[f"n_{i}"], rounded(row[f"mean_{i}"] or 0.0, _COUNTED), rounded(row[f"var_{i}"] or 0.0, _COUNTED)
        )
        for i, scale in enumerate(numeric)
    }
    medians = {scale.tag.name: row[f"median_{i}"] for i, scale in enumerate(numeric)}
    return samples, {name: rounded(median) for name, median in medians.items() if median is not None}
