"""Running the server until it is told to stop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path


def serve(folder: Path, host: str, port: int, on_start: Callable[[str, str | None], None]) -> None:
    """Serve the project in `folder`; requests under way are finished when the process is told to stop.

    `on_start` is told the address of the console, and that of the first administrator's link where there is none yet.

    Raises:
        ProjectError: the definitions hold mistakes.
        StoreError: the port is taken, or the operational database can't be reached.
    """
    import uvicorn

    from huaxiang.server.app import create_app
    from huaxiang.service.access.links import first_link
    from huaxiang.service.workspace import Workspace

    workspace = Workspace(folder)
    app = create_app(workspace)
    address = workspace.access.settings.address or f"http://{host}:{port}"
    token = first_link(workspace)
    on_start(f"{address}/", f"{address}/link/{token}" if token else None)
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=30)
