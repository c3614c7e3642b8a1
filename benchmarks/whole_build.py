"""A whole build of the simulated shop from its raw files: what each step takes, and how that grows with the customers.

    python benchmarks/whole_build.py [CUSTOMERS ...] [--memory SIZE] [--threads N] [--folder FOLDER]

Prints per step the seconds by the clock, the processor seconds of all threads (on a machine that others use, trust
these), and the peak memory of the process meanwhile. With several numbers of customers it builds one shop after the
other and prints, for the last two, how many times the processor seconds of each step grew beside the customers: 1.0 is
in proportion. Shops are kept in FOLDER, where one is given, for the next run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import huaxiang as hx
from huaxiang.service.examples import simulate_shop


@dataclass(frozen=True)
class Step:
    """What a step took: seconds by the clock and of all processors, and MiB that the process held at most."""

    name: str
    wall: float
    processor: float
    memory: int


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="*", type=int, default=[20_000, 100_000])
    parser.add_argument("--memory", default="8GB")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    with TemporaryDirectory() as scratch:
        home = options.folder or Path(scratch)
        if options.alone:
            folder = home / str(options.customers[0])
            build(folder, options.threads, options.memory, lambda step: print(json.dumps(asdict(step)), flush=True))
            return
        found = []
        for number in options.customers:
            if not (home / str(number) / "data" / "products.csv").exists():
                simulate_shop(home / str(number), customers=number)
            print(f"{f'{number:,} customers':36} {'seconds':>9} {'processor':>10} {'peak MiB':>9}")
            found.append([_told(step) for step in _in_own_process(home, number, options.threads, options.memory)])
        if len(found) > 1:
            _print_growth(*found[-2:], options.customers[-1] / options.customers[-2])


def build(folder: Path, threads: int, memory: str, ended: Callable[[Step], None]) -> None:
    """Build the project in `folder`; `ended` is told what each step took, and the whole at last."""
    begun = time.perf_counter(), time.process_time()
    under_way: list[tuple[str, float, float]] = []
    peaks = []

    def end() -> None:
        for name, wall, processor in under_way:
            peaks.append(_peak_memory())
            ended(Step(name, time.perf_counter() - wall, time.process_time() - processor, peaks[-1]))
        under_way.clear()

    def told(name: str, _: int, __: int) -> None:
        if not under_way or under_way[0][0] != name:
            end()
            under_way.append((name, time.perf_counter(), time.process_time()))
            _forget_peak()

    with hx.load(folder).build(full=True, threads=threads, memory=memory, progress=told):
        end()
    ended(Step("whole build", time.perf_counter() - begun[0], time.process_time() - begun[1], max(peaks)))


def _in_own_process(home: Path, number: int, threads: int, memory: str) -> Iterator[Step]:
    """Memory that one build asked for must not count for the next."""
    options = ["--alone", "--folder", str(home), "--threads", str(threads), "--memory", memory]
    with subprocess.Popen([sys.executable, __file__, str(number), *options], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        yield from (Step(**json.loads(line)) for line in child.stdout)
    if child.returncode:
        sys.exit(child.returncode)


def _told(step: Step) -> Step:
    print(f"{step.name:36} {step.wall:9.1f} {step.processor:10.1f} {step.memory:9,}", flush=True)
    return step


def _print_growth(small: list[Step], large: list[Step], times: float) -> None:
    """How the processor seconds of steps grew, beside how customers did; the heaviest steps first."""
    before = {step.name: step.processor for step in small}
    print(f"growth beside {times:g} times the customers")
    for step in sorted(large, key=lambda step: -step.processor):
        if step.processor > 1 and before.get(step.name, 0) > 0:
            print(f"{step.name:36} {step.processor / before[step.name] / times:9.2f}")


def _peak_memory() -> int:
    """The largest resident size since it was forgotten, in MiB."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    main()
