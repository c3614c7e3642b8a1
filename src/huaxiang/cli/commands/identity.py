"""`huaxiang identity`: who is who, why, and what people decided about it. A group of commands."""

from __future__ import annotations

import typer

from huaxiang.cli.commands import (
    identity_audit,
    identity_decide,
    identity_explain,
    identity_files,
    identity_history,
    identity_review,
)
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group

COMMANDS = (identity_explain, identity_history, identity_audit, identity_review, identity_decide, identity_files)
"""The modules that hold commands of the group; each has a `register(group)`."""


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        cls=Group,
        no_args_is_help=True,
        help=help_text(
            "Ask why records are one customer, and correct it: merge, split, review, undo.",
            "查询多条记录为何判定为同一客户，并可人工纠正：合并、拆分、审核、撤销。",
        ),
    )
    for module in COMMANDS:
        module.register(group)
    app.add_typer(group, name="identity")
