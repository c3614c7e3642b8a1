"""Customers who do not fit into memory are told from row files, and it is the same that is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from huaxiang.project.shelves import shelf_there
from huaxiang.service import portraits
from huaxiang.service.api import Project
from huaxiang.service.aside import AsideError, done_aside
from huaxiang.service.row_writer import prepare_rows
from huaxiang.service.shelf_writer import prepare_shelf
from huaxiang.service.stored import StoredCustomers
from huaxiang.service.workspace import Workspace
from huaxiang.store import points
from huaxiang.store.derived import forget
from huaxiang.store.row_files import row_files

ASKED = ["phone:13900000001", "phone:139 0000 0001", "phone:13900000002", "phone:13900000005", "phone:13999999999"]
pytestmark = pytest.mark.usefixtures("build")


@pytest.fixture
def nothing_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """No table is held in memory."""
    monkeypatch.setattr(points, "MEMORY", -1)


def told(customers: StoredCustomers) -> list[Any]:
    """What is told of some by all kinds of identifiers."""
    rows = customers.customers(ASKED)
    ids = [row["customer"]["customer_id"] for row in rows if "customer" in row]
    assert len(ids) > 3
    return [*rows, *customers.customers(ids), *customers.traits_of(ids)]


def test_customers_who_fit_into_memory_need_no_row_files(shop: Project) -> None:
    workspace = Workspace(shop.folder)
    prepare_rows(workspace)
    with workspace.shared() as build:
        assert row_files(build.snapshot.folder).find() is None
    workspace.close()


def test_the_server_writes_the_shelf_of_a_build_that_has_none_and_portrays_the_same_from_it(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with shop.open() as build:
        shelf, segment = shelf_there(build.snapshot), "everyone"
        assert shelf is not None
        expected = build.persona(segment)
        forget(build.snapshot.folder)
        # Whoever has it open keeps it; who comes now reads the tables until it is there again.
        assert build.portrayer.shelved
        assert build.persona(segment) == expected
    workspace = Workspace(shop.folder)
    with workspace.build() as build:
        assert not build.portrayer.shelved
        assert build.persona(segment) == expected
        # Another server takes the files away between two looks.
        with monkeypatch.context() as patch:
            patch.setattr(portraits, "shelf_there", lambda _: tmp_path / "gone")
            assert not build.portrayer.shelved
            build._made.pop("portrayer")
            assert build.persona(segment) == expected
        prepare_shelf(workspace)
        assert build.portrayer.shelved
        assert build.persona(segment) == expected
    workspace.close()


def test_a_process_that_fails_is_no_failure_that_passes_by_itself(shop: Project, tmp_path: Path) -> None:
    """What prepares a build tries again after a `StoreError`; here each try may cost half a minute of a processor."""
    workspace = Workspace(shop.folder)
    with workspace.shared() as build:
        asked = {"folder": str(tmp_path), "snapshot": build.snapshot.id, "sets": []}
        with pytest.raises(AsideError, match="ended with 1"):
            done_aside("huaxiang.service.row_writer", asked, workspace)
        # It ends only when it is ended.
        assert not done_aside("code", asked | {"snapshot": "former"}, workspace)
    workspace.close()


@pytest.mark.usefixtures("nothing_fits")
def test_the_server_writes_row_files_in_a_process_of_its_own_and_tells_the_same_from_them(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(shop.folder)
    with workspace.shared() as build:
        customers = build.stored_customers
        wanted, expected = customers.row_sets, told(customers)
        assert wanted
        prepare_rows(workspace)
        assert customers.row_sets == []

        def no_engine(*_: Any) -> Any:
            raise AssertionError("the engine was asked")

        for query in customers._queries:
            monkeypatch.setattr(query, "_find", no_engine)
            assert query._file is not None
        assert told(customers) == expected
        # Whom nobody remembers is looked for in the tables, as before.
        assert "error" in customers.customers(["c_0000000000000000"])[0]
    workspace.close()
    with shop.open() as later:
        assert later.stored_customers.row_sets == []
        # What changes a snapshot forgets what was derived from it: nobody who was erased is told of after that.
        forget(later.snapshot.folder)
        assert StoredCustomers(later.project, later.engine, later.finder).row_sets == wanted


@pytest.mark.usefixtures("nothing_fits")
def test_a_server_that_stops_does_not_wait_for_row_files_and_leaves_nothing_half(shop: Project) -> None:
    workspace = Workspace(shop.folder)
    workspace.closing.set()
    with workspace.shared() as build:
        forget(build.snapshot.folder)
        prepare_rows(workspace)
        prepare_shelf(workspace)
        assert row_files(build.snapshot.folder).find() is None
        assert shelf_there(build.snapshot) is None
    workspace.close()
