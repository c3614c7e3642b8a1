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
Exact = Annotated[
    bool,
    typer.Option(
        "--exact",
        help=help_text(
            "Tell exact numbers: for who may see every customer anyway. Groups that are too small stay hidden.",
            "显示精确人数，仅供有权查看全部客户的人使用；过小的群体仍不展示。",
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
        rule: Rule,
        folder: Folder = HERE,
        tags: Spread = None,
        overlap: With = None,
        exact: Exact = False,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        limit = project.loaded.spec.minimum_group
        with project.open() as build:
            found = build.audiences.size(rule, exact=exact)
            spreads = [build.distribution(rule, tag, exact=exact) for tag in tags or ()]
            overlaps = build.overlap([rule, *overlap], exact=exact) if overlap else []
        out = output()
        if as_json:
            told = {"rule": rule, "size": found.size, "margin": found.margin}
            out.json({**told, "distributions": spreads, "overlaps": overlaps})
            return
        audience_shapes.counted(out, found.size, limit, found.margin)
        for spread in spreads:
            audience_shapes.spread(out, spread, limit)
        if overlaps:
            audience_shapes.overlaps(out, overlaps, limit)
