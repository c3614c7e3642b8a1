"""What came since the build: the rows of live sources that the snapshot does not count, kept up with and indexed.

A row is about a customer by its own identifiers, or by a row that it is looked up with, as an order line by its order.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from huaxiang.core.tables import Lookup
from huaxiang.project.live import live_log
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.live.mapped import FeedMapper
from huaxiang.service.live.owners import Owners
from huaxiang.sources.live import flat
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.engine import DuckEngine
from huaxiang.store.live_log import SEALED, LiveLog, Position

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
Message = tuple[str, int, Mapping[str, str]]

AT_ONCE = 20_000
"""Messages that are mapped together while catching up."""

_LOOSE = 64
"""Tables of few rows that are kept apart before they are put together."""


class LiveRows:
    """The rows of one feed, in the order in which they came, and where to find those of a customer."""

    def __init__(self, mapper: FeedMapper, lookups: Sequence[Lookup], looked_up_by: Sequence[str]) -> None:
        self.mapper = mapper
        self.source, self.table = mapper.source.name, mapper.table
        self._lookups = [lookup for lookup in lookups if lookup.customer]
        self._on = tuple(dict.fromkeys((*looked_up_by, *(lookup.on for lookup in self._lookups))))
        self._parts: list[pa.Table] = []
        self._starts: list[int] = []
        self._size = 0
        self.by_owner: dict[int, list[int]] = defaultdict(list)
        self.by_same: dict[str, list[int]] = defaultdict(list)
        self.by_key: dict[tuple[str, Any], list[int]] = defaultdict(list)

    def __len__(self) -> int:
        return self._size

    @property
    def whose(self) -> tuple[Lookup, ...]:
        """The look-ups that say whose a row is that names nobody itself."""
        return tuple(self._lookups)

    def add(self, rows: pa.Table, owners: Owners) -> None:
        """Take in mapped rows."""
        import pyarrow as pa

        if not rows.num_rows:
            return
        keyed = [name for name in rows.column_names if name.startswith("id_")]
        plain = rows.select([*keyed, *self._scopes(rows), "_same", *self._on, "_source"]).to_pylist()
        whose = owners.of(plain)
        for place, (row, owner) in enumerate(zip(plain, whose, strict=True), self._size):
            if owner is not None:
                self.by_owner[owner].append(place)
            if row["_same"] is not None:
                self.by_same[row["_same"]].append(place)
            for name in self._on:
                if row[name] is not None:
                    self.by_key[name, row[name]].append(place)
        self._starts.append(self._size)
        self._parts.append(rows.append_column("_owner", pa.array(whose, pa.int64())))
        self._size += rows.num_rows
        if len(self._parts) > _LOOSE and self._parts[-_LOOSE].num_rows < AT_ONCE:
            self._gather()

    def rows(self, places: Sequence[int]) -> list[Row]:
        """The rows at `places`, each with `_owner` (null: it names nobody itself), `_place` and `_once`.

        `_once` says that a message counts once, whatever it says.
        """
        import pyarrow as pa

        found: list[Row] = []
        once = self.mapper.feed.duplicates is None
        for part, mine in groupby(places, key=lambda place: bisect_right(self._starts, place) - 1):
            wanted = list(mine)
            taken = self._parts[part].take(pa.array([place - self._starts[part] for place in wanted]))
            for place, row in zip(wanted, taken.to_pylist(), strict=True):
                found.append({**row, "_place": place, "_once": once})
        return found

    def naming(self, type_: str, value: str) -> int:
        """How many rows carry an identifier."""
        import pyarrow.compute as pc

        name = f"id_{type_}"
        counts = (pc.sum(pc.equal(part[name], value)).as_py() for part in self._parts if name in part.column_names)
        return sum(count or 0 for count in counts)

    def _scopes(self, rows: pa.Table) -> list[str]:
        return [name for name in self.mapper.scopes if name in rows.column_names and name not in self._on]

    def _gather(self) -> None:
        """Put the small tables at the end together: each has a cost of its own."""
        import pyarrow as pa

        kept = len(self._parts) - _LOOSE
        together = pa.concat_tables(self._parts[kept:]).combine_chunks()
        self._parts[kept:], self._starts[kept:] = [together], [self._starts[kept]]


class Tail:
    """Follows the logs of a project's live sources from where a snapshot stopped reading."""

    def __init__(
        self, project: LoadedProject, feeds: Sequence[LiveRows], owners: Owners, seen: Mapping[str, int]
    ) -> None:
        self.feeds = feeds
        self._owners = owners
        folder = project.folder.absolute()
        self._logs = [_Log(folder, project.sources[name], number) for name, number in seen.items()]

    def remember(self, engine: DuckEngine) -> None:
        """Take in the rows that the build read and that did not count yet."""
        for feed in self.feeds:
            waiting = engine.table(f"live_rows_{feed.source}_{feed.mapper.number}")
            feed.add(engine.arrow(waiting, step=f"rows of {feed.source} that wait"), self._owners)

    def catch_up(self) -> None:
        """Take in the messages that were appended since the last look."""
        for log in self._logs:
            feeds = [feed for feed in self.feeds if feed.source == log.name]
            for messages in log.fresh():
                for feed in feeds:
                    feed.add(feed.mapper(messages), self._owners)


class _Log:
    """The log of one source, read on from the last look."""

    def __init__(self, folder: Any, source: SourceSpec, segment: int) -> None:
        self.name = source.name
        self._log: LiveLog = live_log(folder, source)
        self._shown = self._log.folder.relative_to(folder).as_posix()
        self._place, self._rows = Position(segment + 1), 0

    def fresh(self) -> Iterator[list[Message]]:
        batch: list[Message] = []
        for place, line in self._log.lines(self._place):
            self._rows = self._rows + 1 if place.segment == self._place.segment else 1
            self._place = place
            if (message := _message(line)) is not None:
                batch.append((f"{self._shown}/{place.segment:08d}{SEALED}", self._rows, message))
            if len(batch) >= AT_ONCE:
                yield batch
                batch = []
        if batch:
            yield batch


def _message(line: bytes) -> Mapping[str, str] | None:
    """The message in a line; None where it holds none, which the next build puts into quarantine."""
    try:
        found = json.loads(line)
        return flat(found) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None
