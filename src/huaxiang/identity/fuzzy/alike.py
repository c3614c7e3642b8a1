"""The comparisons as the numbers that `kernel.py` reads, and pairs of records held against each other by them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.comparisons import levels_of, may_be_swapped
from huaxiang.identity.fuzzy.encoded import Values
from huaxiang.identity.fuzzy.prepare import KEYS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]


@dataclass(frozen=True)
class Likeness:
    """Comparisons of encoded values; the arrays are those of `kernel.compare_pairs`."""

    values: Values
    value: Integers
    key: Integers
    rare: npt.NDArray[np.bool_]
    hides: npt.NDArray[np.bool_]
    first: Integers
    tests: Integers
    least: npt.NDArray[np.float64]
    worth: Integers
    swaps: Integers
    fused: bool

    @classmethod
    def of(
        cls, engine: Engine, names: Sequence[str], worth: Sequence[int], rare: Collection[str], values: Values
    ) -> Likeness:
        """What compares `values` by the comparisons `names`: the digit of each counts `worth`, some know rarity.

        It says what `engine` would say by its SQL.
        """
        import numpy as np

        from huaxiang.identity.fuzzy.kernel import TESTS

        place = {name: at for at, name in enumerate(values.columns)}
        swaps = may_be_swapped(names)
        levels = [levels_of(name, swaps=swaps) for name in names]
        rows = [level for each in levels for level in each]
        return cls(
            values,
            np.array([place[name] for name in names]),
            np.array([place[KEYS.get(name, name)] for name in names]),
            np.array([name in rare for name in names]),
            np.array([swaps and name == "family_name" for name in names]),
            np.cumsum([0, *(len(each) for each in levels)]),
            np.array([TESTS.index(level.test) for level in rows]),
            np.array([level.least for level in rows]),
            np.array(worth),
            np.array([place[KEYS[name]] for name in ("given_name", "family_name")] if swaps else [-1, -1]),
            _rounds_once(engine),
        )

    def compare(self, left: Integers, right: Integers) -> tuple[Integers, npt.NDArray[np.float32]]:
        """The pattern of each pair of records, and what the rarity of equal values adds, in bits."""
        import numpy as np

        from huaxiang.identity.fuzzy import kernel

        values = self.values
        patterns, rarity = np.empty(len(left), np.int64), np.empty(len(left), np.float32)
        kernel.compare_pairs(
            left, right, values.codes, values.data, values.offsets, values.rarity, self.value, self.key, self.rare,
            self.hides, self.first, self.tests, self.least, self.worth, self.swaps, self.fused, patterns, rarity,
        )  # fmt: skip
        return patterns, rarity


def _rounds_once(engine: Engine) -> bool:
    """Whether the engine rounds a product and a sum once, as some processors can: then so do we, to the last digit."""
    query = "select jaro_winkler_similarity('bbca', 'b1c0a') as likeness"
    [row] = engine.rows(engine.sql(query, step="fuzzy: rounding"), step="fuzzy: rounding")
    return bool(row["likeness"] == 0.805)
