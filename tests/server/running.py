"""A server as it runs in real life: `huaxiang serve` in a process of its own, with an administrator and a key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PASSWORD = "correct horse battery"
PREFIX = "/hx"

SERVE = """
import sys
from pathlib import Path
from huaxiang.server.options import Options
from huaxiang.server.run import serve

def told(address, link):
    print(address, link, flush=True)

serve(Path(sys.argv[1]), "127.0.0.1", 0, Options("/hx", largest_body=100_000), told)
"""


@dataclass
class Served:
    """A server that runs: where it is, its project's folder, and its log so far."""

    address: str
    folder: Path
    link: str
    log: Path
    process: subprocess.Popen[str]
    key: str = ""

    @property
    def origin(self) -> str:
        return self.address.removesuffix(PREFIX)

    @property
    def netloc(self) -> str:
        return urlsplit(self.address).netloc

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        self.process.communicate(timeout=60)
        return self.process.returncode


def start(folder: Path) -> Served:
    (folder / "huaxiang.yml").write_text("name: tiny\n", encoding="utf-8")
    log = folder / "log"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with log.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, str(folder)],
            stdout=subprocess.PIPE,
            stderr=written,
            text=True,
            env=environment,
            cwd=folder,
        )
    assert process.stdout is not None
    address, _, link = process.stdout.readline().strip().partition(" ")
    if not address:
        process.communicate(timeout=60)
        raise AssertionError(log.read_text(encoding="utf-8"))
    return Served(address.rstrip("/"), folder, link, log, process)
