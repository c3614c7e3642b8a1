"""The pass over the facts for pairs of customer and moment, and who was known at which moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.core.tables import Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.expressions.moment import RowMoment
from huaxiang.expressions.nodes import Call, Node, walk
from huaxiang.tags.atoms import Pass
from huaxiang.tags.compiled import Tables

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.tags.kernel.batch import Array

KEY, PAIR, MOMENT = "customer_no", "pair", "_moment"
PAIRS = "_at_pairs"
"""Working table: the pairs under way whose customer was known (`pair`, `customer_no`, `customer_id`, `_moment`)."""

HISTORY = "record_history"
RECEIVED = "received_at"
_RECEIVED = "_received"
_ALWAYS = datetime(1, 1, 1, tzinfo=UTC)
_INSTANT = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class KnownPairs:
    """The pairs of PAIRS in order of their number (`table`), and the time zone in which days are counted."""

    table: pa.Table
    zone: str

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """The different moments, rising; that of 1970 where there is no pair."""
        found = (Moment(_EPOCH + timedelta(microseconds=int(stamp)), self.zone) for stamp in self._distinct[0])
        return tuple(found) or (Moment(_EPOCH, self.zone),)

    @property
    def which(self) -> Array:
        """Which of the moments each pair has."""
        return self._distinct[1]

    @cached_property
    def _distinct(self) -> tuple[Array, Array]:
        import numpy as np
        import pyarrow as pa

        stamps = self.table[MOMENT].cast(pa.int64()).to_numpy()
        distinct, which = np.unique(stamps, return_inverse=True)
        return distinct, which.astype(np.int64)


def write_known_pairs(engine: Engine, tables: Tables, chunk: pa.Table, zone: str) -> KnownPairs:
    """Write PAIRS: those of `chunk` whose customer has a record or a fact that was known at the moment.

    A build at that moment would not have the others among its customers.
    """
    import ibis

    asked = engine.create("_at_asked", chunk.select([PAIR, KEY, MOMENT]), step="pairs")
    stamp = ibis_type(Type.MOMENT)
    parts = [part.semi_join(asked, KEY) for part in _sightings(engine, tables)]
    seen = ibis.union(*(part.select(KEY, _since=part["_since"].cast(stamp)) for part in parts), distinct=False)
    since = seen.group_by(KEY).aggregate(_since=seen["_since"].min())
    joined = asked.join(since, KEY).join(engine.table("customers").select(KEY, "customer_id"), KEY)
    known = joined.filter(joined["_since"] <= joined[MOMENT])
    written = engine.create(PAIRS, known.select(PAIR, KEY, "customer_id", MOMENT), step="known pairs")
    engine.drop("_at_asked")
    return KnownPairs(engine.arrow(written.order_by(PAIR), step="known pairs"), zone)


def atom_values(engine: Engine, run: Pass, table: Table, pairs: KnownPairs) -> pa.Table:
    """The values of all atoms of a pass, a row per pair; `customer_no` stands for the pair's number.

    Conditions that read the moment themselves (`days_since(due) < 10` within an aggregate) can't be computed once for
    all moments: the engine joins their rows with the pairs.
    """
    import pyarrow as pa

    columns = {KEY: pairs.table[PAIR]}
    for part, own in _split(run):
        columns |= (_own_rows if own else _shared_rows)(engine, part, table, pairs)
    return pa.table(columns)


def _shared_rows(engine: Engine, run: Pass, table: Table, pairs: KnownPairs) -> dict[str, pa.Array]:
    """Atoms whose rows are the same at every moment: each customer's facts are read once."""
    import numpy as np

    from huaxiang.tags.kernel.batch import facts_from_arrow
    from huaxiang.tags.kernel.evaluate import evaluate
    from huaxiang.tags.kernel.known import known_facts
    from huaxiang.tags.kernel.pairs import Pairs

    rows = _facts(engine, run, table)
    late = {_RECEIVED: rows[RECEIVED]} if RECEIVED in rows.columns else {}
    read = rows.select(KEY, "_day", "_seq", _at=rows[table.time], **late, **_row_columns(run, rows, pairs.moments[-1]))
    types = run.types | dict.fromkeys(late, Type.MOMENT)
    owners = pairs.table[KEY].to_numpy()
    customers = np.unique(owners)
    facts = facts_from_arrow(engine.arrow(read, step=f"scan {run.table}"), types, customers)
    asked = Pairs(np.searchsorted(customers, owners), pairs.which, pairs.moments)
    if late:
        facts, asked = known_facts(facts, facts.columns[_RECEIVED], asked)
    return evaluate(run.atoms, facts, asked)


