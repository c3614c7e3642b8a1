"""Starting a build, and watching the one that runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.context import viewer
from huaxiang.console.frame import section
from huaxiang.console.parts import states
from huaxiang.console.words import later, passed_on, say
from huaxiang.core.errors import HuaxiangError, SignInError
from huaxiang.service.desk import jobs as use

Row = Mapping[str, Any]

OFTEN = 2.0
"""Seconds between two looks at the build that runs."""

OPEN = ("waiting", "running")
STATES = {
    "waiting": later("Waiting"),
    "running": later("Running"),
    "done": later("Done"),
    "failed": later("Failed"),
    "cancelled": later("Cancelled"),
    "lost": later("Lost"),
}
LEVELS = {"done": "good", "failed": "bad", "lost": "bad"}

SHOWN_LINES = 8
"""Lines of the log that are seen without opening the run's page."""


class Runs:
    """The part of the page about builds that are asked for here; it goes on by itself.

    `ended` is called when a run that was seen going on has come to its end.
    """

    def __init__(self, ended: Callable[[], Awaitable[None]]) -> None:
        self._may = viewer().may("builds.start")
        self._ended = ended
        self._goes_on = False
        self._drawn: tuple[Any, ...] = ()
        with ui.element("div").classes("actions"):
            if self._may:
                ui.button(say("Start a build"), icon="play_arrow", on_click=self._ask).props("unelevated no-caps").mark(
                    "start-build"
                )
            self._next = ui.label().classes("note")
        self._place = ui.element("section").classes("panel run").mark("run")
        self._place.set_visibility(False)
        self._timer = ui.timer(OFTEN, self._look)

    async def _look(self) -> None:
        try:
            found = await states.watch(use.runs)
            latest = found["items"][0] if found["items"] else None
            run = None if latest is None else await states.watch(use.one, latest["number"])
        except SignInError:
            self._timer.deactivate()
            return
        except HuaxiangError:
            return  # the next look may tell more
        self._next.set_text(
            say("Next by schedule: {moment}", moment=shown.moment(found["next"])) if found["next"] else ""
        )
        self._draw(run, found["elsewhere"])
        went_on = self._goes_on
        self._goes_on = found["elsewhere"] is not None or (run is not None and run["state"] in OPEN)
        # Nobody's session is kept open by a page on which nothing happens.
        self._timer.active = self._goes_on
        if went_on and not self._goes_on:
            await self._ended()

    def _draw(self, run: Row | None, elsewhere: str | None) -> None:
        drawn = (elsewhere,) if run is None else (elsewhere, run["number"], run["state"])
        if drawn != self._drawn:
            self._drawn = drawn
            self._place.clear()
            with self._place:
                if elsewhere is not None:
                    ui.label(say("A build runs elsewhere ({process}).", process=elsewhere))
                elif run is not None:
                    self._begin(run)
            self._place.set_visibility(elsewhere is not None or run is not None)
        if run is not None and elsewhere is None and run["state"] in OPEN:
            self._step.set_text(at_work(run))
            self._bar.set_value(run["share"])
            self._rest.set_text(remaining(run))
            self._log.clear()
            with self._log:
                log(run["log"][-SHOWN_LINES:])

    def _begin(self, run: Row) -> None:
        with ui.element("div").classes("card-head"):
            ui.link(say("Run {number}", number=run["number"]), f"/builds/runs/{run['number']}").classes("card-title")
            state_badge(run["state"])
        ui.label(who(run)).classes("note")
        if run["state"] in OPEN:
            self._step = ui.label().props("aria-live=polite")
            self._bar = progress(run)
            self._rest = ui.label().classes("note")
            self._log = ui.element("div")
            if self._may:
                with ui.element("div").classes("actions"):
                    ui.button(say("Cancel"), on_click=lambda: self._cancel(run["number"])).props(
                        "outline no-caps"
                    ).mark("cancel-build")
        ending(run)

    async def _cancel(self, number: int) -> None:
        await _told(lambda: states.ask(use.cancel, number))

    def _ask(self) -> None:
        with ui.dialog(value=True) as dialog, ui.card().classes("dialog"):
            ui.label(say("Start a build")).classes("dialog-title")
            moment = ui.input(say("As of"), placeholder="2026-06-30").props("outlined dense").classes("w-full")
            moment.mark("as-of")
            ui.label(say("A day or a moment; empty: the project's own, else now.")).classes("note")
            full = ui.checkbox(say("Compute everything anew, also what has not changed")).mark("full")

            async def start() -> None:
                if await _told(lambda: states.ask(use.start, moment.value or None, full=full.value)):
                    dialog.close()
                    await self._look()

            with ui.element("div").classes("actions"):
                ui.button(say("Start"), on_click=start).props("unelevated no-caps").mark("start-now")
                ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")


