"""Users, sessions, links, keys, attempts and the audit trail behave the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from huaxiang.access.accounts import ApiKey, Link, Session, User
from huaxiang.access.chain import Entry, first_break
from huaxiang.core.errors import ConflictError, StoreError
from huaxiang.store.operational import Attempts, Keys, Links, Operational, Sessions, Sought, TrailRows, Users
from huaxiang.store.operational.attempts import Limit

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
STRICT = Limit(free=3, first=timedelta(seconds=30), longest=timedelta(seconds=60))


@pytest.fixture
def database(place) -> Operational:
    return Operational.open(*place)


def added(database: Operational, name: str = "li") -> User:
    return Users(database).add(User(0, name, "analyst", NOON, email="li@example.com", language="zh"))


def test_users_come_back_as_they_were_added_and_changed(database):
    user = added(database)
    assert (user.number, user.name, user.role, user.created, user.language, user.password) == (
        1, "li", "analyst", NOON, "zh", None,
    )  # fmt: skip
    with pytest.raises(ConflictError):
        added(database)
    users = Users(database)
    assert users.change("li", role="admin", disabled=True, outside="https://x 1").disabled
    assert users.find_outside("https://x 1") == users.get("li")
    added(database, "han")
    assert [user.name for user in users.all()] == ["han", "li"]


def test_sessions_are_found_touched_and_ended(database):
    user, sessions = added(database), Sessions(database)
    for token in ("a" * 64, "b" * 64):
        sessions.add(Session(token, user, NOON, NOON, NOON + HOUR, "10.0.0.7"))
    sessions.touch("a" * 64, NOON + HOUR / 2)
    found = sessions.find("a" * 64)
    assert (found.user, found.used, found.expires) == (user, NOON + HOUR / 2, NOON + HOUR)
    sessions.end_all(user.number, but="a" * 64)
    assert sessions.find("b" * 64) is None
    sessions.add(Session("c" * 64, user, NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR, ""))
    assert sessions.find("a" * 64) is None, "it had expired"
    sessions.end("c" * 64)
    assert sessions.find("c" * 64) is None


def test_of_two_who_use_a_link_at_once_one_does(database):
    user, links = added(database), Links(database)
    links.add(Link("a" * 64, "invitation", user, NOON, "admin", NOON + HOUR))
    links.add(Link("b" * 64, "invitation", user, NOON, "admin", NOON + HOUR))
    assert links.find("a" * 64) is None, "a newer one was made"
    assert links.find("b" * 64).user == user
    together = threading.Barrier(2)

    def use(password: str) -> bool:
        together.wait()
        return links.use("b" * 64, password)

    with ThreadPoolExecutor(2) as pool:
        outcomes = dict(zip(("one", "two"), pool.map(use, ("one", "two")), strict=True))
    assert sorted(outcomes.values()) == [False, True]
    assert outcomes[Users(database).get("li").password]


def test_keys_come_back_as_they_were_added(database):
    keys = Keys(database)
    plain = keys.add(ApiKey(0, "a" * 12, "s" * 64, "site", "admin", NOON, "li"))
    narrow = keys.add(
        ApiKey(0, "b" * 12, "s" * 64, "etl", "steward", NOON, "li", frozenset({"tags.read"}), "L1", "web", NOON + HOUR)
    )
    assert (plain.scopes, plain.expires) == (None, None)
    assert (narrow.scopes, narrow.clearance, narrow.source, narrow.expires) == (
        frozenset({"tags.read"}), "L1", "web", NOON + HOUR,
    )  # fmt: skip
    keys.touch("a" * 12, NOON + HOUR)
    assert keys.revoke("b" * 12, NOON).revoked == NOON
    assert keys.revoke("b" * 12, NOON + HOUR).revoked == NOON, "it was revoked then"
    assert [(key.used, key.revoked) for key in keys.all()] == [(NOON + HOUR, None), (None, NOON)]


def test_attempts_at_the_same_time_are_all_counted(database):
    attempts = Attempts(database)
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: attempts.begin({"n": STRICT, "a": STRICT}, NOON), range(8)))
    assert waits.count(None) == 3
    assert {wait for wait in waits if wait} == {timedelta(seconds=30)}
    assert attempts.begin({"n": STRICT}, NOON + timedelta(seconds=30)) is None
    assert attempts.begin({"n": STRICT}, NOON + timedelta(seconds=30)) == timedelta(seconds=60)
    attempts.succeed("n", "a")
    assert attempts.begin({"n": STRICT}, NOON + timedelta(seconds=30)) is None


def test_the_trail_is_one_chain_that_can_only_grow(database):
    rows = TrailRows(database)
    entry = Entry(NOON + timedelta(microseconds=123456), "li", "analyst", "api", "::1", "profiles.profile", "c_1")

    def write(_: int) -> None:
        rows.append([entry] * 5)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(6)))
    head, broken = first_break(rows.all(), None)
    assert (head.number, broken) == (30, None)
    assert [row.number for row in rows.find(Sought(subject="c_1", before=4), 2)] == [3, 2]
    statements = ["UPDATE trail SET actor = 'x'", "DELETE FROM trail WHERE number = 30"]
    with database.reading() as connection:
        statements += ["TRUNCATE trail"] if connection.dialect.name == "postgresql" else []
    for statement in statements:
        with pytest.raises(StoreError, match="append-only"), database.writing() as connection:
            connection.exec_driver_sql(statement)
