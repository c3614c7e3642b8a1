"""Builds of the project that is served: one at a time, each told of in the operational database.

.huaxiang/runs/<number>.jsonl      how far each is or was, and its log
.huaxiang/runs/<number>.lock       held by the server that has started it, until it has ended
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import ConflictError, HuaxiangError, StoreError
from huaxiang.service.jobs.child import Child, Ending
from huaxiang.service.jobs.progress import Told, read_progress, shorten
from huaxiang.service.surroundings import environment_of_builds
from huaxiang.store.locks import holder_of, only_build
from huaxiang.store.operational import BuildRun, BuildRuns
from huaxiang.store.operational.build_runs import State, Trigger
from huaxiang.store.snapshots import Store

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

KEPT = 100
"""Runs that are listed, and whose logs are kept."""

_NO_PLACE = "The build could not be started: .huaxiang/runs can't be written to."

LOST = "The server ended while this ran. If the build went on by itself, its snapshot is in the list."

RETRIES = (0.0, 1.0, 5.0, 30.0, 120.0)
"""Seconds before each try to write down how a run has ended: the database may be away for a while."""

COUNTED: Mapping[State, str] = {"done": "builds_done", "failed": "builds_failed"}
"""How a run has ended → what the server counts it as."""

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
        self._marks: dict[int, ExitStack] = {}

    def recover(self) -> list[BuildRun]:
        """Mark as lost what was running here when the server died. Returns those runs.

        Runs of a server that lives, and of one with another folder on the same database, are left alone.
        """
        lost = [run for run in self.rows.latest(KEPT) if run.is_open and self._is_abandoned(run.number)]
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
        self.recover()
        asked = BuildRun(0, trigger, by, self._workspace.now(), as_of=as_of, full=full, due=due, message=message)
        run = self.rows.add(asked)
        self._hold(run.number)
        thread = threading.Thread(target=self._run, args=(run,), name=f"build {run.number}", daemon=True)
        thread.start()
        return run

    def cancel(self, number: int) -> BuildRun:
        """Stop a build that runs here. It has ended a moment later. One of another server is given up as lost.

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
            is_here = number in self._marks
        if not is_here:
            self.rows.change(number, state="lost", ended=self._workspace.now(), message=LOST)
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
        try:
            self._tell(self.on_start, run)
            ending = self._ending(run)
            cancelled = run.number in self._cancelled
            with self._lock:
                self._running = None
                self._cancelled.discard(run.number)
            written = self._write_down(run, ending, cancelled=cancelled)
        finally:
            self._let_go(run.number)
        if written:
            self._mark(run.number).unlink(missing_ok=True)
            shorten(self._log(run.number))
            self._tell(self.on_end, self.rows.get(run.number))

    def _ending(self, run: BuildRun) -> Ending:
        """How the build ended, whatever went wrong: a run must not stay open."""
        try:
            ending = self._build(run)
        except Exception as error:
            _log().exception("build_not_started", run=run.number)
            code = "system" if isinstance(error, OSError) else getattr(error, "code", "internal")
            ending = Ending(code=code, message="The build could not be started.")
        if ending.snapshot is None:
            try:
                self._store.sweep()
            except (HuaxiangError, OSError) as error:
                _log().error("build_not_swept", run=run.number, error=type(error).__name__)
        return ending

    def _write_down(self, run: BuildRun, ending: Ending, *, cancelled: bool) -> bool:
        """Whether it could be written down how a run has ended. If not, it is lost for whoever starts the next."""
        state: State = "done" if ending.snapshot else "cancelled" if cancelled else "failed"
        code, message = (None, "") if state != "failed" else (ending.code, ending.message)
        note = " ".join(filter(None, (run.message, message)))
        found = {"state": state, "snapshot": ending.snapshot, "code": code, "message": note}
        for pause in RETRIES:
            time.sleep(pause)
            try:
                self.rows.change(run.number, ended=self._workspace.now(), **found)
            except Exception as error:
                _log().error("build_not_written_down", run=run.number, error=type(error).__name__)
            else:
                if state in COUNTED:
                    self._workspace.count(COUNTED[state])
                return True
        return False

    def _tell(self, whom: Sequence[OnEnd], run: BuildRun) -> None:
        for tell in whom:
            try:
                tell(run)
            except Exception:  # a build is none the worse for it
                _log().exception("build_not_told_of", run=run.number)

    def _build(self, run: BuildRun) -> Ending:
        self._home.mkdir(parents=True, exist_ok=True)
        self._forget()
        self._log(run.number).unlink(missing_ok=True)
        with self._lock:
            if run.number in self._cancelled:
                return Ending()
            environment = environment_of_builds(self._workspace.project.loaded.spec)
            log = self._log(run.number)
            child = Child(self._workspace.folder, log, run.as_of, full=run.full, environment=environment)
            self._running = run.number, child, threading.current_thread()
        try:
            self.rows.change(run.number, state="running", started=self._workspace.now())
            return child.wait()
        except BaseException:
            # Nobody would watch it any more.
            child.stop()
            child.wait()
            raise

    def _hold(self, number: int) -> None:
        """Show other processes that the run is looked after, for as long as this one lives."""
        mark = ExitStack()
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            mark.enter_context(only_build(self._mark(number)))
        except (HuaxiangError, OSError) as error:
            self.rows.change(number, state="failed", ended=self._workspace.now(), code="store", message=_NO_PLACE)
            raise StoreError(_NO_PLACE) from error
        with self._lock:
            self._marks[number] = mark

    def _let_go(self, number: int) -> None:
        with self._lock:
            mark = self._marks.pop(number, None)
        if mark is not None:
            mark.close()

    def _is_abandoned(self, number: int) -> bool:
        return self._mark(number).exists() and holder_of(self._mark(number)) is None

    def _mark(self, number: int) -> Path:
        return self._home / f"{number}.lock"

    def _log(self, number: int) -> Path:
        return self._home / f"{number}.jsonl"

    def _forget(self) -> None:
        """Remove the logs of runs that are not listed any more."""
        known = {f"{run.number}.jsonl" for run in self.rows.latest(KEPT)}
        for path in self._home.glob("*.jsonl"):
            if path.name not in known:
                path.unlink(missing_ok=True)


def _log() -> Any:
    import structlog

    return structlog.get_logger("huaxiang.jobs")
