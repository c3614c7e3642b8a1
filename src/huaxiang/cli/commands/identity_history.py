"""`huaxiang identity history`: merges and splits over all builds, and where an old id went."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import identity_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

MaybeIdentifier = Annotated[
    str | None,
    typer.Argument(
        metavar="ID",
        help=help_text(
            "A customer_id, also a former one, or type:value; without it, all merges and splits.",
            "customer_id（可为旧编号）或“类型:值”；不填则列出全部合并与拆分。",
        ),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the command."""

    @command(
        group,
        "history",
        "Show merges and splits over all builds with their evidence, and where a former id went.",
        "查看历次构建中的合并与拆分及其依据，以及旧编号的去向。",
    )
    def history(identifier: MaybeIdentifier = None, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        found = project.identity.history(identifier)
        out = output().in_zone(project.loaded.spec.time_zone)
        if as_json:
            out.json(found)
        else:
            identity_shapes.lineage(out, found)
