"""What processes that a server starts find in their environment: what their work needs, and no secret of others."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from huaxiang.project.spec import ProjectSpec

_PLAIN = frozenset(
    {
        "PATH", "HOME", "USER", "TZ", "TZDIR", "TMPDIR", "TEMP", "TMP", "LANG", "LANGUAGE", "VIRTUAL_ENV",
        "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "USERPROFILE", "XDG_CACHE_HOME",
    }
)  # fmt: skip
"""Variables that say where programs, files and times are."""

_PLAIN_BEGINNINGS = ("LC_", "PYTHON", "NUMBA_")


def plain_environment() -> dict[str, str]:
    """That of work on files of the project alone, with the modules of this process: it holds no secret."""
    found = {name: value for name, value in os.environ.items() if name in _PLAIN or name.startswith(_PLAIN_BEGINNINGS)}
    return found | _modules()


def environment_of_builds(spec: ProjectSpec) -> dict[str, str]:
    """That of a build: all but what the project names as a secret of the server's own.

    Sources are read by libraries of many clouds and databases, which look for variables that nobody can list.
    """
    own = {each.secret for each in spec.notify}
    own |= {spec.mail.password} if spec.mail is not None else set()
    own |= {spec.server.oidc.client_secret} if spec.server.oidc is not None else set()
    own |= {spec.language_model.key} if spec.language_model is not None else set()
    return {name: value for name, value in os.environ.items() if name not in own} | _modules()


def _modules() -> dict[str, str]:
    return {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
