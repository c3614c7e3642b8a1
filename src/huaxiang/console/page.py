"""A page of the console: signed in, framed, and with a state to show for whatever goes wrong."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from nicegui import ui
from starlette.responses import RedirectResponse, Response

from huaxiang.console import context
from huaxiang.console.frame import frame, heading
from huaxiang.console.parts import states
from huaxiang.console.reader import reader
from huaxiang.console.words import say
from huaxiang.core.errors import HuaxiangError, SignInError

Content = Callable[..., Awaitable[None]]
PATIENCE = 30.0
"""Seconds that a page may take until its frame is there."""


def page(path: str, title: str, place: str) -> Callable[[Content], Content]:
    """Serve a coroutine as the page at `path`, within the frame, under the navigation's `place`.

    The coroutine gets the parameters of `path` and of the query by name. `title` is marked by `later`. Who is not
    signed in is led to sign in and back.
    """

    def mark(content: Content) -> Content:
        @ui.page(path, response_timeout=PATIENCE)
        @functools.wraps(content)
        async def whole(*args: Any, **kwargs: Any) -> Response | None:
            try:
                desk = await states.ask(lambda desk: desk)
            except SignInError:
                return _to_sign_in()
            context.opened_by(desk.actor)
            with frame(desk, title, place):
                try:
                    await content(*args, **kwargs)
                except HuaxiangError as error:
                    if not any(each.tag == "h1" for each in ui.context.client.elements.values()):
                        heading(say(title))
                    states.failed(error)
            return None

        return content

    return mark


def _to_sign_in() -> Response:
    request = ui.context.client.request
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"{reader().prefix}/sign-in?next={quote(wanted)}", 303)
