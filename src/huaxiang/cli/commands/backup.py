"""`huaxiang backup` and `huaxiang restore`: a project in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Written = Annotated[
    Path,
    typer.Argument(
        metavar="FILE",
        help=help_text("The file to write: .tar.gz or .tar.", "要写入的文件：.tar.gz 或 .tar。"),
        show_default=False,
    ),
]
Read = Annotated[Path, typer.Argument(metavar="FILE", help=help_text("The backup.", "备份文件。"), show_default=False)]
WithData = Annotated[
    bool,
    typer.Option(
        "--with-data",
        help=help_text("Also the files that sources read.", "同时备份数据源读取的文件。"),
    ),
]
Force = Annotated[
    bool,
    typer.Option(
        "--force",
        help=help_text(
            "Where the folder holds something, move that aside.", "目标文件夹不为空时，先将原有内容移到旁边。"
        ),
    ),
]
VerifyOnly = Annotated[
    bool,
    typer.Option(
        "--verify",
        help=help_text("Only read the backup through; nothing is written.", "仅通读并校验备份，不写入任何内容。"),
    ),
]

_BACKED_UP = Text(
    "{count} files are in {file}, with the snapshot {snapshot}.", "已将 {count} 个文件写入 {file}，快照为 {snapshot}。"
)
_POSTGRESQL = Text(
    "The operational database is PostgreSQL: back it up with pg_dump, after this.",
    "运营数据库使用 PostgreSQL，不在此备份中：请随后用 pg_dump 备份。",
)
_RESTORED = Text("{count} files of {at} are in {folder}.", "已将 {at} 的 {count} 个文件恢复到 {folder}。")
_SOUND = Text(
    "Sound: {count} files of {at}, with the snapshot {snapshot}.",
    "备份完好：{at} 的 {count} 个文件，快照为 {snapshot}。",
)
_ASIDE = Text("What was there is in {aside}.", "原有内容已移至 {aside}。")


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @command(
        app,
        "backup",
        "Write a project as it is now into one file, while it is served.",
        "将项目的当前状态写入一个备份文件，不影响正在运行的服务。",
    )
    def backup(file: Written, folder: Folder = HERE, with_data: WithData = False, as_json: AsJson = False) -> None:
        from huaxiang.service.backups import back_up

        made = back_up(folder, file, with_data=with_data)
        if as_json:
            return output().json({"file": str(file), "files": len(made.files), **_told(made.__dict__)})
        output().line(_BACKED_UP, count=len(made.files), file=file, snapshot=made.snapshot or "–")
        if made.database == "postgresql":
            output().line(_POSTGRESQL)
        return None

    @command(app, "restore", "Put the project of a backup into a folder.", "将备份中的项目恢复到文件夹。")
    def restore(
        file: Read, folder: Folder = HERE, force: Force = False, verify: VerifyOnly = False, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.backups import restore as put_back
        from huaxiang.service.backups import verify as read_through

        if verify:
            sound = read_through(file)
            if as_json:
                return output().json(
                    {"folder": None, "files": len(sound.files), "aside": None, **_told(sound.__dict__)}
                )
            return output().line(_SOUND, count=len(sound.files), at=sound.at, snapshot=sound.snapshot or "–")
        found, aside = put_back(file, folder, force=force)
        if as_json:
            return output().json(
                {"folder": str(folder), "files": len(found.files), "aside": aside, **_told(found.__dict__)}
            )
        output().line(_RESTORED, count=len(found.files), at=found.at, folder=folder)
        if aside is not None:
            output().line(_ASIDE, aside=aside)
        if found.database == "postgresql":
            output().line(_POSTGRESQL_BACK)
        return None


_POSTGRESQL_BACK = Text(
    "The operational database was PostgreSQL: restore it with pg_restore.",
    "运营数据库使用 PostgreSQL：请用 pg_restore 恢复。",
)


def _told(found: dict[str, object]) -> dict[str, object]:
    return {name: found[name] for name in ("project", "at", "snapshot", "database", "with_data")}
