"""`huaxiang core`: whom to go for first, and why."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import audience_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help=help_text("A definition of core customers (default: the first).", "核心客户定义名（默认：第一个）。"),
        show_default=False,
    ),
]
Top = Annotated[
    int,
    typer.Option("--top", min=0, help=help_text("How many of the best customers to list.", "列出得分最高的几位。")),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "core",
        "Rank segments and customers by relevance, reachability and profitability.",
        "按相关度、可触达度、盈利度给分群与客户排序。",
    )
    def core(name: Name = None, folder: Folder = HERE, top: Top = 10, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        with project.open() as build:
            found = build.core(name, top)
        out = output()
        if as_json:
            out.json(found)
        else:
            audience_shapes.core(out, found, project.loaded.spec.minimum_group)
