"""Effect sizes, against scipy and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import special
from scipy.stats import contingency

from huaxiang.personas.comparison.effects import cramers_v, hedges_g, size_name
from huaxiang.personas.statistics import Sample


def test_hedges_g_by_hand():
    # d = (12 − 10) / 2 = 1 with 28 degrees of freedom; J = 1 − 3 / (4·28 − 1) = .97297, exactly .972942.
    g = hedges_g(Sample(10, 12.0, 4.0), Sample(20, 10.0, 4.0))
    assert g == pytest.approx(1 - 3 / 111, abs=1e-4)
    assert g == pytest.approx(special.gamma(14) / (math.sqrt(14) * special.gamma(13.5)))
    assert hedges_g(Sample(1, 1.0), Sample(2, 2.0, 1.0)) is None
    assert hedges_g(Sample(9, 1.0), Sample(9, 2.0)) is None


def test_hedges_g_has_no_bias_where_cohens_d_has():
    random = np.random.default_rng(2)
    a, b = 0.5 + random.standard_normal((20_000, 6)), random.standard_normal((20_000, 6))
    found = [
        hedges_g(Sample(6, *one), Sample(6, *other))
        for one, other in zip(
            zip(a.mean(axis=1), a.var(axis=1, ddof=1), strict=True),
            zip(b.mean(axis=1), b.var(axis=1, ddof=1), strict=True),
            strict=True,
        )
    ]
    # Cohen's d would be 8 % too large.
    assert np.mean(found) == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("table", [[[30, 70], [20, 80]], [[10, 20, 30], [30, 20, 10]], [[5, 9], [9, 5], [7, 7]]])
def test_cramers_v_is_that_of_scipy_less_what_chance_gives(table):
    plain = contingency.association(np.array(table), method="cramer")
    rows, columns, total = len(table), len(table[0]), int(np.sum(table))
    squared = plain**2 * (min(rows, columns) - 1)
    chance = (rows - 1) * (columns - 1) / (total - 1)
    sides = [size - (size - 1) ** 2 / (total - 1) for size in (rows, columns)]
    expected = math.sqrt(max(squared - chance, 0.0) / (min(sides) - 1))
    assert cramers_v(table) == pytest.approx(expected)
    # Of a thousand times as many people, chance takes nothing.
    assert cramers_v([[1000 * cell for cell in row] for row in table]) == pytest.approx(plain, abs=1e-3)


def test_cramers_v_of_nothing_to_compare():
    assert cramers_v([[3, 4]]) is None
    assert cramers_v([[3, 0], [4, 0]]) is None
    assert cramers_v([]) is None
    assert cramers_v([[50, 50], [50, 50]]) == 0
    assert cramers_v([[500, 0], [0, 500]]) == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize(("effect", "name"), [(0.1, "tiny"), (-0.2, "small"), (0.5, "medium"), (-1.2, "large")])
def test_sizes_are_those_of_cohen(effect, name):
    assert size_name(effect).en == name
