"""How often records of one person agree (`m`), without anybody's labels: pass by pass over the pairs of one rule each.

Expectation maximisation as splink does it, from its first values and with its limits, so that both come to the same
(tests hold one against the other). But splink compares the pairs of each pass in SQL and goes through all of them in
each round; here they are those that are compared anyway, and a round goes through the patterns that they have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from statistics import median
from typing import TYPE_CHECKING, Any

from huaxiang.identity.fuzzy.blocking import Rule

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Integers = npt.NDArray[np.integer]
    Numbers = npt.NDArray[np.float64]

_ROUNDS = 25
_CLOSE = 1e-4
"""A pass ends when no parameter moves by more than this, or after so many rounds."""

_SAME_AT_FIRST = 0.95
"""The `m` of the closest level before the first pass; the others share the rest."""

_BITS_AT_FIRST = (-5.0, 3.0, 10.0)
"""The weights that a level which no sampled pair had is given: from that of "different" to the closest but one, and
the closest."""

_NEVER_SEEN = 1e-6
_IMPOSSIBLE = 1e-300
"""A level with pairs that are all of different people has no `m` that could be told: the pass is of no use."""


def learn_m(
    settings: dict[str, Any], patterns: Integers, passes: Sequence[tuple[Rule, npt.NDArray[np.floating]]]
) -> list[Rule]:
    """Write the `m` that the passes come to into splink's `settings`; returns the rules that told something.

    `patterns` are the levels of the comparisons (a row per pattern, −1 for a missing value), a pass is a rule and how
    many of its pairs have each pattern. A pass says nothing about comparisons of columns that its rule asks for. Of
    several that speak of a level the median counts.
    """
    import numpy as np

    comparisons = settings["comparisons"]
    levels = [_levels(comparison) for comparison in comparisons]
    m = [np.array(_first_m(len(each))) for each in levels]
    u = [np.array(_chances(each)) for each in levels]
    found: list[list[list[float]]] = [[[] for _ in each] for each in levels]
    worked = []
    for rule, counts in passes:
        columns = {column for key in rule.keys for column in re.findall(r"\{t\}(\w+)", key)}
        free = [place for place, comparison in enumerate(comparisons) if not columns & _columns(comparison)]
        prior = _prior(settings["probability_two_random_records_match"], comparisons, columns, m, u)
        told = _pass(prior, {place: (m[place], u[place], patterns[:, place]) for place in free}, counts)
        if told is None:
            continue
        worked.append(rule)
        for place, values in told.items():
            for level, value in enumerate(values.tolist()):
                if value == value:  # noqa: PLR0124 - not NaN
                    found[place][level].append(value)
                    m[place][level] = median(found[place][level])
    for each, told_of in zip(levels, found, strict=True):
        for described, seen in zip(each, told_of, strict=True):
            if seen:
                described["m_probability"] = median(seen)
    return worked


def _pass(
    prior: float, free: Mapping[int, tuple[Numbers, Numbers, Integers]], counts: npt.NDArray[np.floating]
) -> dict[int, Numbers] | None:
    """The `m` of each level after one pass, NaN where none of its pairs has it; None where it is of no use.

    `prior` are the odds that a pair of the pass is one person; `free` says by comparison its `m`, its `u` and the level
    of each pattern.
    """
    import numpy as np

    there = np.flatnonzero(counts)
    counts = counts[there]
    m = {place: before for place, (before, _, _) in free.items()}
    seen = {place: of[there] >= 0 for place, (_, _, of) in free.items()}
    levels = {place: of[there][seen[place]] for place, (_, _, of) in free.items()}
    never = {place: np.bincount(levels[place], minlength=len(m[place])) == 0 for place in free}
    share = prior / (1 + prior)
    for _ in range(_ROUNDS):
        if not (0 < share < 1 and len(there)):
            return None
        bits = np.full(len(there), np.log2(share / (1 - share)))
        for place, (_, u, _) in free.items():
            bits[seen[place]] += np.log2(m[place] / u)[levels[place]]
        with np.errstate(over="ignore"):
            expected = counts / (1 + np.power(2.0, -bits))
        change = abs(share - (share := float(expected.sum() / counts.sum())))
        for place in free:
            here = np.bincount(levels[place], expected[seen[place]], len(m[place]))
            with np.errstate(invalid="ignore"):
                here = here / here.sum()
            if not (here[~never[place]] >= _IMPOSSIBLE).all():
                return None
            here[never[place]] = _NEVER_SEEN
            change = max(change, float(np.abs(here - m[place]).max()))
            m[place] = here
        if change < _CLOSE:
            break
    return {place: np.where(never[place], np.nan, values) for place, values in m.items()}


def _prior(
    share: float,
    comparisons: Sequence[dict[str, Any]],
    columns: set[str],
    m: Sequence[Numbers],
    u: Sequence[Numbers],
) -> float:
    """The odds of two records that agree on `columns`: what agreement on each says comes on top."""
    odds = share / (1 - share)
    left = set(columns)
    for place, comparison in enumerate(comparisons):
        for level, each in enumerate(_levels(comparison)):
            exact = re.fullmatch(r'"(\w+)_l" = "(\w+)_r"', each["sql_condition"])
            if exact and exact[1] == exact[2] and exact[1] in left:
                left.remove(exact[1])
                odds *= float(m[place][level] / u[place][level])
    return odds


def _levels(comparison: dict[str, Any]) -> list[dict[str, Any]]:
    """The levels from "different" upwards, without that of missing values."""
    return [level for level in reversed(comparison["comparison_levels"]) if not level.get("is_null_level")]


def _columns(comparison: dict[str, Any]) -> set[str]:
    """The columns that a comparison looks at."""
    conditions = " ".join(level["sql_condition"] for level in comparison["comparison_levels"])
    return set(re.findall(r"(\w+)_[lr]\b", conditions))


def _first_m(levels: int) -> list[float]:
    return [(1 - _SAME_AT_FIRST) / (levels - 1)] * (levels - 1) + [_SAME_AT_FIRST]


def _chances(levels: Sequence[dict[str, Any]]) -> list[float]:
    """`u` of each level as it was sampled; where no sampled pair had a level, what its first weight comes to."""
    lowest, highest, same = _BITS_AT_FIRST
    between = len(levels) - 2
    bits = [lowest + place * (highest - lowest) / max(between, 1) for place in range(len(levels) - 1)]
    first = [m / 2**weight for m, weight in zip(_first_m(len(levels)), [*bits, same], strict=True)]
    return [level.get("u_probability") or chance for level, chance in zip(levels, first, strict=True)]
