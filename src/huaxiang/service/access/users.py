"""Users: invited, given roles, disabled; and their own passwords."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.access import passwords
from huaxiang.access.accounts import User
from huaxiang.access.people import NAME, user_name
from huaxiang.access.rights import Role
from huaxiang.access.tokens import digest
from huaxiang.core.errors import ConflictError, SignInError, UsageError
from huaxiang.core.text import Language
from huaxiang.service.access import links, sessions

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


@dataclass(frozen=True)
class Invited:
    """A user, and the token of the link that lets them set a password."""

    user: User
    token: str


def invite(workspace: Workspace, name: str, role: Role, by: str, email: str | None = None) -> Invited:
    """Add a user, who has no password until they use the link.

    Raises:
        UsageError: the name or the address of mail is none.
        ConflictError: the name is taken.
    """
    name = user_name(name)
    if not NAME.fullmatch(name):
        raise UsageError(f"'{name}' is no name: use 2 to 64 letters, digits and . _ - + @, beginning with a letter.")
    if email is not None and "@" not in email.strip("@ "):
        raise UsageError(f"'{email}' is no address of mail.")
    user = workspace.access.users.add(User(0, name, role, workspace.access.now(), email=email))
    return Invited(user, links.make(workspace, user, "invitation", by))


def reset(workspace: Workspace, name: str, by: str) -> Invited:
    """A link with which a user sets a new password; the old one works until then, failed attempts are forgotten.

    Raises:
        NotFoundError: there is no such user.
        UsageError: the user is disabled.
    """
    user = workspace.access.users.get(user_name(name))
    if user.disabled:
        raise UsageError(f"'{user.name}' is disabled: enable them first.")
    sessions.unlock(workspace, user.name)
    return Invited(user, links.make(workspace, user, "reset" if user.password else "invitation", by))


def set_role(workspace: Workspace, name: str, role: Role) -> User:
    """Give a user another role, from their next question on.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: they are the last administrator.
    """
    user = workspace.access.users.get(user_name(name))
    if role != "admin":
        _keep_an_admin(workspace, user)
    changed = workspace.access.users.change(user.name, role=role)
    workspace.access.forget()
    return changed


def set_disabled(workspace: Workspace, name: str, disabled: bool) -> User:
    """Let a user sign in no more, and end their sessions; or let them sign in again.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: they are the last administrator.
    """
    user = workspace.access.users.get(user_name(name))
    if disabled:
        _keep_an_admin(workspace, user)
    changed = workspace.access.users.change(user.name, disabled=disabled)
    if disabled:
        workspace.access.sessions.end_all(user.number)
        workspace.access.links.end_all(user.number)
    workspace.access.forget()
    return changed


def set_language(workspace: Workspace, name: str, language: Language) -> User:
    """Remember in which language a user reads."""
    return workspace.access.users.change(user_name(name), language=language)


def change_password(workspace: Workspace, token: str, old: str, new: str, address: str) -> None:
    """Give whoever holds the session `token` another password; all their other sessions end.

    Raises:
        SignInError: the old password is wrong.
        BusyError: it was wrong too often lately.
        UsageError: the new one is not accepted.
    """
    actor = sessions.actor_of(workspace, token, address)
    objection = passwords.objection(new, actor.name)
    if objection is not None:
        raise UsageError(objection.en)
    with sessions.attempt(workspace, actor.name, address):
        user = workspace.access.users.get(actor.name)
        if not sessions.is_right(user, old):
            raise SignInError("The old password is wrong.")
    workspace.access.users.change(actor.name, password=passwords.hashed(new))
    workspace.access.sessions.end_all(user.number, but=digest(token))
    workspace.access.forget()


def _keep_an_admin(workspace: Workspace, user: User) -> None:
    if links.administrators(workspace) == [user.name]:
        raise ConflictError(f"'{user.name}' is the last administrator: make another one first.")
