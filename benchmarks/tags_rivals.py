"""The same tags by other means: SQL as people write it, SQL by hand, Polars, embedded ClickHouse.

Each function computes all atoms of one pass over the facts of one Parquet file, and returns how many customers have a
row. Conditions of the benchmark's tags are all of the form `column = 'text'`, which every engine can say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from tags_shop import AS_OF

from huaxiang.expressions.nodes import Call, Column, Literal
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.atoms import Pass
from huaxiang.tags.kernel.atom import Atom

PER_CUSTOMER = ("count", "sum", "avg", "max", "share", "last")
"""What one look at each row can compute; the others need the different values of each customer first."""


def one_by_one(engine: DuckEngine, run: Pass, facts: Path, atoms: dict[str, Atom]) -> int:
    """One query per tag, as a tag platform does that knows nothing of the other tags."""
    rows = 0
    for name, atom in atoms.items():
        sql = (
            f"SELECT customer_no, {_filtered(run, atom)} AS {name} FROM '{facts}' WHERE {_where(run, atom)} GROUP BY 1"
        )
        rows = _run(engine, sql)
    return rows


def fused(engine: DuckEngine, run: Pass, facts: Path, atoms: dict[str, Atom]) -> int:
    """One aggregate with a FILTER per tag, which is what a person would write first."""
    columns = [f"{_filtered(run, atom)} FILTER (WHERE {_where(run, atom)}) AS {name}" for name, atom in atoms.items()]
    return _run(engine, f"SELECT customer_no, {', '.join(columns)} FROM '{facts}' GROUP BY 1")


def by_hand(engine: DuckEngine, run: Pass, facts: Path, atoms: dict[str, Atom]) -> int:
    """The best pure SQL found: CASE instead of FILTER, and a table of each customer's different values for the rest."""
    simple = [f"{_cased(run, atom)} AS {name}" for name, atom in atoms.items() if atom.function.name in PER_CUSTOMER]
    parts = [f"(SELECT customer_no, {', '.join(simple)} FROM '{facts}' GROUP BY 1)"]
    parts += [f"({sql})" for sql in _two_levels(run, facts, atoms)]
    joined = (
        parts[0] + " p0" + "".join(f" LEFT JOIN {part} p{n} USING (customer_no)" for n, part in enumerate(parts[1:], 1))
    )
    return _run(engine, f"SELECT * FROM {joined}")


def polars(_: DuckEngine, run: Pass, facts: Path, atoms: dict[str, Atom]) -> int:
    """Polars' lazy engine, streaming."""
    import polars as pl

    def value(atom: Atom) -> Any:
        column, text = _row(run, atom.values[0])
        return pl.col(column) == text if text is not None else pl.col(column)

    def condition(atom: Atom) -> Any:
        start, end = atom.window.bounds(AS_OF)
        held = pl.col("occurred_at") < end
        if start is not None:
            held &= pl.col("occurred_at") >= start
        for name in atom.where:
            column, text = _row(run, name)
            held &= pl.col(column) == text
        return held

    def aggregate(atom: Atom) -> Any:
        where = condition(atom)
        match atom.function.name:
            case "count":
                return where.sum()
            case "active_days":
                return pl.col("_day").filter(where).n_unique()
            case "distinct":
                return value(atom).filter(where).n_unique()
            case "top":
                return value(atom).filter(where).mode().min()
            case "last":
                return value(atom).filter(where).last()
            case "share" | "avg":
                return value(atom).filter(where).mean()
            case name:
                return getattr(value(atom).filter(where), name)()

    made = [aggregate(atom).alias(name) for name, atom in atoms.items()]
    return pl.scan_parquet(facts).group_by("customer_no").agg(made).collect(engine="streaming").height


