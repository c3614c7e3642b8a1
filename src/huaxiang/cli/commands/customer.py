"""`huaxiang customer`: one customer, and the rows behind a value."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

Identifier = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help=help_text(
            "A customer_id, or an identifier as type:value, such as phone:13900000000.",
            "customer_id，或“类型:值”形式的标识，如 phone:13900000000。",
        ),
        show_default=False,
    ),
]
Why = Annotated[
    str | None,
    typer.Option(
        "--why",
        metavar="TAG",
        help=help_text("Show the rows behind the value of a tag.", "显示某个标签值背后的数据行。"),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "customer",
        "Show a customer's profile, or why a tag has its value.",
        "查看单个客户的画像，或某个标签值的由来。",
    )
    def customer(identifier: Identifier, folder: Folder = HERE, why: Why = None, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        with load(folder).open() as build:
            found = build.customer(identifier) if why is None else build.why(identifier, why)
            out = output().in_zone(build.moment.zone)
            if as_json:
                out.json(found)
            elif why is None:
                shapes.customer(out, found, shapes.rows_by_name(build.tags()))
            else:
                shapes.why(out, found)
