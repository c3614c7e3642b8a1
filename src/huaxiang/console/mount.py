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

    from huaxiang.console import context, pages

    context.serve(workspace)
    for name, package in (("look", "huaxiang.look"), ("static", "huaxiang.console")):
        with as_file(files(package)) as folder:
            pages_app.add_static_files(f"/console/{name}", Path(folder) / ("static" if name == "static" else ""))
    pages.register()
    ui.run_with(app, title="Huaxiang 画像", show_welcome_message=False, tailwind=False)
