"""How fast rules that nobody has saved are counted: a wide profile of synthetic customers and 30 segments.

    python benchmarks/audience_counts.py [CUSTOMERS] [--asks N] [--folder FOLDER]

The tables are those of a snapshot: `profiles` with 191 tags of every type, `segment_flags` with 30 segments that hold
from 2 to 54 % of the customers, and `segments`, their members. Each rule is a random one, from its text to the number,
with two threads. `cpu` is what both threads worked, which tells a slow way from a busy machine: on two idle cores a
question takes from a half to the whole of it. `members` is the same set algebra over the long table, for comparison.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from wide_snapshot import NUMBERS, SEGMENTS, write

from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard
from huaxiang.service.audiences import Audiences
from huaxiang.store.engine import DuckEngine

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("customers", nargs="?", type=int, default=5_000_000)
    parser.add_argument("--asks", type=int, default=50)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        file = Path(scratch) / "wide.duckdb"
        with DuckEngine.open(file, threads=2, memory="6GB") as engine:
            write(engine, given.customers)
        print(f"{given.customers:,} customers, {file.stat().st_size / 2**30:.1f} GiB")
        with DuckEngine.open(file, zone="Asia/Shanghai", read_only=True, threads=2) as engine:
            measure(engine, given.asks)


def measure(engine: DuckEngine, asks: int) -> None:
    chance = random.Random(1)
    audiences = Audiences(engine, AS_OF, Guard(threshold=10, secret=b"benchmark"))
    print(f"{'ms':36}{'p50':>10}{'p95':>10}{'cpu p50':>10}{'cpu p95':>10}")
    for name, rule in RULES.items():
        told(name, timed(audiences.size, (rule(chance) for _ in range(asks))))
    told(
        "overlaps of three rules",
        timed(audiences.overlap, ([_number(chance), *_three(chance)[:2]] for _ in range(asks))),
    )
    told("distribution of a text", timed(lambda rule: audiences.distribution(rule, "text_3"), _some(chance, asks // 3)))
    told(
        "distribution of a number", timed(lambda rule: audiences.distribution(rule, "num_3"), _some(chance, asks // 3))
    )
    told(
        "members: (A or B) and not C",
        timed(lambda three: members(engine, *three), (_three(chance) for _ in range(asks // 3))),
    )


def members(engine: DuckEngine, a: str, b: str, c: str) -> int:
    """The same set algebra over the table of members, a row each."""
    rows = engine.table("segments")
    held = rows.filter(rows.segment.isin([a, b, c])).group_by("customer_no")
    sets = held.aggregate(a=(rows.segment == a).any(), b=(rows.segment == b).any(), c=(rows.segment == c).any())
    return engine.rows(sets.filter((sets.a | sets.b) & ~sets.c).count().as_table(), step="members")[0].popitem()[1]


def timed(ask: Callable[..., object], questions: Iterator[object]) -> list[tuple[float, float]]:
    """Milliseconds by the clock and of processors of each question after the first, which opens what is read once."""
    found = []
    for question in questions:
        begun, worked = time.perf_counter(), time.process_time()
        ask(question)
        found.append(((time.perf_counter() - begun) * 1000, (time.process_time() - worked) * 1000))
    return found[1:]


def told(name: str, found: list[tuple[float, float]]) -> None:
    """Print the median and the 95th percentile of both."""
    shown = "".join(f"{_at(side, share):10.0f}" for side in zip(*found, strict=True) for share in (0.5, 0.95))
    print(f"{name:36}{shown}")


def _at(values: tuple[float, ...], share: float) -> float:
    return sorted(values)[min(len(values) - 1, round(len(values) * share))]


def _number(chance: random.Random) -> str:
    k = chance.randrange(NUMBERS)
    return chance.choice(
        [
            f"int_{k} >= {5 * 10 ** (k % 4)}",
            f"money_{k} > {chance.randrange(1, 90)}",
            f"num_{k} between 0.1 and {chance.uniform(0.3, 0.9):.2f}",
        ]
    )


def _predicate(chance: random.Random) -> str:
    return chance.choice(
        [_number(chance), f"flag_{chance.randrange(30)}", f"text_{chance.randrange(41)} in ('v0', 'v1', 'v2')"]
    )


def _three(chance: random.Random) -> list[str]:
    return chance.sample(SEGMENTS, 3)


def _set_algebra(chance: random.Random) -> str:
    a, b, c = _three(chance)
    return f"({a} or {b}) and not {c}"


def _some(chance: random.Random, asks: int) -> Iterator[str]:
    return (_predicate(chance) for _ in range(asks))


RULES: dict[str, Callable[[random.Random], str]] = {
    "five predicates": lambda c: " and ".join(_predicate(c) for _ in range(5)),
    "three pairs joined by or": lambda c: " or ".join(f"({_predicate(c)} and {_predicate(c)})" for _ in range(3)),
    "(A or B) and not C": _set_algebra,
    "five predicates and a segment": lambda c: " and ".join(
        [f"in_segment('{c.choice(SEGMENTS)}')", *(_predicate(c) for _ in range(5))]
    ),
    "predicate or segment": lambda c: f"{_number(c)} or in_segment('{c.choice(SEGMENTS)}')",
    "random bucket and a predicate": lambda c: f"bucket('salt', 10) in (0, 1) and {_predicate(c)}",
    "percentile": lambda c: f"percentile(money_{c.randrange(NUMBERS)}) >= 90",
}


if __name__ == "__main__":
    main()
