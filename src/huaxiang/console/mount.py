"""Putting the console into the server's application."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from huaxiang.service.workspace import Workspace


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
    ui.run_with(app, title="Huaxiang 画像", show_welcome_message=False, tailwind=False)
