"""Measures of predictions, held to scikit-learn, to scipy, and to DeLong's formula written another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, roc_auc_score

from huaxiang.tags.backtest_calibration import METHODS, recalibrate
from huaxiang.tags.backtest_measures import Cases, auc, better, brier, buckets, curve, rate, rule, values, wilson

DAY = 86_400_000_000


def cases(said: list[float] | np.ndarray, happened: list[int] | np.ndarray, customer: list[int] | None = None) -> Cases:
    owners = np.arange(len(said)) if customer is None else np.array(customer)
    return Cases(np.array(said), np.array(happened, bool), owners)


predictions = st.lists(st.tuples(st.integers(0, 20).map(lambda n: n / 20), st.booleans()), min_size=2, max_size=60)


@settings(deadline=None)
@given(predictions)
def test_auc_and_brier_are_those_of_scikit_learn(pairs):
    said, happened = [p for p, _ in pairs], [h for _, h in pairs]
    found = cases(said, happened)
    assert brier(found)["brier"] == pytest.approx(brier_score_loss(happened, said))
    if len(set(happened)) == 2:
        assert auc(found)["auc"] == pytest.approx(roc_auc_score(happened, said))
    else:
        assert auc(found) is None


@settings(deadline=None)
@given(predictions)
def test_the_parts_of_the_brier_score_add_up(pairs):
    found = brier(cases([p for p, _ in pairs], [h for _, h in pairs]))
    parts = found["reliability"] - found["resolution"] + found["uncertainty"] + found["within"]
    assert parts == pytest.approx(found["brier"], abs=1e-12)


@given(st.integers(1, 400), st.floats(0, 1))
def test_wilsons_interval_is_that_of_scipy(cases_seen, share):
    hits = round(share * cases_seen)
    expected = binomtest(hits, cases_seen).proportion_ci(method="wilson")
    assert wilson(hits / cases_seen, cases_seen) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_interval_of_the_auc_is_delongs_where_every_customer_is_one_case():
    draw = np.random.default_rng(1)
    happened = draw.random(400) < 0.3
    said = draw.normal(size=400) + happened
    found = auc(cases(said, happened))
    # DeLong et al. 1988, eq. 4 and 5, over all pairs.
    wins = (said[happened][:, None] > said[~happened][None, :]).astype(float)
    m, n = wins.shape
    variance = wins.mean(axis=1).var(ddof=1) / m + wins.mean(axis=0).var(ddof=1) / n
    assert found["auc"] == pytest.approx(wins.mean())
    assert found["high"] - found["auc"] == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-4)


def test_the_same_customers_again_make_no_interval_narrower():
    draw = np.random.default_rng(2)
    happened = draw.random(300) < 0.4
    said = draw.normal(size=300) + happened
    once, owners = cases(said, happened), list(range(300)) * 4
    again = cases(np.tile(said, 4), np.tile(happened, 4), owners)
    assert auc(again)["high"] == pytest.approx(auc(once)["high"], abs=1e-3)
    assert rate(again.happened, again.customer)["high"] == pytest.approx(
        rate(once.happened, once.customer)["high"], abs=1e-3
    )


def test_a_rule_is_right_as_often_as_it_is_and_finds_what_it_finds():
    # Said of 4, right in 3; 5 happened; base rate 5 of 10: precision 3/4, recall 3/5, lift 1.5.
    said = np.array(["true"] * 4 + ["false"] * 6)
    found = cases(said, [1, 1, 1, 0, 1, 1, 0, 0, 0, 0])
    figures = rule(found, said == "true")
    assert (figures["precision"]["rate"], figures["recall"]["rate"], figures["lift"]) == (0.75, 0.6, 1.5)
    assert [(row["value"], row["cases"], row["happened"]) for row in values(found)] == [("false", 6, 2), ("true", 4, 3)]


def test_equal_values_share_a_tenth_and_the_curve_counts_everyone():
    found = cases([0.5] * 70 + [0.75] * 30, [0] * 70 + [1] * 30)
    assert set(buckets(found)) == {0, 7}
    rows = curve(found)
    assert [(row["bucket"], row["said"], row["rate"]) for row in rows] == [(1, 0.5, 0.0), (8, 0.75, 1.0)]
    assert sum(row["cases"] for row in rows) == 100


# -- recalibration ------------------------------------------------------------------------------------------------


def months(number: int, each: int, distort) -> tuple[Cases, np.ndarray, np.ndarray]:
    """Cases of so many moments 30 days apart with outcomes of 30 days, whose true chance `distort` made wrong."""
    draw = np.random.default_rng(7)
    true = draw.random((number, each))
    happened = draw.random((number, each)) < true
    begun = np.repeat(np.arange(number) * 30 * DAY, each)
    owners = np.tile(np.arange(each), number)
    return Cases(distort(true.ravel()), happened.ravel(), owners), begun, begun + 30 * DAY


def test_overconfident_probabilities_are_recalibrated_and_get_better_out_of_time():
    found, begun, ended = months(6, 500, lambda p: np.clip((p - 0.5) * 3 + 0.5, 0, 1))
    result = recalibrate(found, begun, ended)
    assert result.figures["applied"]
    assert result.figures["after"] < result.figures["before"]
    points = result.calibration.points
    assert [x for x, _ in points] == sorted({x for x, _ in points})
    assert result.calibration.known_at.timestamp() == 6 * 30 * 86_400


def test_honest_probabilities_are_left_alone():
    found, begun, ended = months(6, 500, lambda p: p)
    result = recalibrate(found, begun, ended)
    assert result.calibration is None
    assert result.figures["reason"] == "no method improves it out of time"


def test_what_is_learned_from_has_ended_before_what_judges_begins():
    found, begun, _ = months(4, 200, lambda p: p**3)
    # Outcomes of a year overlap with every later moment: nothing is left to learn from.
    result = recalibrate(found, begun, begun + 365 * DAY)
    assert result.calibration is None
    assert "too few moments" in result.figures["reason"]


def test_isotonic_points_are_those_of_scikit_learn_and_platts_rise():
    found, _, _ = months(2, 400, lambda p: p**2)
    for method, fit in METHODS.items():
        points = fit(found.said, found.happened)
        rising = [y for _, y in points]
        assert rising == sorted(rising), method
        assert len(points) <= 33


def test_a_gain_is_measured_with_its_error():
    found = cases([0.9, 0.1, 0.9, 0.1], [0, 1, 0, 1])
    gain, error = better(found, np.array([0.1, 0.9, 0.1, 0.9]))
    # Squared errors of 0.81 become 0.01, for everybody alike.
    assert (gain, error) == (pytest.approx(0.8), pytest.approx(0.0))
