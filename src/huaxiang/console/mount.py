"""Putting the console into the server's application."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import FastAPI

    from huaxiang.service.workspace import Workspace


def mount(app: FastAPI, workspace: Workspace) -> None:
    """Serve the console's pages from `app`, over the project of `workspace`."""
    from nicegui import ui

    from huaxiang.console import context, pages

    context.serve(workspace)
    pages.register()
    ui.run_with(app, title="Huaxiang 画像", show_welcome_message=False)
