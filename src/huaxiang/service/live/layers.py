"""From the aggregates of one customer to tags and segments: the layers of a profile, each planned once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.moment import RowMoment
from huaxiang.segments.flags import flag_of, with_flags
from huaxiang.segments.plan import SegmentPlan
from huaxiang.service.live.base import Base, compared_value
from huaxiang.store.standing import StandingEngine
from huaxiang.tags.atoms import Pass
from huaxiang.tags.bins import compares
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.profile import MomentColumn, base_layer, layers, next_layer, read_by
from huaxiang.tags.spec import AttributeTag, BinsTag, ImportTag, SqlTag

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY, MOMENT = "customer_no", "_moment"
_IDENTITY = {KEY: Type.INTEGER, "customer_id": Type.TEXT, MOMENT: Type.MOMENT}

Content = Callable[["ibis.Table"], "ibis.Table"]

Values = dict[str, Any]
"""Plain values, or Arrow arrays of one."""


class Layers:
    """Computes the tags of a customer from attributes, aggregates and what is given, layer upon layer.

    `base` is whom tags compare with: those are computed here, all others by the engine.
    """

    def __init__(self, engine: StandingEngine, tags: Tags, runs: Sequence[Pass], zone: str, base: Base) -> None:
        self._zone, self._base = zone, base
        types = {tag.name: tag.type for tag in tags.built}
        self._steps: list[tuple[_Step, Sequence[CompiledTag]]] = []
        for i, layer in enumerate(layers(tags)):
            if i == 0:
                given = {tag.name: tag.name for tag in layer if isinstance(tag.spec, SqlTag | ImportTag)}
                schema = {**_IDENTITY, **_given(layer, runs), **{name: types[name] for name in given}}
                self._add(engine, schema, partial(_base, layer, runs, given, zone))
                continue
            schema = {**_IDENTITY, **{name: types[name] for name in read_by(layer)}}
            compared = [tag for tag in layer if _compares(tag)]
            self._add(engine, schema, partial(_next, [tag for tag in layer if not _compares(tag)], zone))
            if compared:
                self._add(engine, schema, partial(_compared, compared, zone), compared)

    def __call__(self, customer: int, customer_id: str, at: Moment, given: Values) -> Values:
        """The value of each tag. `given` holds `attribute_<name>`, the atoms of all passes, and given tags."""
        values = {**given, KEY: customer, "customer_id": customer_id, MOMENT: at.utc}
        for step, compared in self._steps:
            made = step(values)
            values |= {tag.name: self._base.place(tag, customer, made[tag.name]) for tag in compared} or made
        return values

    def _add(
        self, engine: StandingEngine, schema: Mapping[str, Type], content: Content, compared: Sequence[CompiledTag] = ()
    ) -> None:
        self._steps.append((_Step(engine, f"tags step {len(self._steps)}", schema, content), compared))


class Segments:
    """Says in which segments a customer is; those that hang on more than its own tags are as in the snapshot."""

    def __init__(self, engine: StandingEngine, plan: SegmentPlan, types: Mapping[str, Type], zone: str) -> None:
        self._names = plan.built
        self.lists = list(plan.standing)
        flags = {flag_of(name): Type.BOOLEAN for name in self.lists}
        schema = {**_IDENTITY, **{name: types[name] for name in plan.tags}, **flags}

        def content(rows: ibis.Table) -> ibis.Table:
            flagged = with_flags(rows, plan, lambda table: RowMoment(table[MOMENT], zone))
            return flagged.select(MOMENT, *(flag_of(name) for name in plan.built))

        self._step = _Step(engine, "segments", schema, content)

    def __call__(self, values: Values, listed: Sequence[str]) -> list[str]:
        """The names of the segments, sorted. `values` are the tags with `_moment`, `listed` the lists that hold it."""
        made = self._step({**values, **{flag_of(name): name in listed for name in self.lists}})
        return sorted(name for name in self._names if made[flag_of(name)])


class _Step:
    """One projection over one row of values."""

    def __init__(
        self,
        engine: StandingEngine,
        name: str,
        types: Mapping[str, Type],
        content: Content,
    ) -> None:
        import ibis

        schema = {column: ibis_type(type_) for column, type_ in types.items()}
        self._schema = ibis.schema(schema).to_pyarrow()
        self._query = engine.compiled(content, schema, step=name)

    def __call__(self, values: Values) -> Values:
        import pyarrow as pa

        columns = [_array(values[field.name], field.type) for field in self._schema]
        answer = self._query(pa.table(columns, schema=self._schema))
        return {name: answer[name][0].as_py() for name in answer.column_names if name not in _IDENTITY}


def _compares(tag: CompiledTag) -> bool:
    return isinstance(tag.spec, BinsTag) and compares(tag.spec.bins)


def _given(tags: Sequence[CompiledTag], runs: Sequence[Pass]) -> dict[str, Type]:
    # Those of records, and what households and accounts say.
    attributes = {f"attribute_{tag.spec.attribute}": tag.type for tag in tags if isinstance(tag.spec, AttributeTag)}
    return attributes | {name: atom.type for run in runs for name, atom in run.atoms.items()}


def _base(
    tags: Sequence[CompiledTag], runs: Sequence[Pass], given: Mapping[str, str], zone: str, rows: ibis.Table
) -> ibis.Table:
    return base_layer(tags, rows, runs, given, MomentColumn(zone))


def _next(tags: Sequence[CompiledTag], zone: str, rows: ibis.Table) -> ibis.Table:
    return next_layer(tags, rows, MomentColumn(zone))


def _compared(tags: Sequence[CompiledTag], zone: str, rows: ibis.Table) -> ibis.Table:
    moment = RowMoment(rows[MOMENT], zone)
    return rows.select(KEY, **{tag.name: compared_value(tag, rows, moment) for tag in tags})


def _array(value: Any, type_: pa.DataType) -> pa.Array:
    import pyarrow as pa

    if isinstance(value, pa.Array):
        # Hundreds of casts that change nothing would cost as much as a layer.
        return value if value.type == type_ else value.cast(type_)
    return pa.array([value], type_)
