"""Rules that nobody has saved: set algebra, tags and segments together, and overlaps."""

from __future__ import annotations

import pyarrow as pa
import pytest

from huaxiang.core.errors import NotFoundError, ProjectError, UsageError
from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard, exactly
from huaxiang.segments.algebra import Rules, overlaps
from huaxiang.service.audiences import Audiences
from huaxiang.service.counts import Counts

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
# a: 0–5, b: 4–7, c: nobody; 8 and 9 are in none.
MEMBERS = {"a": range(6), "b": range(4, 8), "c": range(0)}


@pytest.fixture
def build(engine):
    flags = {name: [number in numbers for number in range(10)] for name, numbers in MEMBERS.items()}
    engine.create("segment_flags", pa.table({"customer_no": range(10), **flags}), step="test")
    profiles = {
        "customer_no": range(10),
        "customer_id": [f"c{n}" for n in range(10)],
        "age": [20, 30, 40, None, 50, 60, 70, 80, 90, None],
        "sex": ["f", "m", "f", "m", None, "f", "m", "f", "m", "f"],
        # A tag that has the name of a segment.
        "b": [n % 2 == 0 for n in range(10)],
    }
    profiles |= {"town": [f"street {n}" if n < 4 else "x" for n in range(10)], "illness": ["a"] * 10}
    labels = {
        "name": [*profiles][2:],
        "values": ["{}", '{"f": {"en": "women", "zh": "女"}}', "{}", "{}", "{}"],
        "privacy": ["L3", "L3", "L2", "L3", "L4"],
    }
    engine.create("profiles", pa.table(profiles), step="test")
    engine.create("tag_catalog", pa.table(labels), step="test")
    return engine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 6),
        ("a and in_segment('b')", 2),
        ("in_segment('a') or in_segment('b')", 8),
        ("a and not in_segment('b')", 4),
        ("not a", 4),
        ("not (a or in_segment('b'))", 2),
        ("c", 0),
        ("a and not c", 6),
        ("true", 10),
        ("everyone", 10),
        ("everyone and a", 6),
        # A tag wins over the segment of its name: 0, 2, 4 of a.
        ("a and b", 3),
        ("age >= 50", 5),
        ("age >= 50 and a", 2),
        ("age >= 50 or a", 9),
        ("age is null and not a", 1),
        # Unknown is no: 3 and 9 have no age.
        ("not age >= 50", 3),
        ("percentile(age) >= 50", 4),
        ("percentile(age, 'a') >= 50 and sex = 'f'", 1),
        ("bucket('x', 2) = 0 or bucket('x', 2) = 1", 10),
        ("null", 0),
    ],
)
def test_rules_are_counted_over_everyone(build, text, expected):
    assert Counts(build, Rules(build, AS_OF), exactly(1)).count(text) == (expected, 0)


def test_of_rules_one_after_the_other_each_has_the_size_and_the_keys_of_whom_it_holds(build):
    guard = Guard(threshold=4, secret=b"a secret of the tests")
    counts = Counts(build, Rules(build, AS_OF), guard)

    def held(*numbers):
        return len(numbers), sum(map(guard.key, numbers))

    # Of flags, of profiles, and of both; 4 is of no sex that is known.
    asked = {
        "a and in_segment('b')": held(4, 5),
        "age < 50": held(0, 1, 2),
        "in_segment('b') and sex is not null": held(5, 6, 7),
        "c": held(),
    }
    for rule, expected in [*asked.items(), *asked.items()]:
        assert counts.count(rule) == expected


def test_a_name_that_is_neither_tag_nor_segment_is_told(build):
    with pytest.raises(ProjectError, match="name 'd' is not defined"):
        Counts(build, Rules(build, AS_OF), exactly(1)).count("a and d")


def test_a_snapshot_without_flags_is_to_be_built_again(engine):
    with pytest.raises(NotFoundError, match="huaxiang build"):
        Rules(engine, AS_OF)


def pairs(build, threshold):
    held = Rules(build, AS_OF).holds({"a": "a", "b": "in_segment('b')", "c": "c"})
    return {(row.a, row.b): row for row in overlaps(build, held, ["a", "b", "c"], exactly(threshold))}


def test_overlaps_by_hand(build):
    found = pairs(build, 2)
    # both 2, a has 6, b has 4, either has 8
    assert (found["a", "b"].both, found["a", "b"].share_of_a, found["a", "b"].share_of_b) == (2, 2 / 6, 2 / 4)
    assert found["a", "b"].jaccard == 2 / 8
    assert (found["a", "c"].both, found["a", "c"].share_of_b) == (0, None)


