"""`huaxiang customer`: one customer, and the rows behind a value."""

from __future__ import annotations

from typing import Annotated, Any

import typer

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

        build = load(folder).open()
        found = build.customer(identifier) if why is None else build.why(identifier, why)
        if as_json:
            output().json(found)
        else:
            show(found)


def show(found: dict[str, Any]) -> None:
    """Print a mapping: its plain values first, then each list of rows as a table of its own."""
    out = output()
    plain = {key: value for key, value in found.items() if not _is_nested(value)}
    out.table("", ("", ""), list(plain.items()))
    for key, value in found.items():
        if not _is_nested(value) or not value:
            continue
        out.line("")
        if isinstance(value, dict):
            out.table(key, ("", ""), [(name, item) for name, item in value.items() if item is not None])
        else:
            columns = list(dict.fromkeys(column for row in value for column in row))
            out.table(key, columns, [[row.get(column) for column in columns] for row in value])


def _is_nested(value: Any) -> bool:
    if isinstance(value, dict):
        return set(value) != {"en", "zh"}
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
