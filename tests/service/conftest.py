"""The tiny project of tests/build, built once, with the retail library on top."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The project and the ways to read its build are those of tests/build, which need not have been collected.
sys.path.append(str(Path(__file__).parents[1] / "build"))

from tiny import write_tiny

import huaxiang as hx
from huaxiang.service.api import Project
from huaxiang.service.builds import Build


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return hx.load(write_tiny(tmp_path_factory.mktemp("service"), library=True))


@pytest.fixture(scope="session")
def build(shop: Project) -> Iterator[Build]:
    with shop.build() as built:
        yield built
