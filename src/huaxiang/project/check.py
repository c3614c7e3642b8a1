"""Everything that can be said about a project before anything is built."""

from __future__ import annotations

from huaxiang.core.findings import Finding
from huaxiang.project.loaded import LoadedProject


def check(project: LoadedProject) -> list[Finding]:
    """All findings about a project, by file and line: mistakes, warnings and notes. Nothing is built."""
    return sorted(project.findings, key=lambda finding: (finding.at, finding.code, finding.message))
