"""Grades, reviews and drift: the stated rule, held to its letter."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.core.moments import Duration
from huaxiang.core.stability import chance_p_value, population_stability, stability_index
from huaxiang.personas.spec import DriftSpec, PersonaSpec
from huaxiang.personas.validation.drift import Drift, Moved, level
from huaxiang.personas.validation.grade import Grade, grade, letter
from huaxiang.personas.validation.statements import score, verdict_of
from huaxiang.personas.validation.truth import Matched, adjusted_rand

FIRST, TODAY = date(2026, 1, 1), date(2026, 6, 1)


def graded(drift: Drift | None = None, today: date = TODAY, **more: object) -> Grade:
    scores = {"survey": [1.0], "truth": [0.8, 1.0]}
    return grade(PersonaSpec(name="fans", **more), scores, drift, FIRST, today)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("score", "kinds", "flags", "expected"),
    [
        (1.0, 2, 0, "A"),
        (0.9, 2, 0, "A"),
        (0.89, 3, 0, "B"),
        (0.75, 2, 0, "B"),
        (0.6, 2, 0, "C"),
        (0.4, 2, 0, "D"),
        (0.39, 2, 0, "E"),
        (1.0, 1, 0, "B"),
        (0.7, 1, 0, "C"),
        (1.0, 2, 1, "B"),
        (1.0, 1, 2, "D"),
        (0.1, 2, 2, "E"),
        (None, 0, 0, "–"),
        (None, 0, 2, "–"),
    ],
)
def test_the_letter_follows_the_stated_rule(score: float | None, kinds: int, flags: int, expected: str) -> None:
    assert letter(score, kinds, flags) == expected


def test_each_kind_counts_once_however_many_validations_it_has() -> None:
    # Survey 1, truth (0.8 + 1) ÷ 2 = 0.9: together 0.95.
    assert graded().score == pytest.approx(0.95)
    assert graded().grade == "A"


def test_a_persona_that_was_never_validated_has_no_grade() -> None:
    found = grade(PersonaSpec(name="fans"), {}, None, FIRST, TODAY)
    assert (found.grade, found.score, found.reason.en, found.reason.zh) == ("–", None, "Never validated.", "尚未检验。")


def test_the_next_review_counts_from_the_last_one_else_from_the_first_build() -> None:
    assert graded().next_review == date(2026, 6, 30)
    assert graded(review_every=Duration(24 * 10)).next_review == date(2026, 1, 11)
    assert graded(reviewed=date(2026, 5, 1)).next_review == date(2026, 10, 28)
    assert (graded().age_days, graded(reviewed=date(2026, 5, 1)).age_days) == (151, 31)


def test_an_overdue_review_is_flagged_and_costs_a_letter() -> None:
    on_the_day, after = graded(today=date(2026, 6, 30)), graded(today=date(2026, 7, 1))
    assert (on_the_day.flags, on_the_day.grade) == ((), "A")
    assert (after.flags, after.grade) == (("overdue",), "B")
    assert "2026-06-30" in after.reason.en
    assert "2026-06-30" in after.reason.zh


def test_a_persona_that_changed_is_flagged_and_one_that_shifted_is_not() -> None:
    assert graded(Drift("changed", 0.5, 0.4, "age")).flags == ("drifted",)
    assert graded(Drift("shifted", 0.5, 0.2, "age")).flags == ()


def test_drift_levels_are_settings() -> None:
    usual, strict = DriftSpec(), DriftSpec(shifted=0.01, changed=0.02)
    found = [level(Moved(index, 0.001), usual) for index in (0.09, 0.1, 0.24, 0.25)]
    assert found == ["stable", "shifted", "shifted", "changed"]
    assert level(Moved(0.09, 0.001), strict) == "changed"
    with pytest.raises(ValueError, match="lower of the two"):
        DriftSpec(shifted=0.3, changed=0.2)


def test_what_chance_may_have_moved_has_not_changed() -> None:
    assert level(Moved(0.4, 0.06), DriftSpec()) == "stable"


def test_the_probability_of_an_index_is_that_of_samples_from_one_population() -> None:
    # Of 1,000 pairs of samples about 5 % are less probable than 5 %; three standard errors are 2.1 points.
    rng = np.random.default_rng(3)
    drawn = [rng.multinomial(300, [0.3, 0.3, 0.2, 0.1, 0.1]).tolist() for _ in range(2000)]
    found = [chance_p_value(one, other) for one, other in zip(drawn[::2], drawn[1::2], strict=True)]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=0.021)
    assert chance_p_value([300, 200], [200, 300]) < 1e-9
    assert chance_p_value([7, 0], [9, 0]) == 1.0


def test_the_stability_index_is_that_of_its_definition() -> None:
    # (.3 − .5) ln(.3 ÷ .5) + (.7 − .5) ln(.7 ÷ .5)
    expected = -0.2 * math.log(0.6) + 0.2 * math.log(1.4)
    assert population_stability([0.5, 0.5], [0.3, 0.7]) == pytest.approx(expected)
    chance = 1 / 1000 + 1 / 1000
    assert stability_index([500, 500, 0], [300, 700, 0]) == pytest.approx(expected - chance)
    assert stability_index([5, 5], [50, 50]) == 0


def test_samples_of_one_population_have_next_to_no_drift() -> None:
    rng = np.random.default_rng(1)
    drawn = [rng.multinomial(500, [0.2] * 5).tolist() for _ in range(400)]
    indices = [stability_index(one, other) for one, other in zip(drawn[::2], drawn[1::2], strict=True)]
    assert np.mean(indices) < 0.01
    assert max(indices) < 0.1


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=40))
def test_the_adjusted_rand_index_is_that_of_scikit_learn(people: list[tuple[int, int]]) -> None:
    from sklearn.metrics import adjusted_rand_score

    one, other = (np.array(values) for values in zip(*people, strict=True))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_the_adjusted_rand_index_counts_pairs() -> None:
    # A contingency table of 2, 1, 1, 2, counted in pairs:
    # Σ C(nᵢⱼ, 2) = 2, Σ C(aᵢ, 2) = Σ C(bⱼ, 2) = 6, of 15 pairs: (2 − 36/15) ÷ (6 − 36/15) = −1/9.
    one, other = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 0, 1, 1])
    assert adjusted_rand(one, other) == pytest.approx(-1 / 9)


def test_precision_recall_and_f1() -> None:
    found = Matched(both=6, members=8, true=12)
    assert (found.precision, found.recall, found.f1) == (0.75, 0.5, 0.6)
    nobody = Matched(0, 0, 0)
    assert (nobody.precision, nobody.recall, nobody.f1) == (None, None, None)


def test_open_statements_count_half_and_those_that_could_not_be_judged_nothing() -> None:
    assert score(["holds", "open", "refuted", "too_small"]) == 0.5
    assert score(["too_small"]) is None
    assert score([]) is None
    assert verdict_of(0.1, None) == "too_small"
