"""Every interval of a comparison holds the truth 95 times in 100, and what is called reliable is so.

Whole columns of simulations are drawn at once. 4,000 draws have a standard error of .35 points: within 1.5 points of
95 % lies whatever is right.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from shop import AS_OF

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.aspects.scores import dimension_score, percentile_ranks, tag_score
from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.sides import Side
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import (
    NO_SAMPLE,
    Difference,
    Sample,
    SharedCounts,
    SharedSample,
    benjamini_hochberg,
    compare_means,
    compare_shares,
    holm,
)
from huaxiang.personas.tags import Tag

DRAWS = 4000


def covered(found: list[Difference | None], truth: float) -> float:
    return float(np.mean([one is not None and one.low <= truth <= one.high for one in found]))


@pytest.mark.parametrize(
    ("only_a", "only_b", "both", "shares"),
    [
        (100, 300, 0, (0.1, 0.2, 0.0)),  # nobody in common
        (60, 40, 0, (0.5, 0.5, 0.0)),
        (100, 100, 100, (0.2, 0.6, 0.9)),  # people in common are of their own kind
        (50, 50, 300, (0.2, 0.3, 0.2)),  # hardly anybody apart
        (0, 300, 100, (0.0, 0.3, 0.2)),  # one inside the other
    ],
)
def test_the_interval_of_shares_holds_the_truth_however_groups_overlap(only_a, only_b, both, shares):
    random = np.random.default_rng([only_a, only_b, both])
    a, b, shared = (random.binomial(n, p, DRAWS).tolist() for n, p in zip((only_a, only_b, both), shares, strict=True))
    total_a, total_b = only_a + both, only_b + both
    truth = (only_a * shares[0] + both * shares[2]) / total_a - (only_b * shares[1] + both * shares[2]) / total_b
    found = [
        compare_shares(x + z, total_a, y + z, total_b, SharedCounts(both, z, z, z))
        for x, y, z in zip(a, b, shared, strict=True)
    ]
    assert abs(covered(found, truth) - 0.95) <= 0.015


@pytest.mark.parametrize(
    ("only_a", "only_b", "both", "cells"),
    [
        (0, 0, 100, (0.3, 0.15, 0.1)),  # the same people twice
        (60, 40, 200, (0.2, 0.1, 0.1)),  # some came, some went
        (0, 150, 150, (0.3, 0.1, 0.05)),
    ],
)
def test_the_interval_of_shares_holds_the_truth_at_two_moments(only_a, only_b, both, cells):
    random = np.random.default_rng([only_a, only_b, both, 2])
    share_a, share_b = cells[0] + cells[1], cells[0] + cells[2]
    a, b = random.binomial(only_a, share_a, DRAWS).tolist(), random.binomial(only_b, share_b, DRAWS).tolist()
    pairs = random.multinomial(both, [*cells, 1 - sum(cells)], DRAWS).tolist()
    found = [
        compare_shares(
            x + always + first,
            only_a + both,
            y + always + second,
            only_b + both,
            SharedCounts(both, always + first, always + second, always, paired=True),
        )
        for x, y, (always, first, second, _) in zip(a, b, pairs, strict=True)
    ]
    assert abs(covered(found, share_a - share_b) - 0.95) <= 0.015


def samples(drawn: np.ndarray) -> list[Sample]:
    """A sample per row."""
    count = drawn.shape[1]
    if count == 0:
        return [NO_SAMPLE.a] * len(drawn)
    variance = drawn.var(axis=1, ddof=1) if count > 1 else np.zeros(len(drawn))
    return [Sample(count, m, v) for m, v in zip(drawn.mean(axis=1).tolist(), variance.tolist(), strict=True)]


@pytest.mark.parametrize(
    ("sizes", "spreads", "means", "again"),
    [
        ((30, 50, 0), (1, 3, 1), (2.0, 2.5, 0.0), None),  # nobody in common, unequal spread
        ((60, 40, 80), (1, 2, 3), (1.0, 2.0, 5.0), None),  # people in common of their own kind
        ((0, 100, 40), (1, 1, 2), (0.0, 1.0, 0.0), None),  # one inside the other
        ((1, 1, 49), (1, 1, 1), (0.0, 0.0, 0.0), None),  # single people are apart
        ((0, 0, 60), (1, 1, 1), (0.0, 0.0, 0.0), 0.7),  # the same people twice
        ((50, 20, 60), (1, 1, 1), (0.0, 0.0, 0.0), 0.9),
    ],
)
def test_the_interval_of_means_holds_the_truth(sizes, spreads, means, again):
    random = np.random.default_rng([*sizes, 3])
    only_a, only_b, first = (
        mean + spread * random.standard_normal((DRAWS, size))
        for size, spread, mean in zip(sizes, spreads, means, strict=True)
    )
    second = first
    if again is not None:
        second = again * first + np.sqrt(1 - again**2) * random.standard_normal(first.shape)
    truth = (sizes[0] * means[0] + sizes[2] * means[2]) / (sizes[0] + sizes[2])
    truth -= (sizes[1] * means[1] + sizes[2] * means[2]) / (sizes[1] + sizes[2])
    together = [0.0] * DRAWS
    if sizes[2] > 1:
        centred = [each - each.mean(axis=1, keepdims=True) for each in (first, second)]
        together = ((centred[0] * centred[1]).sum(axis=1) / (sizes[2] - 1)).tolist()
    shared = [SharedSample(*three) for three in zip(samples(first), samples(second), together, strict=True)]
    a, b = samples(np.hstack([only_a, first])), samples(np.hstack([only_b, second]))
    found = [compare_means(*three) for three in zip(a, b, shared, strict=True)]
    assert abs(covered(found, truth) - 0.95) <= 0.015


RANKS = Scale(Tag("visits", Type.INTEGER, Text.of("Visits")), "ranges", ("0", "1–4", "5–9", "≥10"))
BASE = (4000, 3000, 2000, 1000)


@pytest.mark.parametrize(("size", "shares"), [(60, (0.4, 0.3, 0.2, 0.1)), (400, (0.1, 0.2, 0.3, 0.4))])
def test_the_interval_of_a_score_holds_the_truth(size: int, shares: tuple[float, ...]):
    random = np.random.default_rng([size, 7])
    truth = float(np.dot(shares, percentile_ranks(BASE)))
    drawn = random.multinomial(size, shares, DRAWS).tolist()
    found = [dimension_score([tag_score(RANKS, counts, BASE, 1)]) for counts in drawn]
    assert abs(np.mean([low <= truth <= high for _, low, high in found]) - 0.95) <= 0.015


def test_the_interval_of_a_score_of_several_tags_is_never_too_narrow():
    """Two tags that have nothing to do with each other: taken for one, their interval is too wide."""
    random = np.random.default_rng(8)
    truth = float(np.dot((0.1, 0.2, 0.3, 0.4), percentile_ranks(BASE)))
    one, other = (random.multinomial(100, (0.1, 0.2, 0.3, 0.4), DRAWS).tolist() for _ in range(2))
    found = [
        dimension_score([tag_score(RANKS, counts, BASE, 1) for counts in both]) for both in zip(one, other, strict=True)
    ]
    assert np.mean([low <= truth <= high for _, low, high in found]) >= 0.95


def test_without_any_difference_hardly_anything_is_called_reliable():
    """300 comparisons of 40 tests each between overlapping groups that do not differ: 5 % find anything, at most."""
    random = np.random.default_rng(5)
    any_found = {"benjamini_hochberg": 0, "holm": 0}
    for shares in random.uniform(0.1, 0.9, (300, 40)):
        a, b, both = random.binomial(200, shares), random.binomial(150, shares), random.binomial(100, shares)
        p_values = [
            found.p_value
            for x, y, z in zip(a.tolist(), b.tolist(), both.tolist(), strict=True)
            if (found := compare_shares(x + z, 300, y + z, 250, SharedCounts(100, z, z, z)))
        ]
        any_found["benjamini_hochberg"] += min(benjamini_hochberg(p_values)) <= 0.05
        any_found["holm"] += min(holm(p_values)) <= 0.05
    # 300 tries at 5 %: standard error 1.3 points.
    assert any_found["holm"] <= any_found["benjamini_hochberg"] <= 300 * (0.05 + 3 * 0.0126)


def test_a_twentieth_of_what_is_called_reliable_is_chance():
    """10 of 40 tests differ: of all that are called so over 200 comparisons, at most 5 % are among the other 30."""
    random = np.random.default_rng(6)
    false = called = 0
    for shares in random.uniform(0.2, 0.7, (200, 40)):
        apart = np.where(np.arange(40) < 10, shares + 0.15, shares)
        a, b = random.binomial(300, apart).tolist(), random.binomial(300, shares).tolist()
        p_values = [compare_shares(x, 300, y, 300).p_value for x, y in zip(a, b, strict=True)]
        reliable = np.array(benjamini_hochberg(p_values)) <= 0.05
        called += int(reliable.sum())
        false += int(reliable[10:].sum())
    assert called > 1000
    assert false / called <= 0.055


def test_holm_by_hand():
    # m = 4, in order .005, .01, .03, .04: ×4 = .02, ×3 = .03, ×2 = .06, ×1 = .04, never less than before.
    assert holm([0.04, 0.01, 0.03, 0.005]) == pytest.approx([0.06, 0.03, 0.06, 0.02])
    assert holm([]) == []
    ordered = sorted(holm([0.2, 0.5, 0.9, 0.9]))
    assert all(one <= other <= 1 for one, other in pairwise(ordered))


def test_groups_drawn_by_lot_hardly_ever_differ_reliably(shop):
    """50 comparisons of two overlapping groups drawn by lot, by all tags, from the tables to the verdict."""
    portrayer = Portrayer(shop, moment=AS_OF, threshold=1)
    stored, random = StoredBuild(shop, AS_OF, portrayer), np.random.default_rng(9)

    def drawn(name: str) -> Side:
        return Side(name, Text.of(name), stored.occasion, np.sort(random.choice(100, 50, replace=False)))

    found = [compare([drawn("a"), drawn("b")], stored.tags, threshold=1) for _ in range(50)]
    assert all(one.tests >= 20 for one in found)
    # 50 tries at 5 %: 2.5 are expected, with a standard error of 1.5.
    assert sum(any(row.significant for row in one.contrasts) for one in found) <= 2.5 + 3 * 1.5
