"""Tags on the scales of a base, and what an open build keeps of them: a portrait is then a count of bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from huaxiang.personas.columns import Column
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.likeness import SKETCHED, Likeness, Sketch
from huaxiang.personas.scales import Scale, scale, skipped
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Placed:
    """One tag of some customers: the row of its scale that each value falls into (−1 without one) is in `positions`.

    `sketch` tells of some of them which tags say the same; None of a skipped tag.
    """

    scale: Scale
    column: Column
    positions: NDArray[Any]
    sketch: Sketch | None = None

    def packed(self) -> Placed:
        """The same with nothing that counting does not need, and that as small as it can be without loss."""
        import numpy as np

        column, numbers = self.column, np.empty(0, np.float64)
        lean = replace(
            column,
            numbers=_narrow(column.numbers) if column.tag.type.is_numeric else numbers,
            keys=np.empty(0, np.int64),
            words=(),
            owners=None if column.owners is None else column.owners.astype(np.int32),
        )
        return replace(self, column=lean, positions=self.positions.astype(np.int8))

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """How many values of all these customers fall into each row of the scale."""
        import numpy as np

        return tuple(np.bincount(self.positions + 1, minlength=len(self.scale.values) + 1)[1:].tolist())

    @property
    def bytes(self) -> int:
        """The memory that it takes."""
        column = self.column
        held = (self.positions, column.numbers, column.keys, column.owners, column.listed)
        return sum(one.nbytes for one in held if one is not None)


class Room:
    """Memory to keep tags in, of `size` bytes. Any thread may take of it.

    Those who share it have a `part` each: what a part has taken is free again once nobody has the part any more.
    """

    def __init__(self, size: int = 0) -> None:
        self._size, self._taken = size, 0
        self._lock = Lock()
        self._parts: WeakSet[Room] = WeakSet([self])

    @property
    def left(self) -> int:
        """The bytes that are free."""
        with self._lock:
            return self._free()

    def takes(self, size: int) -> bool:
        """Whether `size` bytes fit in; they are taken then."""
        with self._lock:
            fits = size <= self._free()
            self._taken += size if fits else 0
        return fits

    def part(self) -> Room:
        """The same room, for one of those who share it."""
        part = Room(self._size)
        part._lock, part._parts = self._lock, self._parts
        with self._lock:
            self._parts.add(part)
        return part

    def _free(self) -> int:
        return self._size - sum(part._taken for part in self._parts)


NO_ROOM = Room()


@dataclass
class Basis:
    """What is known of a base, by tag: the scales made from its customers, a sketch of some of them, what is `kept`."""

    scales: dict[str, Scale] = field(default_factory=dict)
    sketches: dict[str, Sketch] = field(default_factory=dict)
    kept: dict[str, Placed] = field(default_factory=dict)

    @classmethod
    def of(cls, tags: Mapping[str, Tag]) -> Basis:
        """A base of which nothing is known but which of `tags` are not portrayed at all."""
        return cls({name: found for name, tag in tags.items() if (found := skipped(tag))})

    @cached_property
    def likeness(self) -> Likeness:
        """Which tags tell the same fact. To be asked when all tags are counted."""
        return Likeness(self.sketches)

    def unkept(self, tags: Iterable[Tag]) -> Iterator[Tag]:
        """Those of `tags` that have to be read."""
        return (tag for tag in tags if tag.name not in self.kept)

    def meet(self, column: Column, base: Crowd, room: Room = NO_ROOM) -> Placed:
        """A tag on its scale, which is made from the customers of `base` at first sight.

        Kept where there is `room`, which is to be given with the values of all customers only.
        """
        name = column.tag.name
        fresh = name not in self.scales
        if fresh:
            self.scales[name] = scale(column, base)
        found = self.scales[name]
        placed = Placed(found, column, found.positions(column), self.sketches.get(name))
        if found.kind == "skipped":
            return placed
        if fresh:
            places = base.places[:: max(-(-base.size // SKETCHED), 1)]
            self.sketches[name] = found.sketch(column, places, placed.positions)
            placed = replace(placed, sketch=self.sketches[name])
        if room.left:
            packed = placed.packed()
            if room.takes(packed.bytes):
                placed = self.kept[name] = packed
        return placed


def _narrow(numbers: NDArray[np.float64]) -> NDArray[Any]:
    """Numbers in single precision, where that loses nothing: whole ones up to 16 million do not."""
    import numpy as np

    with np.errstate(over="ignore"):
        narrow = numbers.astype(np.float32)
    return narrow if np.array_equal(narrow, numbers, equal_nan=True) else numbers
