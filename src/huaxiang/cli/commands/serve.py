"""`huaxiang serve`: the console and the API of a project, on one port."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang.cli.command import HERE, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help=help_text("The address to listen on.", "监听地址。")),
]
Prefix = Annotated[
    str,
    typer.Option(
        "--prefix",
        metavar="PATH",
        help=help_text(
            "Serve everything under this path, such as /huaxiang.", "在该路径下提供全部服务，如 /huaxiang。"
        ),
    ),
]
Trusted = Annotated[
    list[str] | None,
    typer.Option(
        "--trust-proxy",
        metavar="ADDRESS",
        help=help_text(
            "Believe what the proxy at this address or network says about who asks (X-Forwarded-*).",
            "信任该地址或网段的代理所转发的来源信息（X-Forwarded-*）。",
        ),
    ),
]
Port = Annotated[int, typer.Option("--port", min=1, max=65535, help=help_text("The port to listen on.", "监听端口。"))]

_SERVING = Text("Serving {folder} at {address}", "正在提供服务：{folder}，地址 {address}")
_FIRST = Text(
    "Nobody can sign in yet. Set the password of the administrator here, within 24 hours:\n  {link}",
    "目前还没有可登录的用户。请在 24 小时内打开以下链接，设置管理员密码：\n  {link}",
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "serve",
        "Serve the console and the API of a project on one port.",
        "在一个端口上提供项目的控制台与接口。",
    )
    def serve(
        folder: Folder = HERE,
        host: Host = "127.0.0.1",
        port: Port = 8400,
        prefix: Prefix = "",
        trusted: Trusted = None,
    ) -> None:
        from huaxiang.server.options import Options
        from huaxiang.server.run import serve as run

        out = output()

        def started(address: str, link: str | None) -> None:
            out.line(_SERVING, folder=folder.resolve(), address=address)
            if link is not None:
                out.line(_FIRST, link=link)

        options = Options(prefix.rstrip("/"), tuple(trusted or ()))
        run(folder, host, port, options, started)
