"""`huaxiang users`: who may sign in to the console. A group of commands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group
from huaxiang.core.text import Text

Name = Annotated[
    str, typer.Argument(metavar="NAME", help=help_text("The user's name.", "用户名。"), show_default=False)
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        metavar="ROLE",
        help=help_text(
            "viewer, marketer, analyst, steward, privacy_officer or admin.",
            "角色：viewer、marketer、analyst、steward、privacy_officer 或 admin。",
        ),
    ),
]
NewRole = Annotated[
    str,
    typer.Argument(
        metavar="ROLE", help=help_text("The new role; see users add.", "新的角色，见 users add。"), show_default=False
    ),
]
Email = Annotated[str | None, typer.Option("--email", metavar="ADDRESS", help=help_text("Their mail.", "邮箱地址。"))]
Back = Annotated[bool, typer.Option("--undo", help=help_text("Let them sign in again.", "重新启用。"))]

_LINK = Text(
    "{name} sets a password here, within 24 hours:\n  {link}", "请 {name} 在 24 小时内打开以下链接设置密码：\n  {link}"
)
_CHANGED = Text("{name}: {role}, {state}", "{name}：{role}，{state}")
_COLUMNS = (
    Text("Name", "用户名"),
    Text("Role", "角色"),
    Text("State", "状态"),
    Text("Mail", "邮箱"),
    Text("Added", "添加时间"),
)
_STATES = {
    "active": Text("active", "正常"),
    "invited": Text("invited", "已邀请"),
    "disabled": Text("disabled", "已停用"),
}


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        cls=Group,
        no_args_is_help=True,
        help=help_text(
            "Who may sign in to the console: add, change, disable.", "管理可登录控制台的用户：添加、变更、停用。"
        ),
    )
    app.add_typer(group, name="users")

    @command(group, "list", "List all users.", "列出全部用户。")
    def list_(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import users

        with desk_at(folder) as desk:
            found = users(desk)
        out = output()
        if as_json:
            out.json({"users": found})
        else:
            rows = [
                (row["name"], row["role"], _STATES[row["state"]], row["email"] or "", row["created"]) for row in found
            ]
            out.table("", _COLUMNS, rows)

    @command(
        group, "add", "Add a user; prints the link where they set their password.", "添加用户，并输出设置密码的链接。"
    )
    def add(name: Name, role: Role, email: Email = None, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import invite

        with desk_at(folder) as desk:
            _told(invite(desk, name, role, email), as_json)

    @command(
        group, "link", "Print a new link for a user who has lost their password.", "为忘记密码的用户生成新的链接。"
    )
    def link(name: Name, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import reset

        with desk_at(folder) as desk:
            _told(reset(desk, name), as_json)

    @command(group, "role", "Give a user another role.", "变更用户的角色。")
    def role(name: Name, role: NewRole, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import set_role

        with desk_at(folder) as desk:
            _told(set_role(desk, name, role), as_json)

    @command(group, "disable", "Let a user sign in no more; their sessions end.", "停用用户，其已登录的会话随即失效。")
    def disable(name: Name, undo: Back = False, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import disable as switch_off
        from huaxiang.service.desk.people import enable

        with desk_at(folder) as desk:
            _told(enable(desk, name) if undo else switch_off(desk, name), as_json)


def _told(user: Mapping[str, Any], as_json: bool) -> None:
    out = output()
    if as_json:
        out.json(user)
    elif "link" in user:
        out.line(_LINK, name=user["name"], link=user["link"])
    else:
        out.line(_CHANGED, name=user["name"], role=user["role"], state=_STATES[user["state"]][out.language])
