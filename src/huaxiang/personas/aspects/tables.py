"""Rows of aspects as tables: a table's columns are the fields of its row, a text in two columns, `_en` and `_zh`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar

from huaxiang.core.text import Text

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

_KINDS = {"str": "string", "int": "int64", "float": "float64", "bool": "bool_"}


@dataclass(frozen=True)
class AspectRow:
    """A row of the table that its class names."""

    table: ClassVar[str]

    def plain(self) -> dict[str, Any]:
        """The row as the table holds it."""
        found: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            found |= value_columns(field.name, value) if isinstance(value, Text) else {field.name: value}
        return found


def value_columns(name: str, text: Text) -> dict[str, str]:
    """A text as the columns `name`_en and `name`_zh."""
    return {f"{name}_en": text.en, f"{name}_zh": text.zh}


def columns(row: type[AspectRow]) -> dict[str, str]:
    """The columns of a row's table with their Arrow types."""
    found: dict[str, str] = {}
    for field in fields(row):
        kind = str(field.type).removesuffix(" | None")
        if kind == "Text":
            found |= {f"{field.name}_en": "string", f"{field.name}_zh": "string"}
        else:
            found[field.name] = _KINDS[kind]
    return found


def write_aspects(engine: Engine, rows: Mapping[type[AspectRow], Iterable[AspectRow]]) -> None:
    """Write a table for each kind of row, empty ones too."""
    import pyarrow as pa

    for kind, found in rows.items():
        schema = pa.schema([(name, getattr(pa, type_)()) for name, type_ in columns(kind).items()])
        table = pa.Table.from_pylist([row.plain() for row in found], schema=schema)
        engine.create(kind.table, table, step=f"personas: {kind.table}")
