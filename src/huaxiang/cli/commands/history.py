"""`huaxiang history`: one customer's tag over time."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.commands.customer import Identifier
from huaxiang.cli.language import help_text
from huaxiang.cli.shapes import value_label
from huaxiang.core.text import Text

Tag = Annotated[str, typer.Argument(metavar="TAG", help=help_text("The tag.", "标签名。"), show_default=False)]
Every = Annotated[
    str,
    typer.Option(
        "--every",
        metavar="PERIOD",
        help=help_text("day, week, month, quarter or year.", "间隔：day、week、month、quarter 或 year。"),
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="MOMENT",
        help=help_text("Begin here (default: a year before the end).", "起始时点（默认：结束前一年）。"),
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="MOMENT",
        help=help_text("End here (default: the snapshot's moment).", "结束时点（默认：快照的时点）。"),
    ),
]

_TITLE = Text("{label} ({tag}) of {customer_id}", "{customer_id} 的{label}（{tag}）")
_COLUMNS = (Text("Moment", "时点"), Text("Value", "值"))
_SNAPSHOTS = Text("In the snapshots that are kept", "已保留快照中的值")
_KEPT = (Text("Snapshot", "快照"), *_COLUMNS)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "history",
        "Show a customer's tag over time, computed from the facts.",
        "查看单个客户某个标签随时间的变化（由事实重新计算）。",
    )
    def history(
        identifier: Identifier,
        tag: Tag,
        folder: Folder = HERE,
        every: Every = "month",
        start: From = None,
        end: To = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        found = project.history(identifier, tag, every=every, start=start, end=end)
        out = output().in_zone(project.loaded.spec.time_zone)
        if as_json:
            out.json(found)
            return
        label = found["label"][out.language] or tag
        out.line(_TITLE, label=label, tag=tag, customer_id=found["customer_id"])

        def shown(row: dict[str, Any]) -> tuple[Any, str]:
            return row["moment"], value_label(out, found["value_labels"], row["value"])

        out.table("", _COLUMNS, [shown(row) for row in found["points"]])
        if found["snapshots"]:
            out.line("")
            out.table(_SNAPSHOTS, _KEPT, [(row["snapshot"], *shown(row)) for row in found["snapshots"]])
