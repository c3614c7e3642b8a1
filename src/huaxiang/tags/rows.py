"""The row columns of a pass, from the columns of stored facts.

Most row columns are conditions on one text column, such as `name = 'Product Viewed'`. Texts are stored as codes into a
dictionary, so such a condition is evaluated once per different text, not once per fact. What else is no plain column is
an expression that the engine computes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.expressions.ibis_form import to_ibis
from huaxiang.expressions.nodes import Column, Node, column_names, walk
from huaxiang.tags.atoms import Pass

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY = "customer_no"
DAY = "_day"

Compute = Callable[["pa.Table"], "pa.Table"]


@dataclass(frozen=True)
class RowColumns:
    """Makes the row columns of a pass.

    `stored` are the columns of facts that it needs. `plain` maps row columns that are stored to their names;
    `lifted` holds, per text column, the row columns that depend on it alone; `computed` makes all others.
    """

    stored: tuple[str, ...]
    time: str
    plain: Mapping[str, str]
    lifted: tuple[_Lifted, ...]
    computed: Compute | None

    @classmethod
    def of(cls, run: Pass, engine: Engine, *, time: str, moment: Moment) -> RowColumns:
        """The row columns of `run`; `time` is the column of its table that says when a fact happened."""
        plain = {name: node.name for name, node in run.rows.items() if isinstance(node, Column)}
        by_text: dict[str, dict[str, Node]] = {}
        others: dict[str, Node] = {}
        for name, node in run.rows.items():
            read = column_names(node)
            if name in plain:
                continue
            if len(read) == 1 and _types(node)[read[0]] is Type.TEXT:
                by_text.setdefault(read[0], {})[name] = node
            else:
                others[name] = node
        stored = [time, *(name for node in run.rows.values() for name in column_names(node))]
        return cls(
            tuple(dict.fromkeys(stored)),
            time,
            plain,
            tuple(_Lifted(name, _compiled(nodes, engine, moment, run.table)) for name, nodes in by_text.items()),
            _compiled(others, engine, moment, run.table) if others else None,
        )

    def make(self, facts: pa.Table) -> pa.Table:
        """The row columns of `facts`, with `customer_no`, `_at` and `_day`; rows keep their order."""
        import pyarrow as pa

        facts = facts.combine_chunks()
        columns = {KEY: facts[KEY], DAY: facts[DAY], "_at": facts[self.time]}
        columns |= {name: facts[stored] for name, stored in self.plain.items()}
        for lifted in self.lifted:
            columns |= lifted.make(facts[lifted.column])
        if self.computed is not None:
            made = self.computed(facts)
            columns |= {name: made[name] for name in made.column_names if name not in facts.column_names}
        return pa.table(columns)


class _Lifted:
    """Row columns that depend on one text column: computed for each different text once, also over many buckets."""

    def __init__(self, column: str, compute: Compute) -> None:
        self.column = column
        self._compute = compute
        self._known: pa.Table | None = None
        self._lock = Lock()

    def __getstate__(self) -> tuple[str, Compute]:
        return self.column, self._compute

    def __setstate__(self, state: tuple[str, Compute]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def make(self, texts: pa.ChunkedArray) -> dict[str, pa.Array]:
        """The row columns for `texts`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        encoded = texts.combine_chunks()
        if not pa.types.is_dictionary(encoded.type):
            encoded = encoded.dictionary_encode()
        dictionary = encoded.dictionary.cast(pa.string())
        known = self._results(dictionary)
        # The last entry is what the expression makes of no text.
        asked = pa.concat_arrays([dictionary, pa.nulls(1, pa.string())])
        place = pc.index_in(asked, known[self.column])
        codes = encoded.indices.fill_null(len(dictionary)) if encoded.null_count else encoded.indices
        made = {}
        for name in known.column_names:
            if name == self.column:
                continue
            of_text = known[name].combine_chunks().take(place)
            if pa.types.is_boolean(of_text.type):
                # The kernel looks conditions up itself; all that hang on this column share its codes.
                made[name] = pa.DictionaryArray.from_arrays(codes, of_text, safe=False)
            elif pa.types.is_string(of_text.type):
                each = of_text.dictionary_encode()
                made[name] = pa.DictionaryArray.from_arrays(each.indices.take(codes), each.dictionary, safe=False)
            else:
                made[name] = of_text.take(codes)
        return made

    def _results(self, dictionary: pa.Array) -> pa.Table:
        """The results for at least the texts of `dictionary` and for none, by text."""
        import pyarrow as pa
        import pyarrow.compute as pc

        with self._lock:
            known = self._known
            asked = dictionary
            if known is not None:
                asked = dictionary.filter(pc.invert(pc.is_in(dictionary, known[self.column].combine_chunks())))
            else:
                asked = pa.concat_arrays([dictionary, pa.nulls(1, pa.string())])
            if known is None or len(asked):
                found = self._compute(pa.table({self.column: asked}))
                # Columns of texts that hardly repeat are not worth remembering: the next bucket has others.
                grown = found if known is None else pa.concat_tables([known, found])
                if known is None or grown.num_rows <= _REMEMBERED:
                    self._known = grown
                known = grown
        return known


_REMEMBERED = 1_000_000


def _compiled(nodes: Mapping[str, Node], engine: Engine, moment: Moment, table: str) -> Compute:
    types = {name: type_ for node in nodes.values() for name, type_ in _types(node).items()}
    # An expression without columns still has a value per row.
    read = sorted(types) or [KEY]
    types = types or {KEY: Type.INTEGER}

    def content(facts: ibis.Table) -> ibis.Table:
        made = {name: to_ibis(node, facts, moment).cast(ibis_type(node.type)) for name, node in nodes.items()}
        return facts.select(*read, **made)

    schema = {name: ibis_type(type_) for name, type_ in types.items()}
    compute = engine.compiled(content, schema, step=f"rows of {table}")
    return lambda facts: compute(facts.select(read))


def _types(node: Node) -> dict[str, Type]:
    return {part.name: part.type for part in walk(node) if isinstance(part, Column)}
