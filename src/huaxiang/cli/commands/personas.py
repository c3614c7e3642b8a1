"""`huaxiang persona`: what segments are like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from huaxiang.cli import grade_shapes, persona_shapes, shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.core.text import Text

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME", help=help_text("A persona; without it, all are listed.", "画像名；不填则列出全部。")
    ),
]
Rewrite = Annotated[
    bool,
    typer.Option(
        "--rewrite",
        help=help_text(
            "Let the project's language model rewrite the text; its numbers are checked.",
            "由项目配置的语言模型改写文字，所有数字都会核对。",
        ),
    ),
]
_COLUMNS = (
    Text("Persona", "画像"),
    Text("Name", "名称"),
    Text("Size", "人数"),
    Text("Share", "占比"),
    Text("Grade", "评级"),
    Text("Next review", "下次复核"),
    Text("Flags", "提醒"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "persona", "Show what a segment is like against everyone else.", "查看分群与其余客户相比的群体画像。")
    def persona(name: Name = None, folder: Folder = HERE, rewrite: Rewrite = False, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        build = load(folder).open()
        out = output()
        if name is None:
            listed = build.personas()
            if as_json:
                out.json({"personas": listed})
                return
            out.table("", _COLUMNS, [_row(out, persona) for persona in listed])
        else:
            _tell(build.persona(name, rewrite=rewrite), persona_shapes.persona, as_json)


def _row(out: Output, persona: dict[str, Any]) -> tuple[Any, ...]:
    share, review = shapes.percent(persona["share"]), out.value(persona["next_review"])
    said = grade_shapes.flags(out, persona)
    return persona["name"], persona[f"label_{out.language}"], persona["size"], share, persona["grade"], review, said


def _tell(found: dict[str, Any], shape: Callable[[Output, dict[str, Any]], None], as_json: bool) -> None:
    if as_json:
        output().json(found)
    else:
        shape(output(), found)
