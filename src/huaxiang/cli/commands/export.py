"""`huaxiang export`: tables for other programs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text


class Kind(StrEnum):
    """What can be exported."""

    PROFILES = "profiles"
    TAGS = "tags"
    SEGMENTS = "segments"
    IDENTITY = "identity"
    HOUSEHOLDS = "households"
    ACCOUNTS = "accounts"
    QUARANTINE = "quarantine"


What = Annotated[
    Kind,
    typer.Argument(
        metavar="KIND",
        help=help_text(
            "profiles, tags, segments, identity, households, accounts or quarantine.",
            "profiles、tags、segments、identity、households、accounts 或 quarantine。",
        ),
        show_default=False,
    ),
]
Out = Annotated[
    Path,
    typer.Option(
        "--out",
        "-o",
        metavar="FILE",
        help=help_text("The file: .parquet, .csv or .jsonl.", "输出文件：.parquet、.csv 或 .jsonl。"),
        show_default=False,
    ),
]

_WRITTEN = Text("{rows} rows: {path}", "{rows} 行：{path}")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "export",
        "Write a table of the latest snapshot as Parquet, CSV or JSON lines.",
        "把最新快照的一张表导出为 Parquet、CSV 或 JSON Lines。",
    )
    def export(kind: What, out: Out, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        rows = load(folder).open().export(str(kind), out)
        if as_json:
            output().json({"kind": str(kind), "rows": rows, "file": str(out.resolve())})
        else:
            output().line(_WRITTEN, rows=rows, path=out.resolve())
