"""The guard of counts: what somebody who knows everything but the secret can infer from two answers."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.core.small_groups import Guard

SECRET = b"a secret of the tests"
THRESHOLDS = st.integers(2, 60)
KEYS = st.integers(0, 2**62)


def possible(told: int | None, guard: Guard) -> tuple[int, int]:
    """The true sizes that an answer leaves open, from the least to the largest."""
    if told is None:
        return 0, guard.threshold - 1 + 2 * guard.margin
    return told - guard.margin, told + guard.margin


def gives_away(group: tuple[int, int], part: tuple[int, int], threshold: int) -> bool:
    """Whether `group` less `part` of it is certainly somebody, and certainly fewer than the threshold."""
    least, most = max(0, group[0] - part[1]), group[1] - part[0]
    return least > 0 and most < threshold


@settings(deadline=None)
@given(THRESHOLDS, st.integers(0, 200), st.integers(0, 70), KEYS, KEYS)
def test_no_two_answers_give_a_small_group_away(threshold: int, size: int, less: int, key: int, other: int):
    guard = Guard(threshold, SECRET)
    rest = max(0, size - less)
    group, part = possible(guard.size(size, key), guard), possible(guard.size(rest, other), guard)
    assert group[0] <= size <= group[1]
    assert not gives_away(group, part, threshold)
    # Saved segments are told exactly; a size that is too small is not.
    if size >= threshold:
        assert not gives_away((size, size), part, threshold)
    if rest >= threshold:
        assert not gives_away(group, (rest, rest), threshold)


@settings(deadline=None)
@given(THRESHOLDS, st.integers(0, 10_000), KEYS)
def test_what_is_told_is_near_the_truth_and_never_of_too_few(threshold: int, size: int, key: int):
    guard = Guard(threshold, SECRET)
    told = guard.size(size, key)
    if told is None:
        assert size < threshold + 2 * guard.margin
    else:
        assert abs(told - size) <= guard.margin
        assert size >= threshold


def test_every_amount_within_the_margin_is_as_frequent():
    guard = Guard(10, SECRET)
    moved = Counter((guard.size(1000, key) or 0) - 1000 for key in range(22_000))
    assert sorted(moved) == list(range(-5, 6))
    # 2,000 each; four standard deviations are 171.
    assert max(abs(count - 2000) for count in moved.values()) < 171


def test_another_secret_moves_in_another_way():
    ours, theirs = (
        [Guard(10, secret).size(100, key) for key in range(50)] for secret in (SECRET, b"that of another project")
    )
    assert ours != theirs


def test_exact_sizes_are_told_to_those_who_may_know():
    guard = Guard(10, SECRET).exactly()
    assert [guard.size(size, 7) for size in (0, 1, 9, 10, 11)] == [0, None, None, 10, 11]
    assert guard.mean(3.5, 100.0, 10, 7) == 3.5


def test_without_a_threshold_nothing_is_moved():
    assert [Guard(1, SECRET).size(size, 7) for size in (0, 1, 2)] == [0, 1, 2]


@settings(deadline=None)
@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.integers(10, 10_000), KEYS)
def test_a_mean_moves_no_more_than_one_person_could_move_it(mean: float, reach: float, size: int, key: int):
    assert abs(Guard(10, SECRET).mean(mean, reach, size, key) - mean) <= reach / size * 1.000001 + abs(mean) * 1e-12


@settings(deadline=None)
@given(THRESHOLDS, st.integers(0, 200), st.integers(0, 70))
def test_no_two_comparisons_give_a_small_group_away(threshold: int, size: int, less: int):
    guard = Guard(threshold, SECRET)

    def seen(members: int) -> tuple[int, int]:
        kept = guard.members(np.arange(1000, 1000 + members))
        if kept is None:
            return 0, threshold - 1 + 2 * guard.margin
        assert set(kept) <= set(range(1000, 1000 + members))
        return len(kept), len(kept) + 2 * guard.margin

    rest = max(0, size - less)
    assert seen(size)[0] <= size <= seen(size)[1]
    assert not gives_away(seen(size), seen(rest), threshold)
    if size >= threshold:
        assert not gives_away((size, size), seen(rest), threshold)


def test_the_same_members_are_left_out_of_the_same_group():
    guard, numbers = Guard(10, SECRET), np.arange(50)
    assert np.array_equal(guard.members(numbers), np.sort(guard.members(numbers[::-1])))
    assert guard.exactly().members(numbers) is numbers
