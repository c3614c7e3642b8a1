"""Builds of the project that is served: one at a time, each told of in the operational database.

.huaxiang/runs/<number>.jsonl      how far each is or was, and its log
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.errors import ConflictError, HuaxiangError
from huaxiang.service.jobs.child import Child, Ending
from huaxiang.service.jobs.progress import Told, read_progress, shorten
from huaxiang.store.operational import BuildRun, BuildRuns
from huaxiang.store.operational.build_runs import State, Trigger
from huaxiang.store.snapshots import Store

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

KEPT = 100
"""Runs that are listed, and whose logs are kept."""

LOST = "The server ended while this ran. If the build went on by itself, its snapshot is in the list."

OnEnd = Callable[[BuildRun], None]


class Jobs:
    """Starts builds and knows what became of them. Safe for use by several threads.

    `on_start` and `on_end` are told of each run, in its own thread, before the build begins and after it has ended.
    """

    def __init__(self, workspace: Workspace, rows: BuildRuns) -> None:
        self.rows = rows
        self.on_start: Sequence[OnEnd] = ()
        self.on_end: Sequence[OnEnd] = ()
        self._workspace = workspace
        self._store = Store(workspace.folder)
        self._home = self._store.folder / "runs"
        self._lock = threading.Lock()
        self._running: tuple[int, Child, threading.Thread] | None = None
        self._cancelled: set[int] = set()

    def recover(self) -> list[BuildRun]:
        """Mark as lost what was running when the server died; called when it starts. Returns those runs."""
        lost = [run for run in self.rows.latest(KEPT) if run.is_open]
        for run in lost:
            self.rows.change(run.number, state="lost", ended=self._workspace.now(), message=LOST)
        return lost

    def start(
        self,
        trigger: Trigger,
        by: str,
        as_of: str | None = None,
        *,
        full: bool = False,
        due: datetime | None = None,
        message: str = "",
    ) -> BuildRun:
        """Start a build; it goes on by itself.

        Raises:
            ConflictError: another one is running, here or elsewhere.
            UsageError: `as_of` is no moment.
            StoreError: the database or the disk refuses.
        """
        self._workspace.project.moment(as_of)
        if (holder := self.elsewhere()) is not None:
            raise ConflictError(f"A build of this project is running elsewhere ({holder}). Wait for it to end.")
        asked = BuildRun(0, trigger, by, self._workspace.now(), as_of=as_of, full=full, due=due, message=message)
        run = self.rows.add(asked)
        thread = threading.Thread(target=self._run, args=(run,), name=f"build {run.number}", daemon=True)
        thread.start()
        return run

    def cancel(self, number: int) -> BuildRun:
        """Stop a build that runs here. It has ended a moment later.

        Raises:
            NotFoundError: there is no such run.
            ConflictError: it has ended already.
        """
        run = self.rows.get(number)
        if not run.is_open:
            raise ConflictError(f"Run {number} has ended already: {run.state}.")
        with self._lock:
            self._cancelled.add(number)
            if self._running is not None and self._running[0] == number:
                self._running[1].stop()
        return run

    def elsewhere(self) -> str | None:
        """Which process builds this project without the server, and since when; None where none does."""
        holder = self._store.builder()
        with self._lock:
            return None if self._running is not None else holder

    def told(self, run: BuildRun) -> Told:
        """How far a run is or was, and its log."""
        return read_progress(self._log(run.number), self._workspace.now() if run.is_open else None)

    def stop(self) -> None:
        """Stop the build that runs, if one does, and wait for its end."""
        with self._lock:
            running = self._running
            if running is not None:
                self._cancelled.add(running[0])
                running[1].stop()
        if running is not None:
            running[2].join()

    def _run(self, run: BuildRun) -> None:
        for told in self.on_start:
            told(run)
        try:
            ending = self._build(run)
        except (HuaxiangError, OSError) as error:
            ending = Ending(code=getattr(error, "code", "system"), message="The build could not be started.")
        cancelled = run.number in self._cancelled
        state: State = "done" if ending.snapshot else "cancelled" if cancelled else "failed"
        if state != "done":
            self._store.sweep()
        code, message = (None, "") if state != "failed" else (ending.code, ending.message)
        note = " ".join(filter(None, (run.message, message)))
        with self._lock:
            self._running = None
            self._cancelled.discard(run.number)
        self.rows.change(
            run.number, state=state, ended=self._workspace.now(), snapshot=ending.snapshot, code=code, message=note
        )
        shorten(self._log(run.number))
        ended = self.rows.get(run.number)
        for tell in self.on_end:
            tell(ended)

    def _build(self, run: BuildRun) -> Ending:
        self._home.mkdir(parents=True, exist_ok=True)
        self._forget()
        self._log(run.number).unlink(missing_ok=True)
        with self._lock:
            if run.number in self._cancelled:
                return Ending()
            child = Child(self._workspace.folder, self._log(run.number), run.as_of, full=run.full)
            self._running = run.number, child, threading.current_thread()
        self.rows.change(run.number, state="running", started=self._workspace.now())
        return child.wait()

    def _log(self, number: int) -> Path:
        return self._home / f"{number}.jsonl"

    def _forget(self) -> None:
        """Remove the logs of runs that are not listed any more."""
        known = {f"{run.number}.jsonl" for run in self.rows.latest(KEPT)}
        for path in self._home.glob("*.jsonl"):
            if path.name not in known:
                path.unlink(missing_ok=True)
