"""What people and matches say about who is one, on the integers of the graph, and which components it puts in doubt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.graph import resolve
from huaxiang.identity.sets import UNLIKE

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Labels = npt.NDArray[np.integer]
    Integers = npt.NDArray[np.integer]
    Numbers = npt.NDArray[np.floating]
    Flags = npt.NDArray[np.bool_]

DECIDED = "_identity_decided"
"""Manual decisions: `decision` (its number; higher is later), `kind` (same, apart), `left`, `right` (nodes)."""


@dataclass(frozen=True)
class Decided:
    """Manual decisions, a row per pair of nodes."""

    number: Integers
    same: Flags
    left: Integers
    right: Integers


@dataclass(frozen=True)
class Compared:
    """Compared pairs of nodes: their weight and likeness (of attributes alone) in bits, and whether they match."""

    left: Integers
    right: Integers
    weight: Numbers
    likeness: Numbers
    joins: Flags


def read_decided(engine: Engine) -> Decided:
    """The decisions in DECIDED, where there is one."""
    import numpy as np

    if not engine.has(DECIDED):
        return nothing_decided()
    table = engine.table(DECIDED)
    rows = engine.arrow(table.order_by("decision", "left", "right"), step="identity: decisions")
    same = np.array([kind == "same" for kind in rows["kind"].to_pylist()], bool)
    return Decided(*(rows[name].to_numpy() if name else same for name in ("decision", "", "left", "right")))


def nothing_decided() -> Decided:
    """No decision at all."""
    import numpy as np

    none = np.empty(0, np.int64)
    return Decided(none, none.astype(bool), none, none)


def nothing_compared() -> Compared:
    """No pair at all."""
    import numpy as np

    integers, numbers = np.empty(0, np.int64), np.empty(0, np.float64)
    return Compared(integers, integers, numbers, numbers, np.empty(0, bool))


def joined(labels: Labels, left: Integers, right: Integers) -> Labels:
    """The labels with the components of `left[i]` and `right[i]` (vertices) made one."""
    if not len(left):
        return labels
    return resolve(int(labels.max()) + 1, labels[left], labels[right])[labels]


def doubtful(linked: Labels, whole: Labels, compared: Compared, decided: Decided) -> Integers:
    """The components (of `whole`) in which a decision or evidence speaks against somebody.

    `linked` are the labels of vertices before matches, `whole` those after all matches.
    """
    import numpy as np

    apart = ~decided.same
    kept = whole[decided.left[apart]] == whole[decided.right[apart]]
    inside = whole[compared.left] == whole[compared.right]
    # Where matches join nothing, only likeness can speak against what identifiers joined.
    across = inside & (linked[compared.left] != linked[compared.right])
    against = whole[compared.left[across & (compared.weight <= 0)]]
    unlike = np.flatnonzero(
        np.bincount(whole[compared.left[inside]], np.minimum(compared.likeness[inside], 0.0), minlength=1) <= UNLIKE
    )
    return np.unique(np.concatenate([whole[decided.left[apart]][kept], against, unlike]).astype(np.int64))


def crowded(linked: Labels, whole: Labels, records: Sequence[Integers]) -> Integers:
    """The components (of `whole`) into which matches put two records of a source that has everybody once.

    `records` holds for each such source its nodes.
    """
    import numpy as np

    found = [np.empty(0, np.int64)]
    for nodes in records:
        pairs = np.unique(np.column_stack([whole[nodes], linked[nodes]]), axis=0)
        components, counts = np.unique(pairs[:, 0], return_counts=True)
        found.append(components[counts > 1])
    return np.unique(np.concatenate(found))
