"""Those who may sign in and the keys of programs, as administrators manage them; and everybody's own account."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast, get_args

from huaxiang.access.accounts import ApiKey, User
from huaxiang.access.people import Actor
from huaxiang.access.rights import CLEARANCE, RIGHTS, ROLES, Role
from huaxiang.core.errors import UsageError
from huaxiang.core.findings import near_miss
from huaxiang.core.tables import Privacy
from huaxiang.core.text import Language
from huaxiang.service.access import keys as program_keys
from huaxiang.service.access import links, sessions
from huaxiang.service.access import users as people
from huaxiang.service.access.users import Invited
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk

Row = dict[str, Any]


@allowed("users.manage")
def users(desk: Desk) -> list[Row]:
    """All users by name: `name`, `email`, `role`, `language`, `created`, `state` (active, invited, disabled)."""
    return [_user(user) for user in desk.workspace.access.users.all()]


@allowed("users.manage")
def invite(desk: Desk, name: str, role: str, email: str | None = None) -> Row:
    """Add a user: their row with `link`, the address where they set their password, and its `path`.

    Raises:
        UsageError: the name, the role or the address of mail is none.
        ConflictError: the name is taken.
    """
    return _invited(desk, people.invite(desk.workspace, name, known_role(role), desk.actor.name, email or None))


@allowed("users.manage")
def reset(desk: Desk, name: str) -> Row:
    """A new link for a user who has lost their password or their link; as `invite` has it.

    Raises:
        NotFoundError: there is no such user.
        UsageError: they are disabled.
    """
    return _invited(desk, people.reset(desk.workspace, name, desk.actor.name))


@allowed("users.manage")
def set_role(desk: Desk, name: str, role: str) -> Row:
    """Give a user another role.

    Raises:
        NotFoundError: there is no such user.
        UsageError: there is no such role.
        ConflictError: they are the last administrator.
    """
    return _user(people.set_role(desk.workspace, name, known_role(role)))


@allowed("users.manage")
def disable(desk: Desk, name: str) -> Row:
    """Let a user sign in no more, and end their sessions.

    Raises:
        NotFoundError: there is no such user.
        ConflictError: they are the last administrator.
    """
    return _user(people.set_disabled(desk.workspace, name, True))


@allowed("users.manage")
def enable(desk: Desk, name: str) -> Row:
    """Let a user sign in again.

    Raises:
        NotFoundError: there is no such user.
    """
    return _user(people.set_disabled(desk.workspace, name, False))


@allowed("users.manage")
def keys(desk: Desk) -> list[Row]:
    """All keys, the earliest first.

    `public` (its name), `label`, `role`, `scopes` (None: all rights of the role), `clearance`, `source`, `created`,
    `by`, `expires`, `used`, `state` (active, expired, revoked).
    """
    return [_key(desk, key) for key in desk.workspace.access.keys.all()]


@allowed("users.manage")
def add_key(
    desk: Desk,
    label: str,
    role: str,
    *,
    scopes: Collection[str] | None = None,
    clearance: Privacy | None = None,
    source: str | None = None,
    days: int | None = 365,
) -> Row:
    """Make a key: its row with `secret`, the whole key, which nobody can see again.

    `scopes` narrow the rights of `role`, `clearance` what it sees in clear; `days` is how long it is good for (None:
    for ever). `source` is the live source that messages sent with it go to.

    Raises:
        UsageError: there is no such role, class or live source, or a scope is no right of the role.
    """
    made, secret = program_keys.add(
        desk.workspace,
        label,
        known_role(role),
        desk.actor.name,
        scopes=scopes,
        clearance=clearance,
        source=source,
        days=days,
    )
    return _key(desk, made) | {"secret": secret}


@allowed("users.manage")
def revoke_key(desk: Desk, public: str) -> Row:
    """Make a key worthless, at once.

    Raises:
        NotFoundError: there is no such key.
    """
    return _key(desk, program_keys.revoke(desk.workspace, public))


@allowed("users.manage")
def roles(desk: Desk) -> list[Row]:
    """The permission matrix, a row per role: `role`, `label`, `clearance`, `rights` (right → whether it has it)."""
    return [
        {
            "role": role,
            "label": label.as_dict(),
            "clearance": CLEARANCE[role],
            "rights": {name: role in right.roles for name, right in RIGHTS.items()},
        }
        for role, label in ROLES.items()
    ]


@allowed("account.change")
def change_password(desk: Desk, token: str, old: str, new: str) -> None:
    """Give the actor, who holds the session `token`, another password; their other sessions end.

    Raises:
        SignInError: the old password is wrong.
        BusyError: it was wrong too often lately.
        UsageError: the new one is not accepted.
    """
    people.change_password(desk.workspace, token, old, new, desk.actor.address)


@allowed("account.change")
def change_language(desk: Desk, language: Language) -> None:
    """Remember in which language the actor reads."""
    people.set_language(desk.workspace, desk.actor.name, language)


@allowed("account.change")
def sign_out_everywhere(desk: Desk) -> None:
    """End all sessions of the actor."""
    sessions.sign_out_everywhere(desk.workspace, desk.actor.name)


def known_role(role: str) -> Role:
    """The role of that name.

    Raises:
        UsageError: there is none; says the near miss.
    """
    for known in ROLES:
        if known == role:
            return known
    guess = near_miss(role, ROLES)
    hint = f" Did you mean '{guess}'?" if guess else ""
    raise UsageError(f"There is no role '{role}'.{hint} Roles: {', '.join(ROLES)}.")


def known_class(name: str | None) -> Privacy | None:
    """The privacy class of that name; None where none is named.

    Raises:
        UsageError: there is none.
    """
    if name is None:
        return None
    for known in get_args(Privacy):
        if known == name:
            return cast(Privacy, known)
    raise UsageError(f"There is no privacy class '{name}'. Classes: {', '.join(get_args(Privacy))}.")


def _invited(desk: Desk, invited: Invited) -> Row:
    path = f"/link/{invited.token}"
    expires = desk.workspace.access.now() + links.GOOD_FOR
    return _user(invited.user) | {"link": desk.workspace.access.address + path, "path": path, "expires": expires}


def _user(user: User) -> Row:
    has_proof = user.password is not None or user.outside is not None
    return {
        "name": user.name,
        "email": user.email,
        "role": user.role,
        "language": user.language,
        "created": user.created,
        "state": "disabled" if user.disabled else "active" if has_proof else "invited",
    }


def _key(desk: Desk, key: ApiKey) -> Row:
    actor: Actor = program_keys.actor_with(key)
    expired = key.expires is not None and desk.workspace.access.now() >= key.expires
    return {
        "public": key.public,
        "label": key.label,
        "role": key.role,
        "scopes": None if key.scopes is None else sorted(key.scopes),
        "clearance": actor.sees,
        "source": key.source,
        "created": key.created,
        "by": key.by,
        "expires": key.expires,
        "used": key.used,
        "state": "revoked" if key.revoked else "expired" if expired else "active",
    }
