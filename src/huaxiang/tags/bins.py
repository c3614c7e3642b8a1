"""Bins: a tag's value cut at breaks, into quantiles, or into the top values and the rest."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from huaxiang.tags.spec import BinsSpec

if TYPE_CHECKING:
    import ibis


def compares(spec: BinsSpec) -> bool:
    """Whether the bin of a value hangs on the values of everybody else."""
    return not spec.breaks


def binned(spec: BinsSpec, profiles: ibis.Table, condition: Any | None, moment: Any | None = None) -> Any:
    """The bin of each row's value of `spec.of`; null without a value or where `condition` does not hold.

    Values are compared with those of all rows; where rows have a `moment` of their own, with those of the same moment.
    """
    import ibis

    value = profiles[spec.of]
    if condition is not None:
        value = ibis.ifelse(condition, value, None)
    if spec.breaks:
        return _by_breaks(spec, value)
    return _by_quantiles(spec, value, moment) if spec.quantiles else _by_rank(spec, profiles, value, moment)


def break_labels(spec: BinsSpec) -> tuple[str, ...]:
    """The names of the bins between breaks: `<100`, `100–500`, `≥500`, unless the definition names them."""
    if spec.labels:
        return spec.labels
    shown = [f"{edge:g}" for edge in spec.breaks]
    between = [f"{low}–{high}" for low, high in pairwise(shown)]
    return (f"<{shown[0]}", *between, f"≥{shown[-1]}")


def _by_breaks(spec: BinsSpec, value: Any) -> Any:
    import ibis

    number = value.cast("float64")
    labels = break_labels(spec)
    cases = [(number < edge, label) for edge, label in zip(spec.breaks, labels, strict=False)]
    return ibis.cases((number.isnull(), ibis.null("string")), *cases, else_=labels[-1])


def _by_quantiles(spec: BinsSpec, value: Any, moment: Any | None) -> Any:
    """Bin 1 + floor(q × share of the values strictly below), so that equal values share a bin."""
    import ibis

    assert spec.quantiles is not None  # noqa: S101 - the caller has looked
    number = value.cast("float64")
    order = ibis.desc(number) if spec.descending else ibis.asc(number)
    known = number.notnull()
    same = [] if moment is None else [moment]
    below = ibis.rank().over(group_by=[known, *same], order_by=order)
    among = known.sum().over(group_by=same)
    position = ((below * spec.quantiles) / among.nullif(0)).floor().cast("int64") + 1
    position = ibis.ifelse(known, position, ibis.null("int64"))
    if not spec.labels:
        return position
    cases = [(position == i + 1, label) for i, label in enumerate(spec.labels)]
    return ibis.cases(*cases, else_=ibis.null("string"))


def _by_rank(spec: BinsSpec, profiles: ibis.Table, value: Any, moment: Any | None) -> Any:
    """The most frequent values by name, all others together; ties go to the smaller value."""
    import ibis

    text = value.cast("string")
    # One text per moment and value: what is looked up among the most frequent ones must be one column.
    key = text if moment is None else moment.cast("string") + "|" + text
    same = ibis.literal("") if moment is None else moment.cast("string")
    named = profiles.select(key=key, value=text, same=same)
    counted = named.filter(named["value"].notnull()).group_by("same", "key", "value").aggregate(size=ibis._.count())
    place = ibis.row_number().over(group_by="same", order_by=[ibis.desc("size"), ibis.asc("value")])
    ranked = counted.mutate(place=place)
    top = ranked.filter(ranked["place"] < spec.top)
    return ibis.cases((text.isnull(), ibis.null("string")), (key.isin(top["key"]), text), else_=spec.other)
