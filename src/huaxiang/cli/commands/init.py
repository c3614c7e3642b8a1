"""`huaxiang init`: write a starter project."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import AsJson, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Target = Annotated[
    Path,
    typer.Argument(metavar="DIR", help=help_text("A new or empty folder.", "新建的或空的文件夹。"), show_default=False),
]

_WRITTEN = Text("Wrote a project with {count} files to {folder}.", "已在 {folder} 写入项目，共 {count} 个文件。")
_NEXT = Text(
    "Next: huaxiang check {folder}, then huaxiang build {folder}",
    "下一步：huaxiang check {folder}，然后 huaxiang build {folder}",
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "init", "Write a commented starter project.", "新建一个带注释的示例项目。")
    def init(directory: Target, as_json: AsJson = False) -> None:
        from huaxiang.service.projects import init as write

        files = write(directory)
        if as_json:
            output().json({"folder": str(directory), "files": files})
            return
        output().line(_WRITTEN, count=len(files), folder=directory)
        output().line(_NEXT, folder=directory)
