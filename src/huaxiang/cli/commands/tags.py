"""`huaxiang tags`: the tag tree of the latest snapshot."""

from __future__ import annotations

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.core.text import Text

_COLUMNS = (
    Text("Dimension", "维度"),
    Text("Category", "类目"),
    Text("Tag", "标签"),
    Text("Name", "名称"),
    Text("Kind", "类型"),
    Text("Coverage", "覆盖率"),
)
_COUNT = Text("{count} tags.", "共 {count} 个标签。")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(app, "tags", "List the tags of the latest snapshot with their coverage.", "列出最新快照的标签及其覆盖率。")
    def tags(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        found = load(folder).open().tags()
        if as_json:
            output().json({"tags": found})
            return
        language = output().language
        rows = [
            (
                tag[f"dimension_{language}"],
                tag[f"category_{language}"],
                tag["name"],
                tag[f"label_{language}"],
                tag["kind"],
                f"{tag['coverage']:.1%}",
            )
            for tag in found
        ]
        output().table("", _COLUMNS, rows)
        output().line(_COUNT, count=len(rows))
