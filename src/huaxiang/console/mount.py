"""Putting the console into the server's application."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from huaxiang.service.workspace import Workspace

RECONNECT = 20.0
"""Seconds that a page waits for a browser whose network was away, with all that was typed on it."""

SEAL = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#a5372c"/>'
    '<text x="16" y="23" font-size="20" text-anchor="middle" fill="#fff" font-family="serif">画</text></svg>'
)
"""The sign of the console in a browser's tab."""


def mount(app: FastAPI, workspace: Workspace) -> None:
    """Serve the console's pages from `app`, over the project of `workspace`."""
    from nicegui import app as pages_app
    from nicegui import ui

    from huaxiang.console import context, downloads, pages

    context.serve(workspace)
    app.include_router(downloads.router)
    with as_file(files("huaxiang.look")) as folder:
        pages_app.add_static_file(local_file=Path(folder) / "tokens.css", url_path="/console/look/tokens.css")
    with as_file(files("huaxiang.console")) as folder:
        pages_app.add_static_files("/console/static", Path(folder) / "static")
    pages.register()
    ui.run_with(
        app,
        title="Huaxiang 画像",
        favicon=SEAL,
        reconnect_timeout=RECONNECT,
        show_welcome_message=False,
        tailwind=False,
    )
