"""Statistics against published examples, hand arithmetic and simulation."""

from __future__ import annotations

import math
import statistics as standard

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from huaxiang.personas.statistics import (
    Sample,
    SharedCounts,
    SharedSample,
    benjamini_hochberg,
    cohens_d,
    cohens_h,
    compare_means,
    compare_shares,
    information_gain,
    wilson,
)


@pytest.mark.parametrize(
    ("a", "n_a", "b", "n_b", "low", "high"),
    [
        (56, 70, 48, 80, 0.0524, 0.3339),
        (9, 10, 3, 10, 0.1705, 0.8090),
        (6, 7, 2, 7, 0.0582, 0.8062),
        (5, 56, 0, 29, -0.0381, 0.1926),
        (0, 10, 0, 20, -0.1611, 0.2775),
        (0, 10, 0, 10, -0.2775, 0.2775),
        (10, 10, 0, 20, 0.6791, 1.0000),
        (10, 10, 0, 10, 0.6075, 1.0000),
    ],
)
def test_the_interval_equals_the_examples_of_newcombe_1998_method_10(a, n_a, b, n_b, low, high):
    found = compare_shares(a, n_a, b, n_b)
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


def test_the_wilson_interval_equals_the_examples_of_newcombe_1998_method_3():
    # Newcombe 1998a, table I: 81/263, 15/148, 0/20, 1/29.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_the_test_of_two_shares_is_the_pooled_z_test():
    # 30/100 against 20/100: pooled .25, variance .25·.75·(2/100) = .00375, z = .1/√.00375 = 1.63299.
    assert compare_shares(30, 100, 20, 100).p_value == pytest.approx(2 * stats.norm.sf(1.632993), abs=1e-6)
    # Its square is Pearson's chi-square without correction.
    chi = stats.chi2_contingency([[30, 70], [20, 80]], correction=False).pvalue
    assert compare_shares(30, 100, 20, 100).p_value == pytest.approx(chi)


def test_a_group_differs_nothing_from_itself():
    found = compare_shares(30, 100, 30, 100, SharedCounts(100, 30, 30, 30))
    assert found.value == 0
    assert found.p_value == 1
    assert found.high - found.low < 0.03
    sample = Sample(50, 10.0, 4.0)
    assert compare_means(sample, sample, SharedSample.same(sample)).p_value == 1


def test_shared_people_narrow_the_interval():
    apart = compare_shares(40, 100, 30, 100)
    together = compare_shares(40, 100, 30, 100, SharedCounts(60, 20, 20, 20))
    assert together.high - together.low < apart.high - apart.low
    assert together.p_value < apart.p_value


def test_nothing_is_compared_with_nobody():
    assert compare_shares(0, 0, 3, 10) is None
    assert compare_means(Sample(1, 3.0), Sample(10, 2.0, 1.0)) is None
    assert cohens_d(Sample(0), Sample(10, 2.0, 1.0)) is None


def test_means_are_compared_as_welch_did():
    a, b = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1], [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0]
    found = compare_means(_sample(a), _sample(b))
    oracle = stats.ttest_ind(a, b, equal_var=False)
    interval = oracle.confidence_interval(0.95)
    assert found.p_value == pytest.approx(oracle.pvalue)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_constant_numbers_differ_surely_or_not_at_all():
    assert compare_means(Sample(5, 1.0), Sample(5, 1.0)).p_value == 1
    assert compare_means(Sample(5, 1.0), Sample(5, 2.0)).p_value == 0


def test_cohens_d_by_hand():
    # means 12 and 10, variances 4 and 4: 2 / √4 = 1.
    assert cohens_d(Sample(10, 12.0, 4.0), Sample(20, 10.0, 4.0)) == pytest.approx(1.0)
    assert cohens_d(Sample(10, 12.0), Sample(20, 12.0)) == 0
    assert cohens_d(Sample(10, 12.0), Sample(20, 10.0)) is None


def test_cohens_h_by_hand():
    # From 0 to 1 is 2·asin(1) = π; Cohen's table 6.2.2 gives 1.571 for .50 and 0.
    assert cohens_h(1, 0) == pytest.approx(math.pi)
    assert cohens_h(0.5, 0) == pytest.approx(math.pi / 2)


def test_q_values_by_hand():
    # m = 4: .01·4/1 = .04, .02·4/2 = .04, .03·4/3 = .04, .5·4/4 = .5
    assert benjamini_hochberg([0.5, 0.01, 0.03, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])
    assert benjamini_hochberg([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_q_values_equal_those_of_scipy(p_values):
    assert benjamini_hochberg(p_values) == pytest.approx(list(stats.false_discovery_control(p_values)))


def test_information_by_hand():
    # A value that tells everything about a fair coin: 1 bit, less (2 − 1)/(2·2000·ln 2).
    assert information_gain([(1000, 0), (0, 1000)]) == pytest.approx(1 - 1 / (4000 * math.log(2)))
    assert information_gain([(500, 500), (500, 500)]) == 0
    assert information_gain([(0, 0), (10, 0)]) == 0
    assert information_gain([]) == 0


@given(
    st.lists(st.integers(-1000, 1000), min_size=0, max_size=20),
    st.lists(st.integers(-1000, 1000), min_size=0, max_size=20),
)
def test_taking_a_part_out_leaves_the_sample_of_the_others(part, others):
    left = _sample(part + others).without(_sample(part))
    expected = _sample(others)
    assert left.count == expected.count
    assert left.mean == pytest.approx(expected.mean, abs=1e-6)
    assert left.variance == pytest.approx(expected.variance, abs=1e-3, rel=1e-6)


def test_the_interval_of_shares_covers_the_truth_95_times_in_100():
    random = np.random.default_rng(7)
    hits = [
        found.low <= 0.12 - 0.30 <= found.high
        for a, b in zip(random.binomial(60, 0.12, 2000), random.binomial(200, 0.30, 2000), strict=True)
        if (found := compare_shares(int(a), 60, int(b), 200))
    ]
    # 2,000 tries: standard error .5 %.
    assert 0.935 < np.mean(hits) < 0.975


def test_the_interval_of_shares_covers_the_truth_for_overlapping_groups():
    # 100 people in both groups, 100 only in the first, 50 only in the second; all at 30 %: the difference is 0.
    random = np.random.default_rng(11)
    both, first, second = (random.binomial(size, 0.3, 2000) for size in (100, 100, 50))
    found = [
        compare_shares(int(b + f), 200, int(b + s), 150, SharedCounts(100, int(b), int(b), int(b)))
        for b, f, s in zip(both, first, second, strict=True)
    ]
    assert 0.93 < np.mean([one.low <= 0 <= one.high for one in found]) < 0.97
    assert 0.03 < np.mean([one.p_value < 0.05 for one in found]) < 0.07


def _sample(values: list[float]) -> Sample:
    if not values:
        return Sample(0)
    return Sample(
        len(values), standard.fmean(values), standard.variance([float(v) for v in values]) if len(values) > 1 else 0.0
    )
