"""Comparing a built column with the oracle's."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from grocery_oracle import Column, missing

RELATIVE, ABSOLUTE = 1e-9, 1e-11


def differences(built: Column, expected: Column) -> list[str]:
    """What differs, as `household: built, expected`; empty where the columns say the same."""
    assert list(built.index) == list(expected.index)
    pairs = zip(built.index, _plain(built), _plain(expected), strict=True)
    return [f"{name}: {left!r}, expected {right!r}" for name, left, right in pairs if not _same(left, right)]


def _plain(column: Column) -> list[Any]:
    return [_value(value) for value in column]


def _value(value: Any) -> Any:
    """One value in one spelling, whatever pandas or Arrow made of it."""
    if isinstance(value, list | tuple | np.ndarray):
        return [str(each) for each in value]
    if missing(value) or value is pd.NA:
        return None
    if isinstance(value, pd.Timestamp):
        return value.tz_convert("UTC")
    if isinstance(value, Decimal | np.number):
        return float(value)
    return bool(value) if isinstance(value, np.bool_) else value


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    numbers: Callable[[Any], bool] = lambda value: isinstance(value, int | float)  # noqa: E731
    if numbers(left) and numbers(right):
        return abs(left - right) <= max(RELATIVE * max(abs(left), abs(right)), ABSOLUTE)
    return bool(left == right)
