"""Running the server until it is told to stop."""

from __future__ import annotations

from pathlib import Path


def serve(folder: Path, host: str, port: int) -> None:
    """Serve the project in `folder`; requests under way are finished when the process is told to stop.

    Raises:
        ProjectError: the definitions hold mistakes.
        StoreError: the port is taken.
    """
    import uvicorn

    from huaxiang.server.app import create_app
    from huaxiang.service.workspace import Workspace

    app = create_app(Workspace(folder))
    uvicorn.run(app, host=host, port=port, log_level="warning", server_header=False, timeout_graceful_shutdown=30)
