"""The way in: sources are read, mapped and split, and an account is kept of every row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import DataError, NotFoundError, ProjectError
from huaxiang.core.findings import Finding
from huaxiang.core.tables import Table
from huaxiang.core.types import of_ibis
from huaxiang.expressions.functions.cleaning import cleaning_functions
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.project.again import KINDS, Again, added, columns_of, counted, newly_doubled, outcomes_of, outgrown
from huaxiang.project.kept import FeedRead, KeptSource, SourceRead
from huaxiang.project.live import last_segment, open_live
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, ReadSource, Unite
from huaxiang.project.rules import check_mapped, check_raw
from huaxiang.project.turnover import Turnover, counting, lost, only_in, pushed_out, united
from huaxiang.quality.audit import Metric, audit_feed, audit_freshness, audit_source, audit_types, check_freshness
from huaxiang.quality.changes import State
from huaxiang.quality.data_map import Mapping as MappedColumn
from huaxiang.quality.data_map import data_map_rows, data_map_table
from huaxiang.quality.distribution import Distribution, distributions
from huaxiang.quality.expect import Outcome, check_blocking, check_outcomes
from huaxiang.quality.profile import FeedProfile, profile_feed
from huaxiang.quality.run import Account, write_quality
from huaxiang.quality.scores import Measured
from huaxiang.quality.split import (
    Split,
    accepted_rows,
    balance_table,
    check_balance,
    find_duplicates,
    quarantine_table,
    split_feed,
)
from huaxiang.sources.check import check_source
from huaxiang.sources.map import map_feed
from huaxiang.sources.readers import RawSource, open_source
from huaxiang.sources.secret import cleaning_of, hidden, secret_columns
from huaxiang.sources.spec import FeedSpec, SourceSpec

if TYPE_CHECKING:
    import ibis

Store = Callable[..., "ibis.Table"]


@dataclass
class Intake:
    """Reads sources into accepted tables and remembers what became of each row.

    `store` computes a working table into the scratch folder and names it. `former` is what the build that serves knew
    about its data; `again` takes over what former builds read, where that is wanted.
    """

    project: LoadedProject
    plan: Plan
    engine: Engine
    scratch: Path
    store: Store
    identifiers: Mapping[str, IdentifierSpec]
    former: State | None = None
    again: Again | None = None
    findings: list[Finding] = field(default_factory=list)
    balance: list[dict[str, Any]] = field(default_factory=list)
    segments: dict[str, int] = field(default_factory=dict)
    """Of each live source the last segment of its log that was read."""
    base: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By source the kept parts that the build knew which this one goes on from."""
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By source the parts that this build knows; none of a source that is not kept."""
    turnover: dict[str, Turnover] = field(default_factory=dict)
    """By table, or feed, what came and went since the build that this one goes on from, where that is known."""
    _quarantined: list[ibis.Table] = field(default_factory=list)
    _metrics: list[Metric] = field(default_factory=list)
    _map: list[dict[str, Any]] = field(default_factory=list)
    _outcomes: list[Outcome] = field(default_factory=list)
    _spreads: list[Distribution] = field(default_factory=list)

    def read(self, step: ReadSource) -> None:
        """Open a source, audit it, and map and split each of its feeds; what was read before is taken over."""
        source = step.source
        read = self._continued(source) or self._whole(source)
        self.findings += [Finding.of_dict(found) for found in read.findings]
        self._metrics += read.metrics
        judged = outcomes_of(source, None, read.rules)
        for feed, learnt in zip(source.feeds, read.feeds, strict=True):
            # The account changes when customers are looked for; what was read does not.
            self.balance.append(dict(learnt.balance))
            self._describe(source, feed, learnt)
            judged += outcomes_of(source, feed.table, learnt.rules)
        self._outcomes += judged
        self.findings += check_outcomes(judged)

    def stop_if_blocked(self) -> None:
        """See that the rules of all sources, which were read, let a snapshot be made.

        Raises:
            DataError: some don't.
        """
        check_blocking(self._outcomes, serving=self.former is not None)

    def unite(self, step: Unite) -> None:
        """Name the usable rows of all feeds of a table as one table, and those that were set aside as another.

        `_feed` is the number of the feed.
        """
        import ibis

        names = self.project.tables[step.subject].names
        mapped = [self.engine.table(f"mapped_{source}_{number}") for source, number, _ in step.feeds]
        aside = [rows.filter(rows["_aside"].notnull()).select(*names) for rows in mapped]
        self.engine.view(f"aside_{step.subject}", ibis.union(*aside) if len(aside) > 1 else aside[0], step=step.name)
        parts = []
        for source, number, _ in step.feeds:
            rows = self.engine.table(f"used_{source}_{number}")
            parts.append(rows.mutate(_feed=ibis.literal(number, "int64")))
        people = sorted({name for part in parts for name in part.columns if name.startswith("id_")})
        columns = [*parts[0].columns, *(name for name in people if name not in parts[0].columns)]
        self.engine.view(f"accepted_{step.subject}", united(parts, columns), step=step.name)
        self._turn_over(step, columns)

    def _turn_over(self, step: Unite, columns: Sequence[str]) -> None:
        """Put together what is known of the turnover of a table's feeds."""
        import ibis

        feeds = {(source, number): self.turnover.get(f"{source}_{number}") for source, number, _ in step.feeds}
        if None in feeds.values() or len({source for source, _ in feeds}) < len(feeds):
            # Two feeds of one source put two rows at one place.
            return
        whole = {}
        for side in ("came", "went"):
            found = [
                rows.mutate(_feed=ibis.literal(number, "int64"))
                for (_, number), turnover in feeds.items()
                if (rows := getattr(turnover, side)) is not None
            ]
            whole[side] = united(found, (*columns, "_aside")) if found else None
        forgets = any(turnover.forgets for turnover in feeds.values() if turnover is not None)
        self.turnover[step.subject] = Turnover(**whole, forgets=forgets)

    def refuse(self, table: Table, facts: ibis.Table, unused: ibis.Table) -> None:
        """Account for the rows that turned out to be unusable, or too late, once their customer was looked for.

        `facts` are the table's, `unused` those that became none (`unused_facts`).

        Raises:
            DataError: rows were lost or doubled on the way from the feeds to here.
        """
        step = f"count refused {table.name}"
        stored = self.engine.rows(facts.group_by("_source").aggregate(rows=facts.count()), step=step)
        arrived = {row["_source"]: row["rows"] for row in stored}
        late = unused["_aside"].notnull()
        counted = unused.group_by("source", "_feed").aggregate(rows=unused.count(), aside=late.sum())
        accounts = [row for row in self.balance if row["target"] == table.name]
        for row in self.engine.rows(counted, step=step):
            arrived[row["source"]] = arrived.get(row["source"], 0) + row["rows"]
        for source in dict.fromkeys(row["source"] for row in accounts):
            used = sum(row["used"] for row in accounts if row["source"] == source)
            if used != arrived.get(source, 0):
                raise DataError(
                    f"source '{source}' ({table.name}): {used} rows are to be used, but "
                    f"{arrived.get(source, 0)} arrived. This is a mistake of ours: please report it."
                )
        for row in self.engine.rows(counted, step=step):
            account = self._account(table.name, row["source"], row["_feed"])
            account["used"] -= row["rows"]
            account["quarantined"] += row["rows"] - row["aside"]
            account["set_aside"] += row["aside"]
        self._quarantined.append(unused.filter(~late))

    def close(self) -> None:
        """Write `quarantine`, `balance`, `data_map`, `quality` and the tables beside it.

        Raises:
            DataError: the rows of a feed don't balance.
        """
        check_balance(self.balance)
        engine = self.engine
        engine.create("quarantine", quarantine_table(self._quarantined), step="quarantine")
        engine.create("balance", balance_table(self.balance), step="balance")
        engine.create("data_map", data_map_table(self._map), step="data map")
        places = {name: source.at for name, source in self.project.sources.items()}
        read = [step.source for step in self.plan.steps if isinstance(step, ReadSource)]
        account = Account([self._measured(source) for source in read], self._spreads, places)
        self.findings += write_quality(engine, account, self.former or State())

    def _measured(self, source: SourceSpec) -> Measured:
        """All that was learnt about one source."""
        return Measured(
            source.name,
            [row for row in self._metrics if row["source"] == source.name],
            [row for row in self.balance if row["source"] == source.name],
            [row for row in self._map if row["source"] == source.name],
            [outcome for outcome in self._outcomes if outcome.source == source.name],
            frozenset(number for number, feed in enumerate(source.feeds) if source.key or feed.duplicates),
            source.freshness.warn_after.days if source.freshness else None,
        )

    def _check(self, source: SourceSpec, raw: RawSource) -> None:
        """See that the definition speaks of columns that the source has.

        Raises:
            ProjectError: it does not; with all mistakes about this source.
        """
        types = {name: of_ibis(dtype) for name, dtype in raw.table.schema().items() if name in raw.columns}
        found = list(check_source(source, types, self.project.tables, cleaning_functions()))
        errors = [finding for finding in found if finding.severity == "error"]
        if errors:
            raise ProjectError(sorted(errors, key=lambda finding: finding.at))

    def _whole(self, source: SourceSpec) -> SourceRead:
        """Read a source as a whole."""
        raw = self._opened(source)
        self._check(source, raw)
        read = self._learnt(source, raw, [self._feed(source, n, feed, raw) for n, feed in enumerate(source.feeds)])
        if self.again:
            self._compare(source, self.again)
            if parts := self.again.keep_whole(source, read):
                self.parts[source.name] = parts
        return read

    def _continued(self, source: SourceSpec) -> SourceRead | None:
        """Read what is new of a source, with all before it taken over; None where it must be read as a whole."""
        known = self.again.known(source) if self.again else None
        if self.again is None or known is None:
            return None
        kept, fresh = known
        self.parts[source.name] = kept.parts
        if not fresh:
            for number in range(len(source.feeds)):
                self._part(source, number, kept)
            return kept.read
        raw = self._opened(source, only=fresh)
        rows = self._count(raw.table, step=f"count {source.name}")
        if columns_of(raw) != kept.read.columns or outgrown(kept, rows):
            return None
        self.parts[source.name] = (*kept.parts, self.again.memory.build)
        more = [self._more(source, number, feed, raw, kept) for number, feed in enumerate(source.feeds)]
        read = added(kept.read, self._learnt(source, raw, more))
        self.again.keep_more(source, kept, read)
        return read

    def _opened(self, source: SourceSpec, only: list[Path] | None = None) -> RawSource:
        folder = self.scratch / "sources" / source.name
        folder.mkdir(parents=True, exist_ok=True)
        # The engine tells files apart by the path it was given: a relative one would come back changed.
        place = self.project.folder.absolute()
        if source.live:
            raw: RawSource | None = open_live(self.engine, source, place, folder)
        else:
            raw = open_source(self.engine, source, place, folder, only=only)
        if raw is None:
            raise NotFoundError(f"source '{source.name}' was there when the build was planned, and is gone now.")
        if source.live:
            self.segments[source.name] = last_segment(raw)
        return raw

    def _learnt(self, source: SourceSpec, raw: RawSource, feeds: list[FeedRead]) -> SourceRead:
        """What there is to know about the rows that were read."""
        metrics = audit_source(self.engine, raw.table, raw.rejects, source=source.name, null_values=source.null_values)
        metrics += audit_types(raw.table, source=source.name)
        judged = check_raw(self.engine, source, raw.table, self.plan.moment)
        found = tuple(finding.as_dict() for finding in raw.findings)
        return SourceRead(columns_of(raw), tuple(metrics), counted(judged), found, tuple(feeds))

    def _feed(self, source: SourceSpec, number: int, feed: FeedSpec, raw: RawSource) -> FeedRead:
        """Map, split and audit one feed."""
        name = f"{source.name}_{number}"
        mapped = self.store(f"mapped_{name}", self._mapped(source, feed, raw), step=f"map {name}")
        duplicates = self.store(
            f"duplicates_{name}", find_duplicates(mapped, keep=source.keeps(feed)), step=f"find duplicates {name}"
        )
        split = self._split(source, number, mapped, duplicates, raw)
        self.engine.view(f"used_{name}", split.accepted, step=f"split {name}")
        self._quarantined.append(self.store(f"quarantined_{name}", split.quarantined, step=f"quarantine {name}"))
        return self._read(source, feed, mapped, split)

    def _more(self, source: SourceSpec, number: int, feed: FeedSpec, raw: RawSource, kept: KeptSource) -> FeedRead:
        """Map, split and audit the new rows of one feed, whose others are taken over."""
        assert self.again is not None  # noqa: S101 - who asks has kept something
        name = f"{source.name}_{number}"
        new = self.store(f"mapped_new_{name}", self._mapped(source, feed, raw), step=f"map {name}")
        mapped = self.again.all_parts(source, kept, "mapped", number, new)
        known = self.again.all_parts(source, kept, "duplicates", number, None)
        doubled = newly_doubled(mapped, new, known, source.keeps(feed))
        duplicates = self.store(f"duplicates_new_{name}", doubled, step=f"find duplicates {name}")
        split = self._split(source, number, new, duplicates, raw)
        self._part(source, number, kept, new, duplicates, split.quarantined)
        return self._read(source, feed, new, split)

    def _part(self, source: SourceSpec, number: int, kept: KeptSource, *new: ibis.Table) -> None:
        """Name the working tables of a feed over all parts; `new` are those of this build's own part."""
        assert self.again is not None  # noqa: S101 - who asks has kept something
        own = new or (None,) * len(KINDS)
        mapped, duplicates, quarantined = (
            self.again.all_parts(source, kept, kind, number, part) for kind, part in zip(KINDS, own, strict=True)
        )
        name = f"{source.name}_{number}"
        self.engine.view(f"used_{name}", accepted_rows(mapped, duplicates), step=f"split {name}")
        self._quarantined.append(quarantined)
        if self._goes_on_from(source, kept):
            came, went = (counting(new[0], new[1]), pushed_out(mapped, new[0], new[1])) if new else (None, None)
            self._turned_over(name, came, went)

    def _compare(self, source: SourceSpec, again: Again) -> None:
        """Find out what came and went of a source that was read as a whole, where what was there before is kept."""
        kept = again.memory.kept(source.name)
        if kept is None or again.full or not again.is_kept(source) or not self._goes_on_from(source, kept):
            return
        for number in range(len(source.feeds)):
            name = f"{source.name}_{number}"
            then = [again.all_parts(source, kept, kind, number, None, name="then") for kind in KINDS[:2]]
            now = [self.engine.table(f"{kind}_{name}") for kind in KINDS[:2]]
            before, after = counting(*then), counting(*now)
            self._turned_over(name, only_in(after, before), only_in(before, after), gone=lost(then[0], then[1], now[0]))

    def _goes_on_from(self, source: SourceSpec, kept: KeptSource) -> bool:
        """Whether what is kept of a source is what the build knew which this one goes on from."""
        same = self.again is not None and kept.definition == self.again.definitions[source.name]
        return same and tuple(self.base.get(source.name, ())) == kept.parts

    def _turned_over(
        self, name: str, came: ibis.Table | None, went: ibis.Table | None, *, gone: ibis.Table | None = None
    ) -> None:
        """Remember the turnover of a feed; `gone`: what is not in its source any more, which was read as a whole."""
        found = {}
        for side, rows in (("came", came), ("went", went)):
            if rows is not None:
                stored = self.store(f"{side}_{name}", rows, step=f"{side} {name}")
                if self._count(stored, step=f"count {side} {name}"):
                    found[side] = stored
        forgets = gone is not None and ("went" in found or self._count(gone, step=f"count gone {name}") > 0)
        self.turnover[name] = Turnover(**found, forgets=forgets)

    def _count(self, rows: ibis.Table, *, step: str) -> int:
        return int(self.engine.rows(rows.aggregate(n=rows.count()), step=step)[0]["n"])

    def _split(
        self, source: SourceSpec, number: int, mapped: ibis.Table, duplicates: ibis.Table, raw: RawSource
    ) -> Split:
        """Split mapped rows; what becomes a token is hidden in the rows that quarantine shows."""
        secret = secret_columns(source, self.project.tables, self.identifiers, dict.fromkeys(raw.columns))
        shown = hidden(raw.table, secret) if secret else raw.table
        rejects = hidden(raw.rejects, ["text"]) if secret and raw.rejects is not None else raw.rejects
        target = source.feeds[number].table
        return split_feed(mapped, duplicates, shown, rejects, source=source.name, feed=number, target=target)

    def _read(self, source: SourceSpec, feed: FeedSpec, mapped: ibis.Table, split: Split) -> FeedRead:
        (balance,) = self.engine.rows(split.balance, step=f"balance {source.name}")
        names = [column.column for column in self._columns(feed)]
        profile = profile_feed(self.engine, mapped, names, step=f"audit {source.name}")
        judged = check_mapped(self.engine, source, feed.table, mapped, self.plan.moment)
        return FeedRead(balance, profile, counted(judged))

    def _mapped(self, source: SourceSpec, feed: FeedSpec, raw: RawSource) -> ibis.Table:
        return map_feed(
            raw.table,
            source=source,
            feed=feed,
            table=self.project.tables[feed.table],
            identifiers=self.identifiers,
            zone=self.project.spec.time_zone,
            moment=self.plan.moment,
        )

    def _columns(self, feed: FeedSpec) -> list[MappedColumn]:
        """The columns that a feed maps."""
        specs = {**feed.columns, **{f"id_{name}": spec for name, spec in feed.identifiers.items()}}
        cleaning = cleaning_of(feed, self.project.tables[feed.table], self.identifiers)
        return [MappedColumn(name, spec.value, cleaning[name]) for name, spec in specs.items()]

    def _describe(self, source: SourceSpec, feed: FeedSpec, read: FeedRead) -> None:
        """Enter what is known of a feed into the audit and the data map."""
        self._metrics += audit_feed(read.profile, read.balance)
        self._spreads += distributions(read.profile, source=source.name, target=feed.table)
        self._map += data_map_rows(read.profile, self._columns(feed), source=source.name, target=feed.table)
        self._freshness(source, feed, read.profile)

    def _freshness(self, source: SourceSpec, feed: FeedSpec, profile: FeedProfile) -> None:
        freshness = source.freshness
        if freshness is None:
            return
        # Freshness may name a column of the standard table, or the source's column that feeds it.
        mapped = (name for name, spec in feed.columns.items() if spec.value == freshness.column)
        column = freshness.column if freshness.column in profile.columns else next(mapped, None)
        if column is None:
            return
        metric = audit_freshness(profile, column, source=source.name, moment=self.plan.moment)
        self._metrics += [metric] if metric else []
        self.findings += check_freshness(metric, freshness.warn_after, source.place("freshness"))

    def _account(self, target: str, source: str, feed: int) -> dict[str, Any]:
        """The row of the balance of one feed."""
        return next(
            row for row in self.balance if (row["target"], row["source"], row["feed"]) == (target, source, feed)
        )
