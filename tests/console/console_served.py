"""What tests of the console know of the server that they look at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PASSWORD = "correct horse battery staple"
PATIENCE = 90_000
"""Milliseconds that a page may take on a machine that does other things too."""


@dataclass(frozen=True)
class Served:
    """A server that runs, and where the first administrator sets a password."""

    base: str
    link: str
    folder: Path
