"""Scoring without waste: each compared pair is looked at once and kept as two numbers, a pattern and a rarity.

A pattern is a code: the levels of all comparisons (−1 missing, 0 different, upwards) as the digits of one number. The
model says what a pattern weighs; what an agreement on a rare value adds to it is the pair's rarity. So the model can be
trained on the patterns of all pairs, and a pair is explained only when somebody looks at it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.alike import Likeness
from huaxiang.identity.fuzzy.candidates import Agreeing, Found, candidates, keys_of
from huaxiang.identity.fuzzy.comparisons import LEVELS, rare_level
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.identity.fuzzy.prepare import KEYS

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]
    Numbers = npt.NDArray[np.floating]
    Compared = tuple[Found, Integers, Numbers]

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
    """The compared pairs: `left` < `right`, which of the `patterns` each has (`code`), and its rarity in bits.

    `passes` says of each rule that was asked for how many of its pairs have each pattern.
    """

    codes: Codes
    left: Integers
    right: Integers
    code: Integers
    rarity: Numbers
    patterns: Integers
    passes: Sequence[Numbers] = ()

    def part(self, at: slice | Integers) -> Agreement:
        """Some of the pairs."""
        columns = {name: getattr(self, name)[at] for name in ("left", "right", "code", "rarity")}
        return replace(self, **columns)

    def counts(self) -> Numbers:
        """How many pairs have each pattern."""
        import numpy as np

        return np.bincount(self.code, minlength=len(self.patterns)).astype(np.float64)


def compare(
    encoded: Encoded,
    comparisons: Sequence[dict[str, Any]],
    rules: Sequence[Agreeing],
    passes: Sequence[Agreeing] = (),
) -> Agreement:
    """Compare the encoded records on each of the rules, every pair once.

    The patterns of `passes`, some of the rules, are counted for each, whatever rule a pair was found by.
    """
    import numpy as np

    codes = Codes.of(comparisons)
    rare = [name for name in codes.names if rare_level(name) is not None]
    columns = dict.fromkeys(column for name in codes.names for column in (name, KEYS.get(name, name)))
    keys = keys_of(encoded, rules)
    values = encoded.values(list(columns), rare, RARITY)
    likeness = Likeness.of(encoded.engine, codes.names, codes.worth, rare, values)
    numbers: dict[int, int] = {}
    counts = [np.zeros(0, np.int64) for _ in passes]
    found: list[list[Any]] = [[np.empty(0, kind)] for kind in ("int32", "int32", "int32", "float32")]

    def compared(part: Found) -> Compared:
        return part, *likeness.compare(part.left, part.right)

    parts = candidates(keys, [list(rules).index(rule) for rule in passes])
    for part, patterns, rarity in _beside(compared, parts, _threads(encoded.engine)):
        code = _numbered(patterns, numbers)
        for columns_, more in zip(found, (part.left, part.right, code, rarity), strict=True):
            columns_.append(more)
        for number in range(len(passes)):
            here = np.bincount(code[(part.agree >> number & 1).astype(bool)], minlength=len(numbers))
            here[: len(counts[number])] += counts[number]
            counts[number] = here
    # One column after the other, so that no more than one of them is there twice.
    left, right, code, rarity = (np.concatenate(found.pop(0)) for _ in range(4))
    known = np.array(list(numbers), np.int64)
    order = np.argsort(known)
    place = np.empty(len(known), np.int32)
    place[order] = np.arange(len(known), dtype=np.int32)
    of_passes = [np.pad(each, (0, len(known) - len(each)))[order].astype(np.float64) for each in counts]
    return Agreement(codes, left, right, place[code], rarity, known[order], of_passes)


def _beside(compare_: Callable[[Found], Compared], parts: Iterable[Found], threads: int) -> Iterator[Compared]:
    """What becomes of `parts` in their order, compared by threads while the next part is looked for."""
    waiting: deque[Future[Compared]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        for part in parts:
            waiting.append(pool.submit(compare_, part))
            while waiting and (waiting[0].done() or len(waiting) > 2 * threads):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _threads(engine: Engine) -> int:
    """How many threads the engine may use: as many compare."""
    query = "select current_setting('threads')::int as threads"
    [row] = engine.rows(engine.sql(query, step="fuzzy: threads"), step="fuzzy: threads")
    return int(row["threads"])


def _numbered(patterns: Integers, numbers: dict[int, int]) -> Integers:
    """The patterns as small numbers in the order in which they are first met, which `numbers` keeps."""
    import numpy as np
    import pandas as pd

    places, met = pd.factorize(patterns)
    return np.array([numbers.setdefault(pattern, len(numbers)) for pattern in met.tolist()], np.int32)[places]


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


def with_rarities(table: ibis.Table, columns: Collection[str]) -> ibis.Table:
    """The table with the rarity of the values of those columns in which agreeing on a rare value says more."""
    import ibis

    for name in columns:
        if name in LEVELS and rare_level(name) is not None:
            # Counted by value and joined: a window would sort all records once per column.
            known = table.filter(table[name].notnull())
            counts = known.group_by(_value=known[name]).agg(_records=known.count())
            share = counts["_records"] / counts["_records"].sum().over(ibis.window()).cast("int64")
            rarity = counts.select("_value", **{RARITY + name: -share.log2().cast("float32")})
            table = table.left_join(rarity, table[name] == rarity["_value"]).drop("_value")
    return table
