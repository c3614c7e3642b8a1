"""Values as scripts read them: few characters, both languages."""

from __future__ import annotations

from collections.abc import Iterable


def short(value: float | None) -> float | None:
    """Six significant digits: a chart then rounds as its table does, and the file stays small."""
    if value is None:
        return None
    short = float(f"{value:.6g}")
    return int(short) if short.is_integer() else short


def rounded(values: Iterable[float | None]) -> list[float | None]:
    """Each value with six significant digits."""
    return [short(value) for value in values]
