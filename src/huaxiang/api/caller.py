"""Who calls: the desk of a request."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from huaxiang.core.errors import SignInError
from huaxiang.service.access import keys
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace


async def desk_of(request: Request) -> Desk:
    """The desk of whoever holds the key that the request carries; one that is not known yet is looked up in a thread.

    Raises:
        SignInError: it carries none, or one that is worthless.
    """
    workspace, address = _asked(request)
    actor = keys.remembered(workspace, _key(request.headers.get("authorization", "")), address)
    return Desk(workspace, actor) if actor is not None else await run_in_threadpool(looked_up_desk, request)


def looked_up_desk(request: Request) -> Desk:
    """The same, in this thread.

    A key comes as `Authorization: Bearer <key>`, or as the name of `Basic` with any password, as Segment's libraries
    send it.

    Raises:
        SignInError: it carries none, or one that is worthless.
    """
    workspace, address = _asked(request)
    return Desk(workspace, keys.actor_of(workspace, _key(request.headers.get("authorization", "")), address))


def _asked(request: Request) -> tuple[Workspace, str]:
    """What is asked, and from which address."""
    return request.app.state.workspace, request.client.host if request.client else ""


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
