"""The tags of one bucket of customers: aggregates of all fact tables side by side, then the layers upon them.

Everything that concerns a customer alone is computed here, by many threads at once and in the memory of a bucket each.
Tags that compare customers with each other (quantiles, the most frequent values) and those that read them come later.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.tags.atoms import Pass
from huaxiang.tags.bins import compares
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.profile import as_aggregated, base_layer, layers, next_layer, read_by
from huaxiang.tags.spec import BinsTag

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY = "customer_no"
IDENTITY = ("customer_id", KEY)
Compute = Callable[["pa.Table"], "pa.Table"]
Layers = list[list[CompiledTag]]


@dataclass(frozen=True)
class OwnTags:
    """Computes the tags of `layers`, each from what the layers before it hold, for the customers of a bucket."""

    layers: Layers
    _plain: Mapping[str, tuple[str, Type]]
    _computed: tuple[tuple[tuple[str, ...] | None, Compute], ...]

    @classmethod
    def of(
        cls,
        own: Layers,
        people: Mapping[str, ibis.DataType],
        runs: Sequence[Pass],
        engine: Engine,
        moment: Moment,
        known: Layers | None = None,
    ) -> OwnTags:
        """The tags `own`, which may read those that are `known`.

        `people` are the columns that are known of customers beside the atoms of `runs`.
        """
        atoms = {name: ibis_type(atom.type) for run in runs for name, atom in run.atoms.items()}
        types = {tag.name: ibis_type(tag.type) for layer in (*own, *(known or [])) for tag in layer}
        named = {key: name for run in runs for key, name in run.atom_of.items()}
        plain = {
            tag.name: (named[tag.name, aggregate], tag.type)
            for layer in own
            for tag in layer
            if (aggregate := as_aggregated(tag)) is not None
        }
        computed: list[tuple[tuple[str, ...] | None, Compute]] = []
        for number, layer in enumerate(own):
            step = f"tags layer {number}"
            rest = [tag for tag in layer if tag.name not in plain]
            if number == 0 and rest:
                make = _first(rest, runs, moment)
                computed.append((None, engine.compiled(make, {**people, **atoms}, step=step)))
            elif rest:
                read = (KEY, *read_by(rest))
                schema = {name: types.get(name, people[KEY]) for name in read}
                computed.append((read, engine.compiled(_next(rest, moment), schema, step=step)))
        return cls(own, plain, tuple(computed))

    def make(
        self, people: pa.Table, aggregates: Sequence[pa.Table], first: int, known: pa.Table | None = None
    ) -> pa.Table:
        """The identity and tags of `people`, in their order, behind the tags that are `known` of them.

        `aggregates` have a row for each number from `first` on, whether or not a customer has it.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        place = pc.subtract(people[KEY].combine_chunks(), first)
        columns = {name: people[name] for name in people.column_names}
        for table in aggregates:
            whole = table.num_rows == people.num_rows
            mine = table if whole else table.take(place)
            columns |= {name: mine[name] for name in mine.column_names if name != KEY}
        wide = pa.table(columns)
        made = {name: people[name] for name in IDENTITY}
        if known is not None:
            made |= {name: known[name] for name in known.column_names}
        made |= {
            tag: _finite(wide[atom]) if type_ is Type.NUMBER else wide[atom]
            for tag, (atom, type_) in self._plain.items()
        }
        for read, compute in self._computed:
            found = compute(wide if read is None else pa.table({name: made[name] for name in read}))
            made |= {name: found[name] for name in found.column_names if name not in IDENTITY}
        return pa.table(made)


def own_and_common(tags: Tags, known: Collection[str] = ()) -> tuple[Layers, Layers]:
    """The layers of the tags that concern a customer alone, and those of tags that compare customers, or read such.

    Nobody has to be compared any more for the tags that are `known`.
    """
    own: dict[str, CompiledTag] = {}
    for tag in tags.built:
        compared = isinstance(tag.spec, BinsTag) and compares(tag.spec.bins)
        if tag.name in known or (not compared and all(name in own for name in tag.tags)):
            own[tag.name] = tag
    ordered = layers(tags)
    return (
        [[tag for tag in layer if tag.name in own] for layer in ordered],
        [[tag for tag in layer if tag.name not in own] for layer in ordered],
    )


def among(layers: Layers, names: Collection[str], *, wanted: bool = True) -> Layers:
    """The layers with none but the tags `names`, or, where those are not `wanted`, with all others."""
    return [[tag for tag in layer if (tag.name in names) is wanted] for layer in layers]


def stacked(parts: Sequence[pa.Table], names: Sequence[str]) -> pa.Table:
    """The columns `names` of tables that have the same customers in the same order."""
    import pyarrow as pa

    home = {name: part for part in parts for name in part.column_names}
    return pa.table({name: home[name][name] for name in names})


def _finite(numbers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Without what is not a number or infinite, as `base_layer` stores numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(pc.is_finite(numbers), numbers, pa.scalar(None, numbers.type))


def _first(layer: list[CompiledTag], runs: Sequence[Pass], moment: Moment) -> Callable[[ibis.Table], ibis.Table]:
    given = {tag.name: tag.name for tag in layer}
    return lambda wide: base_layer(layer, wide, runs, given, moment)


def _next(layer: list[CompiledTag], moment: Moment) -> Callable[[ibis.Table], ibis.Table]:
    return lambda profiles: next_layer(layer, profiles, moment)
