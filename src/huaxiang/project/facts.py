"""The step `write facts`: from all rows, or, going on from a former build, of the customers whom something touches.

A row has to be looked at anew where it came or went, where a row that completes it did, where an identifier of it names
somebody else now, and, at a later moment, where it was set aside. The customers whose facts these rows were or become
get a run of their own, with all of their facts; everybody else's files get a second name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine, Spreading
from huaxiang.core.files import link_file
from huaxiang.core.sizes import MEMORY
from huaxiang.core.tables import Table
from huaxiang.facts.build import KEY, facts, facts_sorted_once, in_order, in_order_once, joined_rows, usable
from huaxiang.facts.files import GROUP
from huaxiang.facts.runs import Run, customers, part, piece, runs, unused
from huaxiang.project.base import Base
from huaxiang.project.facts_ahead import Ahead
from huaxiang.project.facts_room import Room, cut
from huaxiang.project.intake import Intake, Store
from huaxiang.project.kept import asks_for_moment
from huaxiang.project.plan import WriteFacts
from huaxiang.project.turnover import PLACE, Turnover, united
from huaxiang.quality.split import unused_facts
from huaxiang.store.failures import storage_failures

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

RUNS = 8
"""After so many runs all facts are written as one again."""

MOST = 0.2
"""When more than this share of the facts is touched, all of them are written anew."""

_PLACES, _OTHERS, _OWNERS = "_fact_places", "_fact_others", "_fact_owners"
_BEFORE = "refused"
_KEPT = {"_source": "source", "_file": "file", "_row": "row"}
"""What the columns of a place are called in the rows that became no facts."""


@dataclass(frozen=True)
class FactStep:
    """Writes the facts of one table after the other into `folder`.

    `accepted` names the tables that have accepted rows; `store` computes a working table into the scratch folder and
    names it; `base` is the build that this one goes on from.
    """

    intake: Intake
    accepted: Sequence[str]
    owned: Callable[[ibis.Table], ibis.Table]
    folder: Path
    store: Store
    base: Base | None = None
    renamed: ibis.Table | None = None
    """The identifiers (`type`, `value`) that name somebody else than in the build before; None: none does."""
    threads: int = 1
    memory: int | None = None
    """The bytes that the build may take, where somebody said how many."""
    touched: dict[str, NDArray[np.int64] | None] = field(default_factory=dict)
    """By table the customers who may have other facts now than in the build before; None: nobody knows."""

    @property
    def engine(self) -> Engine:
        """The engine of the build."""
        return self.intake.engine

    @cached_property
    def ahead(self) -> Ahead:
        """Writes tables before it is their turn, where nothing of any is taken over."""
        return Ahead(self.threads)

    def write(self, table: Table) -> None:
        """Write the facts of `table`, name them `fact_<table>`, and account for the rows that became none.

        Raises:
            DataError: rows were lost or doubled on the way from the feeds to here.
            StoreError: the disk refused.
        """
        place = self.folder / table.name
        self.touched[table.name] = None
        try:
            with storage_failures(place):
                if not self._go_on(table, place):
                    self._write_whole(table, place)
            self._name(table, place)
            unusable = self.engine.table(f"unused_{table.name}")
            self.intake.refuse(table, self.engine.table(f"fact_{table.name}"), unusable)
            for name in (f"joined_{table.name}", _PLACES, _OTHERS, _OWNERS):
                self.engine.drop(name)
        except BaseException:
            self.ahead.close()
            raise

    def _write_whole(self, table: Table, place: Path) -> None:
        if isinstance(self.engine, Spreading):
            joined = self._computed(table, self._whole(table))
            self.engine.write_parquet(facts(joined, table), part(place, 0), step=f"sort {table.name}", group=GROUP)
            self._keep_unused(table, place, unused_facts(joined, table.names, target=table.name))
            return
        embedded: Any = self.engine.embedded
        # What completes rows is smaller than they are: identifiers, products, orders of lines.
        embedded.keep_sides(True)
        try:
            if not self._written_ahead(table):
                self._keep_all_unused(table)
                for content, file in self._pieces(table):
                    self.engine.write_parquet(content, file, step=f"sort {table.name}", group=GROUP)
        finally:
            if not self.ahead.is_under_way:
                embedded.keep_sides(False)

    def _written_ahead(self, table: Table) -> bool:
        """Wait until the facts of a table are written ahead, beginning with all tables at the first one.

        False: they are not. A build that goes on from another one writes few tables as a whole.
        """
        if self.base is None and self.ahead.is_open:
            for each in self._written:
                # What sorts while others join has to share its memory with them: joins come first.
                self._keep_all_unused(each)
            self.ahead.begin({each.name: self._writers(each) for each in self._written})
        return self.ahead.wait(table.name)

    def _keep_all_unused(self, table: Table) -> None:
        rows = unused_facts(self._whole(table), table.names, target=table.name)
        self._keep_unused(table, self.folder / table.name, rows)

    def _writers(self, table: Table) -> list[Callable[[], None]]:
        """What writes all facts of a table, in any thread."""
        embedded: Any = self.engine.embedded
        return [
            embedded.parquet_writer(content, file, step=f"sort {table.name}", group=GROUP)
            for content, file in self._pieces(table)
        ]

    def _pieces(self, table: Table) -> list[tuple[ibis.Table, Path]]:
        """All facts of a table in order, and their file; by ranges of customers where memory asks for it."""
        joined, place = self._whole(table), self.folder / table.name
        if self._is_ample:
            return [(facts_sorted_once(joined, table), part(place, 0))]
        ranges = self._room.ranges(self._used(table), len(table.names))
        rows = self.store(f"joined_{table.name}", usable(joined, table), step=f"join {table.name}")
        cuts = cut(rows, ranges, self._customers)
        return [(in_order_once(each, table), piece(place, 0, number)) for number, each in enumerate(cuts)]

    @property
    def _written(self) -> list[Table]:
        """The tables whose facts the build writes."""
        return [
            self.intake.project.tables[step.subject] for step in self.intake.plan.steps if isinstance(step, WriteFacts)
        ]

    def _used(self, table: Table) -> int:
        """How many rows of a table come in, of all its feeds."""
        return sum(row["used"] for row in self.intake.balance if row["target"] == table.name)

    @cached_property
    def _is_ample(self) -> bool:
        """Whether all tables can be sorted as they are joined."""
        return all(self._room.is_ample(self._used(table), len(table.names)) for table in self._written)

    @cached_property
    def _room(self) -> Room:
        identifiers = self.engine.table("identifiers")
        return Room(self.memory or MEMORY, self._count(identifiers))

    @cached_property
    def _customers(self) -> int:
        """One more than the highest number of a customer who has an identifier; the others have no facts."""
        identifiers = self.engine.table("identifiers")
        (row,) = self.engine.rows(identifiers.aggregate(last=identifiers[KEY].max()), step="count customers")
        return int(row["last"] or 0) + 1

    def _whole(self, table: Table) -> ibis.Table:
        return self._joined(table, {name: self.engine.table(f"accepted_{name}") for name in self.accepted})

    def _joined(self, table: Table, accepted: dict[str, ibis.Table]) -> ibis.Table:
        """The rows of `accepted[table]` with all that makes them facts.

        In this process joining them, twice, takes a tenth of what writing and reading them takes; a cluster would move
        all rows each time.
        """
        aside = {name: self.engine.table(f"aside_{name}") for name in accepted}
        return joined_rows(table, accepted, aside, self.owned, self.intake.plan.moment)

    def _computed(self, table: Table, joined: ibis.Table) -> ibis.Table:
        return self.store(f"joined_{table.name}", joined, step=f"join {table.name}")

    def _keep_unused(self, table: Table, place: Path, rows: ibis.Table) -> None:
        """Compute the rows that became no facts, and keep them beside the facts for the next build."""
        name = f"unused_{table.name}"
        self.store(name, rows, step=f"unused {table.name}")
        computed = self.intake.scratch / f"{name}.parquet"
        if computed.exists():
            link_file(computed, unused(place))

    def _name(self, table: Table, place: Path) -> None:
        name, found = f"fact_{table.name}", runs(place)
        if all(not run.newer for run in found):
            pattern = f"{self.folder.name}/{table.name}/*.parquet"
            self.engine.view_parquet(name, pattern, step=f"facts {table.name}")
        else:
            home = self.folder.parent
            told = [
                (run.file.relative_to(home).as_posix(), [path.relative_to(home).as_posix() for path in run.newer])
                for run in found
            ]
            embedded: Any = self.engine.embedded
            embedded.view_runs(name, told, KEY, step=f"facts {table.name}")

    # -- going on from a former build -----------------------------------------------------------------------

    def _go_on(self, table: Table, place: Path) -> bool:
        """Write what changed since the former build; False where all facts are to be computed anew."""
        import numpy as np

        turnover = self.intake.turnover.get(table.name)
        if self.base is None or turnover is None or not self._is_told(table, self.base):
            return False
        former = self.base.folder / self.folder.name / table.name
        if not unused(former).exists():
            return False
        _link_runs(former, place)
        self._name(table, place)
        scratch = self.intake.scratch / f"unused_before_{table.name}.parquet"
        link_file(unused(former), scratch)
        before = self.engine.view_parquet(f"{_BEFORE}_{table.name}", _relative(scratch), step=f"unused {table.name}")
        forgets = turnover.forgets or any(self.intake.turnover[name].forgets for name in self._looked_up(table))
        others = self._others(table, turnover, self.base, before)
        rows = self._rows(table, turnover, others, forgets=forgets)
        if rows is None:
            self._keep_unused(table, place, before)
            self.touched[table.name] = np.empty(0, np.int64)
        else:
            self._rewrite(table, place, rows, before, forgets=forgets)
        return True

    def _looked_up(self, table: Table) -> list[str]:
        """The tables with accepted rows that complete those of `table`."""
        return [lookup.table for lookup in table.lookups if lookup.table in self.accepted]

    def _is_told(self, table: Table, base: Base) -> bool:
        """Whether it is known which facts could be others than before."""
        lookups = [lookup for lookup in table.lookups if lookup.table in self.accepted]
        filled: set[str] = set()
        for lookup in lookups:
            changes = self.intake.turnover.get(lookup.table)
            # A key that another look-up fills is not in the row itself.
            if changes is None or (changes and lookup.on in filled):
                return False
            filled |= {*lookup.fill}
        moved = base.moment != self.intake.plan.moment.utc.isoformat()
        return not (moved and asks_for_moment([column.default for column in table.columns]))

    def _others(self, table: Table, turnover: Turnover, base: Base, before: ibis.Table) -> ibis.Table | None:
        """The places of rows that neither came nor went, and have to be looked at anew; None: there are none."""
        import ibis

        found = list(self._places(table))
        if base.moment != self.intake.plan.moment.utc.isoformat():
            waiting = before.filter(before["_aside"].notnull())
            found.append(waiting.select(**{name: waiting[kept] for name, kept in _KEPT.items()}))
        found = [places.cast({"_row": "int64"}) for places in found]
        if not found:
            return None
        places = ibis.union(*found, distinct=True) if len(found) > 1 else found[0].distinct()
        if turnover.came is not None:
            places = places.anti_join(turnover.came, list(PLACE))
        others = self.engine.create(_OTHERS, places, step=f"rows of {table.name} to look at anew")
        return others if self._count(others) else None

    def _places(self, table: Table) -> Iterator[ibis.Table]:
        """The places of rows whose identifiers name somebody else, or that other rows complete."""
        accepted = self.engine.table(f"accepted_{table.name}")
        yield from (rows.select(*PLACE) for rows in self._renamed(accepted))
        for lookup in table.lookups:
            if lookup.table in self.accepted:
                changed = [*self.intake.turnover[lookup.table].both]
                if lookup.customer:
                    changed += self._renamed(self.engine.table(f"accepted_{lookup.table}"))
                for rows in changed:
                    keys = rows.filter(rows[lookup.on].notnull()).select(lookup.on).distinct()
                    yield accepted.semi_join(keys, lookup.on).select(*PLACE)

    def _renamed(self, accepted: ibis.Table) -> list[ibis.Table]:
        """The rows with an identifier that names somebody else than before, by type."""
        if self.renamed is None:
            return []
        parts = []
        for name in (name for name in accepted.columns if name.startswith("id_")):
            values = self.renamed.filter(self.renamed["type"] == name[3:]).select(_value="value")
            parts.append(accepted.semi_join(values, accepted[name].cast("string") == values["_value"]))
        return parts

    def _rows(self, table: Table, turnover: Turnover, others: ibis.Table | None, *, forgets: bool) -> ibis.Table | None:
        """The rows to look at anew, computed, and in the table `_PLACES` where they were before.

        None: there is nothing to do. What `forgets` has something to do without any rows.
        """
        import ibis

        accepted = self.engine.table(f"accepted_{table.name}")
        rows, gone = [], []
        if turnover.came is not None:
            came = turnover.came
            rows.append(came.filter(came["_aside"].isnull()).select(*accepted.columns))
        if others is not None:
            rows.append(accepted.semi_join(others, list(PLACE)))
            gone.append(others)
        if turnover.went is not None:
            gone.append(turnover.went.select(*PLACE).cast({"_row": "int64"}))
        if not rows and not gone and not forgets:
            return None
        nowhere = accepted.limit(0).select(*PLACE).cast({"_row": "int64"})
        self.engine.create(_PLACES, ibis.union(nowhere, *gone, distinct=True), step=f"former places of {table.name}")
        whole = united(rows or [accepted.limit(0)], accepted.columns)
        return self.store(f"again_{table.name}", whole, step=f"rows of {table.name} to look at")

    def _rewrite(self, table: Table, place: Path, rows: ibis.Table, before: ibis.Table, *, forgets: bool) -> None:
        """Write the facts of the customers whose rows are, or were, among `rows`; of everybody where it `forgets`.

        Where nobody is touched the files stay as they are, unless newer ones hide what is to be forgotten.
        """
        import ibis

        engine, places = self.engine, self.engine.table(_PLACES)
        joined = self._computed(table, self._joined(table, {table.name: rows, **dict(self._completing(table, rows))}))
        stored, fresh = engine.table(f"fact_{table.name}"), usable(joined, table)
        owners = ibis.union(
            stored.semi_join(places, list(PLACE)).select(KEY), fresh.select(KEY), distinct=True
        ).order_by(KEY)
        touched = engine.create(_OWNERS, owners, step=f"customers with other {table.name}")
        numbers = engine.arrow(touched, step=f"customers with other {table.name}")[KEY].to_numpy()
        self.touched[table.name] = numbers
        if len(numbers) or (forgets and len(_numbers(runs(place))) > 1):
            theirs = stored.semi_join(touched, KEY).anti_join(places, list(PLACE))
            self._write_run(table, place, in_order(united([theirs, fresh], fresh.columns), table), forgets=forgets)
        kept = before.anti_join(places, [before[kept] == places[name] for name, kept in _KEPT.items()])
        now = unused_facts(joined, table.names, target=table.name)
        # JSON that went through a file comes back as the engine's JSON type.
        kept = kept.mutate(data=kept["data"].cast("string"))
        self._keep_unused(table, place, united([kept, now], kept.columns))

    def _write_run(self, table: Table, place: Path, content: ibis.Table, *, forgets: bool) -> None:
        """Write `content`, the facts of those in the table `_OWNERS`, as one more run, or with all others as one."""
        engine, known = self.engine, runs(place)
        stored, touched = engine.table(f"fact_{table.name}"), engine.table(_OWNERS)
        number = known[-1].number + 1
        much = self._count(stored.semi_join(touched, KEY)) > MOST * self._count(stored)
        if forgets or much or len(_numbers(known)) >= RUNS:
            everybody = united([stored.anti_join(touched, KEY), content], content.columns).order_by(KEY, "_seq")
            engine.write_parquet(everybody, part(place, number), step=f"sort {table.name}", group=GROUP)
            for run in known:
                for path in (run.file, *run.newer):
                    path.unlink(missing_ok=True)
        else:
            engine.write_parquet(content, part(place, number), step=f"sort {table.name}", group=GROUP)
            engine.write_parquet(touched.order_by(KEY), customers(place, number), step=f"owners of {table.name}")

    def _completing(self, table: Table, rows: ibis.Table) -> Iterator[tuple[str, ibis.Table]]:
        """The accepted rows of other tables that may complete `rows`."""
        for lookup in table.lookups:
            if lookup.table in self.accepted:
                keys = rows.filter(rows[lookup.on].notnull()).select(lookup.on).distinct()
                yield lookup.table, self.engine.table(f"accepted_{lookup.table}").semi_join(keys, lookup.on)

    def _count(self, rows: ibis.Table) -> int:
        return int(self.engine.rows(rows.aggregate(n=rows.count()), step="count facts")[0]["n"])


def _link_runs(former: Path, place: Path) -> None:
    """Give the files of a former build a second name."""
    for run in runs(former):
        link_file(run.file, place / run.file.name)
        for newer in run.newer:
            link_file(newer, place.parent / newer.relative_to(former.parent))


def _numbers(found: Sequence[Run]) -> set[int]:
    """The numbers of runs, each of which may lie in several files."""
    return {run.number for run in found}


def _relative(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
