"""What happens at or after `as_of`, or became known only then, changes nothing."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seen import balance, everything
from tiny import CRM, LINES, ORDERS, SOURCES, lines_of, write_tiny

import huaxiang as hx
from huaxiang.service.builds import Build

# Orders that also carry a mail address and the moment when they came in.
KNOWN_SOURCES = SOURCES.replace("identifiers: {phone: phone}", "identifiers: {phone: phone, email: mail}").replace(
    "          status: status\n", "          status: status\n          received_at: received_at\n"
)
FUTURE = datetime(2026, 3, 1)
"""The as_of of the tiny project, on Shanghai's clocks."""


def _known_orders() -> str:
    head, *rows = ORDERS.splitlines()
    return "\n".join([f"{head},mail,received_at", *(f"{row},," for row in rows), ""])


def write_known(folder: Path, **files: str) -> Path:
    files = {"orders": _known_orders(), "sources": KNOWN_SOURCES, "personas": "personas: {}\n", **files}
    return write_tiny(folder, **files)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The build of nothing but the known past."""
    with hx.load(write_known(tmp_path_factory.mktemp("known"))).build() as build:
        return everything(build)


@pytest.fixture
def built(tmp_path: Path) -> Iterator[Any]:
    """A function that builds the project with some of its files replaced."""
    opened: list[Build] = []

    def build(as_of: str | None = None, **files: str) -> Build:
        opened.append(hx.load(write_known(tmp_path / str(len(opened)), **files)).build(as_of))
        return opened[-1]

    yield build
    for each in opened:
        each.close()


phones = st.sampled_from(["13900000001", "139 0000 0002", "13900000099", "13900000005", "13900000555", ""])
mails = st.sampled_from(["wang@x.cn", "lilei@x.cn", "zhao@x.cn", "new@x.cn", ""])
later = st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda after: f"{FUTURE + after:%Y-%m-%d %H:%M:%S}")
earlier = st.timedeltas(timedelta(seconds=1), timedelta(days=300)).map(lambda by: f"{FUTURE - by:%Y-%m-%d %H:%M:%S}")
after_as_of = st.timedeltas(timedelta(seconds=1), timedelta(days=9)).map(
    lambda after: f"{FUTURE + after:%Y-%m-%d %H:%M:%S}"
)
numbers = st.sampled_from(["A1", "A3", "A4", "A5", "Z1", "Z2"])
amounts = st.sampled_from(["1.00", "99999", "¥7", "junk", ""])
statuses = st.sampled_from(["paid", "cancelled", "returned", ""])
orders_to_come = st.tuples(
    numbers, phones, later, statuses, amounts, st.just(""), st.just("web"), mails, st.sampled_from(["", "2026-01-01"])
)
orders_not_yet_known = st.tuples(
    numbers, phones, earlier, statuses, amounts, st.just(""), st.just("web"), mails, after_as_of
)
records_to_come = st.tuples(
    st.sampled_from(["1", "4", "20", "21"]),
    st.just("未来"),
    st.sampled_from(["男", "女", ""]),
    st.just("1970-01-01"),
    phones,
    mails,
    st.just("上海"),
    st.just("上海"),
    later,
)
lines_to_come = st.tuples(
    st.sampled_from(["Z1", "Z2"]), st.sampled_from(["p1", "p2"]), st.just(9), st.sampled_from(["500", "x"])
)


def _what_comes_later_changes_nothing(before, folder, orders, records, lines):
    shutil.rmtree(folder, ignore_errors=True)
    write_known(
        folder, orders=lines_of(_known_orders(), *orders), crm=lines_of(CRM, *records), lines=lines_of(LINES, *lines)
    )
    with hx.load(folder).build() as build:
        assert everything(build) == before


later_rows = given(
    orders=st.lists(orders_to_come | orders_not_yet_known, min_size=1, max_size=12),
    records=st.lists(records_to_come, max_size=6),
    lines=st.lists(lines_to_come, max_size=4),
)
unhurried = settings(deadline=None, suppress_health_check=list(HealthCheck))


@settings(unhurried, max_examples=3, derandomize=True)
@later_rows
def test_what_comes_later_changes_nothing(before, tmp_path_factory, orders, records, lines):
    folder = tmp_path_factory.getbasetemp() / "later"
    _what_comes_later_changes_nothing(before, folder, orders, records, lines)


@pytest.mark.slow
@settings(unhurried, max_examples=40)
@later_rows
def test_whatever_comes_later_changes_nothing(before, tmp_path_factory, orders, records, lines):
    folder = tmp_path_factory.getbasetemp() / "later"
    _what_comes_later_changes_nothing(before, folder, orders, records, lines)


def test_an_order_that_was_not_yet_known_is_set_aside_and_joins_nobody(built, before):
    # It happened in January, names wang's phone and zhao's mail address, and came in a second after as_of.
    late = ["Z9", "13900000001", "2026-01-01 08:00:00", "paid", 500, "", "app", "zhao@x.cn", "2026-03-01 00:00:01"]
    build = built(orders=lines_of(_known_orders(), late))
    assert balance(build)["orders"]["set_aside"] == 2
    assert everything(build) == before


def test_an_order_that_came_in_at_as_of_was_known(built, before):
    known = ["Z9", "13900000005", "2026-01-01 08:00:00", "paid", 500, "", "app", "", "2026-03-01 00:00:00"]
    build = built(orders=lines_of(_known_orders(), known))
    assert balance(build)["orders"]["set_aside"] == 1
    assert build.customer("phone:13900000005")["tags"]["spend_ever"] == 510


def test_lines_of_an_order_to_come_are_set_aside_like_the_order(built, before):
    build = built(lines=lines_of(LINES, ["A9", "p1", 1, 5000]))
    assert balance(build)["lines"]["set_aside"] == 1
    assert balance(build)["lines"]["quarantined"] == 0
    assert everything(build) == before


AT = "2026-01-01"


def _until(text: str, column: int) -> str:
    head, *rows = text.splitlines()
    return "\n".join([head, *(row for row in rows if row.split(",")[column] < AT), ""])


def test_a_build_at_an_earlier_moment_equals_a_build_of_the_data_of_that_moment(built):
    full = built(AT)
    orders = _until(ORDERS.replace('"¥1,050.50"', "1050.50"), 2)
    kept = {row.split(",")[0] for row in orders.splitlines()[1:]}
    head, *lines = LINES.splitlines()
    truncated = built(
        AT,
        orders="\n".join([orders.splitlines()[0] + ",mail,received_at", *(f"{r},," for r in orders.splitlines()[1:])]),
        crm=_until(CRM, 8),
        lines="\n".join([head, *(row for row in lines if row.split(",")[0] in kept), ""]),
    )
    assert everything(full) == everything(truncated)
    assert full.summary["customers"] == 6
    assert full.customer("phone:13900000001")["tags"]["spend_ever"] == 100


def test_a_moment_within_a_day_counts_what_happened_before_it(built):
    build = built("2025-12-01T00:00:00")
    assert build.customer("phone:13900000002")["tags"]["orders_ever"] == 0
    build = built("2025-12-01T00:00:01")
    assert build.customer("phone:13900000002")["tags"]["orders_ever"] == 1


def test_ids_stay_when_a_later_moment_is_built_after_an_earlier_one(tmp_path):
    project = hx.load(write_known(tmp_path))
    with project.build(AT) as build:
        early = everything(build)["identity"]
    with project.build() as build:
        late = everything(build)["identity"]
    assert {key: late[key] for key in early} == early


def test_a_look_back_at_an_earlier_moment_changes_no_id_of_later_builds(tmp_path):
    project = hx.load(write_known(tmp_path))
    with project.build() as build:
        before = everything(build)["identity"]
    project.build(AT).close()
    with project.build() as build:
        assert everything(build)["identity"] == before
