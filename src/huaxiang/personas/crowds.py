"""Groups of customers as places in the columns of the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

SAMPLE = 100_000
"""Customers from which quantiles are taken: exact up to here, beyond it from every n-th by `customer_no`."""


@dataclass(frozen=True, eq=False)
class Crowd:
    """Customers by their places, in order. `sample`: those from which quantiles are taken."""

    places: NDArray[np.int64]
    sample: NDArray[np.int64]
    among: int
    """How many customers there are in all."""

    @property
    def size(self) -> int:
        """How many they are."""
        return len(self.places)

    @property
    def is_everyone(self) -> bool:
        """Whether no customer is missing."""
        return self.size == self.among

    @cached_property
    def mask(self) -> NDArray[np.bool_]:
        """For each customer, whether they belong."""
        import numpy as np

        mask = np.zeros(self.among, dtype=np.bool_)
        mask[self.places] = True
        return mask

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

    `revenue` names the tag that says what a customer is worth.
    """

    def __init__(self, engine: Engine, revenue: str | None) -> None:
        profiles = engine.table("profiles")
        worth: dict[str, Any] = {"_worth": profiles[revenue].cast("float64")} if revenue else {}
        read = in_order(engine.arrow(profiles.select("customer_no", **worth), step="personas: customers"))
        self._engine = engine
        self.numbers: NDArray[np.int64] = read["customer_no"].to_numpy()
        self._worth: NDArray[np.float64] | None = read["_worth"].to_numpy() if revenue else None
        self._crowds: dict[frozenset[str], Crowd] = {}

    @property
    def size(self) -> int:
        """How many customers there are."""
        return len(self.numbers)

    def crowd(self, *names: str) -> Crowd:
        """Those who are in every one of the segments `names`."""
        key = frozenset(names) - {EVERYONE}
        if key not in self._crowds:
            self._crowds[key] = self._crowd(key)
        return self._crowds[key]

    def learn(self) -> None:
        """Read the members of all segments at once, which is faster than one by one where many are asked for."""
        import numpy as np

        listed = self._engine.table("segments").select("segment", "customer_no")
        read = self._engine.arrow(listed, step="personas: members of all segments").combine_chunks()
        coded = read["segment"].combine_chunks().dictionary_encode()
        codes = coded.indices.to_numpy(zero_copy_only=False).astype(np.int16)
        order = np.argsort(codes, kind="stable")
        numbers = read["customer_no"].to_numpy()[order]
        ends = np.cumsum(np.bincount(codes, minlength=len(coded.dictionary)))
        for name, members in zip(coded.dictionary.to_pylist(), np.split(numbers, ends)[:-1], strict=True):
            self._crowds.setdefault(frozenset({name}), self._placed(np.isin(self.numbers, members)))

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
        places = np.cumsum(mask) - 1
        local = [Crowd(places[crowd.places], places[crowd.sample], int(mask.sum())) for crowd in crowds]
        return Part(rows, int(mask.sum()), local)

    def release(self) -> None:
        """Forget who is in which segment. Who asks again waits for them to be read again."""
        self._crowds.clear()

    def revenue(self, crowd: Crowd) -> float | None:
        """What a crowd is worth together; None where nothing says so."""
        import numpy as np

        return None if self._worth is None else float(np.nansum(self._worth[crowd.places]))

    def _crowd(self, names: frozenset[str]) -> Crowd:
        import ibis
        import numpy as np

        if len(names) > 1:
            return self._placed(np.logical_and.reduce([self.crowd(name).mask for name in names]))
        if names:
            (name,) = names
            listed = self._engine.table("segments").filter(ibis._.segment == name).select("customer_no")
            read = self._engine.arrow(listed, step=f"personas: members of {name}")
            return self._placed(np.isin(self.numbers, read["customer_no"].to_numpy()))
        return self._placed(np.ones(self.size, dtype=np.bool_))

    def _placed(self, mask: NDArray[np.bool_]) -> Crowd:
        """The crowd of those for whom `mask` holds."""
        import numpy as np

        places = np.flatnonzero(mask)
        every = -(-len(places) // SAMPLE)
        sample = places[self.numbers[places] % every == 0] if every > 1 else places
        return Crowd(places, sample, self.size)
