"""Whose page this is: the desk of the person who looks at it."""

from __future__ import annotations

from huaxiang.access.people import Actor
from huaxiang.core.errors import SignInError
from huaxiang.service.desk import Desk
from huaxiang.service.workspace import Workspace

_served: list[Workspace] = []


def serve(workspace: Workspace) -> None:
    """Let all pages be about `workspace`: NiceGUI has one application in a process."""
    _served[:] = [workspace]


def desk() -> Desk:
    """The desk of the person who looks at the present page.

    Raises:
        SignInError: nobody is signed in.
    """
    return Desk(_served[0], _actor())


def _actor() -> Actor:
    raise SignInError("Sign in first.")
