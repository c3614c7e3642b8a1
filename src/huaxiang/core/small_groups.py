"""Counts of groups that nobody has saved, told so that no two answers give a small group away.

Who may ask for the size of any group subtracts: a group less the same group without three people are these three. So a
count that is no saved one is moved by up to `margin`, by an amount that hangs on nothing but who is counted: the same
members get the same answer however they are asked for, and asking again tells nothing new. It is the cell-key method of
the Australian Bureau of Statistics (Fraser and Wooton, "A proposed method for confidentialising tabular output to
protect against differencing", 2005): every customer has a key, and the sum of the keys decides. What it protects from
and what it does not is told in docs/decisions/small-groups.md.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.int64]

_RANGE = 1 << 31
"""Keys are below: their products and the sums of all customers fit an integer of 64 bits on every engine."""

_FACTOR = 0x2C1B3C6D
_DRAWN = 1 << 64


@dataclass(frozen=True)
class Guard:
    """Tells the sizes of groups; `threshold` is the smallest that is shown, `secret` what nobody who asks knows.

    Where `exact`, sizes are told as they are, and only those from 1 to `threshold` − 1 are withheld.
    """

    threshold: int
    secret: bytes
    exact: bool = False

    @property
    def margin(self) -> int:
        """How far a size that is told may lie from the truth.

        With half the threshold, an exact size less a moved one, and all the more two moved ones, always leave open that
        the difference is nobody, or a group that is large enough to be shown.
        """
        return 0 if self.exact else self.threshold // 2

    def exactly(self) -> Guard:
        """The same, without moving anything: for saved groups, and for those who may know."""
        return exactly(self.threshold)

    def key(self, number: Any) -> Any:
        """The key of each customer, an Ibis value over their numbers; that of a group is the sum of its members'."""
        import ibis

        if not self.margin:
            return ibis.literal(0, "int64")
        return self._mixed(number)

    def size(self, size: int, key: int) -> int | None:
        """The size of a group as it is told; None where it may be too small, also of nobody.

        What is told is never a group below the threshold, nor is nobody told from a few: that somebody is there would
        give them away.
        """
        if not self.margin:
            return None if 0 < size < self.threshold else size
        moved = size + self._drawn("size", size, key) % (2 * self.margin + 1) - self.margin
        return moved if moved >= self.threshold + self.margin else None

    def mean(self, mean: float, reach: float, size: int, key: int) -> float:
        """A mean as it is told. `reach` is how far the value that lies farthest off is from it.

        It is moved by no more than that one person could move it, so that an equal mean does not prove equal members.
        """
        if not self.margin:
            return mean
        return mean + (2 * self._drawn("mean", size, key) / _DRAWN - 1) * reach / size

    def members(self, numbers: Numbers) -> Numbers | None:
        """The members of a group of whom many figures are told at once; None where they may be too few, also if nobody.

        Up to twice `margin` of them, drawn by lot, are left out, in the order of their numbers otherwise. Every figure
        is then true of those who remain, and what is left open of the group is as for a size.
        """
        import numpy as np

        if not self.margin:
            return numbers
        keys = self._mixed(numbers.astype(np.int64))
        drawn = self._drawn("members", len(numbers), int(keys.sum()))
        kept = np.argsort(self._mixed(keys ^ drawn % _RANGE), kind="stable")[drawn % (2 * self.margin + 1) :]
        return numbers[np.sort(kept)] if len(kept) >= self.threshold else None

    def _mixed(self, number: Any) -> Any:
        """Numbers – an Ibis value, or an array – as they look to somebody who does not know the secret: by chance."""
        mixed = (number ^ int.from_bytes(self.secret[:4]) % _RANGE) % _RANGE
        mixed = ((mixed ^ (mixed >> 15)) * _FACTOR) % _RANGE
        return mixed ^ (mixed >> 15)

    def _drawn(self, what: str, size: int, key: int) -> int:
        """A number below `_DRAWN` that only the secret and the members decide."""
        drawn = hmac.digest(self.secret, f"{what}:{size}:{key}".encode(), hashlib.sha256)
        return int.from_bytes(drawn[:8])


def exactly(threshold: int) -> Guard:
    """A guard that moves nothing, and withholds groups from 1 to `threshold` − 1."""
    return Guard(threshold, b"", exact=True)
