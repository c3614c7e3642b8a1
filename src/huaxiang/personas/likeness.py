"""Which tags tell the same fact in other words: how much of one is known from another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.threads import one_thread

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ALIKE = 0.5
"""Two tags tell the same where one gives away at least half of the other."""

LEAST = 30
"""Fewer customers who have a value of both prove nothing, however well the two agree."""

SKETCHED = 5_000
"""Customers from whom it is seen."""


@dataclass(frozen=True)
class Sketch:
    """The rows of one tag's scale that each of some customers falls into: `rows` is customers × rows of the scale.

    A customer has at most one row, unless it `is_list`.
    """

    rows: NDArray[np.bool_]
    is_list: bool = False


class Likeness:
    """How alike any two tags are, from 0 to 1: the uncertainty coefficient (Theil 1970) of the one that is told better.

    Customers count who have a value of both. Each element of a list, there or not, is told by the value of the other
    tag that tells most about it.
    """

    def __init__(self, sketches: Mapping[str, Sketch]) -> None:
        import numpy as np

        # A tag that nobody has a value of has no rows, and is like no other.
        sketches = {name: sketch for name, sketch in sketches.items() if sketch.rows.shape[1]}
        self._places = {name: i for i, name in enumerate(sketches)}
        self._alike: list[list[float]] = []
        if not sketches:
            return
        widths = [sketch.rows.shape[1] for sketch in sketches.values()]
        starts = np.cumsum([0, *widths[:-1]])
        # Counts of some thousands are exact in single precision, in whatever order they are added.
        rows = np.hstack([sketch.rows for sketch in sketches.values()]).astype(np.float32)
        lists = {i: starts[i] + widths[i] for i, sketch in enumerate(sketches.values()) if sketch.is_list}
        # Of so small a product more than one thread would only wait for the other.
        with one_thread():
            joint = (rows.T @ rows).astype(np.int64)
            alike = _alike(joint, starts)
            known = np.maximum.reduceat(rows, starts, axis=1) if lists else rows
            for i, end in lists.items():
                columns = slice(starts[i], end)
                alike[i] = _list_alike(joint[columns], rows[:, columns], rows, known, starts)
                alike[:, i] = alike[i]
        # Plain numbers: they are asked for one by one, many thousand times.
        self._alike = alike.tolist()

    @classmethod
    def known(cls, names: Sequence[str], alike: NDArray[np.float64]) -> Likeness:
        """The likeness that a `table` tells."""
        found = cls({})
        found._places, found._alike = {name: i for i, name in enumerate(names)}, alike.tolist()
        return found

    @property
    def table(self) -> tuple[list[str], NDArray[np.float64]]:
        """The names of the tags, and how alike any two of them are."""
        import numpy as np

        return list(self._places), np.array(self._alike, dtype=np.float64)

    def repeated(self, name: str, others: Iterable[str]) -> str | None:
        """The one of `others` that tells most about the tag `name`, where the two tell the same fact."""
        alike, best = self.most_alike(name, others)
        return best if alike >= ALIKE else None

    def most_alike(self, name: str, others: Iterable[str]) -> tuple[float, str]:
        """How alike the tag `name` and the one of `others` are that tells most about it, and which that is."""
        if name not in self._places:
            return 0.0, name
        row, places = self._alike[self._places[name]], self._places
        found = [(row[places[other]], other) for other in others if other in places]
        return max(found, default=(0.0, name))


def _alike(joint: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """From how many customers are in two rows at once, for all rows of tags that begin at `starts`."""
    import numpy as np

    by_tag = np.add.reduceat(joint, starts, axis=1)
    total = np.add.reduceat(by_tag, starts, axis=0)
    own = _log_counts(total) - np.add.reduceat(_log_counts(by_tag), starts, axis=0)
    both = _log_counts(total) - np.add.reduceat(np.add.reduceat(_log_counts(joint), starts, axis=0), starts, axis=1)
    seen = np.add.reduceat(by_tag > 0, starts, axis=0, dtype=np.float64) - 1
    # What chance alone would share (Miller 1955), which is much where few have both; all are sums over `total` people.
    shared = own + own.T - both - np.maximum(seen, 0) * np.maximum(seen.T, 0) / 2
    return np.where(total >= LEAST, _told(shared, np.minimum(own, own.T)), 0.0)


def _list_alike(
    both: NDArray[np.int64],
    elements: NDArray[np.float32],
    rows: NDArray[np.float32],
    known: NDArray[np.float32],
    starts: NDArray[np.int64],
) -> NDArray[np.float64]:
    """The likeness of a list to every tag, among those who have an element of it.

    `both` says how many have an element and a row of any tag, `elements` who has which, `known` who has which tag.
    """
    import numpy as np

    mine = elements.max(axis=1)
    widths = np.diff([*starts, rows.shape[1]])
    total = np.repeat((mine @ known).astype(np.int64), widths)
    here = np.repeat((elements.T @ known).astype(np.int64), widths, axis=1)
    there = (mine @ rows).astype(np.int64)
    whole = _log_counts(total)
    element = whole - _log_counts(here) - _log_counts(total - here)
    value = whole - _log_counts(there) - _log_counts(total - there)
    cells = (both, here - both, there - both, total - here - there + both)
    shared = element + value - (whole - sum(_log_counts(cell) for cell in cells))
    least = np.minimum(element, value)
    best = [
        start + shared[:, start : start + width].argmax(axis=1) for start, width in zip(starts, widths, strict=True)
    ]
    chosen = np.stack(best, axis=1)
    told = np.take_along_axis(shared, chosen, axis=1).sum(axis=0)
    found = _told(told, np.take_along_axis(least, chosen, axis=1).sum(axis=0))
    return np.where(total[starts] >= LEAST, found, 0.0)


def _log_counts(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """n log n, 0 for nobody: what entropies of counts are made of."""
    import numpy as np

    # There are many counts and few that differ.
    every = np.arange(counts.max(initial=0) + 1, dtype=np.float64)
    found: NDArray[np.float64] = (every * np.log(np.maximum(every, 1)))[counts]
    return found


def _told(shared: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """The share of `whole` that is `shared`, 0 where there is nothing to tell; without the noise of last digits."""
    import numpy as np

    found = np.divide(shared, whole, out=np.zeros_like(shared), where=whole > 1e-9)
    return found.clip(0, 1).round(9)
