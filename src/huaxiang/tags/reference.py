"""The reference form of aggregates: the readable Ibis query of each, on any engine.

The tag kernel computes the same in one pass; the tests hold it to this form. `plan --sql` shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.expressions.nodes import Literal
from huaxiang.tags.atoms import Pass
from huaxiang.tags.kernel.atom import Atom

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.moments import Moment

KEY = "customer_no"


def atom_query(run: Pass, atom: Atom, facts: ibis.Table, time: str, moment: Moment) -> ibis.Table:
    """The query (`customer_no`, `value`) that computes `atom`: customers without a row that counts are absent."""
    import ibis

    start, end = atom.window.bounds(moment)
    moment_type = ibis_type(Type.MOMENT)
    wanted = [facts[time] < ibis.literal(end, type=moment_type)]
    if start is not None:
        wanted.append(facts[time] >= ibis.literal(start, type=moment_type))
    wanted += [to_ibis(run.rows[name], facts, moment) for name in atom.where]
    names = [*atom.values, *([atom.weight] if atom.weight else [])]
    arguments = {f"v{i}": _typed(run, name, facts, moment) for i, name in enumerate(names)}
    rows = facts.filter(wanted).select(KEY, "_day", "_seq", _at=facts[time], **arguments)
    if atom.function.skips_nulls and atom.values:
        rows = rows.filter(rows.v0.notnull())
    return _applied(atom, rows, moment)


def _typed(run: Pass, name: str, facts: ibis.Table, moment: Moment) -> Any:
    node = run.rows[name]
    value = to_ibis(node, facts, moment)
    return value.cast(ibis_type(node.type)) if isinstance(node, Literal) else value


def _applied(atom: Atom, rows: ibis.Table, moment: Moment) -> ibis.Table:
    import ibis

    function = atom.function
    context = (moment,) if function.uses_moment else ()
    result = function.form(*context, rows, *atom.parameters)
    if isinstance(result, ibis.Table):
        return result.select(KEY, value=result["value"].cast(ibis_type(atom.type)))
    return rows.group_by(KEY).aggregate(value=result.cast(ibis_type(atom.type)))
