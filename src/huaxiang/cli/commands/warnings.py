"""`huaxiang warnings`: what to mind about segments and personas before anything is done with them."""

from __future__ import annotations

import typer

from huaxiang.cli import persona_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "warnings",
        "List segments and personas that are too small, too alike, or say too little.",
        "列出过小、重叠或证据不足的分群与画像。",
    )
    def warnings(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        found = load(folder).open().warnings()
        if as_json:
            output().json(found)
        else:
            persona_shapes.all_warnings(output(), found)