def _own_rows(engine: Engine, run: Pass, table: Table, pairs: KnownPairs) -> dict[str, pa.Array]:
    """Atoms whose rows hang on the moment: each pair is a customer of its own, with the facts that it may see."""
    import numpy as np

    from huaxiang.tags.kernel.batch import facts_from_arrow
    from huaxiang.tags.kernel.evaluate import evaluate
    from huaxiang.tags.kernel.pairs import Pairs

    asked = engine.table(PAIRS)
    rows = _facts(engine, run, table).join(asked.select(KEY, PAIR, MOMENT), KEY)
    seen = [rows[table.time] < rows[MOMENT]]
    if RECEIVED in rows.columns:
        seen.append(rows[RECEIVED].isnull() | (rows[RECEIVED] <= rows[MOMENT]))
    rows = rows.filter(seen)
    columns = _row_columns(run, rows, RowMoment(rows[MOMENT], pairs.zone))
    read = rows.select("_day", "_seq", _at=rows[table.time], **{KEY: rows[PAIR]}, **columns)
    numbers = pairs.table[PAIR].to_numpy()
    facts = facts_from_arrow(engine.arrow(read, step=f"scan {run.table} for pairs"), run.types, numbers)
    each = Pairs(np.arange(len(numbers)), pairs.which, pairs.moments)
    return evaluate(run.atoms, facts, each)


def _facts(engine: Engine, run: Pass, table: Table) -> ibis.Table:
    """The facts of the customers of PAIRS before the last moment.

    Raises:
        NotFoundError: the snapshot is older than the source that feeds them.
    """
    if not engine.has(f"fact_{run.table}"):
        raise NotFoundError(f"This snapshot has no facts of '{run.table}': the project feeds them since. Build again.")
    facts, asked = engine.table(f"fact_{run.table}"), engine.table(PAIRS)
    bounds = engine.rows(
        asked.aggregate(low=asked[KEY].min(), high=asked[KEY].max(), last=asked[MOMENT].max()), step="bounds of pairs"
    )[0]
    if bounds["low"] is None:
        return facts.limit(0)
    wanted = [facts[KEY].between(bounds["low"], bounds["high"]), facts[table.time] < _literal(bounds["last"])]
    return facts.filter(wanted).semi_join(asked, KEY)


def _row_columns(run: Pass, rows: ibis.Table, moment: Moment | RowMoment) -> dict[str, Any]:
    return {name: to_ibis(node, rows, moment).cast(ibis_type(node.type)) for name, node in run.rows.items()}


def _split(run: Pass) -> Iterator[tuple[Pass, bool]]:
    """The pass in up to two: atoms whose rows are the same at every moment, and those whose rows hang on it."""
    hanging = {name for name, node in run.rows.items() if _reads_moment(node)}
    for own in (False, True):
        atoms = {
            name: atom
            for name, atom in run.atoms.items()
            if own == bool(hanging & {*atom.values, *atom.where, *([atom.weight] if atom.weight else [])})
        }
        read = {row for atom in atoms.values() for row in (*atom.values, *atom.where, atom.weight)}
        if atoms:
            yield replace(run, rows={n: node for n, node in run.rows.items() if n in read}, atoms=atoms), own


def _reads_moment(node: Node) -> bool:
    return any(isinstance(part, Call) and part.function.uses_moment for part in walk(node))


def _sightings(engine: Engine, tables: Tables) -> Iterable[ibis.Table]:
    """When each customer became known, by records and by facts: `customer_no`, `_since` (the first such moment)."""
    import ibis

    if engine.has(HISTORY):
        records = engine.table(HISTORY)
        first = (records["recorded_at"] + ibis.interval(microseconds=1)).fill_null(_literal(_ALWAYS)).min()
        yield records.group_by(KEY).aggregate(_since=first)
    else:
        customers = engine.table("customers")
        yield customers.filter(customers["records"] > 0).select(KEY, _since=_literal(_ALWAYS))
    for name, table in tables.items():
        if table.is_fact and engine.has(f"fact_{name}"):
            facts = engine.table(f"fact_{name}")
            visible = facts[table.time] + ibis.interval(microseconds=1)
            if RECEIVED in facts.columns:
                visible = ibis.greatest(visible, facts[RECEIVED].fill_null(facts[table.time]))
            yield facts.group_by(KEY).aggregate(_since=visible.min())


def _literal(moment: datetime) -> Any:
    import ibis

    return ibis.literal(moment, type=ibis_type(Type.MOMENT))
