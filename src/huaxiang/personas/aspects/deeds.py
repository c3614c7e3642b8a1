"""Counting what many crowds did: customers and facts by a key, in one pass over the facts of a table."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
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
    sizes = [_Growing() for _ in crowds]
    volumes = [_Growing() for _ in crowds]
    did = np.zeros(population.size, dtype=np.bool_)
    took_part = np.zeros((len(parts), population.size), dtype=np.bool_)
    for batch in engine.batches(pairs, step=step):
        coded = batch["key"].dictionary_encode()
        words, indices = coded.dictionary.to_pylist(), coded.indices.to_numpy(zero_copy_only=False)
        keys = np.array([codes.setdefault(value, len(codes)) for value in words], dtype=np.int64)[indices]
        counts = batch["n"].to_numpy(zero_copy_only=False).astype(np.int64)
        places = np.searchsorted(population.numbers, batch["customer_no"].to_numpy(zero_copy_only=False))
        did[places] = True
        for part, takers in zip(parts, took_part, strict=True):
            takers[places[np.array([word in part for word in words], dtype=np.bool_)[indices]]] = True
        for crowd, size, volume in zip(crowds, sizes, volumes, strict=True):
            inside = crowd.mask[places]
            size.add(np.bincount(keys[inside], minlength=len(codes)))
            volume.add(np.bincount(keys[inside], weights=counts[inside], minlength=len(codes)).astype(np.int64))
    order = sorted(codes)
    places = np.array([codes[key] for key in order], dtype=np.int64)
    found = [
        Deeds(
            size.upto(len(codes))[places],
            volume.upto(len(codes))[places],
            int(did[crowd.places].sum()),
            tuple(int(takers[crowd.places].sum()) for takers in took_part),
        )
        for crowd, size, volume in zip(crowds, sizes, volumes, strict=True)
    ]
    return order, found


class _Growing:
    """Counts by code that grow as codes come up."""

    def __init__(self) -> None:
        import numpy as np

        self._counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)

    def add(self, counts: NDArray[np.int64]) -> None:
        self._counts = self.upto(len(counts)) + counts

    def upto(self, size: int) -> NDArray[np.int64]:
        import numpy as np

        return np.pad(self._counts, (0, max(size - len(self._counts), 0)))


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
