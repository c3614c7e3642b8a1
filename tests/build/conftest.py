"""Builds that several tests read. None of them changes one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tiny import write_tiny

import huaxiang as hx
from huaxiang.service.api import Project
from huaxiang.service.builds import Build


@pytest.fixture(scope="session")
def tiny_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return hx.load(write_tiny(tmp_path_factory.mktemp("tiny")))


@pytest.fixture(scope="session")
def tiny(tiny_project: Project) -> Iterator[Build]:
    """The tiny project, built at its own as_of."""
    with tiny_project.build() as build:
        yield build
