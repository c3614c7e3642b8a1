"""`huaxiang segment`: the segments of the latest snapshot."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import audience_shapes, shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.errors import UsageError
from huaxiang.core.text import Text

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME", help=help_text("A segment; without it, all are listed.", "分群名；不填则列出全部。")
    ),
]
Members = Annotated[
    bool,
    typer.Option(
        "--members", help=help_text("Print the members' customer_id, one a line.", "逐行输出成员的 customer_id。")
    ),
]
Why = Annotated[
    str | None,
    typer.Option(
        "--why",
        metavar="ID",
        help=help_text(
            "Show why this customer (a customer_id, or type:value) is a member, or is none.",
            "说明该客户（customer_id 或“类型:值”）为何属于或不属于该分群。",
        ),
    ),
]

_COLUMNS = (
    Text("Segment", "分群"),
    Text("Name", "名称"),
    Text("Group", "组"),
    Text("Size", "人数"),
    Text("Share", "占比"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app, "segment", "Show a segment, its rule and size; or list all.", "查看分群的规则与人数；不填名称则列出全部。"
    )
    def segment(
        name: Name = None, folder: Folder = HERE, members: Members = False, why: Why = None, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.api import load

        build = load(folder).open()
        out = output()
        if name is None and why is not None:
            raise UsageError("Name the segment: huaxiang segment NAME --why ID.")
        if name is None:
            listed = build.segments()
            if as_json:
                out.json({"segments": listed})
                return
            rows = [
                (s["name"], s[f"label_{out.language}"], s["group"], s["size"], shapes.percent(s["share"]))
                for s in listed
            ]
            out.table("", _COLUMNS, rows)
            return
        if why is not None:
            told = build.why_member(why, name)
            if as_json:
                out.json(told)
            else:
                audience_shapes.why_member(out.in_zone(build.moment.zone), told)
            return
        found = build.segment(name)
        if members:
            ids = found.customer_ids()
            if as_json:
                out.json({"segment": name, "customer_ids": ids})
                return
            for customer_id in ids:
                out.line(str(customer_id))
        elif as_json:
            out.json(found.definition)
        else:
            shapes.segment(out, found.definition)
