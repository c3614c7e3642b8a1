"""A list that is asked for when its tab is opened, and again after every change that is made in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from huaxiang.console.parts import states
from huaxiang.console.words import passed_on
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk


class Listed:
    """Asks with `ask`, draws with `draw`; whoever changes something calls `do`."""

    def __init__(self) -> None:
        self.place = ui.element("div").classes("filled")
        with self.place:
            states.loading("14rem")
        ui.timer(0, self.load, once=True)

    async def load(self) -> None:
        """Ask again, and draw what is there now."""
        await states.refill(self.place, self.ask, self.draw)

    def ask(self, here: Desk) -> Any:
        """What there is; runs in a thread."""
        raise NotImplementedError

    def draw(self, found: Any) -> None:
        """Draw it."""
        raise NotImplementedError

    async def do(self, act: Any, *args: Any, then: Callable[[Any], None] | None = None, **kwargs: Any) -> None:
        """Let the reader do `act`, a use case, and show what has become of it; `then` is told what it answered.

        Whatever was clicked is gone by then: the list was drawn anew.
        """
        with self.place:
            try:
                done = await states.ask(act, *args, **kwargs)
            except HuaxiangError as error:
                ui.notify(passed_on(error), type="negative")
                return
            await self.load()
            if then is not None:
                then(done)
