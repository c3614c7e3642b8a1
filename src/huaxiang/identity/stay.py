"""Ids of groups that stay from build to build, by the rules of customer ids."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """The groups of the build before: the ids of the groups that each member was in."""

    groups: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, engine: Engine, table: ibis.Table | None, *, group: str, member: str) -> Former:
        """Read them from a table of the build before; nothing where there was none."""
        if table is None:
            return cls()
        arrow = engine.arrow(table.select(group=group, member=member).distinct(), step="former groups")
        groups: dict[str, list[str]] = {}
        for name, whom in zip(arrow["group"].to_pylist(), arrow["member"].to_pylist(), strict=True):
            groups.setdefault(whom, []).append(name)
        return cls(groups)


def stay(prefix: str, group: Integers, member: Sequence[str], former: Former) -> list[str]:
    """The id of the group of each member.

    Row i says that `member[i]` belongs to `group[i]`. A group keeps the id of the former one with which it shares most
    members; of equal shares the larger former one wins, then the smaller id. All others get `prefix` and 16 hexadecimal
    digits of the MD5 of their smallest member (with a salt where that id is taken).
    """
    anchors: dict[int, str] = {}
    for number, name in zip(group.tolist(), member, strict=True):
        anchors[number] = min(anchors.get(number, name), name)
    ids = _kept(group, member, former, sorted(anchors, key=anchors.__getitem__))
    taken = {*ids.values(), *(name for names in former.groups.values() for name in names)}
    for number in sorted(anchors.keys() - ids.keys(), key=anchors.__getitem__):
        salt, name = 0, _fresh(prefix, anchors[number])
        while name in taken:
            salt += 1
            name = _fresh(prefix, f"{anchors[number]}\x1f{salt}")
        taken.add(name)
        ids[number] = name
    return [ids[number] for number in group.tolist()]


def _kept(group: Integers, member: Sequence[str], former: Former, order: Sequence[int]) -> dict[int, str]:
    """The groups that keep a former id; `order` is that of their anchors, by which equals are told apart."""
    import numpy as np

    sizes: dict[str, int] = {}
    for names in former.groups.values():
        for name in names:
            sizes[name] = sizes.get(name, 0) + 1
    shared: dict[tuple[int, str], int] = {}
    for number, name in zip(group.tolist(), member, strict=True):
        for old in former.groups.get(name, ()):
            shared[number, old] = shared.get((number, old), 0) + 1
    if not shared:
        return {}
    place = {number: position for position, number in enumerate(order)}
    names = sorted(sizes)
    position = {name: number for number, name in enumerate(names)}
    rows = [(place[number], position[old], count, sizes[old]) for (number, old), count in shared.items()]
    component, was = keep_former(*np.array(rows, np.int64).T)
    return {order[int(each)]: names[int(old)] for each, old in zip(component, was, strict=True)}


def _fresh(prefix: str, anchor: str) -> str:
    return prefix + hashlib.md5(anchor.encode(), usedforsecurity=False).hexdigest()[:16]
