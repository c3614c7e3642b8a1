"""Ids of groups that stay from build to build, by the rules of customer ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.ids import keep_former

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Former:
    """The groups of the build before: row i says that `member[i]` was in the group with the id `group[i]`."""

    group: Sequence[str] = ()
    member: Sequence[str] = ()

    @classmethod
    def of(cls, engine: Engine, table: ibis.Table | None, *, group: str, member: str) -> Former:
        """Read them from a table of the build before; nothing where there was none."""
        if table is None:
            return cls()
        arrow = engine.arrow(table.select(group=group, member=member).distinct(), step="former groups")
        return cls(arrow["group"].to_pylist(), arrow["member"].to_pylist())


def stay(prefix: str, group: Integers, member: Sequence[str], former: Former) -> list[str]:
    """The id of the group of each member.

    Row i says that `member[i]` belongs to `group[i]`. A group keeps the id of the former one with which it shares most
    members; of equal shares the larger former one wins, then the smaller id. All others get `prefix` and 16 hexadecimal
    digits of the MD5 of their smallest member (with a salt where that id is taken).
    """
    import numpy as np

    place, anchors = _in_order(group, member)
    ids = _kept(place, member, former)
    taken = {*former.group}
    for number, anchor in enumerate(anchors):
        if number in ids:
            continue
        salt, name = 0, _fresh(prefix, anchor)
        while name in taken:
            salt += 1
            name = _fresh(prefix, f"{anchor}\x1f{salt}")
        taken.add(name)
        ids[number] = name
    names = np.array([ids[number] for number in range(len(anchors))], object)
    return list(names[place].tolist()) if len(place) else []


def _in_order(group: Integers, member: Sequence[str]) -> tuple[Integers, list[str]]:
    """The place of each row's group in the order of smallest members, and these: by them equals are told apart."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    order = pc.array_sort_indices(pa.array(member, pa.string())).to_numpy().astype(np.int64)
    _, first, inverse = np.unique(group[order], return_index=True, return_inverse=True)
    by_anchor = np.argsort(first)
    rank = np.empty(len(first), np.int64)
    rank[by_anchor] = np.arange(len(first))
    place = np.empty(len(order), np.int64)
    place[order] = rank[inverse]
    return place, [member[row] for row in order[first[by_anchor]].tolist()]


def _kept(place: Integers, member: Sequence[str], former: Former) -> dict[int, str]:
    """The groups, by place, that keep a former id."""
    import numpy as np
    import pyarrow as pa

    if not len(former.group) or not len(place):
        return {}
    names, old = np.unique(np.array(former.group, object), return_inverse=True)
    sizes = np.bincount(old)
    # One number for each different member, also of those that are in one of both only.
    encoded = pa.array([*former.member, *member], pa.string()).dictionary_encode()
    codes = encoded.indices.to_numpy()
    was, now = codes[: len(former.member)], codes[len(former.member) :]
    order = np.argsort(was, kind="stable")
    low, high = (np.searchsorted(was[order], now, side) for side in ("left", "right"))
    counts = high - low
    rows = np.repeat(np.arange(len(now)), counts)
    found = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts) + low[rows]
    both, shared = np.unique(place[rows] * len(names) + old[order][found], return_counts=True)
    group, held = both // len(names), both % len(names)
    kept, ids = keep_former(group, held, shared, sizes[held])
    return dict(zip(kept.tolist(), names[ids].tolist(), strict=True))


def _fresh(prefix: str, anchor: str) -> str:
    return prefix + hashlib.md5(anchor.encode(), usedforsecurity=False).hexdigest()[:16]
