"""Files made from a snapshot and kept inside its folder: what is asked for often, laid out as it is asked for.

    .huaxiang/snapshots/<id>/derived/<kind>/       of.json, and whatever files the kind has

They hold nothing that the snapshot does not tell, so that whoever misses them reads the snapshot itself, only slower.
They go with the snapshot, are in no backup, and say whose they are: what was copied from another snapshot, or has
another layout than this version of Huaxiang reads, is as good as missing. Whoever changes what a snapshot holds – so
that somebody is forgotten – calls `forget` first.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from huaxiang.core.errors import BusyError
from huaxiang.store.failures import storage_failures
from huaxiang.store.locks import only_one

FOLDER = "derived"

_OF = "of.json"


@dataclass(frozen=True)
class Derived:
    """The files of one `kind` made from the snapshot `id` in `folder`. When their content changes, so does `layout`."""

    folder: Path
    id: str
    kind: str
    layout: int

    @property
    def place(self) -> Path:
        """Where they lie."""
        return self.folder / FOLDER / self.kind

    def find(self) -> Path | None:
        """The folder of the files; None where there are none of this snapshot and layout."""
        try:
            whose = json.loads((self.place / _OF).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return self.place if whose == self._whose else None

    def room(self, most: int) -> int:
        """The bytes that may be written: `most`, and no more than half of what is free on the disk."""
        with storage_failures(self.folder):
            return min(most, shutil.disk_usage(self.folder).free // 2)

    @contextmanager
    def making(self) -> Iterator[Path | None]:
        """An empty folder to write them into: once the block ends they are there whole, and before it not at all.

        None where somebody else has made them by now: nobody takes files away that others read.

        Raises:
            BusyError: somebody else makes them.
            StoreError: the disk refused.
        """
        partial = self.place.with_name(f"{self.kind}.part")
        with storage_failures(partial):
            self.place.parent.mkdir(exist_ok=True)
        with only_one(self.place.with_name(f"{self.kind}.lock")) as other:
            if other is not None:
                raise BusyError(f"{self.place} is being made by {other or 'unknown process'}.")
            if self.find() is not None:
                yield None
                return
            try:
                with storage_failures(partial):
                    # What a process that died here has left.
                    shutil.rmtree(partial, ignore_errors=True)
                    partial.mkdir()
                yield partial
                with storage_failures(partial):
                    (partial / _OF).write_text(json.dumps(self._whose), encoding="utf-8")
                    _sync(partial)
                    shutil.rmtree(self.place, ignore_errors=True)
                    partial.rename(self.place)
            finally:
                shutil.rmtree(partial, ignore_errors=True)

    @property
    def _whose(self) -> dict[str, str | int]:
        return {"snapshot": self.id, "layout": self.layout}


def forget(snapshot: Path) -> None:
    """Remove everything derived from the snapshot in this folder; it is made anew by whoever needs it."""
    with storage_failures(snapshot):
        if (snapshot / FOLDER).exists():
            shutil.rmtree(snapshot / FOLDER)


def _sync(folder: Path) -> None:
    """Wait until the files are on disk: a power cut must not leave names of files that are empty."""
    for file in folder.iterdir():
        with file.open("rb") as handle:
            os.fsync(handle.fileno())
