"""`huaxiang trail`: who looked at, exported and changed what. A group of commands."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

import typer

from huaxiang.cli.command import FAILED, HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group
from huaxiang.core.text import Text


class Form(StrEnum):
    """What an export is written as."""

    CSV = "csv"
    JSONL = "jsonl"


def _option(flag: str, metavar: str, english: str, chinese: str) -> Any:
    return typer.Option(flag, metavar=metavar, help=help_text(english, chinese))


By = Annotated[str | None, _option("--by", "NAME", "Only what this person or key did.", "仅该用户或密钥的操作。")]
About = Annotated[
    str | None,
    _option(
        "--about",
        "SUBJECT",
        "Only what was about this customer_id, segment, user …",
        "仅涉及该客户、分群、用户等的操作。",
    ),
]
Action = Annotated[
    str | None,
    _option(
        "--action", "ACTION", "Only this action, or group of actions: profiles.", "仅该操作或该组操作，如 profiles。"
    ),
]
Outcome = Annotated[
    str | None, _option("--outcome", "OUTCOME", "Only done, refused or failed.", "仅 done、refused 或 failed。")
]
Since = Annotated[str | None, _option("--since", "MOMENT", "From this day or moment on.", "起始日期或时刻。")]
Until = Annotated[str | None, _option("--until", "MOMENT", "Before this day or moment.", "截止日期或时刻（不含）。")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=1000, help=help_text("How many, the latest first.", "条数，最新的在前。"))
]
Format = Annotated[Form, typer.Option("--format", help=help_text("What to write.", "输出格式。"))]

_COLUMNS = (
    Text("No.", "序号"),
    Text("When", "时间"),
    Text("Who", "操作人"),
    Text("From", "来源地址"),
    Text("Action", "操作"),
    Text("About", "对象"),
    Text("Outcome", "结果"),
)
_OUTCOMES = {"done": Text("done", "完成"), "refused": Text("refused", "被拒绝"), "failed": Text("failed", "失败")}
_SOUND = Text(
    "{entries} entries, none changed, none missing. The last has the hash\n  {hash}",
    "共 {entries} 条记录，未发现篡改或缺失。最后一条的哈希为\n  {hash}",
)
_BROKEN = Text(
    "The trail is broken at entry {broken}: {why}. Up to entry {entries} it is as it was written.",
    "审计日志在第 {broken} 条处断裂：{why}。第 {entries} 条及之前完好。",
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        cls=Group,
        no_args_is_help=True,
        help=help_text(
            "The audit trail: who looked at, exported and changed what.", "审计日志：谁查看、导出、修改过什么。"
        ),
    )
    app.add_typer(group, name="trail")

    @command(group, "list", "List the latest entries of the audit trail.", "列出最近的审计记录。")
    def list_(
        by: By = None,
        about: About = None,
        action: Action = None,
        outcome: Outcome = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 50,
        folder: Folder = HERE,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.trail import entries, sought

        with desk_at(folder) as desk:
            wanted = sought(desk, actor=by, subject=about, action=action, outcome=outcome, since=since, until=until)
            found = entries(desk, wanted, limit)
        out = output()
        if as_json:
            out.json({"entries": found})
        else:
            out.table("", _COLUMNS, [_shown(row) for row in found])

    @command(group, "export", "Write entries of the audit trail to the output.", "将审计记录写到标准输出。")
    def export(
        form: Format = Form.CSV,
        by: By = None,
        about: About = None,
        action: Action = None,
        outcome: Outcome = None,
        since: Since = None,
        until: Until = None,
        folder: Folder = HERE,
    ) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.trail import export as lines
        from huaxiang.service.desk.trail import sought

        with desk_at(folder) as desk:
            wanted = sought(desk, actor=by, subject=about, action=action, outcome=outcome, since=since, until=until)
            for line in lines(desk, wanted, form.value):
                sys.stdout.write(line)

    @command(
        group,
        "verify",
        "Check that no entry was changed or taken out; fails naming the first that was.",
        "校验审计记录是否被篡改或删除；若有，指出第一处并以失败状态退出。",
    )
    def verify(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.trail import verify as check

        with desk_at(folder) as desk:
            found = check(desk)
        out = output()
        if as_json:
            out.json(found)
        else:
            out.line(_SOUND if found["sound"] else _BROKEN, **found)
        if not found["sound"]:
            raise typer.Exit(FAILED)


def _shown(row: Mapping[str, Any]) -> tuple[Any, ...]:
    about = row["subject"] or ", ".join(row["detail"].get("customers", ()))
    who = f"{row['actor']} ({row['role']})" if row["actor"] else "–"
    return (str(row["number"]), row["at"], who, row["address"], row["action"], about, _OUTCOMES[row["outcome"]])
