"""What a project may say about being served: `server:` in `huaxiang.yml`.

server:
  address: https://huaxiang.example.com
  idle: 12h
  longest: 7d
  oidc: {issuer: https://login.example.com/realms/shop, client_id: huaxiang, roles: {staff: analyst}}
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

from huaxiang.access.rights import ROLES, Role
from huaxiang.core.moments import Duration
from huaxiang.core.sizes import memory_size
from huaxiang.core.spec import DurationField, Spec, TextField
from huaxiang.core.text import Text


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#@]+(/[^\s?#]*)?", value):
        raise ValueError(f"'{value}' is no address: write one such as https://huaxiang.example.com")
    return value.rstrip("/")


def _role(value: Any) -> Any:
    if value not in ROLES:
        raise ValueError(f"'{value}' is no role: use one of {', '.join(ROLES)}")
    return value


def _issuer(value: str) -> str:
    if value.startswith("http://") and not re.match(r"http://(localhost|127\.0\.0\.1|\[::1\])[:/]", value + "/"):
        raise ValueError(f"'{value}' is not safe: a provider's address begins with https://")
    return value


Address = Annotated[str, AfterValidator(_address)]
RoleField = Annotated[Role, BeforeValidator(_role)]


class OidcSpec(Spec):
    """An OpenID provider whose people may sign in.

    `client_secret` names the environment variable that holds the secret. `claim` is where the ID token lists what
    `roles` maps to roles here, such as `realm_access.roles`; of several the first in the order of `roles` counts.
    Whoever has none of them gets `otherwise`, or is turned away without it.
    """

    issuer: Annotated[Address, AfterValidator(_issuer)]
    client_id: str = Field(min_length=1)
    client_secret: str = "HUAXIANG_OIDC_SECRET"  # noqa: S105 - the name of a variable
    label: TextField = Text("Company account", "企业账号")
    claim: str = "roles"
    roles: dict[str, RoleField] = Field(default_factory=dict)
    otherwise: RoleField | None = None


class ServerSpec(Spec):
    """How the project is served to others (`huaxiang serve`).

    `address` is what people type to get there. A session ends after `idle` without a question, and after `longest` in
    any case. `backups` is the folder where console and API keep backups, read from the project's folder. `memory` is
    what the engine may take to read what serves, whatever the project's own `memory` gives to builds.
    """

    address: Address | None = None
    idle: DurationField = Duration(12)
    longest: DurationField = Duration(7 * 24)
    oidc: OidcSpec | None = None
    backups: str | None = Field(None, min_length=1)
    memory: Annotated[str, AfterValidator(memory_size)] = "384MB"
