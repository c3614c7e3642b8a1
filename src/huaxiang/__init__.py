"""Huaxiang 画像: customer profiles that people can read, trust and act on.

import huaxiang as hx

project = hx.load("shop")
build = project.build(as_of="2026-06-30")
build.profiles                        # an Ibis table: a row per customer, a column per tag
build.segment("champions").count()
build.persona("champions")
build.compare("champions", "hibernating")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from huaxiang.core.errors import HuaxiangError
    from huaxiang.service.api import Project, load
    from huaxiang.service.builds import Build

__all__ = ["Build", "HuaxiangError", "Project", "__version__", "load"]

__version__ = "0.1.0"

_HOMES = {
    "Build": "huaxiang.service.builds",
    "HuaxiangError": "huaxiang.core.errors",
    "Project": "huaxiang.service.api",
    "load": "huaxiang.service.api",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for when it is asked for, so that `import huaxiang` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'huaxiang' has no attribute '{name}'")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
