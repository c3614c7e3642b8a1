"""`huaxiang plan`: the steps that a build would take."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, AsOf, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Sql = Annotated[
    bool, typer.Option("--sql", help=help_text("Show the compiled SQL of each step.", "显示每一步编译出的 SQL。"))
]

_COLUMNS = (Text("Step", "步骤"), Text("Reads", "读取"), Text("Writes", "写出"))
_TITLE = Text("Steps of a build", "构建步骤")
_LATER = Text("(its SQL depends on what the sources hold)", "（其 SQL 取决于数据源的内容）")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "plan",
        "Print the steps that a build would take. Touches nothing.",
        "列出构建将执行的步骤，不改动任何内容。",
    )
    def plan(folder: Folder = HERE, as_of: AsOf = None, sql: Sql = False, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        made = project.plan(as_of=as_of)
        out = output()
        if as_json:
            shown = made.as_dict()
            if sql:
                shown["sql"] = {step.name: project.sql(made, step) for step in made.steps}
            out.json(shown)
        elif sql:
            for step in made.steps:
                query = project.sql(made, step)
                out.line(f"-- {step.title[out.language]}" + ("" if query else f" {_LATER[out.language]}"))
                out.line(query)
        else:
            out.table(_TITLE, _COLUMNS, [(step.title, step.reads, step.writes) for step in made.steps])
