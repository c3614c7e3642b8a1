"""Counting what many crowds did: customers and facts by a key, in one pass over the facts of a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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


@dataclass(frozen=True, eq=False)
class Pairs:
    """How often customers did what: the customer at each of `places` did `words[code]` so many times (`counts`).

    Each customer has each word once at most, in all pairs of a question together.
    """

    words: Sequence[Any]
    codes: NDArray[Any]
    places: NDArray[np.int32]
    counts: NDArray[np.int32]

    @property
    def bytes(self) -> int:
        """The memory that they take."""
        return self.codes.nbytes + self.places.nbytes + self.counts.nbytes


MOST_KEPT = 32 << 20
"""Bytes of pairs that are kept for the next portrait: three million of them."""


class Facts:
    """The facts of a build, for portraits one after the other: what is asked of them each time is kept, if it is small.

    `population` are the customers of the build, `moment` is the build's.
    """

    def __init__(self, engine: Engine, population: Population, moment: Moment) -> None:
        self._engine, self._population, self._moment = engine, population, moment
        self._tables: dict[str, ibis.Table | None] = {}
        self._kept: dict[str, list[Pairs]] = {}
        self._room = MOST_KEPT

    def of(self, table: str) -> ibis.Table | None:
        """The facts that count (`facts_of`)."""
        if table not in self._tables:
            self._tables[table] = facts_of(self._engine, table, self._moment)
        return self._tables[table]

    def count(
        self,
        table: str,
        key: Callable[[ibis.Table], Any],
        crowds: Sequence[Crowd],
        *,
        step: str,
        parts: Sequence[Collection[Any]] = (),
    ) -> tuple[list[Any], list[Deeds]]:
        """`count_deeds` of a table that there is; `step` names what its `key` makes of the facts."""
        return count_deeds(self._pairs(table, key, step), self._population, crowds, parts=parts)

    def _pairs(self, table: str, key: Callable[[ibis.Table], Any], step: str) -> Iterator[Pairs]:
        if step in self._kept:
            yield from self._kept[step]
            return
        facts = self.of(table)
        assert facts is not None  # noqa: S101 - whoever asks has looked
        kept: list[Pairs] | None = []
        size = 0
        for pairs in read_pairs(self._engine, facts, key(facts), self._population, step=step):
            yield pairs
            size += pairs.bytes
            kept = [*kept, pairs] if kept is not None and size <= self._room else None
        if kept is not None:
            self._kept[step], self._room = kept, self._room - size


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


def read_pairs(engine: Engine, facts: ibis.Table, key: Any, population: Population, *, step: str) -> Iterator[Pairs]:
    """How often each customer has facts with each value of `key`, a column expression; those without it don't count."""
    import numpy as np

    keyed = facts.select("customer_no", key=key)
    keyed = keyed.filter(keyed.key.notnull())
    pairs = keyed.group_by("customer_no", "key").aggregate(n=keyed.count())
    for batch in engine.batches(pairs, step=step):
        coded = batch["key"].dictionary_encode()
        words, codes = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
        places = population.place_of[batch["customer_no"].to_numpy(zero_copy_only=False)]
        narrow = np.min_scalar_type(len(words))
        yield Pairs(words, codes.astype(narrow), places, batch["n"].to_numpy(zero_copy_only=False).astype(np.int32))


def count_deeds(
    pairs: Iterable[Pairs],
    population: Population,
    crowds: Sequence[Crowd],
    *,
    parts: Sequence[Collection[Any]] = (),
) -> tuple[list[Any], list[Deeds]]:
    """Count what was done for each crowd. Returns what there is, sorted, and the counts.

    `parts` are sets of keys that customers are counted by, too: one who did several keys of a part counts once.
    """
    import numpy as np

    codes: dict[Any, int] = {}
    tables = [_Table(some) for some in _few(crowds)]
    did = np.zeros(population.size, dtype=np.bool_)
    took_part = np.zeros((len(parts), population.size), dtype=np.bool_)
    for some in pairs:
        keys = np.array([codes.setdefault(value, len(codes)) for value in some.words], dtype=np.int64)[some.codes]
        did[some.places] = True
        for part, takers in zip(parts, took_part, strict=True):
            takers[some.places[np.array([word in part for word in some.words], dtype=np.bool_)[some.codes]]] = True
        for table in tables:
            table.add(keys, some.places, some.counts)
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
        self._waiting: list[tuple[NDArray[np.int64], NDArray[Any]]] = []
        self._number = 0

    def add(self, keys: NDArray[np.int64], places: NDArray[Any], counts: NDArray[Any]) -> None:
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
