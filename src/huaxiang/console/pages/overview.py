"""The overview: what is in the folder, and how it is."""

from __future__ import annotations

from nicegui import run, ui

from huaxiang.console import context
from huaxiang.service.desk.overview import overview


def register() -> None:
    """Serve the page."""

    @ui.page("/")
    async def page() -> None:
        shown = await run.io_bound(overview, context.desk())
        if shown is not None:  # the server is stopping
            ui.label(shown["label"]["zh"] or shown["name"])
