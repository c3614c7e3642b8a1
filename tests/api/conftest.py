"""The small shop, built once and served to whoever asks."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asgi import Client, asking
from served import write_shop

import huaxiang as hx
from huaxiang.service.workspace import Workspace


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop with one build; nobody writes here."""
    folder = write_shop(tmp_path_factory.mktemp("served"))
    hx.load(folder).build().close()
    return folder


@pytest.fixture(scope="session")
def workspace(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A shop that many tests ask and none changes."""
    yield from _workspace(built, tmp_path_factory.mktemp("asked"))


@pytest.fixture
def own_workspace(built: Path, tmp_path: Path) -> Iterator[Workspace]:
    """A shop of one test, which may change it."""
    yield from _workspace(built, tmp_path)


def _workspace(built: Path, folder: Path) -> Iterator[Workspace]:
    shutil.copytree(built, folder / "shop")
    workspace = Workspace(folder / "shop")
    yield workspace
    workspace.close()


@pytest.fixture(scope="session")
def ask(workspace: Workspace) -> Callable[[str], Client]:
    """Role → a client of the shop that nobody changes."""
    clients: dict[str, Client] = {}

    def client(role: str) -> Client:
        if role not in clients:
            clients[role] = asking(workspace, role)
        return clients[role]

    return client
