"""`huaxiang tags`: the tag tree of the latest snapshot, how tags are, and everything about one."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from huaxiang.cli import tag_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.labels import TAG_KINDS
from huaxiang.core.text import Text

Health = Annotated[
    bool,
    typer.Option(
        "--health",
        help=help_text(
            "How each tag is: coverage, freshness, drift, copies, use, cost, measured reliability.",
            "标签体检：覆盖率、时效、漂移、重复、使用、成本与实测可靠性。",
        ),
    ),
]
One = Annotated[
    str | None,
    typer.Option("--tag", metavar="TAG", help=help_text("Everything about one tag.", "查看单个标签的全部信息。")),
]

_COLUMNS = (
    Text("Dimension", "维度"),
    Text("Category", "类目"),
    Text("Tag", "标签"),
    Text("Name", "名称"),
    Text("Kind", "类型"),
    Text("Coverage", "覆盖率"),
    Text("Measured", "实测"),
)
_COUNT = Text("{count} tags.", "共 {count} 个标签。")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "tags",
        "List the tags of the latest snapshot, how they are, or everything about one.",
        "列出最新快照的标签、标签体检，或查看单个标签。",
    )
    def tags(folder: Folder = HERE, health: Health = False, one: One = None, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project, out = load(folder), output()
        if one is not None:
            found = project.tag(one)
            out.json(found) if as_json else tag_shapes.tag(out.in_zone(project.loaded.spec.time_zone), found)
        elif health:
            rows = project.health()
            out.json({"tags": rows}) if as_json else tag_shapes.health(out, rows)
        else:
            with project.open() as build:
                listed = build.tags()
            measured = project.backtests()
            if as_json:
                out.json({"tags": listed})
            else:
                _list(out, listed, measured)


def _list(out: Output, listed: list[dict[str, Any]], measured: dict[str, dict[str, Any]]) -> None:
    language = out.language
    rows = [
        (
            tag[f"dimension_{language}"],
            tag[f"category_{language}"],
            tag["name"],
            tag[f"label_{language}"],
            TAG_KINDS[tag["kind"]],
            percent(tag["coverage"]),
            tag_shapes.measured(out, measured[tag["name"]]) if tag["name"] in measured else "",
        )
        for tag in listed
    ]
    out.table("", _COLUMNS, rows)
    out.line(_COUNT, count=len(rows))