class OneRun:
    """All that is told of one run; it goes on by itself until the run has ended."""

    def __init__(self, run: Row) -> None:
        self._number = run["number"]
        self._place = ui.element("div").mark("one-run")
        self._timer = ui.timer(OFTEN, self._look, immediate=False)
        self._draw(run)

    async def _look(self) -> None:
        try:
            run = await states.watch(use.one, self._number)
        except SignInError:
            self._timer.deactivate()
        except HuaxiangError:
            return  # the next look may tell more
        else:
            self._draw(run)

    def _draw(self, run: Row) -> None:
        self._timer.active = run["state"] in OPEN
        self._place.clear()
        with self._place:
            state_badge(run["state"])
            if run["state"] in OPEN:
                ui.label(at_work(run))
                progress(run)
                ui.label(remaining(run)).classes("note")
            ending(run)
            section(say("Log"), say("When each step began."))
            log(run["log"])


def at_work(run: Row) -> str:
    """What a run does now."""
    return shown.step(run["step"]) if run["step"] else say("It begins.")


def progress(run: Row) -> ui.linear_progress:
    """How much of the work is done."""
    bar = ui.linear_progress(run["share"], show_value=False)
    return bar.props(f'aria-label="{say("Share of the work that is done")}"')


def state_badge(state: str) -> None:
    """How a run stands."""
    ui.label(say(STATES[state])).classes(f"badge {LEVELS.get(state, '')}")


def who(run: Row) -> str:
    """Who asked for a run, when, and for what."""
    parts = [
        say("By schedule") if run["trigger"] == "schedule" else run["started_by"],
        shown.moment(run["asked"]),
        say("as of {moment}", moment=run["as_of"]) if run["as_of"] else "",
        say("everything anew") if run["full"] else "",
    ]
    return " · ".join(filter(None, parts))


def remaining(run: Row) -> str:
    """How long a run goes on, as far as that can be told."""
    if run["remaining"] is None:
        return say("How long it takes can't be told yet.")
    share = shown.percent(run["share"], 0)
    if run["remaining"] < 60:
        return say("{share} done, less than a minute to go", share=share)
    if run["remaining"] < 90:
        return say("{share} done, about a minute to go", share=share)
    return say("{share} done, about {minutes} minutes to go", share=share, minutes=round(run["remaining"] / 60))


def log(lines: list[Row]) -> None:
    """When each step began."""
    with ui.element("ol").classes("run-log"):
        for line in lines:
            with ui.element("li"):
                ui.label(f"{shown.moment(line['at'])}:{datetime.fromisoformat(line['at']):%S}").classes("note")
                ui.label(shown.step(line["step"]))


def ending(run: Row) -> None:
    """What a run came to, and what went wrong."""
    if run["state"] == "lost":
        ui.label(say("The server ended while this ran. If the build went on by itself, its snapshot is in the list."))
    elif run["message"]:
        ui.label(passed_on(run["message"]))
    if run["snapshot"]:
        ui.link(say("To the snapshot"), f"/builds/{quote(run['snapshot'])}")


async def _told(act: Any) -> bool:
    """Do something; where it is refused, say why."""
    try:
        await act()
    except HuaxiangError as error:
        ui.notify(passed_on(error), type="negative")
        return False
    return True
