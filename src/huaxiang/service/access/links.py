"""One-time links: how somebody gets their first password, or a new one. A link is good once, and for a day."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from huaxiang.access import passwords
from huaxiang.access.accounts import Link, Purpose, User
from huaxiang.access.tokens import digest, new_token
from huaxiang.core.errors import SignInError, UsageError
from huaxiang.service.access import sessions

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

GOOD_FOR = timedelta(hours=24)
FIRST_ADMIN = "admin"

_WORTHLESS = "This link was used, has expired, or a newer one was made. Ask your administrator for another."


def first_link(workspace: Workspace) -> str | None:
    """The token of a link for the first administrator, made if missing; None once somebody can administer.

    Every call makes a new one and lets the former go: whoever starts the server is meant.
    """
    if administrators(workspace):
        return None
    admin = workspace.access.users.find(FIRST_ADMIN)
    if admin is None:
        admin = workspace.access.users.add(User(0, FIRST_ADMIN, "admin", workspace.access.now()))
    elif admin.role != "admin" or admin.disabled:
        admin = workspace.access.users.change(FIRST_ADMIN, role="admin", disabled=False)
    return make(workspace, admin, "first", "huaxiang serve")


def administrators(workspace: Workspace) -> list[str]:
    """The names of all who can sign in and administer."""
    users = workspace.access.users.all()
    return [
        user.name for user in users if user.role == "admin" and not user.disabled and (user.password or user.outside)
    ]


def make(workspace: Workspace, user: User, purpose: Purpose, by: str) -> str:
    """The token of a new link for `user`; former links of theirs are worthless from then on."""
    access = workspace.access
    token, now = new_token(), access.now()
    access.links.add(Link(digest(token), purpose, user, now, by, now + GOOD_FOR))
    return token


def find(workspace: Workspace, token: str) -> Link:
    """The link with that token.

    Raises:
        SignInError: it was used, has expired, or never was.
    """
    link = workspace.access.links.find(digest(token))
    if link is None or workspace.access.now() >= link.expires or link.user.disabled:
        raise SignInError(_WORTHLESS)
    return link


def use(workspace: Workspace, token: str, password: str, address: str) -> str:
    """Set the password of the link's user, who is signed in with it; the token of the session.

    The link is worthless then, and all former sessions of the user have ended.

    Raises:
        SignInError: the link is worthless.
        UsageError: the password is not accepted; the link stays.
    """
    link = find(workspace, token)
    objection = passwords.objection(password, link.user.name)
    if objection is not None:
        raise UsageError(objection.en)
    if not workspace.access.links.use(link.token, passwords.hashed(password)):
        raise SignInError(_WORTHLESS)
    sessions.unlock(workspace, link.user.name)
    workspace.access.forget()
    return sessions.begin(workspace, link.user, address, by=link.purpose)
