"""`huaxiang validate`: whether personas are true, and how far."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import grade_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

Persona = Annotated[
    str | None,
    typer.Argument(
        metavar="PERSONA",
        help=help_text("A persona; without it, all of them.", "画像名；不填则为全部画像。"),
        show_default=False,
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "validate",
        "Hold the personas of the current snapshot against the evidence of validations/.",
        "用 validations/ 中的证据检验当前快照的群体画像。",
    )
    def validate(persona: Persona = None, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        found = load(folder).validate(persona)
        if as_json:
            output().json(found)
        else:
            grade_shapes.validations(output(), found, persona)
