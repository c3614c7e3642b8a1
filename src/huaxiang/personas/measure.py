"""Everything that is counted about a group of customers: three queries, whatever the number of tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.core.types import Type
from huaxiang.personas.scales import Scale, elements, sampled
from huaxiang.personas.statistics import Sample

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

REVENUE = ("spend_total", "spend_365d")
"""Tags that say what a customer is worth; the first that is built counts."""

_COUNTED, _DERIVED = 13, 10
"""Significant digits that are kept of sums, which differ in the last ones from run to run, and of what is made from them."""


@dataclass(frozen=True)
class Measures:
    """What was counted. `counts` are members per row of a tag's scale, `known` those who have a value.

    `medians` of large groups come from a sample, see `scales.sampled`.
    """

    size: int = 0
    revenue: float | None = None
    counts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    samples: Mapping[str, Sample] = field(default_factory=dict)
    medians: Mapping[str, float] = field(default_factory=dict)

    def without(self, part: Measures) -> Measures:
        """What is left of the tags of `part` when its members, all of them counted here, are taken out. Medians can't be told."""
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
    engine: Engine, members: ibis.Table, scales: Sequence[Scale], moment: Moment, *, revenue: str | None, of: str
) -> Measures:
    """Count the customers of `members` (rows of `profiles`) on `scales`. `revenue` names a tag; `of` is for messages."""
    shown = [scale for scale in scales if scale.kind != "skipped"]
    numeric = [scale for scale in shown if scale.tag.type.is_numeric]
    figures: dict[str, Any] = {"size": members.count()}
    if revenue:
        figures["revenue"] = members[revenue].cast("float64").sum()
    for i, scale in enumerate(numeric):
        number = scale.number(members[scale.tag.name], moment)
        figures |= {f"n_{i}": number.count(), f"mean_{i}": number.mean(), f"var_{i}": number.var(how="sample")}
    row = engine.rows(members.aggregate(**figures), step=f"personas: numbers of {of}")[0]
    medians = _medians(engine, sampled(engine, members, row["size"]), numeric, moment, of)
    counts, known = _counts(engine, members, shown, moment, of)
    return Measures(
        row["size"],
        rounded(row["revenue"] or 0.0, _COUNTED) if revenue else None,
        counts,
        known,
        {
            scale.tag.name: Sample(
                row[f"n_{i}"], rounded(row[f"mean_{i}"] or 0.0, _COUNTED), rounded(row[f"var_{i}"] or 0.0, _COUNTED)
            )
            for i, scale in enumerate(numeric)
        },
        medians,
    )


def rounded(number: float, digits: int = _DERIVED) -> float:
    """`number` with the digits that are the same in every run."""
    return float(f"{number:.{digits}g}")


def _medians(engine: Engine, sample: ibis.Table, numeric: Sequence[Scale], moment: Moment, of: str) -> dict[str, float]:
    if not numeric:
        return {}
    middle = {f"m_{i}": scale.number(sample[scale.tag.name], moment).quantile(0.5) for i, scale in enumerate(numeric)}
    row = engine.rows(sample.aggregate(**middle), step=f"personas: medians of {of}")[0]
    found = {scale.tag.name: row[f"m_{i}"] for i, scale in enumerate(numeric)}
    return {name: rounded(median) for name, median in found.items() if median is not None}


def _counts(
    engine: Engine, members: ibis.Table, scales: Sequence[Scale], moment: Moment, of: str
) -> tuple[dict[str, tuple[int, ...]], dict[str, int]]:
    """Members per row of each scale, and members with a value. Every row of every scale has one number, its code."""
    import ibis

    if not scales:
        return {}, {}
    first: dict[str, int] = {}
    total = 0
    for scale in scales:
        first[scale.tag.name] = total
        # The last code of a tag counts the members who have a list at all.
        total += len(scale.values) + 1
    codes = [_code(scale, members[scale.tag.name], moment, first[scale.tag.name]) for scale in scales]
    queries = [members.select(code=ibis.array(codes).unnest())]
    for scale in scales:
        if scale.kind == "elements":
            listed = members.select(element=elements(members[scale.tag.name]))
            queries.append(listed.select(code=_shifted(scale.element(listed.element), first[scale.tag.name])))
    rows = ibis.union(*queries) if len(queries) > 1 else queries[0]
    rows = rows.filter(rows.code.notnull())
    found = {
        row["code"]: row["size"]
        for row in engine.rows(rows.group_by("code").aggregate(size=rows.count()), step=f"personas: counts of {of}")
    }
    counts: dict[str, tuple[int, ...]] = {}
    known: dict[str, int] = {}
    for scale in scales:
        start = first[scale.tag.name]
        counts[scale.tag.name] = tuple(found.get(start + i, 0) for i in range(len(scale.values)))
        known[scale.tag.name] = (
            found.get(start + len(scale.values), 0) if scale.tag.type is Type.LIST else sum(counts[scale.tag.name])
        )
    return counts, known


def _code(scale: Scale, column: Any, moment: Moment, first: int) -> Any:
    import ibis

    if scale.kind == "elements":
        return ibis.ifelse(column.notnull(), ibis.literal(first + len(scale.values), "int32"), ibis.null("int32"))
    return _shifted(scale.position(column, moment), first)


def _shifted(position: Any, first: int) -> Any:
    return (position + first).cast("int32")
