"""Set algebra and overlaps of segments."""

from __future__ import annotations

import pyarrow as pa
import pytest

from huaxiang.core.errors import ProjectError
from huaxiang.core.moments import Moment
from huaxiang.segments.algebra import count, overlaps

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
# a: 0–5, b: 4–7, c: nobody; 8 and 9 are in none.
MEMBERS = {"a": range(6), "b": range(4, 8), "c": range(0)}


@pytest.fixture
def build(engine):
    pairs = [(name, number) for name, numbers in MEMBERS.items() for number in numbers]
    ids = [f"c{number}" for _, number in pairs]
    content = {"segment": [name for name, _ in pairs], "customer_id": ids, "customer_no": [n for _, n in pairs]}
    engine.create("segments", pa.table(content), step="test")
    everyone = {"customer_no": list(range(10)), "customer_id": [f"c{n}" for n in range(10)]}
    engine.create("customers", pa.table(everyone), step="test")
    engine.create("segment_catalog", pa.table({"name": list(MEMBERS)}), step="test")
    return engine


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", 6),
        ("a and b", 2),
        ("a or b", 8),
        ("a and not b", 4),
        ("not a", 4),
        ("not (a or b)", 2),
        ("c", 0),
        ("a and not c", 6),
        ("true", 10),
        ("everyone", 10),
        ("everyone and a", 6),
    ],
)
def test_sets_are_counted_over_everyone(build, text, expected):
    assert count(build, text, AS_OF) == expected


def test_an_unknown_segment_is_named(build):
    with pytest.raises(ProjectError, match="segment 'd' is not defined"):
        count(build, "a and d", AS_OF)


def test_overlaps_by_hand(build):
    found = {(row.a, row.b): row for row in overlaps(build, build.table("segments"), ["a", "b", "c"], 2)}
    # both 2, a has 6, b has 4, either has 8
    assert (found["a", "b"].both, found["a", "b"].share_of_a, found["a", "b"].share_of_b) == (2, 2 / 6, 2 / 4)
    assert found["a", "b"].jaccard == 2 / 8
    assert (found["a", "c"].both, found["a", "c"].share_of_b) == (0, None)


def test_a_small_overlap_is_hidden_and_an_empty_one_is_not(build):
    found = {(row.a, row.b): row for row in overlaps(build, build.table("segments"), ["a", "b", "c"], 3)}
    assert found["a", "b"].hidden
    assert found["a", "b"].both is None
    assert found["a", "c"].both == 0


def test_overlaps_of_more_segments_than_an_integer_has_bits(build):
    names = [f"s{i:03d}" for i in range(150)]
    content = {"segment": names * 2, "customer_no": [1] * 150 + [2] * 150}
    table = build.create("many", pa.table(content), step="test")
    found = overlaps(build, table, names, 0)
    assert len(found) == 150 * 149 // 2
    assert {row.both for row in found} == {2}
