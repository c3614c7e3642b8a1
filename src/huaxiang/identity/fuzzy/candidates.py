"""The pairs of records that are compared: those that agree on any of the rules, each pair once.

Whether two records agree is asked of every pair that a rule brings together, once per rule before it. So the keys are
whole numbers in a narrow table of their own, not texts cut out of the records again and again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.encoded import NOTHING, encode

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]

Agreeing = Sequence[tuple[str, str]]
"""What a pair must agree on: expressions over the prepared columns, of the one record and of the other."""

_KEYS = "_fuzzy_keys"


@dataclass(frozen=True)
class Keys:
    """What rules look at, as whole numbers by `unique_id`: equal ones are one, a missing one is like no other.

    `names` has the column of each expression in a table of the engine, `codes` what those of some rules come to.
    """

    names: Mapping[str, str]
    codes: Mapping[str, Integers]

    def agree(self, rule: Agreeing, left: Integers, right: Integers) -> npt.NDArray[np.bool_]:
        """Which of the pairs agree on a rule."""
        import numpy as np

        found = np.ones(len(left), bool)
        for one, other in rule:
            found &= self.codes[one][left] == self.codes[other][right]
        return found


def write_keys(engine: Engine, table: str, rules: Sequence[Agreeing], kept: Sequence[Agreeing] = ()) -> Keys:
    """Write what each expression of the rules comes to as whole numbers, and keep those of some rules at hand."""
    import numpy as np
    import pyarrow as pa

    names: dict[str, str] = {}
    columns: dict[str, Integers] = {}
    wanted = {side for rule in kept for sides in rule for side in sides}
    codes: dict[str, Integers] = {}
    for expressions in _in_common(rules):
        encoded, _ = encode(engine, table, expressions)
        columns.setdefault("unique_id", np.arange(encoded.shape[1], dtype=np.int32))
        for expression, found in zip(expressions, encoded, strict=True):
            names[expression] = f"k{len(names)}"
            # A missing value is a value of its own: it agrees with no other, and no comparison meets a null.
            columns[names[expression]] = np.where(found == NOTHING, -1 - columns["unique_id"], found)
            if expression in wanted:
                codes[expression] = columns[names[expression]]
    engine.create(_KEYS, pa.table(columns), step="fuzzy: keys")
    return Keys(names, codes)


def candidates(engine: Engine, keys: Keys, rules: Sequence[Agreeing]) -> Iterator[tuple[Integers, Integers]]:
    """The pairs of each rule that none before it has: arrays of the smaller and of the larger `unique_id`."""
    agree = [
        " and ".join(f"l.{keys.names[one]} = r.{keys.names[other]}" for one, other in dict.fromkeys(rule))
        for rule in rules
    ]
    for number, condition in enumerate(agree):
        former = "".join(f" and not ({before})" for before in agree[:number])
        query = (
            f"select l.unique_id as l, r.unique_id as r from {_KEYS} l join {_KEYS} r on {condition} "  # noqa: S608
            f"where l.unique_id < r.unique_id{former}"
        )
        pairs = engine.arrow(engine.sql(query, step="fuzzy: pairs"), step="fuzzy: pairs")
        yield pairs["l"].to_numpy(), pairs["r"].to_numpy()
    engine.drop(_KEYS)


def _in_common(rules: Sequence[Agreeing]) -> list[list[str]]:
    """The expressions of the rules; those that are held against each other together."""
    groups: list[set[str]] = []
    for sides in chain.from_iterable(rules):
        touched = [group for group in groups if group.intersection(sides)]
        groups = [group for group in groups if group not in touched] + [set(sides).union(*touched)]
    return sorted(map(sorted, groups))
