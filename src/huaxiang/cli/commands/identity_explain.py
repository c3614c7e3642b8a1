"""`huaxiang identity explain`: the records of a customer, and what holds them together."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import identity_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

Identifier = Annotated[
    str,
    typer.Argument(
        metavar="ID",
        help=help_text(
            "A customer_id, also a former one, or an identifier as type:value, such as phone:13900000000.",
            "customer_id（可为旧编号），或“类型:值”形式的标识，如 phone:13900000000。",
        ),
        show_default=False,
    ),
]


def register(group: typer.Typer) -> None:
    """Add the command."""

    @command(
        group,
        "explain",
        "Show why records are one customer: the links, the decisions, the history.",
        "说明多条记录为何是同一客户：关联依据、人工决定与变更历史。",
    )
    def explain(identifier: Identifier, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        found = project.identity.explain(identifier)
        if as_json:
            output().json(found)
        else:
            identity_shapes.explanation(output().in_zone(project.loaded.spec.time_zone), found)
