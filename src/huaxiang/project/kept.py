"""What builds keep of the sources they read, so that the next one reads only what is new.

    .huaxiang/intake/<source>/
      kept.json                   which files were read, by what definitions, and the figures of what they held
      <build>/                    one folder per part: the rows of the files that this build read
        mapped_<n>.parquet        mapped rows of the n-th feed
        duplicates_<n>.parquet    rows, of this part or an earlier one, that turned out to say something again
        quarantined_<n>.parquet

Nothing here is needed to read a snapshot. `kept.json` is replaced atomically when a build was published, so whatever a
build that died leaves, the next one finds what the last finished one knew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import huaxiang
from huaxiang.core.files import link_file, whole_file
from huaxiang.core.tables import Table
from huaxiang.expressions.functions import Function, functions
from huaxiang.expressions.functions.tokens import KEY_VARIABLE
from huaxiang.quality.profile import FeedProfile
from huaxiang.sources.plausible import PAST
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.failures import storage_failures

Fingerprint = tuple[int, int, str]
"""Size, time of the last change in nanoseconds, and a digest of both ends of a file."""

PARTS = 24
"""After so many builds that added to a source it is read as a whole again: many small files are slow to read."""

GROWTH = 0.2
"""When a source has grown by this share, its figures are counted anew: some of them can't be added up."""

_END = 1 << 16
_CALL = re.compile(r"([a-z_]+)\s*\(")


Counted = tuple[int, int, tuple[str, ...]]
"""How a rule fared: rows on which it is known, rows that fail, examples."""


@dataclass(frozen=True)
class FeedRead:
    """What was learnt of one feed: its row of the balance, its profile, and its rules by name."""

    balance: dict[str, Any]
    profile: FeedProfile
    rules: dict[str, Counted] = field(default_factory=dict)


@dataclass(frozen=True)
class SourceRead:
    """What was learnt of one source: columns with their types, raw metrics, rules about its own columns, findings."""

    columns: dict[str, str]
    metrics: tuple[dict[str, Any], ...]
    rules: dict[str, Counted]
    findings: tuple[dict[str, Any], ...]
    feeds: tuple[FeedRead, ...]

    @property
    def rows(self) -> int:
        """How many rows the source has."""
        return int(self.feeds[0].balance["read"])


@dataclass(frozen=True)
class KeptSource:
    """What is kept of a source.

    `definition` is a digest of everything that decides what becomes of a row; `moment` that of the build, and `waiting`
    whether rows lay after it. `parts` are the builds that read `files`, in order; `audited` is how many rows there were
    when they were last read as a whole.
    """

    definition: str
    moment: datetime
    waiting: bool
    files: dict[str, Fingerprint]
    parts: tuple[str, ...]
    audited: int
    read: SourceRead


class Memory:
    """What former builds kept of their sources, in the folder `intake` of `.huaxiang`."""

    def __init__(self, folder: Path, build: str) -> None:
        self.folder = folder
        self.build = build
        self._new: dict[str, tuple[KeptSource, dict[str, Path]]] = {}

    def kept(self, source: str) -> KeptSource | None:
        """What is known of a source; None where nothing is, or it can't be understood."""
        from pydantic import TypeAdapter, ValidationError

        try:
            kept = TypeAdapter(KeptSource).validate_json((self.folder / source / "kept.json").read_bytes())
        except (OSError, ValidationError):
            return None
        whole = all((self.folder / source / part).is_dir() for part in kept.parts)
        return kept if whole else None

    def link(self, source: str, part: str, name: str, target: Path) -> None:
        """Put the file `name` of a kept part at `target`."""
        link_file(self.folder / source / part / f"{name}.parquet", target)

    def learn(self, source: str, kept: KeptSource, files: Mapping[str, Path]) -> None:
        """Remember what is known now; `files` of this build's own part by name. Nothing is written before `save`."""
        self._new[source] = (kept, dict(files))

    def collect(self) -> None:
        """Take over this build's own parts before its working files go. Who dies now leaves a folder nobody names.

        Raises:
            StoreError: the disk refused.
        """
        with storage_failures(self.folder):
            for source, (_, files) in self._new.items():
                for name, path in files.items():
                    link_file(path, self.folder / source / self.build / f"{name}.parquet")

    def save(self) -> None:
        """Write what was learnt, and remove what no source needs any more.

        The snapshot serves by now: where the disk refuses, the next build just reads more.
        """
        from pydantic import TypeAdapter

        for source, (kept, _) in self._new.items():
            folder = self.folder / source
            with suppress(OSError):
                with whole_file(folder / "kept.json") as partial:
                    partial.write_bytes(TypeAdapter(KeptSource).dump_json(kept))
                for path in folder.iterdir():
                    if path.is_dir() and path.name not in kept.parts:
                        shutil.rmtree(path, ignore_errors=True)


def fingerprint(path: Path) -> Fingerprint:
    """What tells whether a file is still the one that was read."""
    seen = path.stat()
    digest = hashlib.sha256()
    with path.open("rb") as file:
        digest.update(file.read(_END))
        if seen.st_size > _END:
            file.seek(-min(_END, seen.st_size - _END), os.SEEK_END)
            digest.update(file.read(_END))
    return seen.st_size, seen.st_mtime_ns, digest.hexdigest()[:16]


def definition_digest(
    source: SourceSpec, tables: Mapping[str, Table], identifiers: Mapping[str, Any], zone: str
) -> str:
    """A digest of all that decides how a source's rows are mapped, but for the rows and the moment."""
    fed = {feed.table: repr(tables[feed.table]) for feed in source.feeds}
    people = {name: repr(spec) for name, spec in sorted(identifiers.items())}
    key = os.environ.get(KEY_VARIABLE, "")
    lines = [_program(), source.model_dump_json(), json.dumps(fed), json.dumps(people), zone, key]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


@cache
def _program() -> str:
    """A digest of the program itself: whoever installs another version, or changes this one, reads everything anew."""
    import duckdb

    package = Path(huaxiang.__file__).parent
    seen = []
    for path in sorted(package.rglob("*")):
        # Who works on the program may remove a file meanwhile.
        with suppress(FileNotFoundError):
            if path.suffix in (".py", ".yml", ".csv", ".json"):
                found = path.stat()
                seen.append((path.relative_to(package).as_posix(), found.st_size, found.st_mtime_ns))
    return hashlib.sha256(repr((huaxiang.__version__, duckdb.__version__, seen)).encode()).hexdigest()


def knows_moment(source: SourceSpec, tables: Mapping[str, Table]) -> bool:
    """Whether the moment of the build decides more about the rows of a source than which of them lie after it."""
    dated = any(name in PAST for feed in source.feeds for name in feed.columns)
    defaults = [column.default for feed in source.feeds for column in tables[feed.table].columns]
    return dated or asks_for_moment([source.model_dump(mode="json"), defaults])


def asks_for_moment(texts: Any) -> bool:
    """Whether an expression among `texts` (nested as definitions are) asks for the moment of the build."""
    called = {functions().get(name) for text in _texts(texts) for name in _CALL.findall(text.lower())}
    # What a macro stands for is not looked into: it may well ask for the moment.
    return any(row is not None and (not isinstance(row, Function) or row.uses_moment) for row in called)


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for part in value.values():
                yield from _texts(part)
        case list():
            for part in value:
                yield from _texts(part)
