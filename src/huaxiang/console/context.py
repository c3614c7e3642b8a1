"""Whose page this is: the desk of the person who looks at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from huaxiang.access.people import Actor
from huaxiang.service.access import sessions
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

COOKIE = "huaxiang_session"

_served: list[Workspace] = []
_viewers: WeakKeyDictionary[Any, Actor] = WeakKeyDictionary()


def serve(workspace: Workspace) -> None:
    """Let all pages be about `workspace`: NiceGUI has one application in a process."""
    _served[:] = [workspace]


def served() -> Workspace:
    """The project that all pages are about."""
    return _served[0]


def desk_of(request: HTTPConnection, *, uses: bool = True) -> Desk:
    """The desk of the person whose page `request` asked for, also when they click something on it long after it came.

    It may wait for the database: call it in a thread. What a page asks by itself `uses` no session.

    Raises:
        SignInError: nobody is signed in, or not any more.
    """
    return Desk(_served[0], actor_of(_served[0], request, uses=uses))


def opened_by(actor: Actor) -> None:
    """Remember who opened the present page."""
    from nicegui import ui

    _viewers[ui.context.client] = actor


def viewer() -> Actor:
    """Who opened the present page: decides what is drawn. What they may do is decided when they do it."""
    from nicegui import ui

    return _viewers[ui.context.client]


def actor_of(workspace: Workspace, request: HTTPConnection, *, uses: bool = True) -> Actor:
    """Who is signed in with the browser that sends `request`.

    Raises:
        SignInError: nobody is.
    """
    return sessions.actor_of(workspace, request.cookies.get(COOKIE, ""), address_of(request), uses=uses)


def address_of(request: HTTPConnection) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""
