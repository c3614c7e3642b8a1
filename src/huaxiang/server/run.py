"""Running the server until it is told to stop."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from pathlib import Path

from huaxiang.core.errors import StoreError
from huaxiang.server.options import Options

FINISHING = 30
"""Seconds for which requests under way may go on once the server is told to stop."""


def serve(
    folder: Path, host: str, port: int, options: Options, on_start: Callable[[str, str | None], None] = lambda *_: None
) -> None:
    """Serve the project in `folder`; requests under way are finished when the process is told to stop.

    `on_start` is told the address of the console, and that of the first administrator's link where there is none yet.

    Raises:
        ProjectError: the definitions hold mistakes.
        StoreError: the port is taken, or the operational database can't be reached.
        UsageError: a secret that the project needs is not in the environment.
    """
    listening = _listen(host, port)
    try:
        import uvicorn

        from huaxiang.server.app import create_app
        from huaxiang.server.logs import configure
        from huaxiang.service.access import oidc
        from huaxiang.service.access.links import first_link
        from huaxiang.service.jobs.notices import Notices
        from huaxiang.service.workspace import Workspace

        workspace = Workspace(folder)
        access = workspace.access
        oidc.check(workspace)
        Notices(workspace).check()
        if access.settings.address is None:
            access.address = f"http://{_shown(host)}:{listening.getsockname()[1]}{options.prefix}"
        app = create_app(workspace, options)
        token = first_link(workspace)
        on_start(f"{access.address}/", f"{access.address}/link/{token}" if token else None)
        configure()
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            # Whom to believe is settled in proxy.py.
            proxy_headers=False,
            timeout_graceful_shutdown=FINISHING,
            ws_max_size=options.largest_body,
        )
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        listening.close()


def _shown(host: str) -> str:
    """What people type for an address that is listened on; one that stands for all of them leads nowhere."""
    if host in ("0.0.0.0", "::"):  # noqa: S104 - nothing listens here
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _listen(host: str, port: int) -> socket.socket:
    """A socket on the address, before anything else is done: that it is taken is known at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(2048)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            reason = "is taken by another program: stop it, or choose another one with --port"
        else:
            reason = f"can't be listened on: {error.strerror or error}"
        raise StoreError(f"Port {port} of {host} {reason}.") from error
    return listening
