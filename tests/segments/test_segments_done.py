"""What customers did, how often and in which order: literal cases, and an oracle that searches every chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.core.moments import Moment, Window
from huaxiang.core.tables import STANDARD
from huaxiang.expressions.facts import compile_facts
from huaxiang.segments.done import Did, History, Steps, counted, followed
from huaxiang.segments.spec import DidSpec, SequenceSpec

AS_OF = Moment.parse("2026-03-20T12:00", "America/New_York")
"""Summer time begins there on 8 March."""

PEOPLE = 4


def facts_of(engine, rows):
    """The facts `(customer, table, moment, name)` as the stored tables of orders and events."""
    for table, column in (("orders", "status"), ("events", "name")):
        mine = [row for row in rows if row[1] == table]
        content = {
            "customer_no": pa.array([row[0] for row in mine], pa.int64()),
            "occurred_at": pa.array([row[2] for row in mine], pa.timestamp("us", "UTC")),
            column: pa.array([row[3] for row in mine], pa.string()),
        }
        engine.create(f"fact_{table}", pa.table(content), step="test")
    return History(lambda name: engine.table(f"fact_{name}"), STANDARD, AS_OF)


def people(engine, part) -> set[int]:
    found = {row["customer_no"] for row in engine.rows(part.customers.distinct(), step="test")}
    return found if part.holds else set(range(PEOPLE)) - found


def did(engine, history, **spec) -> set[int]:
    spec = DidSpec(**spec)
    return people(engine, counted(Did(spec, compile_facts(spec.what, STANDARD, owner="test")), history))


def sequence(engine, history, **spec) -> set[int]:
    spec = SequenceSpec(**spec)
    steps = tuple(compile_facts(text, STANDARD, owner="test") for text in spec.steps)
    return people(engine, followed(Steps(spec, steps), history))


def at(day: int, hour: int = 12, **more) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC) + timedelta(**more)


def order(customer: int, when: datetime, status: str = "paid"):
    return (customer, "orders", when, status)


def view(customer: int, when: datetime, name: str = "view"):
    return (customer, "events", when, name)


LAST = AS_OF.utc - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"what": "orders"}, {0, 1, 2}),
        ({"what": "orders where status = 'paid'"}, {0, 1}),
        ({"what": "no orders"}, {3}),
        ({"what": "orders", "at_most": 0}, {3}),
        ({"what": "orders", "at_least": 2}, {0}),
        ({"what": "orders", "at_least": 1, "at_most": 1}, {1, 2}),
        ({"what": "orders", "at_most": 1}, {1, 2, 3}),
        # 19 March 12:00 in New York is a day before as_of to the second: inside; a microsecond earlier is not.
        ({"what": "orders", "over": "1d"}, {0}),
        ({"what": "orders", "over": {"from": "2d", "to": "1d"}}, {1}),
        ({"what": "no orders", "over": "1d"}, {1, 2, 3}),
    ],
)
def test_things_are_counted_before_as_of_and_within_their_window(ny_engine, spec, expected):
    day_before = AS_OF.utc - timedelta(days=1)
    history = facts_of(
        ny_engine,
        [
            order(0, day_before),
            order(0, LAST),
            order(0, AS_OF.utc),
            order(1, day_before - timedelta(microseconds=1)),
            order(2, at(1), "returned"),
            order(3, AS_OF.utc),
        ],
    )
    assert did(ny_engine, history, **spec) == expected


VIEW_ORDER = {"first": "events where name = 'view'", "then": "orders where status = 'paid'"}


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (VIEW_ORDER, {0, 1}),
        # Customer 1 ordered 7 days by the clock after viewing, to the second.
        (VIEW_ORDER | {"within": "7d"}, {0, 1}),
        (VIEW_ORDER | {"within": "167h"}, {0}),
        (VIEW_ORDER | {"within": "7d", "never": True}, {2, 3}),
        # The first step lies in the window; what follows may come after it.
        (VIEW_ORDER | {"over": {"from": "20d", "to": "14d"}}, {1}),
        (VIEW_ORDER | {"over": "14d"}, {0}),
        # At the same moment is not later.
        ({"first": VIEW_ORDER["first"], "then": "orders where status = 'returned'"}, set()),
        ({"first": VIEW_ORDER["first"], "then": "no orders", "within": "1d"}, {1, 2, 3}),
        # Customer 3 viewed at 11:00 on 19 March: its day is over at noon of the 20th, its 26 hours are not.
        ({"first": VIEW_ORDER["first"], "then": "no orders", "within": "26h"}, {1, 2}),
        ({"first": VIEW_ORDER["first"], "then": "no orders"}, {2, 3}),
        ({"first": VIEW_ORDER["first"], "then": ["orders where status = 'paid'", "orders"]}, {0}),
    ],
)
def test_one_thing_follows_another(ny_engine, spec, expected):
    march_5 = datetime(2026, 3, 5, 17, tzinfo=UTC)  # noon in New York
    history = facts_of(
        ny_engine,
        [
            view(0, at(10)),
            order(0, at(10, seconds=1)),
            order(0, at(11)),
            view(1, march_5),
            order(1, datetime(2026, 3, 12, 16, tzinfo=UTC)),
            view(2, at(3)),
            order(2, at(3), "returned"),
            order(2, at(2)),
            view(3, datetime(2026, 3, 19, 15, tzinfo=UTC)),
        ],
    )
    assert sequence(ny_engine, history, **spec) == expected


STEPS = {
    "events where name = 'view'": ("events", "view"),
    "events where name = 'cart'": ("events", "cart"),
    "orders": ("orders", None),
    "orders where status = 'paid'": ("orders", "paid"),
}

moments = st.one_of(
    # Around the change of the clocks, and around as_of; every few hours, so that ties and borders happen.
    st.integers(0, 24 * 17).map(lambda hours: datetime(2026, 3, 4, 0, tzinfo=UTC) + timedelta(hours=hours)),
    st.sampled_from([LAST, AS_OF.utc, AS_OF.utc - timedelta(days=7), AS_OF.utc - timedelta(hours=1)]),
)
facts = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.just("orders"), moments, st.sampled_from(["paid", "returned"])),
        st.tuples(st.integers(0, 3), st.just("events"), moments, st.sampled_from(["view", "cart"])),
    ),
    max_size=25,
)
spans = st.sampled_from(["1h", "6h", "24h", "30h", "2d", "7d"])
sequences = st.builds(
    lambda first, then, last, within, over, never: {
        "first": first,
        "then": [*then, last],
        "within": within,
        "over": over,
        "never": never,
    },
    st.sampled_from(list(STEPS)),
    st.lists(st.sampled_from(list(STEPS)), max_size=2),
    st.tuples(st.sampled_from(["", "no "]), st.sampled_from(list(STEPS))).map("".join),
    st.none() | spans,
    st.sampled_from(["3d", "10d", {"from": "10d", "to": "2d"}, {"from": None, "to": "5d"}]),
    st.booleans(),
)


def moments_of(rows, customer: int, step: str) -> list[datetime]:
    table, name = STEPS[step.removeprefix("no ")]
    return [r[2] for r in rows if r[:2] == (customer, table) and name in (None, r[3]) and r[2] < AS_OF.utc]


def chain(rows, customer: int, steps, spec: SequenceSpec, since: datetime | None) -> bool:
    """Whether some way through the steps exists, searched one fact after the other."""
    if not steps:
        return True
    reach = None if since is None or spec.within is None else Moment(since, AS_OF.zone).forward(spec.within)
    start, end = spec.over.bounds(AS_OF) if since is None else (None, AS_OF.utc)
    fitting = [
        when
        for when in moments_of(rows, customer, steps[0])
        if (since is None or when > since)
        and (reach is None or when <= reach)
        and (start is None or when >= start)
        and when < end
    ]
    if steps[0].startswith("no "):
        return not fitting and (reach is None or reach < AS_OF.utc)
    return any(chain(rows, customer, steps[1:], spec, when) for when in fitting)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(facts, sequences)
def test_sequences_hold_for_those_of_whom_some_chain_of_facts_does(ny_engine, rows, spec):
    parsed = SequenceSpec(**spec)
    expected = {one for one in range(PEOPLE) if chain(rows, one, parsed.steps, parsed, None) != parsed.never}
    assert sequence(ny_engine, facts_of(ny_engine, rows), **spec) == expected


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    facts,
    st.sampled_from(list(STEPS)),
    st.sampled_from([(None, None), (1, None), (2, None), (None, 0), (None, 1), (0, 2), (2, 3)]),
    st.sampled_from(["1d", "7d", {"from": "10d", "to": "2d"}]),
)
def test_counts_are_those_of_the_facts_in_the_window(ny_engine, rows, what, bounds, over):
    spec = DidSpec(what=what, at_least=bounds[0], at_most=bounds[1], over=over)
    low = bounds[0] if bounds[0] is not None else int(bounds[1] is None)
    start, end = Window.bounds(spec.over, AS_OF)
    numbers = [sum(start <= when < end for when in moments_of(rows, one, what)) for one in range(PEOPLE)]
    expected = {
        one for one, number in enumerate(numbers) if low <= number <= (bounds[1] if bounds[1] is not None else number)
    }
    history = facts_of(ny_engine, rows)
    assert people(ny_engine, counted(Did(spec, compile_facts(what, STANDARD, owner="test")), history)) == expected
