"""`huaxiang identity merge`, `split`, `undo`, `decisions`: what people say about who is who."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import decision_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, FolderOption, command, output
from huaxiang.cli.language import help_text

Identifiers = Annotated[
    list[str],
    typer.Argument(
        metavar="ID ID...",
        help=help_text(
            "Two or more customers, each as customer_id or type:value.",
            "两位或以上的客户，用 customer_id 或“类型:值”表示。",
        ),
        show_default=False,
    ),
]
Identifier = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help=help_text("A customer, as customer_id or type:value.", "客户，用 customer_id 或“类型:值”表示。"),
        show_default=False,
    ),
]
Records = Annotated[
    list[str],
    typer.Option(
        "--record",
        metavar="SOURCE/KEY",
        help=help_text(
            "A record that leaves; give the option once per record. All others stay.",
            "要分离出去的记录，可多次使用该选项；其余记录保持不变。",
        ),
    ),
]
_WHY = typer.Option(
    "--why", metavar="TEXT", help=help_text("The reason, for those who come later.", "作出该决定的理由，供日后查阅。")
)
Reason = Annotated[str, _WHY]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="NAME",
        help=help_text("Who decides (default: who is logged in).", "决定人（默认：当前登录用户）。"),
    ),
]
Decision = Annotated[
    str,
    typer.Argument(
        metavar="DECISION",
        help=help_text(
            "A decision's number or key; see `identity decisions`.", "决定的序号或键名，见 identity decisions。"
        ),
        show_default=False,
    ),
]
Every = Annotated[bool, typer.Option("--all", help=help_text("Also those that were undone.", "同时列出已撤销的决定。"))]


def register(group: typer.Typer) -> None:
    """Add the commands."""

    @command(
        group,
        "merge",
        "Decide that customers are one person, from the next build on.",
        "认定多位客户是同一人，下次构建时生效。",
    )
    def merge(
        identifiers: Identifiers, why: Reason, by: By = None, folder: FolderOption = HERE, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.api import load

        made = load(folder).identity.merge(identifiers, why=why, by=by)
        decision_shapes.decided(output(), made, folder, as_json=as_json)

    @command(
        group,
        "split",
        "Decide that records are not the person that a customer's others are, from the next build on.",
        "认定客户的某些记录属于另一个人，下次构建时分离出去。",
    )
    def split(
        identifier: Identifier,
        record: Records,
        why: Reason,
        by: By = None,
        folder: Folder = HERE,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        made = load(folder).identity.split(identifier, record, why=why, by=by)
        decision_shapes.decided(output(), made, folder, as_json=as_json)

    @command(group, "undo", "Take back a decision, from the next build on.", "撤销一个决定，下次构建时生效。")
    def undo(
        decision: Decision, why: Reason = "", by: By = None, folder: Folder = HERE, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.api import load

        made = load(folder).identity.undo(decision, why=why, by=by)
        decision_shapes.decided(output(), made, folder, as_json=as_json)

    @command(
        group, "decisions", "List what people decided, and what came of it.", "列出人工决定及其在最新构建中的结果。"
    )
    def decisions(every: Every = False, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        listed = [made for made in project.identity.decisions() if every or made.undone is None]
        statuses = project.identity.statuses() if listed else {}
        out = output().in_zone(project.loaded.spec.time_zone)
        if as_json:
            out.json({"decisions": [decision_shapes.as_dict(made, statuses) for made in listed]})
        else:
            decision_shapes.decisions(out, listed, statuses)
