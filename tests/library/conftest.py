"""The retail library as a project would load it."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.core.tables import STANDARD
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.read import read
from huaxiang.tags.compile import compile_tags
from huaxiang.tags.compiled import CompiledTag


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> LoadedProject:
    folder: Path = tmp_path_factory.mktemp("library")
    (folder / "huaxiang.yml").write_text("name: library\nuses: [huaxiang/retail]\n")
    return read(folder)


@pytest.fixture(scope="session")
def compiled(library: LoadedProject) -> dict[str, CompiledTag]:
    """The compiled tags by name."""
    return {tag.name: tag for tag in compile_tags(library.tags, STANDARD)}
