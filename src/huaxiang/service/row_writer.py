"""Row files of a build, written in a process of their own (`aside.py`)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.service.aside import MEMORY, asked_of, done_aside, telling_how_it_ends

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


def prepare_rows(workspace: Workspace) -> None:
    """Write row files of the build that serves, where its customers do not fit into memory and there are none yet.

    Raises:
        NotFoundError: nothing was built yet.
        BusyError: another process writes them.
        AsideError: they could not be written; customers are looked up in the tables, more slowly.
    """
    with workspace.shared() as build:
        wanted = build.stored_customers.row_sets
        if not wanted:
            return
        asked = {"folder": str(workspace.folder), "snapshot": build.snapshot.id, "sets": [*map(asdict, wanted)]}
        if done_aside(__name__, asked, workspace):
            build.stored_customers.use_row_files()


def main() -> None:
    """Write what is asked for."""
    from huaxiang.store.row_files import RowSet, write_row_files
    from huaxiang.store.snapshots import Store

    asked = asked_of()
    sets = [RowSet(each["table"], tuple(each["keys"]), tuple(each["columns"])) for each in asked["sets"]]
    with (
        telling_how_it_ends(),
        Store(Path(asked["folder"])).open_snapshot(asked["snapshot"], threads=1, memory=MEMORY) as opened,
    ):
        write_row_files(opened.engine, sets)


if __name__ == "__main__":
    main()
