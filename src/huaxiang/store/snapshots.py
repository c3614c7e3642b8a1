"""Snapshots: what builds wrote, each in a folder of its own, and the pointer to the one that serves.

    .huaxiang/
      lock                        held while a build runs
      current                     the id of the snapshot that serves; replaced atomically
      building-<id>/              a build under way, or the leftover of one that died
      snapshots/<id>/             snapshot.duckdb, facts/, build.json; tables/ where Spark built it

A build that dies at any moment leaves `current` as it was; the next build sweeps what is left of it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from huaxiang.core.errors import HuaxiangError, NotFoundError, StoreError, UsageError
from huaxiang.core.moments import Moment
from huaxiang.store.engine import DuckEngine
from huaxiang.store.failures import storage_failures
from huaxiang.store.locks import hold_folder, holder_of, only_build, take_folder
from huaxiang.store.spark.engine import SparkEngine

ENGINE_FILE = "snapshot.duckdb"
FACTS = "facts"
FIGURES = "build.json"
SPILL = "spill-"

_AS_OF, _BUILT = "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S%fZ"
_ID = re.compile(r"\d{8}T\d{6}Z-\d{8}T\d{12}Z")
_ATTEMPTS = 20
"""How often a reader looks again when the snapshot it was told of was removed before it could hold it."""


@dataclass(frozen=True)
class Snapshot:
    """A finished build on disk."""

    id: str
    folder: Path

    @property
    def as_of(self) -> datetime:
        """The moment that the build was evaluated at, in UTC, to the second."""
        return datetime.strptime(self.id.split("-")[0], _AS_OF).replace(tzinfo=UTC)

    @property
    def built_at(self) -> datetime:
        """When the build began, in UTC."""
        return datetime.strptime(self.id.split("-")[1], _BUILT).replace(tzinfo=UTC)

    @property
    def file(self) -> Path:
        """The engine's file."""
        return self.folder / ENGINE_FILE

    @property
    def figures(self) -> dict[str, Any]:
        """The figures of the build (`build.json`)."""
        with storage_failures(self.folder):
            return json.loads((self.folder / FIGURES).read_text(encoding="utf-8"))


