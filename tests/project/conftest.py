"""A way to write a project in a test: file name → text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

WriteProject = Callable[..., Path]


@pytest.fixture
def project(tmp_path: Path) -> WriteProject:
    """Write files below a fresh folder; `huaxiang.yml` is there unless given."""

    def write(files: dict[str, str | bytes] | None = None, **more: str) -> Path:
        contents: dict[str, str | bytes] = {"huaxiang.yml": "name: shop\n", **(files or {}), **more}
        for name, content in contents.items():
            path = tmp_path / "shop" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                path.write_text(textwrap.dedent(content).lstrip("\n"), encoding="utf-8")
        return tmp_path / "shop"

    return write
