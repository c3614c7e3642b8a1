"""The shelf of a build: what portraits are counted from, derived from its snapshot."""

from __future__ import annotations

from pathlib import Path

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.personas.shelf import KIND, LAYOUT, MOST, make_shelf
from huaxiang.store.derived import Derived
from huaxiang.store.snapshots import Snapshot


def shelf_of(engine: Engine, snapshot: Snapshot, moment: Moment) -> Path:
    """The folder of the shelf of `snapshot`, whose tables `engine` reads; made where there is none.

    Raises:
        BusyError: somebody else makes it.
        StoreError: the disk refused.
    """
    derived = _derived(snapshot)
    if derived.find() is None:
        with derived.making() as folder:
            if folder is not None:
                make_shelf(engine, folder, moment, most=derived.room(MOST))
    return derived.place


def shelf_there(snapshot: Snapshot) -> Path | None:
    """The folder of the shelf of `snapshot`; None where there is none."""
    return _derived(snapshot).find()


def _derived(snapshot: Snapshot) -> Derived:
    return Derived(snapshot.folder, snapshot.id, KIND, LAYOUT)
