"""Whose is a row: the customer of its strongest identifier that the snapshot knows, as `identity.attach` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.identity.spec import SOURCE, IdentifierSpec
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import KeyedRows

KEY = "customer_no"


class Owners:
    """Finds customers by the identifiers of rows. `types` are those that link, the strongest first."""

    def __init__(self, engine: DuckEngine, types: Mapping[str, IdentifierSpec]) -> None:
        self._types = types
        self._identifiers = KeyedRows(engine, "identifiers", ("type", "value", "scope"), (KEY,))

    def of(self, rows: Sequence[Mapping[str, Any]]) -> list[int | None]:
        """The number of each row's customer; None where nobody is known by what it has."""
        named = [self._named(row) for row in rows]
        self._identifiers.learn({each for names in named for each in names})
        return [self._strongest(names) for names in named]

    def _named(self, row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        return [
            (type_, str(value), _scope(row, spec))
            for type_, spec in self._types.items()
            if (value := row.get(f"id_{type_}")) is not None
        ]

    def _strongest(self, names: Sequence[tuple[str, str, str]]) -> int | None:
        found = (self._identifiers.find(*each) for each in names)
        return next((row[KEY] for row in found if row is not None), None)


def _scope(row: Mapping[str, Any], spec: IdentifierSpec) -> str:
    """As `identity.pairs.scope_of`, of one row."""
    if spec.scope is None:
        return ""
    value = row.get("_source" if spec.scope == SOURCE else spec.scope)
    return "" if value is None else str(value)
