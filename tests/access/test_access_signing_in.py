"""Signing in: by password, link or key; what ends a session, and what makes guessing slow."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from huaxiang.access import passwords
from huaxiang.access.people import Actor
from huaxiang.core.errors import BusyError, ConflictError, NotFoundError, SignInError, UsageError
from huaxiang.service.access import keys, links, sessions, users
from huaxiang.store.operational import Sought

PASSWORD = "correct horse battery"
HERE = "10.0.0.7"


@pytest.fixture
def li(workspace) -> str:
    """A user with a password."""
    invited = users.invite(workspace, "Li.Lei", "analyst", "admin", "li@example.com")
    links.use(workspace, invited.token, PASSWORD, HERE)
    return invited.user.name


def wrong(workspace, name: str = "li.lei", address: str = HERE) -> type[Exception]:
    with pytest.raises((SignInError, BusyError)) as caught:
        sessions.sign_in(workspace, name, "a wrong password", address)
    return type(caught.value)


def signed_out(workspace, token: str) -> bool:
    try:
        sessions.actor_of(workspace, token, HERE)
    except SignInError:
        return True
    return False


# -- passwords ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "objection"),
    [
        ("short", passwords.TOO_SHORT),
        ("x" * 201, passwords.TOO_LONG),
        ("aaaaaaaaaaaaaa", passwords.TOO_COMMON),
        ("Password1234", passwords.TOO_COMMON),
        ("Li.Lei is here!", passwords.OWN_NAME),
        (PASSWORD, None),
        ("一二三四五六七八九十百千", None),
    ],
)
def test_a_password_is_long_uncommon_and_not_the_name(password, objection):
    assert passwords.objection(password, "li.lei") == objection


def test_a_password_is_kept_as_argon2id_only(workspace, li):
    stored = workspace.access.users.get(li).password
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_name_and_password_open_a_session(workspace, li):
    token = sessions.sign_in(workspace, " LI.LEI ", PASSWORD, HERE)
    assert sessions.actor_of(workspace, token, "10.0.0.9") == Actor("li.lei", "analyst", "console", address="10.0.0.9")
    assert workspace.access.sessions.find(token) is None, "the database holds digests only"


def test_unknown_disabled_and_known_users_get_the_same_answer_by_the_same_work(workspace, li, monkeypatch):
    users.invite(workspace, "han", "viewer", "admin")
    users.set_disabled(workspace, "han", True)
    checked, real = [], passwords._hasher()
    counting = SimpleNamespace(hash=real.hash, verify=lambda *given: checked.append(given[0]) or real.verify(*given))
    monkeypatch.setattr(passwords, "_hasher", lambda: counting)
    answers = []
    for name in ("li.lei", "nobody", "han", "' OR 1=1 --", "\x00"):
        with pytest.raises(SignInError) as caught:
            sessions.sign_in(workspace, name, "a wrong password", f"10.1.0.{len(answers)}")
        answers.append(str(caught.value))
    assert set(answers) == {"Name or password is wrong."}
    assert len(checked) == len(answers)
    assert len({stored.split("$")[3] for stored in checked}) == 1, "with the same parameters"


# -- guessing -----------------------------------------------------------------------------------------------------


def test_a_name_is_locked_after_five_failures_for_twice_as_long_each_time(workspace, li, clock):
    assert [wrong(workspace) for _ in range(6)] == [SignInError] * 5 + [BusyError]
    with pytest.raises(BusyError) as caught:
        sessions.sign_in(workspace, li, PASSWORD, HERE)
    assert caught.value.retry_after == 31
    clock.goes_on(seconds=30)
    assert wrong(workspace) is SignInError
    clock.goes_on(seconds=59)
    assert wrong(workspace) is BusyError
    clock.goes_on(seconds=1)
    assert sessions.sign_in(workspace, li, PASSWORD, HERE)
    assert [wrong(workspace) for _ in range(5)] == [SignInError] * 5


def test_names_of_nobody_are_locked_just_the_same(workspace, li):
    assert [wrong(workspace, "nobody") for _ in range(6)] == [SignInError] * 5 + [BusyError]


def test_an_address_is_locked_after_twenty_failures_whatever_the_names(workspace, li):
    outcomes = [wrong(workspace, f"name{number}") for number in range(21)]
    assert outcomes == [SignInError] * 20 + [BusyError]
    assert sessions.sign_in(workspace, li, PASSWORD, "10.0.0.8"), "from elsewhere they may"


def test_a_lock_survives_a_restart_and_is_lifted_by_a_new_link(workspace, elsewhere, li):
    for _ in range(5):
        wrong(workspace)
    assert wrong(elsewhere) is BusyError
    links.use(workspace, users.reset(workspace, li, "admin").token, PASSWORD + "!", HERE)
    assert sessions.sign_in(elsewhere, li, PASSWORD + "!", HERE)


def test_failures_are_forgotten_after_a_day(workspace, li, clock):
    for _ in range(4):
        wrong(workspace)
    clock.goes_on(hours=25)
    assert [wrong(workspace) for _ in range(5)] == [SignInError] * 5


# -- sessions -----------------------------------------------------------------------------------------------------


def test_a_session_ends_when_idle_and_after_its_longest_time(workspace, li, clock):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    clock.goes_on(minutes=119)
    assert not signed_out(workspace, token)
    clock.goes_on(minutes=119)
    assert not signed_out(workspace, token), "it was used meanwhile"
    clock.goes_on(minutes=121)
    assert signed_out(workspace, token)
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    for _ in range(24):
        assert not signed_out(workspace, token)
        clock.goes_on(hours=1)
    assert signed_out(workspace, token)


def test_a_page_that_asks_by_itself_keeps_no_session_open(workspace, li, clock):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    for _ in range(11):
        clock.goes_on(minutes=10)
        assert sessions.actor_of(workspace, token, HERE, uses=False).name == li
    assert not signed_out(workspace, token), "a click counts, however often the page asked just before"
    clock.goes_on(minutes=119)
    assert sessions.actor_of(workspace, token, HERE, uses=False).name == li
    clock.goes_on(minutes=2)
    with pytest.raises(SignInError):
        sessions.actor_of(workspace, token, HERE, uses=False)


def test_a_session_is_worth_nothing_after_signing_out_also_in_other_processes(workspace, elsewhere, li, clock):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    assert not signed_out(elsewhere, token)
    sessions.sign_out(workspace, token, HERE)
    assert signed_out(workspace, token)
    clock.goes_on(seconds=3)
    assert signed_out(elsewhere, token)


@pytest.mark.parametrize("forged", ["", "x", "' OR 1=1 --", "\x00", "A" * 100_000, "\ud800"])
def test_a_forged_session_is_nobody(workspace, li, forged):
    assert signed_out(workspace, forged)


def test_who_is_disabled_or_resets_their_password_is_signed_out_everywhere(workspace, li):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    links.use(workspace, users.reset(workspace, li, "admin").token, PASSWORD + "!", HERE)
    assert signed_out(workspace, token)
    token = sessions.sign_in(workspace, li, PASSWORD + "!", HERE)
    users.set_disabled(workspace, li, True)
    assert signed_out(workspace, token)
    assert wrong(workspace) is SignInError
    with pytest.raises(UsageError, match="disabled"):
        users.reset(workspace, li, "admin")
    users.set_disabled(workspace, li, False)
    assert sessions.sign_in(workspace, li, PASSWORD + "!", HERE)


def test_another_role_counts_from_the_next_question_on(workspace, li):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    users.set_role(workspace, li, "steward")
    assert sessions.actor_of(workspace, token, HERE).role == "steward"


def test_changing_the_password_needs_the_old_one_and_ends_all_other_sessions(workspace, li):
    mine, other = (sessions.sign_in(workspace, li, PASSWORD, HERE) for _ in range(2))
    with pytest.raises(SignInError, match="old password"):
        users.change_password(workspace, mine, "a wrong password", "another password", HERE)
    with pytest.raises(UsageError, match="at least 12"):
        users.change_password(workspace, mine, PASSWORD, "short", HERE)
    users.change_password(workspace, mine, PASSWORD, "another password", HERE)
    assert not signed_out(workspace, mine)
    assert signed_out(workspace, other)
    assert sessions.sign_in(workspace, li, "another password", HERE)
    for _ in range(5):
        with pytest.raises(SignInError):
            users.change_password(workspace, mine, "a wrong password", "yet another one", HERE)
    with pytest.raises(BusyError):
        users.change_password(workspace, mine, "another password", "yet another one", HERE)


# -- links and users ----------------------------------------------------------------------------------------------


def test_the_first_administrator_comes_by_a_link_that_each_start_makes_anew(workspace, clock):
    first, second = links.first_link(workspace), links.first_link(workspace)
    assert first != second
    with pytest.raises(SignInError, match="newer one"):
        links.use(workspace, first, PASSWORD, HERE)
    token = links.use(workspace, second, PASSWORD, HERE)
    assert sessions.actor_of(workspace, token, HERE).role == "admin"
    assert links.first_link(workspace) is None


def test_a_link_is_good_once_and_for_a_day(workspace, clock):
    token = users.invite(workspace, "han", "viewer", "admin").token
    with pytest.raises(UsageError, match="at least 12"):
        links.use(workspace, token, "short", HERE)
    clock.goes_on(hours=23, minutes=59)
    links.use(workspace, token, PASSWORD, HERE)
    with pytest.raises(SignInError, match="was used"):
        links.use(workspace, token, PASSWORD, HERE)
    late = users.reset(workspace, "han", "admin").token
    clock.goes_on(hours=24)
    with pytest.raises(SignInError, match="has expired"):
        links.use(workspace, late, PASSWORD, HERE)


@pytest.mark.parametrize("name", ["", "a", "a b", "<script>", "x" * 65, "../etc", "'; DROP TABLE users; --"])
def test_what_is_no_name_is_refused(workspace, name):
    with pytest.raises(UsageError, match="is no name"):
        users.invite(workspace, name, "viewer", "admin")


def test_names_are_taken_once_whatever_way_they_are_written(workspace):
    users.invite(workspace, "王芳", "viewer", "admin")
    users.invite(workspace, "Han@example.com", "viewer", "admin")
    with pytest.raises(ConflictError, match="already"):
        users.invite(workspace, "ＨＡＮ@example.com", "viewer", "admin")
    with pytest.raises(NotFoundError, match="no user 'nobody'"):
        users.set_role(workspace, "nobody", "viewer")


def test_the_last_administrator_stays(workspace):
    links.use(workspace, links.first_link(workspace), PASSWORD, HERE)
    for change in (lambda: users.set_role(workspace, "admin", "viewer"),
                   lambda: users.set_disabled(workspace, "admin", True)):  # fmt: skip
        with pytest.raises(ConflictError, match="last administrator"):
            change()
    invited = users.invite(workspace, "han", "admin", "admin")
    with pytest.raises(ConflictError, match="last administrator"):
        users.set_role(workspace, "admin", "viewer")
    links.use(workspace, invited.token, PASSWORD, HERE)
    assert users.set_role(workspace, "admin", "viewer").role == "viewer"


# -- keys ---------------------------------------------------------------------------------------------------------


def test_a_key_says_who_its_program_is_until_it_expires(workspace, clock):
    made, secret = keys.add(
        workspace, "site", "analyst", "admin", scopes=["profiles.read"], clearance="L1", days=30
    )  # fmt: skip
    actor = keys.actor_of(workspace, secret, HERE)
    assert actor == Actor(f"key:{made.public}", "analyst", "api", frozenset({"profiles.read"}), "L1", HERE)
    assert actor.may("profiles.read")
    assert not actor.may("tags.read")
    assert made.secret not in secret
    clock.goes_on(days=30)
    with pytest.raises(SignInError, match="has expired"):
        keys.actor_of(workspace, secret, HERE)


def test_a_revoked_key_is_worth_nothing_within_three_seconds_anywhere(workspace, elsewhere, clock):
    made, secret = keys.add(workspace, "site", "viewer", "admin")
    assert keys.actor_of(elsewhere, secret, HERE)
    keys.revoke(workspace, made.public)
    with pytest.raises(SignInError, match="revoked"):
        keys.actor_of(workspace, secret, HERE)
    clock.goes_on(seconds=3)
    with pytest.raises(SignInError, match="revoked"):
        keys.actor_of(elsewhere, secret, HERE)
    with pytest.raises(NotFoundError):
        keys.revoke(workspace, "0" * 12)


def test_a_forged_key_is_nobody(workspace):
    made, secret = keys.add(workspace, "site", "viewer", "admin")
    for forged in (secret[:-1], secret + "x", "", secret.upper(), f"hx_{made.public}_", "hx_\x00_\ud800", "' OR 1=1"):
        with pytest.raises(SignInError):
            keys.actor_of(workspace, forged, HERE)


def test_a_key_that_was_just_looked_up_asks_the_database_no_more(workspace, monkeypatch):
    _, secret = keys.add(workspace, "site", "viewer", "admin")
    keys.actor_of(workspace, secret, HERE)
    monkeypatch.setattr(workspace.access.keys, "find", None)
    assert keys.actor_of(workspace, secret, HERE)


def test_a_key_is_no_session_and_a_session_no_key_also_just_after_they_were_used(workspace, li):
    _, secret = keys.add(workspace, "site", "admin", "admin")
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    assert keys.actor_of(workspace, secret, HERE)
    assert signed_out(workspace, secret)
    assert not signed_out(workspace, token)
    with pytest.raises(SignInError):
        keys.actor_of(workspace, token, HERE)


# -- the trail ----------------------------------------------------------------------------------------------------


def test_who_came_in_and_who_was_turned_away_is_in_the_trail_without_what_they_typed(workspace, li):
    token = sessions.sign_in(workspace, li, PASSWORD, HERE)
    wrong(workspace)
    wrong(workspace, "my secret password")
    sessions.sign_out(workspace, token, HERE)
    entries = workspace.trail.rows.find(Sought(), 10)
    told = [(e.actor, e.action, e.outcome, e.address, json.loads(e.detail)) for e in reversed(entries)]
    assert told == [
        ("li.lei", "sign_in", "done", HERE, {"by": "invitation"}),
        ("li.lei", "sign_in", "done", HERE, {"by": "password"}),
        ("li.lei", "sign_in", "refused", HERE, {"code": "sign_in"}),
        ("", "sign_in", "refused", HERE, {"code": "sign_in"}),
        ("li.lei", "sign_out", "done", HERE, {}),
    ]
