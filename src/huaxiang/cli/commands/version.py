"""`huaxiang version`: what is installed."""

from __future__ import annotations

from importlib import metadata

import typer

from huaxiang import __version__
from huaxiang.cli.command import AsJson, command, output

SHOWN = ("duckdb", "ibis-framework", "sqlglot", "pyarrow", "numba")
"""The packages whose versions matter in a report of a mistake."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app, "version", "Print the versions of Huaxiang and of what it stands on.", "显示 Huaxiang 及其依赖的版本。"
    )
    def version(as_json: AsJson = False) -> None:
        import platform

        versions = {"huaxiang": __version__, "python": platform.python_version()}
        versions |= {package: _version(package) for package in SHOWN}
        if as_json:
            output().json(versions)
            return
        for package, number in versions.items():
            output().line(f"{package} {number}")


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"
