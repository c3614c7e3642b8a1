"""Python functions over text as functions of the engine, called once per distinct value rather than once per row."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

_REMEMBERED = 200_000


def on_distinct(name: str, function: Callable[[str], str | None]) -> Callable[[Any], Any]:
    """An Ibis function of text that applies `function` to each distinct value. Nulls stay null.

    It is made on first use, since ibis takes its time to import.
    """

    @cache
    def made() -> Callable[[Any], Any]:
        import ibis
        import ibis.expr.datatypes as dt
        import pyarrow as pa

        def apply(values: Any) -> Any:
            remembered = _remembering(name, function)
            column = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
            encoded = column.dictionary_encode()
            results = [None if value is None else remembered(value) for value in encoded.dictionary.to_pylist()]
            return pa.array(results, pa.string()).take(encoded.indices)

        apply.__name__ = f"hx_{name}"
        return ibis.udf.scalar.pyarrow(signature=((dt.string,), dt.string), null_handling="special")(apply)

    def applied(text: Any) -> Any:
        return made()(text)

    return applied


_memories: dict[str, Callable[[str], str | None]] = {}


def _remembering(name: str, function: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """`function` with a memory of its own per process: an engine's workers get the function anew with every task."""
    if name not in _memories:
        _memories[name] = lru_cache(_REMEMBERED)(function)
    return _memories[name]


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """The rows of a data table of the package."""
    text = files("huaxiang.expressions.functions").joinpath("data", f"{table}.csv").read_text("utf-8")
    return tuple(csv.DictReader(text.splitlines()))
