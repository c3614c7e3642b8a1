"""Groups of customers as places in the columns of the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.spec import EVERYONE
from huaxiang.personas.columns import Column, in_order

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.personas.shelf import Shelf

FLAGS = "segment_flags"
"""The table of members with a row per customer and a column per segment."""

SAMPLE = 100_000
"""Customers from which quantiles are taken: exact up to here, beyond it from every n-th by `customer_no`."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Customers by a `mask`, which says of each whether they belong; `numbers` are the `customer_no` of them all."""

    mask: NDArray[np.bool_]
    numbers: NDArray[np.int64]

    @cached_property
    def size(self) -> int:
        """How many they are."""
        import numpy as np

        return int(np.count_nonzero(self.mask))

    @property
    def is_everyone(self) -> bool:
        """Whether no customer is missing."""
        return self.size == len(self.mask)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """Where they are among all, in order."""
        import numpy as np

        return np.flatnonzero(self.mask)

    @cached_property
    def sample(self) -> NDArray[np.int64]:
        """The places of those from whom quantiles are taken."""
        every = -(-self.size // SAMPLE)
        return self.places[self.numbers[self.places] % every == 0] if every > 1 else self.places

    def sizes(self, column: Column, keys: NDArray[Any], count: int) -> NDArray[np.int64]:
        """How many have each key from 0 to `count` − 1, `keys` being those of `column` or made from them."""
        import numpy as np

        if not self.is_everyone:
            keys = keys[self.places] if column.owners is None else keys[self.mask[column.owners]]
        # Key −1, nothing, is counted in front and cut off.
        return np.bincount(keys + 1, minlength=count + 1)[1:]


@dataclass(frozen=True, eq=False)
class Part:
    """Some rows of the profiles, how many they are, and crowds by their places among them."""

    rows: ibis.Table
    size: int
    crowds: Sequence[Crowd]


class Population:
    """All customers of a build, with their `numbers` in order.

    `revenue` names the tag that says what a customer is worth. What is on the build's `shelf` is not read from its
    tables.
    """

    def __init__(self, engine: Engine, revenue: str | None, shelf: Shelf | None = None) -> None:
        self._engine, self._shelf = engine, shelf
        self._crowds: dict[frozenset[str], Crowd] = {}
        self.numbers: NDArray[np.int64]
        if shelf is not None:
            self.numbers = shelf.numbers
            return
        profiles = engine.table("profiles")
        worth: dict[str, Any] = {"_worth": profiles[revenue].cast("float64")} if revenue else {}
        read = in_order(engine.arrow(profiles.select("customer_no", **worth), step="personas: customers"))
        self.numbers = read["customer_no"].to_numpy()
        self._worth: NDArray[np.float64] | None = read["_worth"].to_numpy() if revenue else None

    @property
    def size(self) -> int:
        """How many customers there are."""
        return len(self.numbers)

    @cached_property
    def place_of(self) -> NDArray[np.int32]:
        """The place of each customer by their `customer_no`; numbers that nobody has stand for anybody."""
        import numpy as np

        if self.size and self.numbers[-1] - self.numbers[0] == self.size - 1 and 0 <= self.numbers[0] < self.size:
            # Nobody is missing between the first and the last, as nearly always: no need to look each up.
            return np.arange(-int(self.numbers[0]), self.size, dtype=np.int32)
        place_of = np.zeros(int(self.numbers.max(initial=-1)) + 1, dtype=np.int32)
        place_of[self.numbers] = np.arange(self.size, dtype=np.int32)
        return place_of

    def crowd(self, *names: str) -> Crowd:
        """Those who are in every one of the segments `names`."""
        key = frozenset(names) - {EVERYONE}
        if key not in self._crowds:
            self._crowds[key] = self._crowd(key)
        return self._crowds[key]

    @property
    def worth(self) -> NDArray[np.float64] | None:
        """What each customer is worth; None where nothing says so."""
        return self._worth if self._shelf is None else self._shelf.worth

    def all_members(self) -> Iterator[tuple[str, NDArray[np.uint8]]]:
        """Of each segment, who is in it: a bit for each customer, the first in front (`numpy.unpackbits`)."""
        import numpy as np

        self.learn()
        for names, crowd in self._crowds.items():
            if names:
                yield min(names), np.packbits(crowd.mask)

    def learn(self) -> None:
        """Read the members of all segments at once, which is faster than one by one where many are asked for."""
        import numpy as np

        if self._shelf is not None:
            return
        if self._engine.has(FLAGS):
            read = in_order(self._engine.arrow(self._engine.table(FLAGS), step="personas: members of all segments"))
            for name in (name for name in read.column_names if name != "customer_no"):
                mask = read[name].combine_chunks().fill_null(False).to_numpy(zero_copy_only=False)
                self._crowds.setdefault(frozenset({name}), Crowd(mask, self.numbers))
            return
        listed = self._engine.table("segments").select("segment", "customer_no")
        read = self._engine.arrow(listed, step="personas: members of all segments").combine_chunks()
        coded = read["segment"].combine_chunks().dictionary_encode()
        codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int16)
        order = np.argsort(codes, kind="stable")
        numbers = read["customer_no"].to_numpy()[order]
        ends = np.cumsum(np.bincount(codes, minlength=len(coded.dictionary)))
        for name, members in zip(coded.dictionary.to_pylist(), np.split(numbers, ends)[:-1], strict=True):
            self._crowds.setdefault(frozenset({name}), Crowd(np.isin(self.numbers, members), self.numbers))

    def part(self, names: Iterable[frozenset[str]], crowds: Sequence[Crowd]) -> Part:
        """The rows of the profiles that some crowds need, each crowd in every one of its segments `names`.

        Of one segment, a fraction of the customers is read and not all of them.
        """
        import numpy as np

        profiles, wanted = self._engine.table("profiles"), list(names)
        if not wanted or not all(wanted):
            return Part(profiles, self.size, crowds)
        within = {min(each) for each in wanted}
        mask = np.logical_or.reduce([self.crowd(name).mask for name in within])
        listed = self._engine.table("segments")
        rows = profiles.semi_join(listed.filter(listed.segment.isin(sorted(within))), "customer_no")
        numbers = self.numbers[mask]
        return Part(rows, len(numbers), [Crowd(crowd.mask[mask], numbers) for crowd in crowds])

    def release(self) -> None:
        """Forget who is where and in which segment. Who asks again waits for it to be found again."""
        self._crowds.clear()
        self.__dict__.pop("place_of", None)

    def revenue(self, crowd: Crowd) -> float | None:
        """What a crowd is worth together; None where nothing says so."""
        import numpy as np

        worth = self.worth
        return None if worth is None else float(np.nansum(worth[crowd.places]))

    def _crowd(self, names: frozenset[str]) -> Crowd:
        import ibis
        import numpy as np

        if len(names) > 1:
            return Crowd(np.logical_and.reduce([self.crowd(name).mask for name in names]), self.numbers)
        if names:
            (name,) = names
            if self._shelf is not None:
                return Crowd(self._shelf.members(name), self.numbers)
            listed = self._engine.table("segments").filter(ibis._.segment == name).select("customer_no")
            read = self._engine.arrow(listed, step=f"personas: members of {name}")
            return Crowd(np.isin(self.numbers, read["customer_no"].to_numpy()), self.numbers)
        return Crowd(np.ones(self.size, dtype=np.bool_), self.numbers)
