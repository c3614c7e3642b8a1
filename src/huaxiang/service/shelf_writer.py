"""The shelf that portraits are counted from, of a build that has none, written in a process of its own (`aside.py`).

Builds write it themselves. It is missing where an older version built, and after somebody was forgotten.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.moments import Moment
from huaxiang.project.shelves import shelf_of, shelf_there
from huaxiang.service.aside import MEMORY, asked_of, done_aside, telling_how_it_ends

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace


def prepare_shelf(workspace: Workspace) -> None:
    """Write the shelf of the build that serves, where there is none.

    Raises:
        NotFoundError: nothing was built yet.
        BusyError: another process writes it.
        AsideError: it could not be written; portraits are made from the tables, more slowly.
    """
    with workspace.shared() as build:
        if shelf_there(build.snapshot) is not None:
            return
        zone = build.project.spec.time_zone
        asked = {"folder": str(workspace.folder), "snapshot": build.snapshot.id, "zone": zone}
        done_aside(__name__, asked, workspace)


def main() -> None:
    """Write what is asked for."""
    from huaxiang.store.snapshots import Store

    asked = asked_of()
    zone = asked["zone"]
    with (
        telling_how_it_ends(),
        Store(Path(asked["folder"])).open_snapshot(asked["snapshot"], zone=zone, threads=1, memory=MEMORY) as opened,
    ):
        shelf_of(opened.engine, opened.snapshot, Moment.parse(opened.snapshot.figures["moment"], zone))


if __name__ == "__main__":
    main()
