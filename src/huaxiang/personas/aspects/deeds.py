"""Counting what many crowds did: customers and facts by a key, in one pass over the facts of a table."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from huaxiang.core.moments import Duration, Moment
from huaxiang.core.types import Type
from huaxiang.personas.crowds import Crowd, Population

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine

WINDOW = Duration.parse("365d")
"""How far back facts count."""


@dataclass(frozen=True)
class Deeds:
    """What one crowd did: by key how many customers did it and how often, and how many customers did any of it.

    `parts` are customers who did any of some keys together, in the order in which these were asked for.
    """

    customers: NDArray[np.int64]
    facts: NDArray[np.int64]
    doers: int
    parts: tuple[int, ...] = ()


def facts_of(engine: Engine, table: str, moment: Moment) -> ibis.Table | None:
    """The facts of the last 365 days; of orders those that were paid. None where the build has no such facts."""
    name = f"fact_{table}"
    if not engine.has(name):
        return None
    import ibis

    rows = engine.table(name)
    if "occurred_at" not in rows.columns:
        return None
    start, end = (ibis.literal(bound, rows.occurred_at.type()) for bound in (moment.back(WINDOW), moment.utc))
    rows = rows.filter(rows.occurred_at >= start, rows.occurred_at < end)
    return rows.filter(rows.paid.fill_null(False)) if "paid" in rows.columns else rows


def count_deeds(
    engine: Engine,
    facts: ibis.Table,
    key: Any,
    population: Population,
    crowds: Sequence[Crowd],
    *,
    step: str,
    parts: Sequence[Collection[Any]] = (),
) -> tuple[list[Any], list[Deeds]]:
    """Count the facts by `key`, a column expression, for each crowd. Returns the keys, sorted, and the counts.

    `parts` are sets of keys that customers are counted by, too: one who did several keys of a part counts once.
    """
    import numpy as np

    keyed = facts.select("customer_no", key=key)
    keyed = keyed.filter(keyed.key.notnull())
    pairs = keyed.group_by("customer_no", "key").aggregate(n=keyed.count())
    codes: dict[Any, int] = {}
    tables = [_Table(some) for some in _few(crowds)]
    did = np.zeros(population.size, dtype=np.bool_)
    took_part = np.zeros((len(parts), population.size), dtype=np.bool_)
    for batch in engine.batches(pairs, step=step):
        coded = batch["key"].dictionary_encode()
        words, indices = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
        keys = np.array([codes.setdefault(value, len(codes)) for value in words], dtype=np.int64)[indices]
        counts = batch["n"].to_numpy(zero_copy_only=False).astype(np.int64)
        places = population.place_of[batch["customer_no"].to_numpy(zero_copy_only=False)]
        did[places] = True
        for part, takers in zip(parts, took_part, strict=True):
            takers[places[np.array([word in part for word in words], dtype=np.bool_)[indices]]] = True
        for table in tables:
            table.add(keys, places, counts)
    order = sorted(codes)
    at = np.array([codes[key] for key in order], dtype=np.int64)
    found: dict[Crowd, Deeds] = {}
    for table in tables:
        for crowd, sizes, volumes in table.done(len(codes)):
            taken = tuple(int(np.count_nonzero(takers & crowd.mask)) for takers in took_part)
            found[crowd] = Deeds(sizes[at], volumes[at], int(np.count_nonzero(did & crowd.mask)), taken)
    return order, [found[crowd] for crowd in crowds]


_BITS = 8
"""Crowds that are counted together: a byte tells of a customer which of them they are in."""

_WAITING = 1 << 20
"""Pairs of a customer and a key that are put together before they are counted, or as many as there are counts."""


def _few(crowds: Sequence[Crowd]) -> Iterator[tuple[Crowd, ...]]:
    """Different crowds, as many at a time as are counted together."""
    waiting = iter(dict.fromkeys(crowds))
    while some := tuple(islice(waiting, _BITS)):
        yield some


class _Table:
    """Counts by key of a few crowds: of each key by the combination of crowds that customers are in, added up at last.

    Each pair of a customer and a key is thus looked at once, not once for each crowd.
    """

    def __init__(self, crowds: Sequence[Crowd]) -> None:
        import numpy as np

        self._crowds = crowds
        self._combination: NDArray[np.uint8] = np.zeros(len(crowds[0].mask), dtype=np.uint8)
        for bit, crowd in enumerate(crowds):
            # A tenth of the time that `packbits` takes across arrays.
            self._combination |= crowd.mask.view(np.uint8) << np.uint8(bit)
        self._sizes: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._volumes: NDArray[np.float64] = np.zeros(0)
        self._waiting: list[tuple[NDArray[np.int64], NDArray[np.int64]]] = []
        self._number = 0

    def add(self, keys: NDArray[np.int64], places: NDArray[Any], counts: NDArray[np.int64]) -> None:
        """Count that the customers at `places` did what `keys` (from 0) say so many times."""
        self._waiting.append(((keys << _BITS) + self._combination[places], counts))
        self._number += len(keys)
        if self._number > max(_WAITING, len(self._sizes)):
            self._count()

    def done(self, keys: int) -> Iterator[tuple[Crowd, NDArray[np.int64], NDArray[np.int64]]]:
        """Of each crowd by key, of which there are so many: how many customers did it, and how often."""
        import numpy as np

        self._count(keys << _BITS)
        sizes, volumes = (each.reshape(keys, 1 << _BITS) for each in (self._sizes, self._volumes))
        for bit, crowd in enumerate(self._crowds):
            inside = (np.arange(1 << _BITS) >> bit) & 1 == 1
            yield crowd, sizes[:, inside].sum(axis=1), volumes[:, inside].sum(axis=1).astype(np.int64)

    def _count(self, least: int = 0) -> None:
        import numpy as np

        cells = np.concatenate([np.zeros(0, np.int64), *(cell for cell, _ in self._waiting)])
        counts = np.concatenate([np.zeros(0, np.int64), *(count for _, count in self._waiting)])
        least = max(least, len(self._sizes))
        sizes: NDArray[np.int64] = np.bincount(cells, minlength=least)
        # Sums of whole numbers, exact up to 2⁵³.
        volumes = np.bincount(cells, counts.astype(np.float64), least).astype(np.float64, copy=False)
        sizes[: len(self._sizes)] += self._sizes
        volumes[: len(self._volumes)] += self._volumes
        self._sizes, self._volumes, self._number = sizes, volumes, 0
        self._waiting.clear()


def labels_of(tags: Mapping[str, Any], table: str, column: str) -> dict[str, Any] | None:
    """What tags that read a column of facts call its values; None where one of them is sensitive (class L4)."""
    labels: dict[str, Any] = {}
    for tag in tags.values():
        defined = tag.defined
        if defined.get("table") != table or column not in str(defined.get("value", "")):
            continue
        if tag.privacy == "L4":
            return None
        if tag.type in (Type.TEXT, Type.LIST):
            labels |= tag.values
    return labels