def test_a_small_overlap_is_hidden_and_an_empty_one_is_not(build):
    found = pairs(build, 3)
    assert found["a", "b"].hidden
    assert found["a", "b"].both is None
    assert found["a", "c"].both == 0


def test_overlaps_of_more_segments_than_an_integer_has_bits(build):
    names = [f"s{i:03d}" for i in range(130)]
    held = build.create(
        "many", pa.table({"customer_no": range(3), **{name: [True, True, False] for name in names}}), step="test"
    )
    found = overlaps(build, held, names, exactly(0))
    assert len(found) == 130 * 129 // 2
    assert {row.both for row in found} == {2}


def test_a_count_of_too_few_is_not_told_and_none_is(build):
    audiences = Audiences(build, AS_OF, exactly(3))
    rules = "in_segment('b')", "a and in_segment('b')", "c"
    assert [audiences.size(rule).size for rule in rules] == [4, None, 0]


def test_a_distribution_stands_beside_that_of_everyone(build):
    found = Audiences(build, AS_OF, exactly(1)).distribution("a", "sex")
    assert (found["size"], found["known"]) == (6, 5)
    rows = [(row["label"]["zh"], row["count"], row["share"], row["base_share"]) for row in found["values"]]
    assert rows == [("女", 3, 3 / 6, 5 / 10), ("m", 2, 2 / 6, 4 / 10), ("无取值", 1, 1 / 6, 1 / 10)]


def test_a_number_is_cut_at_the_deciles_of_everyone(build):
    found = Audiences(build, AS_OF, exactly(1)).distribution("a", "age")
    # 20, 30, 40, 50, 60 of those with an age; the mean of everyone is 440 / 8.
    assert (found["known"], found["mean"], found["base_mean"]) == (5, 40.0, 55.0)
    assert sum(row["count"] for row in found["values"]) == 6
    assert sum(row["base_share"] for row in found["values"]) == pytest.approx(1)


def test_small_parts_of_a_distribution_are_hidden_and_never_one_alone(build):
    found = Audiences(build, AS_OF, exactly(2)).distribution("a", "sex")
    # One has no value; with the two men hidden as well, neither can be found by subtraction.
    assert [(row["count"], row["hidden"]) for row in found["values"]] == [(3, False), (None, True), (None, True)]
    assert Audiences(build, AS_OF, exactly(7)).distribution("a", "sex") == {
        "rule": "a",
        "tag": "sex",
        "margin": 0,
        "size": None,
        "values": [],
    }


def test_values_of_too_few_are_added_up_and_not_named(build):
    found = Audiences(build, AS_OF, exactly(2)).distribution("everyone", "town")
    # Four live in a street of their own.
    assert [(row["value"], row["label"]["en"], row["count"]) for row in found["values"]] == [
        ("x", "x", 6),
        (None, "all others", 4),
    ]


def test_sensitive_tags_are_not_spread(build):
    with pytest.raises(UsageError, match="sensitive personal data"):
        Audiences(build, AS_OF, exactly(1)).distribution("a", "illness")


@pytest.mark.parametrize(
    ("rule", "threshold", "known", "means"),
    [
        # 0 to 2 are known, 3 is not; of the others five are.
        ("a and not in_segment('b')", 3, None, (30.0, 55.0)),
        # Three are too few.
        ("a and not in_segment('b')", 4, None, (None, None)),
        ("everyone", 2, 8, (55.0, 55.0)),
        # Only three who are not held are known.
        ("a", 4, None, (None, None)),
    ],
)
def test_no_mean_speaks_of_too_few(build, rule, threshold, known, means):
    found = Audiences(build, AS_OF, exactly(threshold)).distribution(rule, "age")
    assert (found["known"], found["mean"], found["base_mean"]) == (known, *means)


def test_the_exact_least_value_of_everyone_is_not_told(build):
    found = Audiences(build, AS_OF, exactly(1)).distribution("everyone", "age")
    labels = [row["label"]["en"] for row in found["values"]]
    # The first decile of 20, 30, 40, 50, 60, 70, 80, 90.
    assert labels[0] == "< 27"
    assert not any(label.startswith("20") for label in labels)
    found = Audiences(build, AS_OF, exactly(9)).distribution("everyone", "age")
    assert [row["label"]["en"] for row in found["values"]] == ["any value", "no value"]


def test_overlaps_need_two_rules_and_tags_have_names(build):
    audiences = Audiences(build, AS_OF, exactly(1))
    with pytest.raises(UsageError, match="2 to"):
        audiences.overlap(["a", "a"])
    with pytest.raises(NotFoundError, match="Did you mean 'sex'"):
        audiences.distribution("a", "sexx")
    (row,) = audiences.overlap(["a", "age >= 50"])
    assert (row["a"], row["b"], row["both"]) == ("a", "age >= 50", 2)