def clickhouse(_: DuckEngine, run: Pass, facts: Path, atoms: dict[str, Atom]) -> int:
    """Embedded ClickHouse with its -If combinators."""
    import chdb

    def aggregate(atom: Atom) -> str:
        where = _where(run, atom, moment="toDateTime64('{:%Y-%m-%d %H:%M:%S}', 6, 'UTC')")
        value = _value(run, atom)
        match atom.function.name:
            case "count":
                return f"countIf({where})"
            case "active_days":
                return f"uniqExactIf(_day, {where})"
            case "distinct":
                return f"uniqExactIf({value}, {where})"
            case "top":
                return f"topKIf(1)({value}, {where})"
            case "last":
                return f"argMaxIf({value}, occurred_at, {where})"
            case "share":
                return f"avgIf({value}, {where})"
            case name:
                return f"{name}If({value}, {where})"

    columns = ", ".join(f"{aggregate(atom)} AS {name}" for name, atom in atoms.items())
    # Counting the result would let it leave the columns out.
    chdb.query(f"SELECT customer_no, {columns} FROM file('{facts}', Parquet) GROUP BY customer_no FORMAT Null")
    return 0


RIVALS = {
    "one query per tag": one_by_one,
    "one SQL with FILTER": fused,
    "SQL by hand": by_hand,
    "Polars": polars,
    "ClickHouse (chdb)": clickhouse,
}


def _run(engine: DuckEngine, sql: str) -> int:
    engine.backend.con.execute(f"CREATE OR REPLACE TEMP TABLE out AS {sql}")
    return int(engine.backend.con.execute("SELECT count(*) FROM out").fetchone()[0])


def _filtered(run: Pass, atom: Atom) -> str:
    value = _value(run, atom)
    return {
        "count": "count(*)", "sum": f"sum({value})", "avg": f"avg({value})", "max": f"max({value})",
        "distinct": f"count(DISTINCT {value})", "last": f"arg_max({value}, _seq)",
        "active_days": "count(DISTINCT _day)", "top": f"mode({value})", "share": f"avg(({value})::INT)",
    }[atom.function.name]  # fmt: skip


def _cased(run: Pass, atom: Atom) -> str:
    where, value = _where(run, atom), _value(run, atom)
    when = f"CASE WHEN {where} THEN {value} END"
    return {
        "count": f"count_if({where})", "sum": f"sum({when})", "avg": f"avg({when})", "max": f"max({when})",
        "last": f"arg_max({when}, _seq)", "share": f"avg(CASE WHEN {where} THEN ({value})::INT END)",
    }[atom.function.name]  # fmt: skip


def _two_levels(run: Pass, facts: Path, atoms: dict[str, Atom]) -> Iterator[str]:
    """A query per column whose different values count: first one row per customer and value, then one per customer."""
    by_value: dict[str, list[tuple[str, Atom]]] = defaultdict(list)
    for name, atom in atoms.items():
        if atom.function.name not in PER_CUSTOMER:
            by_value["_day" if atom.function.name == "active_days" else _value(run, atom)].append((name, atom))
    for value, group in by_value.items():
        first, second = [], []
        for name, atom in group:
            where = _where(run, atom)
            weight = _row(run, atom.weight)[0] if atom.weight else "1"
            first.append(f"sum(CASE WHEN {where} THEN {weight} END) AS n_{name}")
            counted = f"arg_max(v, n_{name})" if atom.function.name == "top" else f"count(n_{name})"
            second.append(f"{counted} AS {name}")
        inner = f"SELECT customer_no, {value} AS v, {', '.join(first)} FROM '{facts}' GROUP BY 1, 2"
        yield f"SELECT customer_no, {', '.join(second)} FROM ({inner}) GROUP BY 1"


def _where(run: Pass, atom: Atom, moment: str = "timestamptz '{:%Y-%m-%d %H:%M:%S}+00'") -> str:
    start, end = atom.window.bounds(AS_OF)
    parts = [f"occurred_at < {_shown(end, moment)}"]
    parts += [f"occurred_at >= {_shown(start, moment)}"] if start else []
    return " AND ".join([*parts, *(_text(run, name) for name in atom.where)])


def _shown(value: datetime, moment: str) -> str:
    return moment.format(value)


def _value(run: Pass, atom: Atom) -> str:
    return _text(run, atom.values[0]) if atom.values else "*"


def _text(run: Pass, name: str) -> str:
    column, text = _row(run, name)
    return column if text is None else f"{column} = '{text}'"


def _row(run: Pass, name: str) -> tuple[str, str | None]:
    """The column of a row column, and the text it is compared with, if it is."""
    match run.rows[name]:
        case Column(name=column):
            return column, None
        case Call(arguments=(Column(name=column), Literal(value=text))):
            return column, str(text)
        case node:
            raise TypeError(node)
