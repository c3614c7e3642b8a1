"""Scoring without waste: each compared pair is looked at once and kept as two numbers, a pattern and a rarity.

A pattern is a code: the levels of all comparisons (−1 missing, 0 different, upwards) as the digits of one number. The
model says what a pattern weighs; what an agreement on a rare value adds to it is the pair's rarity. So the model can be
trained on the patterns of all pairs, and a pair is explained only when somebody looks at it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.comparisons import LEVELS, rare_level

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]
    Numbers = npt.NDArray[np.floating]

NAMING = frozenset({"phone", "email", "national_id"})
"""Comparisons of what names somebody."""

LASTING = frozenset({"given_name", "family_name", "full_name", "birthday", "sex"})
"""Comparisons that say whether two records that share a value are of one person: what stays. People move, and those who
share a phone live in one place."""

RARITY = "rarity_"
"""How the columns of records begin that hold −log2 of the share of their value among all that are there."""


@dataclass(frozen=True)
class Codes:
    """How patterns are written: for each comparison its name and how many levels it has, the missing one included."""

    names: tuple[str, ...]
    levels: tuple[int, ...]

    @classmethod
    def of(cls, comparisons: Sequence[dict[str, Any]]) -> Codes:
        """The codes for splink's comparisons."""
        return cls(
            tuple(each["output_column_name"] for each in comparisons),
            tuple(len(each["comparison_levels"]) for each in comparisons),
        )

    @property
    def worth(self) -> tuple[int, ...]:
        """What the digit of each comparison counts."""
        worth = [1]
        for levels in self.levels[:-1]:
            worth.append(worth[-1] * levels)
        return tuple(worth)

    def read(self, patterns: Integers) -> Integers:
        """The levels of patterns: a row per pattern, a column per comparison."""
        import numpy as np

        digits = [patterns // worth % levels - 1 for worth, levels in zip(self.worth, self.levels, strict=True)]
        return np.column_stack(digits) if digits else np.empty((len(patterns), 0), np.int64)


@dataclass(frozen=True)
class Agreement:
    """The compared pairs: `left` < `right`, which of the `patterns` each has (`code`), and its rarity in bits."""

    codes: Codes
    left: Integers
    right: Integers
    code: Integers
    rarity: Numbers
    patterns: Integers

    def counts(self) -> Numbers:
        """How many pairs have each pattern."""
        import numpy as np

        return np.bincount(self.code, minlength=len(self.patterns)).astype(np.float64)


def compare(
    engine: Engine, table: str, columns: Collection[str], comparisons: Sequence[dict[str, Any]], rules: Sequence[str]
) -> Agreement:
    """Compare the records of `table` on each of the rules, every pair once."""
    import numpy as np
    import pandas as pd

    codes = Codes.of(comparisons)
    digits = [f"{worth} * ({_digit(each)})" for each, worth in zip(comparisons, codes.worth, strict=True)]
    rarities = [_rarity(name) for name in codes.names if rare_level(name) is not None]
    found = [
        engine.arrow(engine.sql(query, step="fuzzy: compare"), step="fuzzy: compare")
        for query in _queries(table, columns, " + ".join(digits) or "0", " + ".join(rarities) or "0", rules)
    ]
    left, right, pattern, rarity = (
        np.concatenate([part[name].to_numpy() for part in found]) for name in ("l", "r", "pattern", "rarity")
    )
    code, patterns = pd.factorize(pattern, sort=True)
    return Agreement(codes, left, right, code.astype(np.int32), rarity, np.asarray(patterns))


def weights(codes: Codes, settings: dict[str, Any], patterns: Integers, *, lasting: bool = False) -> Numbers:
    """What each pattern weighs in bits, without the rarity of values: with the prior, or of what lasts alone."""
    import numpy as np

    share = settings["probability_two_random_records_match"]
    levels = codes.read(patterns)
    weight = np.full(len(patterns), 0.0 if lasting else np.log2(share / (1 - share)))
    for place, comparison in enumerate(settings["comparisons"]):
        if not lasting or comparison["output_column_name"] in LASTING:
            # A missing value, −1, takes the last: no evidence.
            weight += np.append(level_bits(comparison), 0.0)[levels[:, place]]
    return weight


def level_bits(comparison: dict[str, Any]) -> Numbers:
    """What each level of a trained comparison says, from "different" upwards; of a rare value without its rarity."""
    import numpy as np

    rare = rare_level(comparison["output_column_name"])
    trained = [level for level in reversed(comparison["comparison_levels"]) if not level.get("is_null_level")]
    # Of equal values the chance is that of the value itself, which the pair's rarity says.
    chances = [1.0 if place == rare else level["u_probability"] for place, level in enumerate(trained)]
    return np.log2([level["m_probability"] / chance for level, chance in zip(trained, chances, strict=True)])


def rarities(table: ibis.Table, columns: Collection[str]) -> dict[str, ibis.Value]:
    """The rarity of the values of those columns in which agreeing on a rare value says more."""

    return {
        RARITY + name: -_share(table, name).log2().cast("float32")
        for name in columns
        if name in LEVELS and rare_level(name) is not None
    }


def _share(table: ibis.Table, name: str) -> ibis.Value:
    import ibis

    return table.count().over(ibis.window(group_by=table[name])) / table[name].count().over(ibis.window())


def _queries(table: str, columns: Collection[str], pattern: str, rarity: str, rules: Sequence[str]) -> list[str]:
    """A query per rule, each without the pairs of those before it."""
    left, right = (_side(table, columns, letter) for letter in ("l", "r"))
    return [
        f"select l.unique_id::integer as l, r.unique_id::integer as r, ({pattern})::bigint as pattern, "  # noqa: S608
        f"({rarity})::float as rarity from {left} l join {right} r on {rule} where l.unique_id < r.unique_id"
        + "".join(f" and not coalesce({former}, false)" for former in rules[:number])
        for number, rule in enumerate(rules)
    ]


def _side(table: str, columns: Collection[str], letter: str) -> str:
    named = "".join(f', "{name}" as "{name}_{letter}"' for name in columns)
    return f"(select *{named} from {table})"  # noqa: S608 – names are ours


def _digit(comparison: dict[str, Any]) -> str:
    """The digit of a comparison: 0 missing, 1 different, upwards."""
    levels = comparison["comparison_levels"]
    cases = " ".join(
        f"when {level['sql_condition']} then {0 if level.get('is_null_level') else len(levels) - place}"
        for place, level in enumerate(levels[:-1])
    )
    return f"case {cases} else 1 end"


def _rarity(name: str) -> str:
    return f'case when "{name}_l" = "{name}_r" then l.{RARITY}{name} else 0 end'
