"""Thresholds and clusters from literal pairs."""

from __future__ import annotations

import numpy as np
import pytest

from huaxiang.identity.fuzzy.cluster import Pairs, cluster, threshold_for


def pairs(*rows: tuple[int, int, float]) -> Pairs:
    left, right, weight = (np.array(column) for column in zip(*rows, strict=True))
    return Pairs(left.astype(np.int64), right.astype(np.int64), weight, 1 / (1 + 2.0**-weight))


def clusters(records: int, found: Pairs, **more) -> list[int]:
    return cluster(records, found, 0.5, **more).tolist()


def test_the_threshold_is_the_lowest_that_keeps_the_wanted_precision():
    # Means from the top: 1, .99, .96, .87; the wanted .95 allows the first three.
    assert threshold_for(np.array([1.0, 0.98, 0.9, 0.6, 0.1]), 0.95) == (0.9, pytest.approx(0.96))


def test_without_likely_pairs_nothing_is_above_the_threshold():
    assert threshold_for(np.array([0.1, 0.2]), 0.99) == (0.99, 1.0)


def test_a_customer_is_named_by_the_smallest_record():
    assert clusters(4, pairs((2, 3, 9.0), (1, 3, 8.0))) == [0, 1, 1, 1]


def test_two_groups_are_not_joined_by_one_accidental_bridge():
    # 0-1 and 2-3 are sure; 1-2 looks alike (+5), but 0-2, 0-3 and 1-3 speak against it with 6 bits each.
    found = pairs((0, 1, 12.0), (2, 3, 12.0), (1, 2, 5.0), (0, 2, -6.0), (0, 3, -6.0), (1, 3, -6.0))
    assert clusters(4, found) == [0, 0, 2, 2]


def test_records_that_were_never_compared_do_not_speak_against_a_join():
    assert clusters(3, pairs((0, 1, 6.0), (1, 2, 6.0))) == [0, 0, 0]


def test_a_source_that_has_everybody_once_never_gives_two_records_to_a_customer():
    found = pairs((0, 2, 9.0), (1, 2, 8.0))
    assert clusters(3, found, exclusive=[np.array([0, 1])]) == [0, 1, 0]


def test_records_with_one_key_are_one_customer_whatever_the_weights_say():
    assert clusters(3, pairs((0, 1, -9.0)), same=(np.array([1]), np.array([0]))) == [0, 0, 2]


def test_the_order_of_pairs_does_not_matter():
    rows = [(0, 1, 12.0), (2, 3, 12.0), (1, 2, 5.0), (0, 2, -6.0), (3, 4, 5.0), (2, 4, 5.0)]
    assert clusters(5, pairs(*rows)) == clusters(5, pairs(*reversed(rows)))
