"""`huaxiang customer`: one customer, and the rows behind a value."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.errors import UsageError

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
Live = Annotated[
    bool,
    typer.Option(
        "--live",
        help=help_text(
            "Count live messages up to --as-of (default: now), as a build at that moment would.",
            "计入截至 --as-of（默认：此刻）的实时消息，结果与在该时点重新构建一致。",
        ),
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help=help_text(
            "The moment of --live, such as 2026-07-01T12:00 (default: now).",
            "--live 的时点，如 2026-07-01T12:00（默认：此刻）。",
        ),
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
    def customer(
        identifier: Identifier,
        folder: Folder = HERE,
        why: Why = None,
        live: Live = False,
        as_of: At = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        if as_of is not None and not live:
            raise UsageError("--as-of goes with --live here; 'huaxiang history' shows values of the past.")
        with load(folder).open() as build:
            if why is not None:
                found = build.live_why(identifier, why, as_of) if live else build.why(identifier, why)
            else:
                # Live first: it knows of people whom only messages name so far.
                now = build.live_customer(identifier, as_of) if live else {}
                found = build.customer(identifier) | now
            out = output().in_zone(build.moment.zone)
            if as_json:
                out.json(found)
            elif why is None:
                shapes.customer(out, found, shapes.rows_by_name(build.tags()))
            else:
                shapes.why(out, found)
