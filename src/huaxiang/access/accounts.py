"""What is kept about those who may sign in: users, their sessions and links, and the keys of programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huaxiang.access.rights import Role
from huaxiang.core.tables import Privacy
from huaxiang.core.text import Language

Purpose = Literal["first", "invitation", "reset"]
"""Why a link was made: the first administrator, somebody new, a forgotten password."""


@dataclass(frozen=True)
class User:
    """A person who may sign in. `outside` is who they are at the OpenID provider; `password` is its hash."""

    number: int
    name: str
    role: Role
    created: datetime
    email: str | None = None
    language: Language | None = None
    password: str | None = None
    outside: str | None = None
    disabled: bool = False


@dataclass(frozen=True)
class Session:
    """A browser in which a user has signed in; `token` is the digest of what its cookie holds."""

    token: str
    user: User
    began: datetime
    used: datetime
    expires: datetime
    address: str


@dataclass(frozen=True)
class Link:
    """A link that lets a user set a password, once; `token` is the digest of what its address holds."""

    token: str
    purpose: Purpose
    user: User
    created: datetime
    by: str
    expires: datetime


@dataclass(frozen=True)
class ApiKey:
    """A program's key; `public` is the part that people may see, `secret` the digest of the rest.

    `scopes` narrow the rights of `role` (None: all of them), `clearance` what it sees in clear (None: as the role).
    `source` is the live source that messages sent with it are written to.
    """

    number: int
    public: str
    secret: str
    label: str
    role: Role
    created: datetime
    by: str
    scopes: frozenset[str] | None = None
    clearance: Privacy | None = None
    source: str | None = None
    expires: datetime | None = None
    used: datetime | None = None
    revoked: datetime | None = None
