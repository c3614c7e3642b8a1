"""`huaxiang report`: one HTML file that people look at."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help=help_text(
            "Where to write it (default: report.html in DIR).", "输出文件（默认：项目文件夹下的 report.html）。"
        ),
    ),
]

_WRITTEN = Text("Report: {path}", "报告：{path}")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "report",
        "Write the report of the latest snapshot as one HTML file that opens anywhere.",
        "把最新快照写成一份可离线打开的 HTML 报告。",
    )
    def report(folder: Folder = HERE, out: Out = None, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        path = out or folder / "report.html"
        load(folder).open().report(path, language=output().asked)
        if as_json:
            output().json({"report": str(path.resolve())})
        else:
            output().line(_WRITTEN, path=path.resolve())