class OpenSnapshot:
    """A snapshot opened for reading: it stays on disk until it is closed, whatever newer builds do."""

    def __init__(self, snapshot: Snapshot, engine: DuckEngine, hold: int) -> None:
        self.snapshot = snapshot
        self.engine = engine
        self._hold: int | None = hold

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the engine and let the snapshot go. Closing twice does nothing."""
        if self._hold is not None:
            self.engine.close()
            os.close(self._hold)
            self._hold = None


class Building:
    """A build under way: write into `engine` and below `facts`, then `publish`."""

    def __init__(self, store: Store, snapshot_id: str) -> None:
        self.id = snapshot_id
        self.folder = store.folder / f"building-{snapshot_id}"
        self.facts = self.folder / FACTS
        self._store = store
        self._engine: DuckEngine | SparkEngine | None = None

    def open_spark(
        self, *, master: str, options: Mapping[str, str], zone: str, memory: str | None = None
    ) -> SparkEngine:
        """The engine that writes the snapshot as Parquet files, on the cluster of `master`.

        Raises:
            StoreError: Spark is not installed, or the master does not answer.
        """
        if not isinstance(self._engine, SparkEngine):
            self._engine = SparkEngine.open(self.folder, master=master, options=options, zone=zone, memory=memory)
        return self._engine

    def open_engine(
        self,
        *,
        zone: str,
        threads: int | None = None,
        memory: str | None = None,
        former: Snapshot | None = None,
        keep: Collection[str] = (),
    ) -> DuckEngine:
        """The engine that writes the snapshot; what does not fit into `memory` (such as `8GB`) spills beside it.

        It begins with a copy of the file of `former`: to take the tables `keep` from there later costs next to nothing.

        Raises:
            StoreError: the disk refused, or the former file can't be opened.
        """
        if not isinstance(self._engine, DuckEngine):
            file = self.folder / ENGINE_FILE
            if former is not None:
                with storage_failures(file):
                    shutil.copyfile(former.file, file)
            self._engine = DuckEngine.open(
                file, zone=zone, threads=threads, memory=memory, temporary=self.folder / "spill"
            )
            if former is not None:
                self._engine.put_aside(former.file, keep)
        return self._engine

    def publish(self, figures: dict[str, Any]) -> Snapshot:
        """Finish the snapshot and let it serve. From here on it never changes.

        Raises:
            StoreError: the disk refused; the former snapshot still serves.
        """
        if self._engine is None:
            raise UsageError("A build that wrote nothing can't be published: call open_engine first.")
        if isinstance(self._engine, SparkEngine):
            self._engine.write_catalog(self.folder / ENGINE_FILE)
        self._engine.close()
        snapshot = Snapshot(self.id, self._store.snapshots / self.id)
        with storage_failures(self.folder):
            shutil.rmtree(self.folder / "spill", ignore_errors=True)
            text = json.dumps(figures, ensure_ascii=False, indent=2)
            (self.folder / FIGURES).write_text(text + "\n", encoding="utf-8")
            _sync_tree(self.folder)
            # The pointer is written in full before anything moves: a full disk is met while nothing has changed.
            pointer = self._store.folder / "current.new"
            pointer.write_text(self.id + "\n", encoding="utf-8")
            sync(pointer)
            self.folder.rename(snapshot.folder)
            sync(self._store.snapshots)
            pointer.replace(self._store.pointer)
            sync(self._store.folder)
        return snapshot

    def discard(self) -> None:
        """Remove what was written, unless it was published."""
        if self._engine is not None:
            with suppress(HuaxiangError):  # after a full disk the engine can't write its last pages either
                self._engine.close()
        shutil.rmtree(self.folder, ignore_errors=True)


class Store:
    """The `.huaxiang` folder of a project."""

    def __init__(self, project: Path) -> None:
        self.folder = Path(project).absolute() / ".huaxiang"
        self.snapshots = self.folder / "snapshots"
        self.pointer = self.folder / "current"
        self._read: tuple[tuple[int, int], Snapshot] | None = None

    @contextmanager
    def building(self, as_of: Moment) -> Iterator[Building]:
        """Begin a build at `as_of`. Unless it is published, nothing of it remains when the block ends.

        Raises:
            StoreError: another build is running, or the folder can't be written.
        """
        with storage_failures(self.folder):
            self.snapshots.mkdir(parents=True, exist_ok=True)
        with only_build(self.folder / "lock"):
            self._sweep()
            building = Building(self, f"{as_of.utc:{_AS_OF}}-{datetime.now(UTC):{_BUILT}}")
            try:
                with storage_failures(building.folder):
                    building.facts.mkdir(parents=True)
                yield building
            finally:
                building.discard()

    def builder(self) -> str | None:
        """The process that builds now, and since when; None where none does."""
        return holder_of(self.folder / "lock")

    def sweep(self) -> None:
        """Remove what a build that was killed has left, unless another one is running."""
        with suppress(StoreError), only_build(self.folder / "lock"):
            self._sweep()

    def list_snapshots(self) -> list[Snapshot]:
        """All finished snapshots, the oldest build first."""
        if not self.snapshots.is_dir():
            return []
        found = (Snapshot(path.name, path) for path in self.snapshots.iterdir() if _ID.fullmatch(path.name))
        return sorted(found, key=lambda snapshot: snapshot.id.split("-")[::-1])

    def latest(self) -> Snapshot | None:
        """The snapshot that knows most: that of the latest moment, of several the one that was built last."""
        return max(self.list_snapshots(), key=lambda snapshot: (snapshot.as_of, snapshot.built_at), default=None)

    def current(self) -> Snapshot | None:
        """The snapshot that serves, or None before the first build."""
        try:
            with storage_failures(self.pointer):
                # It is asked for with every question, and each new one is a file of its own.
                found = os.stat(self.pointer)
                state = found.st_ino, found.st_mtime_ns
                if (known := self._read) is not None and known[0] == state:
                    return known[1]
                snapshot_id = self.pointer.read_text(encoding="utf-8").strip()
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return None
            raise
        snapshot = Snapshot(snapshot_id, self.snapshots / snapshot_id)
        self._read = state, snapshot
        return snapshot

    @contextmanager
    def holding_current(self) -> Iterator[Snapshot | None]:
        """The snapshot that serves, whose files stay until the block ends; None before the first build."""
        snapshot, hold = self.current(), None
        for _ in range(_ATTEMPTS):
            if snapshot is None or (hold := hold_folder(snapshot.folder)) is not None:
                break
            snapshot = self.current()
        try:
            yield snapshot
        finally:
            if hold is not None:
                os.close(hold)

    def open_current(self, **options: Any) -> OpenSnapshot:
        """Open the snapshot that serves. `options` are those of `DuckEngine.open`: zone, threads, memory.

        Raises:
            NotFoundError: nothing was built yet.
            StoreError: the snapshot can't be read.
        """
        for _ in range(_ATTEMPTS):
            snapshot = self.current()
            if snapshot is None:
                raise NotFoundError(f"Nothing is built in {self.folder.parent} yet. Run 'huaxiang build' there.")
            opened = self._open(snapshot, options)
            if opened is not None:
                return opened
        raise StoreError(f"{self.pointer} names a snapshot that is not there. Run 'huaxiang build' again.")

    def open_snapshot(self, snapshot_id: str, **options: Any) -> OpenSnapshot:
        """Open the snapshot `snapshot_id`, current or not.

        Raises:
            NotFoundError: there is none.
        """
        opened = self._open(Snapshot(snapshot_id, self.snapshots / snapshot_id), options)
        if opened is None:
            known = ", ".join(snapshot.id for snapshot in self.list_snapshots()) or "none"
            raise NotFoundError(f"Snapshot '{snapshot_id}' is not there. Snapshots: {known}.")
        return opened

    def retain(self, keep: int) -> list[Snapshot]:
        """Remove the oldest snapshots until `keep` are left; return what was removed.

        The current one stays, and so does one that a reader has open.
        """
        if keep < 1:
            raise UsageError(f"At least one snapshot is kept, not {keep}.")
        current = self.current()
        removed = []
        for snapshot in self.list_snapshots()[:-keep]:
            if current is not None and snapshot.id == current.id:
                continue
            away = self.folder / f"removing-{snapshot.id}"
            with storage_failures(snapshot.folder):
                if take_folder(snapshot.folder, away):
                    removed.append(snapshot)
            shutil.rmtree(away, ignore_errors=True)
        return removed

    def _open(self, snapshot: Snapshot, options: dict[str, Any]) -> OpenSnapshot | None:
        with storage_failures(snapshot.folder):
            hold = hold_folder(snapshot.folder)
        if hold is None:
            return None
        try:
            # Another process that reads the same snapshot must not meet what this one spills.
            spill = snapshot.folder / f"{SPILL}{os.getpid()}"
            engine = DuckEngine.open(snapshot.file, read_only=True, temporary=spill, **options)
        except BaseException:
            os.close(hold)
            raise
        return OpenSnapshot(snapshot, engine, hold)

    def _sweep(self) -> None:
        """Remove what dead builds and interrupted removals left. Only called under the build lock."""
        with storage_failures(self.folder):
            for pattern in ("building-*", "removing-*"):
                for leftover in self.folder.glob(pattern):
                    shutil.rmtree(leftover, ignore_errors=True)
            (self.folder / "current.new").unlink(missing_ok=True)


def _sync_tree(folder: Path) -> None:
    for path, _, files in os.walk(folder):
        for file in files:
            sync(Path(path) / file)
        sync(Path(path))


def sync(path: Path) -> None:
    """Wait until the file or folder is on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
