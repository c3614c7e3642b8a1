"""`huaxiang live append`: put messages into the log of a live source."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group
from huaxiang.core.text import Text

Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help=help_text("The live source, as sources/ names it.", "实时数据源的名称（见 sources/）。"),
        show_default=False,
    ),
]
File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help=help_text(
            "JSON lines, one message each; - is standard input.", "JSON Lines 文件，每行一条消息；- 表示标准输入。"
        ),
    ),
]
KeepReceivedAt = Annotated[
    bool,
    typer.Option(
        "--keep-received-at",
        help=help_text(
            "Believe the received_at of messages that have one, as an import of old messages needs.",
            "保留消息自带的 received_at（用于导入历史消息）。",
        ),
    ),
]

_KEPT = Text("{kept} kept, {repeated} there already.", "新增 {kept} 条，重复 {repeated} 条。")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    live = typer.Typer(
        cls=Group, no_args_is_help=True, help=help_text("Messages that count at once.", "实时消息：写入即计入画像。")
    )
    app.add_typer(live, name="live")

    @command(
        live,
        "append",
        "Append messages to a live source: all of them or, where one is refused, none.",
        "向实时数据源追加消息：要么全部写入，要么（有一条不合格时）全部拒绝。",
    )
    def append(
        source: Source,
        file: File = "-",
        folder: Folder = HERE,
        keep_received_at: KeepReceivedAt = False,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        target = load(folder).live(source)
        if file == "-":
            done = target.append_lines(sys.stdin.buffer, keep_received_at=keep_received_at)
        else:
            with Path(file).open("rb") as lines:
                done = target.append_lines(lines, keep_received_at=keep_received_at)
        if as_json:
            output().json({"kept": done.kept, "repeated": done.repeated})
        else:
            output().line(_KEPT, kept=done.kept, repeated=done.repeated)
