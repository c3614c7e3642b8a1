"""The types of values that definitions speak of, and what the engines call them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis.expr.datatypes as dt

MONEY_SCALE = 2
"""Decimal places of stored money: sums are exact, in hundredths of the currency's unit."""


class Type(StrEnum):
    """The type of a column, an expression or a tag."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    LIST = "list"
    DURATION = "duration"
    NULL = "null"

    @property
    def is_numeric(self) -> bool:
        """Whether sums and means make sense."""
        return self in NUMERIC

    @property
    def is_temporal(self) -> bool:
        """Whether a value is a day or a moment."""
        return self in (Type.DATE, Type.MOMENT)


NUMERIC = frozenset({Type.INTEGER, Type.NUMBER, Type.MONEY})
STORED = tuple(type_ for type_ in Type if type_ not in (Type.DURATION, Type.NULL))


def ibis_type(type_: Type) -> dt.DataType:
    """The Ibis data type that holds a value of `type_`."""
    import ibis.expr.datatypes as dt

    return {
        Type.TEXT: dt.string,
        Type.INTEGER: dt.int64,
        Type.NUMBER: dt.float64,
        Type.MONEY: dt.Decimal(18, MONEY_SCALE),
        Type.BOOLEAN: dt.boolean,
        Type.DATE: dt.date,
        Type.MOMENT: dt.Timestamp(timezone="UTC"),
        Type.LIST: dt.Array(dt.string),
        Type.NULL: dt.null,
    }[type_]


def of_ibis(dtype: dt.DataType) -> Type:
    """The type that a column of Ibis data type `dtype` is read as."""
    if dtype.is_boolean():
        return Type.BOOLEAN
    if dtype.is_integer():
        return Type.INTEGER
    if dtype.is_decimal():
        return Type.MONEY
    if dtype.is_floating():
        return Type.NUMBER
    if dtype.is_date():
        return Type.DATE
    if dtype.is_timestamp():
        return Type.MOMENT
    if dtype.is_array():
        return Type.LIST
    return Type.NULL if dtype.is_null() else Type.TEXT
