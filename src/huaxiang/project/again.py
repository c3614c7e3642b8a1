"""Reading a source again: what former builds mapped is taken over, and only files that are new are read.

A source is read as a whole where a file changed or went, where its definition changed, where rows of it lay after the
moment of the build that read it, and where the moment decides more about its rows. Then everything is as if nothing had
been kept. The result is the same either way, but for figures of quality that can't be added up (how many values differ,
quantiles, outliers): those are of the last reading as a whole, which comes when a source has grown by a fifth.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.project.kept import (
    GROWTH,
    PARTS,
    Counted,
    FeedRead,
    Fingerprint,
    KeptSource,
    Memory,
    SourceRead,
    definition_digest,
    fingerprint,
    knows_moment,
)
from huaxiang.project.loaded import LoadedProject
from huaxiang.quality.expect import EXAMPLES, Outcome
from huaxiang.quality.profile import ColumnProfile, FeedProfile
from huaxiang.quality.split import find_duplicates
from huaxiang.sources.readers import RawSource
from huaxiang.sources.readers.files import source_files
from huaxiang.sources.spec import SourceSpec

if TYPE_CHECKING:
    import ibis

KINDS = ("mapped", "duplicates", "quarantined")
"""The working tables of a feed that are kept: a file per part each."""

_LATER = "after_as_of"
_SQLITE = "sqlite:///"
_ADDED_UP = ("read", "used", "quarantined", "deduplicated", "set_aside")


@dataclass(frozen=True)
class Again:
    """Takes sources over from former builds, and keeps what this one reads.

    `folder` is the project's; `definitions` says by source what decides about its rows, and `timeless` whether the
    moment of the build decides only which of them lie after it.
    """

    engine: Engine
    memory: Memory
    moment: Moment
    folder: Path
    scratch: Path
    definitions: Mapping[str, str]
    timeless: frozenset[str]
    full: bool = False
    """Read all sources as a whole, whatever is kept."""

    @classmethod
    def of(
        cls,
        project: LoadedProject,
        definitions: Mapping[str, str],
        moment: Moment,
        engine: Engine,
        memory: Memory,
        scratch: Path,
        *,
        full: bool,
    ) -> Again:
        """What a build of `project` at `moment` may take over; `definitions` are those of `definitions_of`."""
        timeless = frozenset(each.name for each in project.sources.values() if not knows_moment(each, project.tables))
        return cls(engine, memory, moment, project.folder.absolute(), scratch, definitions, timeless, full)

    def known(self, source: SourceSpec) -> tuple[KeptSource, list[Path]] | None:
        """What is kept of a source, where it still holds, and the files that came since."""
        kept = self.memory.kept(source.name) if self.is_told_by_files(source) and not self.full else None
        if kept is None or kept.definition != self.definitions[source.name] or len(kept.parts) > PARTS:
            return None
        same = kept.moment == self.moment.utc
        if not same and (kept.waiting or kept.moment > self.moment.utc or source.name not in self.timeless):
            return None
        files = self.files(source)
        if any(files.get(name) != seen for name, seen in kept.files.items()):
            return None
        new = [Path(name) for name in files if name not in kept.files]
        # A database is one thing, whatever files it is made of.
        return None if new and source.path is None else (kept, new)

    def is_told_by_files(self, source: SourceSpec) -> bool:
        """Whether files tell if a source has changed: its own, or those of an SQLite database."""
        return not source.live and (source.path is not None or (source.url or "").startswith(_SQLITE))

    def is_kept(self, source: SourceSpec) -> bool:
        """Whether the rows of a source are kept: they stand where they stood, so two readings can be compared."""
        return source.live or self.is_told_by_files(source)

    def files(self, source: SourceSpec) -> dict[str, Fingerprint]:
        """The files of a source, and what tells whether they are still the same; none of a live one, which grows."""
        if source.live:
            return {}
        if source.path is not None:
            found = source_files(source.path, self.folder)
        else:
            database = self.folder / (source.url or "").removeprefix(_SQLITE)
            found = [path for path in (database, database.with_name(database.name + "-wal")) if path.exists()]
        return {str(path): fingerprint(path) for path in found}

    def all_parts(
        self, source: SourceSpec, kept: KeptSource, kind: str, feed: int, new: ibis.Table | None, *, name: str = ""
    ) -> ibis.Table:
        """A working table of a feed over all parts; `new` are the rows of this build's own part.

        `name` begins the name of a table that is not to be this build's own.
        """
        name = "_".join((*([name] if name else []), kind, source.name, str(feed)))
        folder = self.scratch / "parts" / name
        for part in kept.parts:
            self.memory.link(source.name, part, f"{kind}_{feed}", folder / f"{part}.parquet")
        if new is not None:
            self.engine.write_parquet(new, folder / f"{self.memory.build}.parquet", step=name)
        return self.engine.view_parquet(name, f"{self.scratch.name}/parts/{name}/*.parquet", step=name)

    def keep_whole(self, source: SourceSpec, read: SourceRead) -> tuple[str, ...]:
        """Remember a source that was read as a whole; the parts that it is kept in, none where it is not."""
        if not self.is_kept(source):
            return ()
        kept = self.memory.kept(source.name)
        if kept is not None and kept.moment > self.moment.utc:
            # A look back: what the latest build knows is worth more.
            return ()
        feeds = range(len(source.feeds))
        waiting = any(self._waits(f"mapped_{source.name}_{number}") for number in feeds)
        learnt = KeptSource(
            self.definitions[source.name],
            self.moment.utc,
            waiting,
            self.files(source),
            (self.memory.build,),
            read.rows,
            read,
        )
        files = {
            f"{kind}_{number}": self.scratch / f"{kind}_{source.name}_{number}.parquet"
            for kind in KINDS
            for number in feeds
        }
        self.memory.learn(source.name, learnt, files)
        return learnt.parts

    def keep_more(self, source: SourceSpec, kept: KeptSource, read: SourceRead) -> None:
        """Remember a source of which only new files were read; `read` is what is now known of all of it."""
        feeds = range(len(source.feeds))
        files = {
            f"{kind}_{number}": self.scratch
            / "parts"
            / f"{kind}_{source.name}_{number}"
            / f"{self.memory.build}.parquet"
            for kind in KINDS
            for number in feeds
        }
        waiting = kept.waiting or any(self._waits(f"mapped_{source.name}_{number}") for number in feeds)
        more = replace(
            kept,
            moment=self.moment.utc,
            waiting=waiting,
            files=self.files(source),
            parts=(*kept.parts, self.memory.build),
            read=read,
        )
        self.memory.learn(source.name, more, files)

    def _waits(self, name: str) -> bool:
        rows = self.engine.table(name)
        later = rows.aggregate(later=(rows["_aside"] == _LATER).any())
        return bool(self.engine.rows(later, step=f"later rows of {name}")[0]["later"])


def definitions_of(project: LoadedProject) -> dict[str, str]:
    """By source a digest of all that decides about its rows, but for the rows and the moment."""
    rules, zone = project.identifiers, project.spec.time_zone
    return {each.name: definition_digest(each, project.tables, rules, zone) for each in project.sources.values()}


def newly_doubled(mapped: ibis.Table, new: ibis.Table, known: ibis.Table, keep: Any) -> ibis.Table:
    """The rows that say again what another one says, beyond those `known`, since the rows `new` came to `mapped`.

    A row that was a duplicate remains one, whatever comes; only rows that share their mark with a new one can become
    duplicates.
    """
    marks = new.filter(new["_same"].notnull()).select("_same").distinct()
    return find_duplicates(mapped.semi_join(marks, "_same"), keep=keep).anti_join(known, ["_file", "_row"])


def outgrown(kept: KeptSource, rows: int) -> bool:
    """Whether a source has grown so much, by `rows`, that its figures have to be counted anew."""
    return kept.read.rows + rows > kept.audited * (1 + GROWTH)


def columns_of(raw: RawSource) -> dict[str, str]:
    """The columns of a source with their types."""
    return {name: str(dtype) for name, dtype in raw.table.schema().items()}


def counted(outcomes: Iterable[Outcome]) -> dict[str, Counted]:
    """How rules fared, by their names."""
    return {outcome.rule.name: (outcome.rows, outcome.failed, outcome.examples) for outcome in outcomes}


def outcomes_of(source: SourceSpec, table: str | None, rules: Mapping[str, Counted]) -> list[Outcome]:
    """The outcomes of the rules about `table` (None: the source's own columns)."""
    return [
        Outcome(source.name, table, rule, *rules[rule.name], at=source.place("expect", number))
        for number, rule in enumerate(source.expect)
        if rule.table == table
    ]


def added(before: SourceRead, new: SourceRead) -> SourceRead:
    """What is known of a source after more of it was read."""
    return SourceRead(
        before.columns,
        _added_metrics(before.metrics, new.metrics),
        _added_rules(before.rules, new.rules),
        (*before.findings, *(found for found in new.findings if found not in before.findings)),
        tuple(_added_feed(*pair) for pair in zip(before.feeds, new.feeds, strict=True)),
    )


def _added_feed(before: FeedRead, new: FeedRead) -> FeedRead:
    balance = before.balance | {name: before.balance[name] + new.balance[name] for name in _ADDED_UP}
    return FeedRead(balance, _added_profile(before.profile, new.profile), _added_rules(before.rules, new.rules))


def _added_profile(before: FeedProfile, new: FeedProfile) -> FeedProfile:
    columns = {name: _added_column(column, new.columns[name]) for name, column in before.columns.items()}
    return FeedProfile(before.rows + new.rows, columns)


def _added_column(before: ColumnProfile, new: ColumnProfile) -> ColumnProfile:
    """Sums and ends are exact; how many values differ is at least that; the rest is as it was counted last."""
    filled = before.filled + new.filled
    return replace(
        before,
        filled=filled,
        invalid=before.invalid + new.invalid,
        distinct=min(max(before.distinct, new.distinct), filled),
        low=min((low for low in (before.low, new.low) if low is not None), default=None),
        high=max((high for high in (before.high, new.high) if high is not None), default=None),
    )


def _added_rules(before: Mapping[str, Counted], new: Mapping[str, Counted]) -> dict[str, Counted]:
    return {
        name: (rows + new[name][0], failed + new[name][1], (*examples, *new[name][2])[:EXAMPLES])
        for name, (rows, failed, examples) in before.items()
    }


def _added_metrics(before: tuple[dict[str, Any], ...], new: tuple[dict[str, Any], ...]) -> tuple[dict[str, Any], ...]:
    more = {row["metric"]: row["value"] for row in new if row["column"] is None}
    return tuple(
        row | {"value": row["value"] + more[row["metric"]]} if row["column"] is None and row["metric"] in more else row
        for row in before
    )
