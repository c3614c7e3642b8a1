"""The differencing attack on counts of rules: a group, and the same group without a few people."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard
from huaxiang.service.audiences import Audiences
from huaxiang.store.engine import DuckEngine

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
PEOPLE = 300
GUARD = Guard(10, b"a secret of the tests")
ATOMS = ("age >= 40", "age < 25", "city = 'x'", "city is null", "club", "card", "spend > 90", "everyone")
RULES = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda two: f"({two[0]} and {two[1]})"),
        st.tuples(inner, inner).map(lambda two: f"({two[0]} or {two[1]})"),
        inner.map(lambda one: f"not ({one})"),
    ),
    max_leaves=4,
)
FEW = st.integers(1, 9).map(lambda few: f"spend >= {100 - few}")
"""Spend is 0 to 99 in turn, three people each: 3 to 27 of everyone, fewer within a rule."""


@pytest.fixture(scope="module")
def audiences() -> Iterator[Audiences]:
    numbers = range(PEOPLE)
    flags = {"club": [n % 3 == 0 for n in numbers], "card": [n % 7 == 0 for n in numbers]}
    profiles = {
        "customer_no": numbers,
        "customer_id": [f"c{n}" for n in numbers],
        "age": [None if n % 11 == 0 else 18 + n * 7 % 60 for n in numbers],
        "city": [("x", "y", None)[n % 3 if n % 4 else 2] for n in numbers],
        "spend": [n % 100 for n in numbers],
    }
    catalog = {"name": ["age", "city", "spend"], "values": ["{}"] * 3, "privacy": ["L1"] * 3}
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        engine.create("segment_flags", pa.table({"customer_no": numbers, **flags}), step="test")
        engine.create("profiles", pa.table(profiles), step="test")
        engine.create("tag_catalog", pa.table(catalog), step="test")
        yield Audiences(engine, AS_OF, GUARD)


def possible(audiences: Audiences, rule: str) -> tuple[int, int]:
    """The sizes that the answer leaves open to somebody who knows how counts are told, but not the secret."""
    told = audiences.size(rule)
    if told.size is None:
        return 0, GUARD.threshold - 1 + 2 * told.margin
    return told.size - told.margin, told.size + told.margin


@settings(max_examples=10, deadline=None)
@given(RULES, FEW)
def test_a_group_less_a_few_of_it_is_never_a_small_group_for_certain(audiences: Audiences, rule: str, few: str):
    group, rest = possible(audiences, rule), possible(audiences, f"({rule}) and not {few}")
    least, most = max(0, group[0] - rest[1]), group[1] - rest[0]
    assert least == 0 or most >= GUARD.threshold


@settings(max_examples=5, deadline=None)
@given(RULES, RULES)
def test_asking_the_same_in_other_words_tells_nothing_new(audiences: Audiences, one: str, other: str):
    asked = f"({one}) and ({other})", f"({other}) and ({one})", f"not (not ({one}) or not ({other})) and everyone"
    assert len({audiences.size(rule) for rule in asked}) == 1


def test_the_attack_on_three_people_of_a_saved_segment(audiences: Audiences):
    # 100 are in the club; 97 of them spend less than 99. Without a guard 100 − 99 would say that one spends it.
    assert (audiences.size("club").size, audiences.size("club").margin) == (100, 0)
    rest = audiences.size("club and not spend >= 99")
    assert rest.margin == 5
    assert audiences.size("club and not spend >= 99", exact=True).size == 99
    assert audiences.size("club and spend >= 99").size is None
    # Nobody is told no other than a few: that somebody is there would give them away.
    assert audiences.size("club and spend >= 200").size is None


def test_the_parts_of_a_distribution_add_up_to_no_exact_whole(audiences: Audiences):
    found = audiences.distribution("age >= 40", "city")
    exact = audiences.distribution("age >= 40", "city", exact=True)
    assert found["margin"] == 5
    assert abs(found["size"] - exact["size"]) <= 5
    for moved, true in zip(found["values"], exact["values"], strict=True):
        assert moved["label"] == true["label"]
        assert abs(moved["count"] - true["count"]) <= 5
    assert sum(row["count"] for row in found["values"]) != found["size"]


def test_a_mean_without_one_person_is_no_proof_that_somebody_is_missing(audiences: Audiences):
    told, true = (audiences.distribution("not club", "spend", exact=exact)["mean"] for exact in (False, True))
    # 200 people, whose spend is up to 50 from their mean.
    assert 0 < abs(told - true) <= 51 / 200


def test_the_mean_of_all_others_does_not_tell_one_person_from_nobody(audiences: Audiences):
    assert audiences.size("spend = 99 and age = 31", exact=True).size is None
    for nobody_or_one in ("spend > 200", "spend = 99 and age = 31", "spend = 99"):
        assert audiences.distribution(f"not ({nobody_or_one})", "spend")["mean"] is not None


@settings(max_examples=5, deadline=None)
@given(RULES, FEW)
def test_a_mean_is_withheld_by_nothing_but_the_size_that_is_told(audiences: Audiences, rule: str, few: str):
    told = audiences.distribution(f"not (({rule}) and {few})", "spend")
    assert (told.get("mean") is None) == (told.get("known") is None)


def test_overlaps_of_rules_are_told_as_their_counts_are(audiences: Audiences):
    (row,) = audiences.overlap(["club", "age >= 40"])
    assert (row["both"], row["margin"]) == (audiences.size("club and age >= 40").size, 5)
    assert row["share_of_a"] == row["both"] / 100


def test_an_overlap_of_saved_segments_hides_what_sizes_and_the_total_would_tell(engine: DuckEngine):
    numbers = range(100)
    flags = {"all_but_few": [n < 95 for n in numbers], "half": [n < 50 for n in numbers]}
    engine.create("segment_flags", pa.table({"customer_no": numbers, **flags}), step="test")
    engine.create("profiles", pa.table({"customer_no": numbers, "age": numbers}), step="test")
    (row,) = Audiences(engine, AS_OF, GUARD).overlap(["half", "all_but_few"])
    # 50 in both, 45 and nobody in one alone – but 5 in neither.
    assert (row["both"], row["hidden"], row["margin"]) == (None, True, 0)
