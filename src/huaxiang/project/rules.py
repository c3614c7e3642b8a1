"""The rules of a source (`expect:`) at work: their conditions over its rows, and over those of the tables it feeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import of_ibis
from huaxiang.expressions import Scope, compile_expression
from huaxiang.quality.audit import present
from huaxiang.quality.expect import Outcome, check_rules
from huaxiang.sources.spec import SourceSpec

if TYPE_CHECKING:
    import ibis


def check_raw(engine: Engine, source: SourceSpec, raw: ibis.Table, moment: Moment) -> list[Outcome]:
    """The outcomes of the rules about a source's own columns, of which `null_values` are none.

    Raises:
        ProjectError: a condition is wrong.
    """
    return _check(engine, source, None, raw, moment)


def check_mapped(engine: Engine, source: SourceSpec, target: str, mapped: ibis.Table, moment: Moment) -> list[Outcome]:
    """The outcomes of the rules about a table that a source feeds: over its rows that are neither set aside nor
    quarantined.

    Raises:
        ProjectError: a condition is wrong.
    """
    return _check(engine, source, target, mapped.filter(mapped._aside.isnull() & mapped._problems.isnull()), moment)


def _check(engine: Engine, source: SourceSpec, table: str | None, rows: ibis.Table, moment: Moment) -> list[Outcome]:
    types = {name: of_ibis(dtype) for name, dtype in rows.schema().items()}
    conditions = []
    for number, rule in enumerate(source.expect):
        if rule.table != table:
            continue
        scope = Scope(types, owner=f"source '{source.name}', rule '{rule.name}'")
        expression = compile_expression(rule.that, scope, source.place("expect", number, "that"))
        nothing = source.null_values if table is None else ()
        columns = {name: present(rows[name], nothing) for name in expression.columns}
        at = source.place("expect", number)
        conditions.append((rule, expression.ibis(columns, moment).cast("boolean"), at))
    return check_rules(engine, rows, conditions, source=source.name, table=table)
