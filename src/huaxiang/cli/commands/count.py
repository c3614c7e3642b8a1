"""`huaxiang count`: how many a rule holds that nobody has saved, what they are like, how rules overlap."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli import audience_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text

Rule = Annotated[
    str,
    typer.Argument(
        metavar="RULE",
        help=help_text(
            "A rule over tags and segments, such as \"spend_total > 1000 and in_segment('champions')\".",
            "标签与分群组成的规则，如 \"spend_total > 1000 and in_segment('champions')\"。",
        ),
        show_default=False,
    ),
]
Spread = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="TAG",
        help=help_text(
            "Show how this tag is spread among them, beside everyone. Any number of times.",
            "对照全体显示该标签在其中的分布，可多次使用。",
        ),
    ),
]
With = Annotated[
    list[str] | None,
    typer.Option(
        "--overlap",
        metavar="RULE",
        help=help_text(
            "Show how far it overlaps with this rule or segment. Any number of times.",
            "显示与该规则或分群的重叠，可多次使用。",
        ),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "count",
        "Count the customers whom a rule holds, on the latest snapshot; nothing is saved.",
        "在最新快照上统计规则命中的客户数，不做保存。",
    )
    def count(
        rule: Rule, folder: Folder = HERE, tags: Spread = None, overlap: With = None, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        limit = project.loaded.spec.minimum_group
        with project.open() as build:
            size = build.count(rule)
            spreads = [build.distribution(rule, tag) for tag in tags or ()]
            overlaps = build.overlap([rule, *overlap]) if overlap else []
        out = output()
        if as_json:
            out.json({"rule": rule, "size": size, "distributions": spreads, "overlaps": overlaps})
            return
        audience_shapes.counted(out, size, limit)
        for spread in spreads:
            audience_shapes.spread(out, spread, limit)
        if overlaps:
            audience_shapes.overlaps(out, overlaps, limit)
