"""The keys of programs: made, looked up, revoked. A key is shown once; only the digest of it is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from huaxiang.access.accounts import ApiKey
from huaxiang.access.people import Actor
from huaxiang.access.rights import RIGHTS, Role
from huaxiang.access.tokens import digest, new_key, public_part, same
from huaxiang.core.errors import SignInError, UsageError
from huaxiang.core.tables import Privacy
from huaxiang.service.access.access import TOUCHED

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

_WRONG = "This key is wrong, has expired or was revoked. Make one with 'huaxiang keys add'."


def remembered(workspace: Workspace, secret: str, address: str) -> Actor | None:
    """Who holds the key `secret`, if it was looked up in the last seconds; it asks nobody."""
    actor = workspace.access.remembered("key", digest(secret))
    return None if actor is None else replace(actor, address=address)


def actor_of(workspace: Workspace, secret: str, address: str) -> Actor:
    """Who holds the key `secret`. Cheap: a key that was looked up is believed for three seconds.

    Raises:
        SignInError: there is no such key, or it has expired or was revoked.
    """
    access = workspace.access
    hashed = digest(secret)
    actor = access.remembered("key", hashed)
    if actor is None:
        public = public_part(secret)
        key = access.keys.find(public) if public else None
        now = access.now()
        if (
            key is None
            or not same(key.secret, hashed)
            or key.revoked is not None
            or (key.expires is not None and now >= key.expires)
        ):
            raise SignInError(_WRONG)
        if key.used is None or now - key.used >= TOUCHED:
            access.keys.touch(key.public, now)
        actor = actor_with(key)
        access.remember("key", hashed, actor, at_most_until=key.expires)
    return replace(actor, address=address)


def actor_with(key: ApiKey) -> Actor:
    """Who a program with that key is."""
    return Actor(f"key:{key.public}", key.role, "api", key.scopes, key.clearance, source=key.source)


def add(
    workspace: Workspace,
    label: str,
    role: Role,
    by: str,
    *,
    scopes: Collection[str] | None = None,
    clearance: Privacy | None = None,
    source: str | None = None,
    days: int | None = 365,
) -> tuple[ApiKey, str]:
    """Make a key; it, and the secret that nobody can ever see again.

    `scopes` narrow the rights of `role`, `clearance` what it sees in clear; `days` is how long it is good for, None for
    ever. `source` is the live source that messages sent with it are written to.

    Raises:
        UsageError: a scope is no right of the role, or there is no such live source.
    """
    _check_scopes(role, scopes)
    sources = workspace.project.loaded.sources
    if source is not None and (source not in sources or not sources[source].live):
        live = ", ".join(name for name, spec in sources.items() if spec.live) or "none"
        raise UsageError(f"There is no live source '{source}'. Live sources: {live}.")
    if days is not None and days < 1:
        raise UsageError("A key is good for at least one day.")
    access = workspace.access
    public, secret = new_key()
    now = access.now()
    key = ApiKey(
        number=0,
        public=public,
        secret=digest(secret),
        label=label,
        role=role,
        created=now,
        by=by,
        scopes=None if scopes is None else frozenset(scopes),
        clearance=clearance,
        source=source,
        expires=None if days is None else now + timedelta(days=days),
    )
    return access.keys.add(key), secret


def revoke(workspace: Workspace, public: str) -> ApiKey:
    """Make a key worthless, at once here and within three seconds in other processes.

    Raises:
        NotFoundError: there is no such key.
    """
    revoked = workspace.access.keys.revoke(public.removeprefix("key:"), workspace.access.now())
    workspace.access.forget()
    return revoked


def _check_scopes(role: Role, scopes: Collection[str] | None) -> None:
    own = [name for name, right in RIGHTS.items() if role in right.roles]
    wrong = sorted(set(scopes or ()) - set(own))
    if wrong:
        raise UsageError(f"'{wrong[0]}' is no right of the role {role}. Its rights: {', '.join(own)}.")
