"""What a page shows while, or because, something is not there: loading, empty, refused, failed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeVar

from nicegui import background_tasks, run, ui

from huaxiang.console import context
from huaxiang.console.words import passed_on, say
from huaxiang.core.errors import HuaxiangError, ProjectError
from huaxiang.service.desk import Desk

P = ParamSpec("P")
T = TypeVar("T")


def empty(words: str, hint: str = "") -> None:
    """Nothing is there, and what to do about it."""
    with ui.element("div").classes("state"):
        ui.icon("inbox").props("aria-hidden=true")
        ui.label(words)
        if hint:
            ui.label(hint).classes("note")


def loading(height: str = "8rem") -> None:
    """Something is asked for and not there yet."""
    ui.skeleton().style(f"height: {height}").props(f'role=status aria-label="{say("Loading")}"')


def failed(error: HuaxiangError) -> None:
    """An error, told as it is where it is the reader's to mend."""
    words = {
        "forbidden": say("You may not see this."),
        "not_found": say("This is not there."),
        "sign_in": say("You have signed out."),
    }.get(error.code, say("This did not work."))
    with ui.element("div").classes("state state-failed").props("role=alert"):
        ui.icon("lock" if error.code == "forbidden" else "error_outline").props("aria-hidden=true")
        ui.label(words)
        if isinstance(error, ProjectError):
            findings(error)
        elif error.exposed:
            ui.label(passed_on(error)).classes("note")


def slipped() -> None:
    """Something went wrong that is ours to mend."""
    with ui.element("div").classes("state state-failed").props("role=alert"):
        ui.icon("error_outline").props("aria-hidden=true")
        ui.label(say("This did not work."))


def findings(error: ProjectError) -> None:
    """The mistakes of a definition, each with its place and remedy."""
    with ui.element("ul").classes("findings"):
        for finding in error.findings:
            with ui.element("li"):
                ui.label(passed_on(finding))


async def ask(function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The answer of a use case to the reader of the present page.

    It runs in a thread, so that no other page waits for it, with a desk of its own: who has signed out meanwhile, or
    has got another role, is treated so.

    Raises:
        SignInError: they have signed out.
        HuaxiangError: what the use case raises.
    """
    return await _asked(lambda desk: function(desk, *args, **kwargs), uses=True)


async def watch(function: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """As `ask`, for what a page asks by itself again and again: it keeps nobody's session open."""
    return await _asked(lambda desk: function(desk, *args, **kwargs), uses=False)


async def _asked(question: Callable[[Desk], T], *, uses: bool) -> T:
    client = ui.context.client

    def answer() -> T:
        return question(context.desk_of(client.request, uses=uses))

    found = await run.io_bound(answer)
    if found is None and client.is_deleted:  # the reader has gone, or the server is stopping
        raise asyncio.CancelledError
    return found  # type: ignore[return-value]


def fill(question: Callable[[Desk], T], show: Callable[[T], Any], *, height: str = "8rem") -> ui.element:
    """A place that shows that it is loading, then what `show` draws of the answer to `question`."""
    place = ui.element("div").classes("filled")
    with place:
        loading(height)
    background_tasks.create(refill(place, question, show))
    return place


async def refill(place: ui.element, question: Callable[[Desk], T], show: Callable[[T], Any]) -> None:
    """Draw the answer to `question`, or why there is none, in place of what `place` holds."""
    with place:
        try:
            answer = await ask(question)
        except HuaxiangError as error:
            place.clear()
            failed(error)
            return
        except Exception:  # a slip of ours: the log has it, and nobody waits for good
            place.clear()
            slipped()
            raise
        place.clear()
        show(answer)
