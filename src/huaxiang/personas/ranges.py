"""Ranges of numbers that people like to read: quintiles of the base, at round edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

QUANTILES = (0.2, 0.4, 0.6, 0.8)
POSITIVE_QUANTILES = (0.25, 0.5, 0.75)
"""Where many have nothing, nothing is a range of its own and the others are cut into four."""

_TOLERANCE = 0.15
"""How far an edge may move to become round, as a share of the distance to its neighbour."""


@dataclass(frozen=True)
class Ranges:
    """Half-open ranges of numbers: below `edges[0]`, from one edge to below the next, from the last on.

    With `zero`, the first range holds 0 alone and `edges` cut what is above it. `whole` numbers are named by their
    ends.
    """

    edges: tuple[float, ...]
    whole: bool = False
    zero: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The name of each range in order, such as `<100`, `100–500`, `≥500`."""
        first = ("0",) if self.zero else ()
        if not self.edges:
            return (*first, ">0" if self.zero else "all")
        least = 1 if self.zero and self.whole else None
        below = self._between(least, self.edges[0]) if least is not None else f"<{shown(self.edges[0])}"
        middle = [self._between(low, high) for low, high in zip(self.edges, self.edges[1:], strict=False)]
        return (*first, below, *middle, f"≥{shown(self.edges[-1])}")

    def _between(self, low: float, high: float) -> str:
        last = high - 1 if self.whole else high
        if last == low:
            return shown(low)
        return f"{shown(low)}{'–' if low >= 0 else ' … '}{shown(last)}"


def ranges(
    least: float | None, most: float | None, cuts: Sequence[float], positive: Sequence[float], *, whole: bool
) -> Ranges:
    """Ranges for a number from `least` to `most` with quantiles `cuts`; `positive` are those of its positive values.

    Where at least a fifth has nothing and nobody less, nothing becomes a range of its own.
    """
    if least is None or most is None or least == most:
        return Ranges((), whole)
    zero = bool(least == 0 and cuts and cuts[0] <= 0)
    return Ranges(_edges(positive if zero else cuts, least, most, whole, zero), whole, zero)


def shown(number: float) -> str:
    """A number as a range's name writes it: `1,500`, `0.25`."""
    return f"{number:,.12g}"


def _edges(cuts: Sequence[float], least: float, most: float, whole: bool, zero: bool) -> tuple[float, ...]:
    raw = sorted({cut for cut in cuts if least < cut <= most})
    found: set[float] = set()
    for i, cut in enumerate(raw):
        below = raw[i - 1] if i else least
        above = raw[i + 1] if i + 1 < len(raw) else most
        gap = min(cut - below, above - cut) or max(cut - below, above - cut)
        found.add(math.ceil(_round(cut, gap)) if whole else _round(cut, gap))
    lowest = 1 if zero and whole else least
    return tuple(sorted(edge for edge in found if lowest < edge <= most))


def _round(number: float, gap: float) -> float:
    """`number`, at the coarsest step of 1, 2 or 5 × 10ⁿ that moves it by less than the tolerated part of `gap`."""
    power = math.floor(math.log10(gap)) + 1
    for exponent in range(power, power - 4, -1):
        for step in (5, 2, 1):
            # Steps below one are divided by their inverse: 3 × 0.1 is not 0.3, 3 / 10 is.
            width = step * 10.0**exponent
            rounded = round(number / width) * step
            rounded = rounded * 10**exponent if exponent >= 0 else rounded / 10**-exponent
            if abs(rounded - number) <= _TOLERANCE * gap:
                return float(rounded)
    return number
