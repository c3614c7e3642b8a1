"""Two segments side by side: where they differ most, how sure that is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.personas.groups import Group, group
from huaxiang.personas.measure import Measures, rounded
from huaxiang.personas.portrait import too_small
from huaxiang.personas.run import THRESHOLD, Portrayer
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import (
    SIGNIFICANCE,
    Difference,
    SharedCounts,
    SharedSample,
    benjamini_hochberg,
    cohens_d,
    cohens_h,
    compare_means,
    compare_shares,
)
from huaxiang.personas.tags import defining

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment


@dataclass(frozen=True)
class Side:
    """One of the two segments. Shares are parts of all customers; a group too small to show has no `revenue_share`."""

    name: str
    label: Text
    size: int
    share: float | None
    revenue_share: float | None


@dataclass(frozen=True)
class Contrast:
    """One value of one tag, or the mean of a numeric one (`value` None), in both segments.

    `a` and `b` are shares of those with a value, or means. `effect` is Cohen's h or d, above 0 where `a` has more.
    All figures are None where `hidden`. `defining`: a segment's rule rests on the tag.
    """

    tag: str
    label: Text
    value: str | None
    value_label: Text
    position: int
    a: float | None = None
    b: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    effect: float | None = None
    p_value: float | None = None
    q_value: float | None = None
    significant: bool = False
    hidden: bool = False
    defining: bool = False


@dataclass(frozen=True)
class Comparison:
    """Two segments side by side. `both` are the customers in both, None where too few to show.

    `contrasts` stand in order of effect size: significant ones first, those that define a segment after all others.
    """

    a: Side
    b: Side
    both: int | None
    contrasts: tuple[Contrast, ...]

    def as_dict(self) -> dict[str, Any]:
        """The comparison for JSON."""
        return asdict(self)


def compare(
    engine: Engine, a: str, b: str, *, moment: Moment, threshold: int = THRESHOLD, currency: str = "CNY"
) -> Comparison:
    """Put two segments of a build (or `everyone`) side by side, on scales made from everyone. Reads only.

    Customers may be in both; the intervals and tests allow for it. All tests are corrected together.

    Raises:
        NotFoundError: `a` or `b` is no segment of the build.
    """
    portrayer = Portrayer(engine, moment=moment, threshold=threshold, currency=currency)
    return compare_with(portrayer, a, b)


def compare_with(portrayer: Portrayer, a: str, b: str) -> Comparison:
    """As `compare`, with what `portrayer` already knows of the build."""
    groups = [group(portrayer.groups, name) for name in (a, b)]
    portrayer.count(*((EVERYONE, names) for names in ([a], [b], [a, b], [EVERYONE])))
    mine, theirs = portrayer.measure(EVERYONE, a), portrayer.measure(EVERYONE, b)
    both, everyone = portrayer.measure(EVERYONE, a, b), portrayer.measure(EVERYONE, EVERYONE)
    rules = {name: one.rule for name, one in portrayer.groups.items()}
    known = frozenset().union(*(defining(one.rule, rules, portrayer.tags) for one in groups))
    found: list[Contrast] = []
    for scale in portrayer.scales(EVERYONE):
        if scale.kind == "skipped":
            continue
        rows = _shares(scale, mine, theirs, both, portrayer.threshold)
        if scale.tag.type.is_numeric:
            rows.append(_means(scale, mine, theirs, both, portrayer.threshold))
        found += [replace(row, defining=row.tag in known) for row in rows]
    return Comparison(
        _side(groups[0], mine, everyone, portrayer.threshold),
        _side(groups[1], theirs, everyone, portrayer.threshold),
        None if too_small(both.size, portrayer.threshold) else both.size,
        tuple(sorted(_corrected(found), key=_order)),
    )


def _side(one: Group, counted: Measures, everyone: Measures, threshold: int) -> Side:
    shown = not too_small(counted.size, threshold) and counted.revenue is not None and everyone.revenue
    return Side(
        one.name,
        one.label,
        counted.size,
        counted.size / everyone.size if everyone.size else None,
        rounded((counted.revenue or 0.0) / everyone.revenue) if shown and everyone.revenue else None,
    )


def _shares(scale: Scale, a: Measures, b: Measures, both: Measures, threshold: int) -> list[Contrast]:
    name = scale.tag.name
    known_a, known_b, known_both = a.known[name], b.known[name], both.known[name]
    rows = []
    for i, (value, label) in enumerate(zip(scale.values, scale.labels, strict=True)):
        in_a, in_b = a.counts[name][i], b.counts[name][i]
        if in_a == 0 and in_b == 0:
            continue
        row = Contrast(name, scale.tag.label, value, label, i)
        if too_small(in_a, threshold) or too_small(in_b, threshold):
            rows.append(replace(row, hidden=True))
            continue
        share_a, share_b = in_a / known_a if known_a else None, in_b / known_b if known_b else None
        in_both = both.counts[name][i]
        shared = SharedCounts(known_both, in_both, in_both, in_both)
        found = compare_shares(in_a, known_a, in_b, known_b, shared)
        effect = cohens_h(share_a, share_b) if share_a is not None and share_b is not None else None
        rows.append(replace(row, a=share_a, b=share_b, **_tested(found, effect)))
    return rows


def _means(scale: Scale, a: Measures, b: Measures, both: Measures, threshold: int) -> Contrast:
    name = scale.tag.name
    mine, theirs = a.samples[name], b.samples[name]
    row = Contrast(name, scale.tag.label, None, Text("mean", "平均值"), -1)
    if too_small(mine.count, threshold) or too_small(theirs.count, threshold):
        return replace(row, hidden=True)
    found = compare_means(mine, theirs, SharedSample.same(both.samples[name]))
    return replace(
        row,
        a=mine.mean if mine.count else None,
        b=theirs.mean if theirs.count else None,
        **_tested(found, cohens_d(mine, theirs)),
    )


def _tested(found: Difference | None, effect: float | None) -> dict[str, Any]:
    shown: dict[str, Any] = {"effect": None if effect is None else rounded(effect)}
    if found is None:
        return shown
    figures = {"difference": found.value, "low": found.low, "high": found.high, "p_value": found.p_value}
    return shown | {name: rounded(figure) for name, figure in figures.items()}


def _corrected(rows: Sequence[Contrast]) -> list[Contrast]:
    corrected = iter(benjamini_hochberg([row.p_value for row in rows if row.p_value is not None]))
    found = []
    for row in rows:
        if row.p_value is None:
            found.append(row)
        else:
            q_value = next(corrected)
            found.append(replace(row, q_value=q_value, significant=q_value <= SIGNIFICANCE))
    return found


def _order(row: Contrast) -> tuple[Any, ...]:
    return (row.defining, row.hidden, not row.significant, -abs(row.effect or 0.0), row.tag, row.position)
