"""A real Spark cluster on this machine: a master and workers, each a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path(__file__).parent.parent.parent / "src"
_PATIENCE = 90


class Cluster:
    """A standalone cluster, started from pyspark's own jars, one core and one gigabyte per worker."""

    def __init__(self, folder: Path, workers: int) -> None:
        self.folder = folder
        self.port = free_port()
        self.master = f"spark://127.0.0.1:{self.port}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._start("master", "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1",
                    "--port", str(self.port), "--webui-port", str(free_port()))  # fmt: skip
        self._wait("master", "I have been elected leader")
        for number in range(workers):
            self._start(f"worker{number}", "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1",
                        "--cores", "1", "--memory", "1g", "--webui-port", str(free_port()),
                        "--work-dir", str(folder / f"work{number}"), self.master)  # fmt: skip
        for number in range(workers):
            self._wait(f"worker{number}", "Successfully registered with master")

    def kill(self, worker: int) -> None:
        """Let a worker die, and the executors with it."""
        process = self._processes[f"worker{worker}"]
        children = _children(process.pid)
        process.kill()
        process.wait()
        for child in children:
            _kill(child)

    def log(self, name: str) -> str:
        """What a process has said so far."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def executors(self) -> int:
        """How many executors the workers have started."""
        return sum(len(list(self.folder.glob(f"work{number}/app-*/*"))) for number in range(9))

    def stop(self) -> None:
        """End all processes."""
        for process in self._processes.values():
            for child in _children(process.pid):
                _kill(child)
            process.kill()
            process.wait()

    def _start(self, name: str, *command: str) -> None:
        import pyspark

        home = Path(pyspark.__file__).parent
        environment = os.environ | {
            "SPARK_HOME": str(home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_DAEMON_MEMORY": "256m",
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(SOURCES),
        }
        with (self.folder / f"{name}.log").open("wb") as log:
            # S603: the command is ours.
            self._processes[name] = subprocess.Popen(
                [str(home / "bin" / "spark-class"), *command], env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    def _wait(self, name: str, said: str) -> None:
        until = time.monotonic() + _PATIENCE
        while said not in self.log(name):
            if time.monotonic() > until or self._processes[name].poll() is not None:
                raise AssertionError(f"{name} did not start:\n{self.log(name)}")
            time.sleep(0.2)


@contextmanager
def cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """A cluster for as long as the block lasts."""
    running = Cluster(folder, workers)
    try:
        yield running
    finally:
        running.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def has_java() -> bool:
    """Whether Spark can run here at all."""
    return shutil.which("java") is not None


def _children(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text(encoding="ascii").split():
            found += [int(child), *_children(int(child))]
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
