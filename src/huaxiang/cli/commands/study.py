"""`huaxiang study`: a document that compares the groups of a base."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="STUDY",
        help=help_text("A study; without it, all are listed.", "研究名；不填则列出全部研究。"),
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help=help_text(
            "Where to write it: .html, .pdf, .pptx or .xlsx (default: STUDY.html in DIR).",
            "输出文件：.html、.pdf、.pptx 或 .xlsx（默认：项目文件夹下的 STUDY.html）。",
        ),
    ),
]

_WRITTEN = Text("Study: {path}", "研究报告：{path}")
_COLUMNS = (Text("Study", "研究"), Text("Title", "标题"))
_NONE = Text("No study is defined: write one into studies/.", "尚未定义研究：请写入 studies/。")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "study",
        "Write a document that compares the groups of a base, such as its generations.",
        "生成对比各分组（如各代际）的研究报告。",
    )
    def study(name: Name = None, folder: Folder = HERE, out: Out = None, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        shown = output()
        if name is None:
            studies = project.loaded.studies
            if as_json:
                shown.json(
                    {"studies": [{"name": each, "label": spec.label.as_dict()} for each, spec in studies.items()]}
                )
            elif not studies:
                shown.line(_NONE)
            else:
                rows = [(each, spec.label[shown.language]) for each, spec in studies.items()]
                shown.table("", [column[shown.language] for column in _COLUMNS], rows)
            return
        with project.open() as build:
            if as_json and out is None:
                shown.json(asdict(build.study(name)))
                return
            path = build.write_study(name, out or folder / f"{name}.html", shown.asked)
        if as_json:
            shown.json({"study": str(path.resolve())})
        else:
            shown.line(_WRITTEN, path=path.resolve())
