"""`huaxiang check`: everything that can be said about a project before it is built."""

from __future__ import annotations

import typer

from huaxiang.cli.command import FAILED, HERE, AsJson, Folder, command, output
from huaxiang.core.text import Text

_FINE = Text("No mistakes found.", "未发现错误。")
_COUNT = Text(
    "Errors: {errors}, warnings: {warnings}, notes: {notes}.", "错误 {errors} 个，警告 {warnings} 个，提示 {notes} 个。"
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "check",
        "Show all mistakes in a project at once, with file, line and remedy. Builds nothing.",
        "一次列出项目中的全部错误，含文件、行号和改法；不做构建。",
    )
    def check(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.projects import check as find

        findings = find(folder)
        counts = {
            f"{severity}s": sum(finding.severity == severity for finding in findings)
            for severity in ("error", "warning", "note")
        }
        if as_json:
            output().json({**counts, "findings": [finding.as_dict() for finding in findings]})
        else:
            output().findings(findings)
            output().line(_COUNT if findings else _FINE, **counts)
        if counts["errors"]:
            raise typer.Exit(FAILED)
