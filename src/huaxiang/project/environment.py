"""`${NAME}` in a source's `path`, `url` and `query`: what differs from machine to machine, and secrets."""

from __future__ import annotations

import os
import re
from typing import Any

from huaxiang.core.findings import Finding
from huaxiang.project.yaml import Document

PLACES = ("path", "url", "query")
"""The keys of a source in which environment values are replaced."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def substitute(data: Any, document: Document, path: tuple[str, ...], owner: str) -> tuple[Any, list[Finding]]:
    """`data` with the values of environment variables in the places where they may stand."""
    if not isinstance(data, dict):
        return data, []
    findings: list[Finding] = []
    replaced = dict(data)
    for key, value in data.items():
        if not isinstance(value, str) or not _VARIABLE.search(value):
            continue
        at = document.at(*path, key)
        if key not in PLACES:
            message = f"{owner}: '{key}' holds an environment value, which is read in {', '.join(PLACES)} only."
            findings.append(Finding("environment_not_here", message, at, "Write the value itself."))
            continue
        for name in _VARIABLE.findall(value):
            if name not in os.environ:
                message = f"{owner}: '{key}' needs the environment variable {name}, which is not set."
                remedy = f"Set it before the command: {name}=… huaxiang build"
                findings.append(Finding("environment_missing", message, at, remedy))
        replaced[key] = _VARIABLE.sub(lambda match: os.environ.get(match[1], match[0]), value)
    return replaced, findings
