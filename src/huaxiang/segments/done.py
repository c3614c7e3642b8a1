"""What customers did, how often and in which order, as sets of customers; computed by the engine, before as_of only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Duration, Moment, Window
from huaxiang.core.tables import Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.facts import Facts
from huaxiang.segments.spec import DidSpec, SequenceSpec

if TYPE_CHECKING:
    import ibis

KEY = "customer_no"


@dataclass(frozen=True)
class Part:
    """A set of customers (`customer_no`, each at least once): who has it, or, where not `holds`, who has it not."""

    customers: ibis.Table
    holds: bool = True


@dataclass(frozen=True)
class Did:
    """A checked `did`."""

    spec: DidSpec
    facts: Facts

    @property
    def bounds(self) -> tuple[int, int | None]:
        """How often it has to have happened: at least, and at most (None: no limit)."""
        if not self.facts.happens:
            return 0, 0
        low = self.spec.at_least
        return (low if low is not None else 0 if self.spec.at_most is not None else 1), self.spec.at_most


@dataclass(frozen=True)
class Steps:
    """A checked `sequence`."""

    spec: SequenceSpec
    steps: tuple[Facts, ...]

    @property
    def closing(self) -> Facts | None:
        """What must not follow, where the last step is `no TABLE …`."""
        return None if self.steps[-1].happens else self.steps[-1]


@dataclass(frozen=True)
class History:
    """Where facts are: `facts` gives the table of all facts by its name, `tables` says what its columns are."""

    facts: Callable[[str], ibis.Table]
    tables: Mapping[str, Table]
    moment: Moment

    def times(self, facts: Facts, over: Window | None = None) -> ibis.Table:
        """When facts happened: `customer_no`, `_at`, before as_of and within `over`."""
        rows, time = self.rows(facts, over), self.tables[facts.table].time
        return rows.select(KEY, _at=rows[time].cast(ibis_type(Type.MOMENT)))

    def rows(self, facts: Facts, over: Window | None = None) -> ibis.Table:
        """The facts themselves, before as_of and within `over`."""
        table, time = self.facts(facts.table), self.tables[facts.table].time
        assert time is not None  # noqa: S101 - only tables of facts come here
        start, end = (over or Window()).bounds(self.moment)
        kept = [table[time] < _literal(end)]
        if start is not None:
            kept.append(table[time] >= _literal(start))
        if facts.where is not None:
            kept.append(facts.where.ibis(table, self.moment))
        return table.filter(kept)


def counted(did: Did, history: History) -> Part:
    """Who did it as often as asked; who has no such fact did it 0 times."""
    times = history.times(did.facts, did.spec.over)
    numbers = times.group_by(KEY).aggregate(times=times.count())
    low, high = did.bounds
    if low == 0:
        return Part(numbers.filter(numbers.times > high).select(KEY), holds=False)
    kept = numbers.times >= low if high is None else numbers.times.between(low, high)
    return Part(numbers.filter(kept).select(KEY))


def followed(steps: Steps, history: History) -> Part:
    """Who did the steps one after the other."""
    first, *others = steps.steps
    reached = history.times(first, steps.spec.over)
    for step in others:
        times = history.times(step)
        take = _followed_by if step.happens else _not_followed_by
        reached = take(reached, times, steps.spec.within, history.moment)
    return Part(reached.select(KEY).distinct(), holds=not steps.spec.never)


def _followed_by(reached: ibis.Table, times: ibis.Table, within: Duration | None, moment: Moment) -> ibis.Table:
    """The `times` that lie later than one of `reached`, and no later than `within` after it."""
    both = _both(reached, times, within, moment)
    # Of equal moments the step comes before what was reached: later means later.
    latest = both["_until"].max().over(group_by=KEY, order_by=["_at", "_reached"], rows=(None, 0))
    marked = both.mutate(_latest=latest)
    kept = marked.filter(~marked["_reached"], marked["_latest"].notnull(), marked["_at"] <= marked["_latest"])
    return kept.select(KEY, "_at")


def _not_followed_by(reached: ibis.Table, times: ibis.Table, within: Duration | None, moment: Moment) -> ibis.Table:
    """The moments of `reached` after which none of `times` came within reach; the time for that must be over."""
    import ibis

    both = _both(reached, times, within, moment)
    step = ibis.ifelse(both["_reached"], ibis.null(both["_at"].type()), both["_at"])
    following = both.mutate(_step=step)
    next_step = following["_step"].min().over(group_by=KEY, order_by=["_at", "_reached"], rows=(0, None))
    marked = following.mutate(_next=next_step).filter(ibis._["_reached"])
    none = marked["_next"].isnull() | (marked["_next"] > marked["_until"])
    if within is not None:
        none = none & (marked["_until"] < _literal(moment.utc))
    return marked.filter(none).select(KEY, "_at")


def _both(reached: ibis.Table, times: ibis.Table, within: Duration | None, moment: Moment) -> ibis.Table:
    """Both tables as one: `_reached` tells them apart, `_until` is how long the next step has time."""
    import ibis

    stamp = ibis_type(Type.MOMENT)
    until = _literal(moment.utc) if within is None else _later(reached["_at"], within)
    ours = reached.select(KEY, "_at", _reached=ibis.literal(True), _until=until.cast(stamp))
    theirs = times.select(KEY, "_at", _reached=ibis.literal(False), _until=ibis.null(stamp))
    return ibis.union(ours, theirs, distinct=False)


def _later(value: Any, duration: Duration) -> Any:
    """The moment `duration` later: days by the clock of the session's time zone, hours as time that went by."""
    import ibis

    days, hours = divmod(duration.hours, 24)
    later = value + ibis.interval(days=days) if days else value
    return later + ibis.interval(hours=hours) if hours else later


def _literal(moment: Any) -> Any:
    import ibis

    return ibis.literal(moment, type=ibis_type(Type.MOMENT))
