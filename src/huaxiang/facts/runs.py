"""How facts of a table lie on disk: a sorted run of everybody, and newer runs of customers for whom something changed.

    facts/<table>/part-0.parquet                everybody's facts
    facts/<table>/part-1.parquet                all facts of the customers who were touched since; and so on
    facts/_beside/<table>/customers-1.parquet   who they are, also those who have none left
    facts/_beside/<table>/unused.parquet        rows that became no facts (`quality.split.unused_facts`)

A run that is too large to be sorted in one go lies in several files, each of a range of customers, and so does what
Spark wrote: `part-0-00000.parquet` and so on.

The newest run that knows a customer has all facts of that customer. So a build writes what it touched, and gives all
other files a second name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

BESIDE = "_beside"
_PART = re.compile(r"part-(\d+)(-\d+)?\.parquet")


@dataclass(frozen=True)
class Run:
    """One file of facts, the number of its run, and the files that name the customers of all newer runs."""

    file: Path
    number: int
    newer: tuple[Path, ...]


def runs(folder: Path) -> list[Run]:
    """The runs of the table whose facts are in `folder`, the oldest first."""
    files = [(int(found[1]), path) for path in sorted(folder.iterdir()) if (found := _PART.fullmatch(path.name))]
    numbers = sorted({number for number, _ in files})
    newer = {number: tuple(customers(folder, later) for later in numbers if later > number) for number in numbers}
    return [Run(path, number, newer[number]) for number, path in sorted(files)]


def part(folder: Path, number: int) -> Path:
    """The file of the facts of a run."""
    return folder / f"part-{number}.parquet"


def piece(folder: Path, number: int, place: int) -> Path:
    """The file of the facts of a run that are in one of its ranges of customers."""
    return folder / f"part-{number}-{place:05}.parquet"


def customers(folder: Path, number: int) -> Path:
    """The file that names the customers of a run."""
    return folder.parent / BESIDE / folder.name / f"customers-{number}.parquet"


def unused(folder: Path) -> Path:
    """The file of the rows that became no facts."""
    return folder.parent / BESIDE / folder.name / "unused.parquet"
