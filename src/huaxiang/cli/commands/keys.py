"""`huaxiang keys`: the keys of programs that use the API. A group of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group
from huaxiang.core.text import Text

Label = Annotated[
    str,
    typer.Argument(metavar="LABEL", help=help_text("What the key is for.", "密钥的用途。"), show_default=False),
]
Public = Annotated[
    str,
    typer.Argument(
        metavar="KEY", help=help_text("The key's name; see keys list.", "密钥名称，见 keys list。"), show_default=False
    ),
]
Role = Annotated[
    str,
    typer.Option(
        "--role",
        metavar="ROLE",
        help=help_text(
            "Whose rights it has: viewer, marketer, analyst, steward, privacy_officer or admin.",
            "拥有哪个角色的权限：viewer、marketer、analyst、steward、privacy_officer 或 admin。",
        ),
    ),
]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="RIGHT",
        help=help_text(
            "Narrow it to this right, such as profiles.read; once per right (default: all of the role).",
            "仅授予该权限，如 profiles.read，可多次使用（默认：该角色的全部权限）。",
        ),
    ),
]
Clearance = Annotated[
    str | None,
    typer.Option(
        "--clearance",
        metavar="CLASS",
        help=help_text(
            "The highest privacy class that it sees in clear, L1 to L4 (default: as the role).",
            "可见明文的最高隐私级别，L1 至 L4（默认：与角色相同）。",
        ),
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--source",
        metavar="SOURCE",
        help=help_text("The live source that messages sent with it go to.", "实时消息写入的数据源。"),
    ),
]
Days = Annotated[
    int,
    typer.Option("--days", min=0, help=help_text("Days that it is good for; 0: for ever.", "有效天数，0 为永久。")),
]

_MADE = Text("Keep this key: nobody can see it again.\n  {secret}", "请妥善保存此密钥，之后无法再次查看。\n  {secret}")
_REVOKED = Text("{public} ({label}) is worthless now.", "{public}（{label}）已失效。")
_COLUMNS = (
    Text("Key", "密钥"),
    Text("For", "用途"),
    Text("Role", "角色"),
    Text("Rights", "权限"),
    Text("Sees", "可见级别"),
    Text("Source", "数据源"),
    Text("State", "状态"),
    Text("Expires", "到期时间"),
    Text("Last used", "最近使用"),
)
_ALL = Text("all of the role", "角色的全部权限")
_STATES = {"active": Text("active", "有效"), "expired": Text("expired", "已过期"), "revoked": Text("revoked", "已撤销")}


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(
        cls=Group,
        no_args_is_help=True,
        help=help_text(
            "Keys with which programs use the API: add, list, revoke.", "程序调用接口所用的密钥：创建、查看、撤销。"
        ),
    )
    app.add_typer(group, name="keys")

    @command(group, "list", "List all keys, without their secrets.", "列出全部密钥（不含密钥内容）。")
    def list_(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import keys

        with desk_at(folder) as desk:
            found = keys(desk)
        out = output()
        if as_json:
            out.json({"keys": found})
            return
        rows = [
            (
                *(row[name] for name in ("public", "label", "role")),
                _ALL if row["scopes"] is None else row["scopes"],
                *(row[name] for name in ("clearance", "source")),
                _STATES[row["state"]],
                *(row[name] for name in ("expires", "used")),
            )
            for row in found
        ]
        out.table("", _COLUMNS, rows)

    @command(group, "add", "Make a key; it is shown once.", "创建密钥，内容仅显示一次。")
    def add(
        label: Label,
        role: Role,
        scopes: Scopes = None,
        clearance: Clearance = None,
        source: Source = None,
        days: Days = 365,
        folder: Folder = HERE,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import add_key, known_class

        with desk_at(folder) as desk:
            made = add_key(
                desk,
                label,
                role,
                scopes=scopes or None,
                clearance=known_class(clearance),
                source=source,
                days=days or None,
            )
        if as_json:
            output().json(made)
        else:
            output().line(_MADE, secret=made["secret"])

    @command(group, "revoke", "Make a key worthless, at once.", "立即撤销密钥。")
    def revoke(public: Public, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.access.command import desk_at
        from huaxiang.service.desk.people import revoke_key

        with desk_at(folder) as desk:
            revoked = revoke_key(desk, public)
        if as_json:
            output().json(revoked)
        else:
            output().line(_REVOKED, public=revoked["public"], label=revoked["label"])
