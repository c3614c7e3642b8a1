"""Who calls: the desk of a request."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from huaxiang.access.people import Actor
from huaxiang.core.errors import SignInError
from huaxiang.service.desk import Desk


def desk_of(request: Request) -> Desk:
    """The desk of whoever holds the key that the request carries.

    Raises:
        SignInError: it carries none.
    """
    return Desk(request.app.state.workspace, _actor(request))


def _actor(request: Request) -> Actor:
    raise SignInError("Send a key: Authorization: Bearer …. Make one with 'huaxiang keys add'.")


Caller = Annotated[Desk, Depends(desk_of)]
"""The parameter of a route that asks the desk."""
