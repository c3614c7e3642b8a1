"""`huaxiang compare`: groups of customers side by side, or one at two moments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, FolderOption, command, output
from huaxiang.cli.comparison_shapes import comparison
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Sides = Annotated[
    list[str],
    typer.Argument(
        metavar="A B …",
        help=help_text(
            "Two to six groups: segments, everyone, or rules in quotes such as \"gender = 'female'\". "
            "One, with --with or --at.",
            "两到六个客群：分群名、everyone，或加引号的规则，如 \"gender = 'female'\"；"
            "与 --with 或 --at 同用时只写一个。",
        ),
        show_default=False,
    ),
]
With = Annotated[
    str | None,
    typer.Option(
        "--with",
        metavar="SNAPSHOT",
        help=help_text(
            "Compare with the same group in this snapshot: its id, the beginning of it, or previous.",
            "与该快照中的同一客群比较：快照编号或其开头，也可写 previous。",
        ),
    ),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="MOMENT",
        help=help_text(
            "Compare with the same segment at this earlier date or moment, by today's definitions.",
            "按当前定义，与该分群在更早日期或时刻的情况比较。",
        ),
    ),
]
Tags = Annotated[
    list[str] | None,
    typer.Option(
        "--tag",
        metavar="NAME",
        help=help_text("Compare by this tag only; may be repeated.", "只比较该标签，可重复使用。"),
        show_default=False,
    ),
]
FamilyWise = Annotated[
    bool,
    typer.Option(
        "--family-wise",
        help=help_text(
            "Correct by Holm: 5 % chance of any false difference (default: 5 % false ones among those shown).",
            "采用 Holm 校正：出现任何误判的概率不超过 5%（默认：所示差异中误判占比不超过 5%）。",
        ),
    ),
]
Exact = Annotated[
    bool,
    typer.Option(
        "--exact",
        help=help_text(
            "Leave nobody out of a rule: for who may see every customer anyway.",
            "规则命中的成员一个不略，仅供有权查看全部客户的人使用。",
        ),
    ),
]
Html = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE", help=help_text("Write a page with pictures.", "写成带图的网页。")),
]
Csv = Annotated[
    Path | None,
    typer.Option("--csv", metavar="FILE", help=help_text("Write all differences as CSV.", "把全部差异写成 CSV。")),
]

_WRITTEN = Text("Written: {path}", "已写入：{path}")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "compare",
        "Put groups of customers side by side, or one at two moments.",
        "并排比较多个客群，或同一客群在两个时点的情况。",
    )
    def compare(
        sides: Sides,
        folder: FolderOption = HERE,
        before: With = None,
        at: At = None,
        tag: Tags = None,
        family_wise: FamilyWise = False,
        exact: Exact = False,
        html: Html = None,
        csv: Csv = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        out = output()
        found = load(folder).compare(*sides, before=before, at=at, tags=tag or (), family_wise=family_wise, exact=exact)
        written = []
        if html is not None:
            written.append(found.html(html, out.asked))
        if csv is not None:
            found.csv(csv)
            written.append(csv)
        if as_json:
            out.json(found.as_dict())
            return
        comparison(out, found.as_dict())
        for path in written:
            out.line(_WRITTEN, path=path.resolve())
