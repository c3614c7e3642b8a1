"""The aggregates of one customer at a moment: stored facts and live rows together, through the tag kernel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.tables import PROVENANCE, Table
from huaxiang.expressions.nodes import Call, walk
from huaxiang.service.customer_facts import customer_facts
from huaxiang.service.live.known import Completion, Known
from huaxiang.service.live.tail import Row
from huaxiang.store.engine import DuckEngine
from huaxiang.store.standing import StandingEngine
from huaxiang.tags.aggregate import evaluate_bucket
from huaxiang.tags.atoms import Pass
from huaxiang.tags.rows import RowColumns

if TYPE_CHECKING:
    import pyarrow as pa

KEY, DAY = "customer_no", "_day"

Atoms = dict[str, "pa.Array"]
"""Values of aggregates by the names of their atoms, one of each."""


class TableFacts:
    """The facts of one table: reads those of a customer, adds live rows, and computes what a pass asks for.

    `live` says whether live messages add rows to the table or complete them.
    """

    def __init__(
        self, stored: DuckEngine, engine: StandingEngine, run: Pass, table: Table, zone: str, *, live: bool
    ) -> None:
        from huaxiang.tags.kernel.evaluate import planned

        assert table.time is not None  # noqa: S101 - only fact tables have passes
        self.table, self._run, self._engine = table, run, engine
        self._plan = planned(run.atoms, run.types)
        self._by_day: dict[Any, RowColumns] = {}
        self._follows_moment = any(
            isinstance(part, Call) and part.function.uses_moment for node in run.rows.values() for part in walk(node)
        )
        columns = [KEY, DAY, table.time, *self._columns().stored, *((*table.names, *PROVENANCE) if live else ())]
        self._order = [(table.time, "ascending"), *((name, "ascending") for name in PROVENANCE[:3])]
        self._stored = customer_facts(stored, run.table, columns)
        self.live = live
        self._complete = Completion(engine, table, zone) if live else None
        self._of_nobody: Atoms | None = None

    def stored(self, customer: int) -> pa.Table:
        """The customer's facts in the snapshot, in order of time."""
        return self._stored(customer)

    def with_live(self, stored: pa.Table, known: Known, customer: int, at: Moment) -> tuple[pa.Table, int]:
        """The stored facts and the live rows that count at `at`, in order of time; and how many live rows there are."""
        import pyarrow as pa

        if self._complete is None:
            return stored, 0
        places = [stored[name].to_pylist() for name in PROVENANCE]
        there = set(zip(places[0], places[3], strict=True))
        changed = known.completed_anew(self.table, stored, customer)
        gone = [known.replaced(source, file, row) for source, file, row, _ in zip(*places, strict=True)]
        fresh = [row for row in known.facts(self.table, customer) if not self._repeats(row, there)]
        again = [row for place, row in changed.items() if not gone[place] and row["_owner"] == customer]
        if not fresh and not changed and not any(gone):
            return stored, 0
        kept = stored.filter(
            pa.array([not each and place not in changed for place, each in enumerate(gone)], pa.bool_())
        )
        rows = self._complete([*fresh, *again], at)
        rows = rows.append_column(KEY, pa.array([customer] * rows.num_rows, pa.int64()))
        together = pa.concat_tables([kept, rows.select(stored.column_names).cast(stored.schema)])
        return together.sort_by(self._order), rows.num_rows - len(again)

    def atoms(self, facts: pa.Table, customer: int, at: Moment) -> Atoms:
        """The aggregates of the customer's facts at `at`."""
        if not facts.num_rows and self._of_nobody is not None:
            return self._of_nobody
        rows = self._columns(at).make(facts)
        values = evaluate_bucket(self._run, rows, range(customer, customer + 1), at, self._plan)
        found = {name: values[name].combine_chunks() for name in values.column_names if name != KEY}
        if not facts.num_rows:
            # Nobody's facts say the same at every moment.
            self._of_nobody = found
        return found

    def _columns(self, at: Moment | None = None) -> RowColumns:
        """What makes the row columns; anew for each day where an expression reads the moment."""
        day = at.day if at is not None and self._follows_moment else None
        if day not in self._by_day:
            if len(self._by_day) > _DAYS:
                self._by_day.clear()
            moment = at or Moment.parse("1970-01-01", "UTC")
            assert self.table.time is not None  # noqa: S101
            self._by_day[day] = RowColumns.of(self._run, self._engine, time=self.table.time, moment=moment)
        return self._by_day[day]

    @staticmethod
    def _repeats(row: Row, there: set[tuple[str, str]]) -> bool:
        """Whether a stored fact is the same message: one that was sent again long after."""
        return row["_once"] and (row["_source"], row["_record_key"]) in there


_DAYS = 8
"""Days for which expressions that read the moment are kept compiled."""
