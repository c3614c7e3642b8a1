"""Signing in with a password, staying signed in, signing out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from huaxiang.access import passwords
from huaxiang.access.accounts import Session, User
from huaxiang.access.people import NAME, Actor, nobody, user_name
from huaxiang.access.tokens import digest, new_token
from huaxiang.core.errors import BusyError, SignInError
from huaxiang.service.access.access import TOUCHED
from huaxiang.store.operational.attempts import Limit

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

PER_NAME = Limit(free=5, first=timedelta(seconds=30), longest=timedelta(minutes=15))
PER_ADDRESS = Limit(free=20, first=timedelta(seconds=30), longest=timedelta(hours=1))
"""Colleagues share an address; a name is one person's."""

_AT_ONCE = threading.BoundedSemaphore(4)
"""Checking a password takes 19 MiB: many at once must not take the server's memory."""

_EXPIRED = "Your session has ended. Sign in again."


def sign_in(workspace: Workspace, name: str, password: str, address: str) -> str:
    """Begin a session of the user `name`; the token that its cookie holds.

    Takes the same steps whether or not there is such a user.

    Raises:
        SignInError: name or password is wrong, or the user is disabled.
        BusyError: too many attempts failed lately; `retry_after` says when to try again.
    """
    name = user_name(name)
    user = workspace.access.users.find(name) if NAME.fullmatch(name) else None
    try:
        with attempt(workspace, name, address):
            if not is_right(user, password) or user is None:
                raise SignInError("Name or password is wrong.")
    except (SignInError, BusyError) as error:
        # The name of nobody may be a password that was typed into the wrong field.
        known = Actor(user.name, user.role, address=address) if user else nobody(address)
        workspace.trail.note(known, "sign_in", outcome="refused", detail={"code": error.code}, wait=True)
        raise
    if user.password is not None and passwords.outdated(user.password):
        workspace.access.users.change(user.name, password=passwords.hashed(password))
    return begin(workspace, user, address)


@contextmanager
def attempt(workspace: Workspace, name: str, address: str) -> Iterator[None]:
    """Count what happens in the block as an attempt to prove to be `name`, which has failed if the block raises.

    Raises:
        BusyError: too many attempts failed lately; `retry_after` says when to try again.
    """
    access = workspace.access
    of_name, of_address = _keys(name, address)
    wait = access.attempts.begin({of_name: PER_NAME, of_address: PER_ADDRESS}, access.now())
    if wait is not None:
        seconds = int(wait.total_seconds()) + 1
        raise BusyError(f"Too many attempts have failed. Try again in {seconds} seconds.", retry_after=seconds)
    yield
    access.attempts.succeed(of_name, of_address)


def is_right(user: User | None, password: str) -> bool:
    """Whether `password` is the user's; takes as long for nobody and for those who are disabled, and says no."""
    with _AT_ONCE:
        return passwords.matches(user.password if user is not None and not user.disabled else None, password)


def begin(workspace: Workspace, user: User, address: str, by: str = "password") -> str:
    """Begin a session of somebody who has proved to be `user` `by` a password, link or provider; its token."""
    access = workspace.access
    token, now = new_token(), access.now()
    expires = now + timedelta(hours=access.settings.longest.hours)
    access.sessions.add(Session(digest(token), user, now, now, expires, address))
    workspace.trail.note(Actor(user.name, user.role, address=address), "sign_in", detail={"by": by}, wait=True)
    return token


def actor_of(workspace: Workspace, token: str, address: str, *, uses: bool = True) -> Actor:
    """Who holds the session `token`. Cheap: a session that was looked up is believed for three seconds.

    A page that asks by itself `uses` it not: the session ends as if nobody had asked.

    Raises:
        SignInError: there is no such session (any more).
    """
    access = workspace.access
    key = digest(token)
    actor = access.remembered("session", key)
    if actor is None:
        session = access.sessions.find(key) if token else None
        now = access.now()
        if session is None or session.user.disabled:
            raise SignInError("Sign in first." if session is None else _EXPIRED)
        idle = timedelta(hours=access.settings.idle.hours)
        ends = min(session.expires, session.used + idle)
        if now >= ends:
            access.sessions.end(key)
            raise SignInError(_EXPIRED)
        actor = Actor(session.user.name, session.user.role, "console")
        if uses:
            if now - session.used >= TOUCHED:
                access.sessions.touch(key, now)
                ends = min(session.expires, now + idle)
            # Whoever is remembered is not touched: for a page that asks all the time nobody is.
            access.remember("session", key, actor, at_most_until=ends)
    return replace(actor, address=address)


def sign_out(workspace: Workspace, token: str, address: str) -> None:
    """End the session `token`, if there is one."""
    try:
        actor = actor_of(workspace, token, address)
    except SignInError:
        return
    workspace.access.sessions.end(digest(token))
    workspace.access.forget()
    workspace.trail.note(actor, "sign_out", wait=True)


def sign_out_everywhere(workspace: Workspace, name: str) -> None:
    """End all sessions of a user."""
    workspace.access.sessions.end_all(workspace.access.users.get(name).number)
    workspace.access.forget()


def unlock(workspace: Workspace, name: str) -> None:
    """Forget the failed attempts of a name."""
    workspace.access.attempts.forget(_keys(name, "")[0])


def _keys(name: str, address: str) -> tuple[str, str]:
    # Digests: people type passwords into the field of the name.
    return digest(f"name {name}"), digest(f"address {address}")
