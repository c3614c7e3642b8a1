"""Who calls: the desk of a request."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Request

from huaxiang.core.errors import SignInError
from huaxiang.service.access import keys
from huaxiang.service.desk import Desk


def desk_of(request: Request) -> Desk:
    """The desk of whoever holds the key that the request carries.

    A key comes as `Authorization: Bearer <key>`, or as the name of `Basic` with any password, as Segment's libraries
    send it.

    Raises:
        SignInError: it carries none, or one that is worthless.
    """
    workspace = request.app.state.workspace
    address = request.client.host if request.client else ""
    return Desk(workspace, keys.actor_of(workspace, _key(request.headers.get("authorization", "")), address))


def _key(header: str) -> str:
    scheme, _, value = header.partition(" ")
    match scheme.lower():
        case "bearer" if value.strip():
            return value.strip()
        case "basic":
            try:
                return base64.b64decode(value.strip(), validate=True).decode().partition(":")[0]
            except (binascii.Error, UnicodeDecodeError):
                pass
    raise SignInError("Send a key: Authorization: Bearer …. Make one with 'huaxiang keys add'.")


Caller = Annotated[Desk, Depends(desk_of)]
"""The parameter of a route that asks the desk."""
