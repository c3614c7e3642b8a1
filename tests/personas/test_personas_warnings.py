"""Too much, too little: odd segments and odd tags, each with the warning that it deserves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from shop import AS_OF, tag

from huaxiang.core.text import Text
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.personas.aspects.warnings import KINDS, alike
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.write import write_personas
from huaxiang.store.engine import DuckEngine

CUSTOMERS = 4_000

SEGMENTS = {
    "nobody": range(0),
    "one": range(1),
    "thirty": range(30),
    "everyone_else": range(1, CUSTOMERS),
    **{f"same_{i}": range(1000) for i in range(6)},
    "tiny_difference": range(0, CUSTOMERS, 2),
    "third": range(0, CUSTOMERS, 3),
}
"""Segments by their members. `tiny_difference` are the even numbers, of whom slightly more are `fond`."""


@pytest.fixture(scope="module")
def written() -> Iterator[DuckEngine]:
    numbers = range(CUSTOMERS)
    kind = [f"kind {n % 7}" for n in numbers]
    profiles = {
        "customer_id": [f"c{n:05d}" for n in numbers],
        "customer_no": pa.array(numbers, pa.int64()),
        "constant": ["x" for _ in numbers],
        "nothing": pa.array([None for _ in numbers], pa.string()),
        "unique": [f"u{n}" for n in numbers],
        "early": [n < 1000 for n in numbers],
        # 10 % of the odd numbers and 12 % of the even ones, scattered: h = .06, p < .05 with 2,000 on a side.
        "fond": [(n * 7919) % 1000 < (130 if n % 2 == 0 else 100) for n in numbers],
        "kind": kind,
        "kind_again": kind,
    }
    tags = [
        tag("constant", "text", "Constant", "常量", distinct=1, dimension="a"),
        tag("nothing", "text", "Nothing", "空", coverage=0.0, distinct=0, dimension="b"),
        tag("unique", "text", "Unique", "唯一", distinct=CUSTOMERS, dimension="c"),
        tag("early", "boolean", "Early", "早期", dimension="d"),
        tag("fond", "boolean", "Fond", "喜欢", dimension="d"),
        tag("kind", "text", "Kind", "种类", distinct=7, dimension="e"),
        tag("kind_again", "text", "Kind again", "种类副本", distinct=7, dimension="e"),
    ]
    members = [(name, n) for name, among in SEGMENTS.items() for n in among]
    segments = {
        "segment": [name for name, _ in members],
        "customer_id": [f"c{n:05d}" for _, n in members],
        "customer_no": [n for _, n in members],
    }
    catalog = [
        {"name": name, "label_en": name, "label_zh": name, "action_en": "", "action_zh": "", "rule": "true"}
        for name in SEGMENTS
    ]
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as engine:
        engine.create("profiles", pa.table(profiles), step="test")
        engine.create("tag_catalog", pa.Table.from_pylist(tags), step="test")
        engine.create("segments", pa.table(segments), step="test")
        engine.create("segment_catalog", pa.Table.from_pylist(catalog), step="test")
        specs = {name: PersonaSpec(segment=name) for name in SEGMENTS}
        specs["odd_tags"] = PersonaSpec(segment="third", tags=("constant", "nothing", "unique"))
        write_personas(engine, specs, moment=AS_OF, limits=WarningLimits(members=50))
        yield engine


def codes(engine: DuckEngine, table: str, key: str, name: str) -> set[str]:
    return {row["code"] for row in engine.rows(engine.table(table), step="test") if row[key] == name}


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("nobody", {"empty"}),
        ("one", {"private"}),
        ("thirty", {"small"}),
        ("everyone_else", {"everyone"}),
        ("third", set()),
    ],
)
def test_the_size_of_a_segment_is_warned_of(written: DuckEngine, segment: str, expected: set[str]) -> None:
    assert codes(written, "segment_warnings", "segment", segment) == expected
    assert expected <= codes(written, "persona_warnings", "persona", segment)


def test_nothing_but_its_size_is_said_of_a_segment_of_one(written: DuckEngine) -> None:
    (row,) = [row for row in written.rows(written.table("persona_warnings"), step="test") if row["persona"] == "one"]
    assert (row["code"], row["value"], row["limit"]) == ("private", None, 10)


def test_six_identical_segments_are_all_named_pair_by_pair(written: DuckEngine) -> None:
    rows = [row for row in written.rows(written.table("segment_warnings"), step="test") if row["code"] == "overlap"]
    pairs = {(row["segment"], row["other"]) for row in rows}
    assert len(pairs) == len(rows) == 15
    assert all(one.startswith("same_") and other.startswith("same_") for one, other in pairs)
    assert {row["value"] for row in rows} == {1.0}
    assert "100% of their members" in rows[0]["reason_en"]


def test_identical_personas_are_each_others_siblings(written: DuckEngine) -> None:
    rows = written.rows(written.table("portrait_siblings"), step="test")
    assert {row["distance"] for row in rows if row["persona"].startswith("same_")} == {0.0}


def test_a_real_but_tiny_difference_is_a_stereotype(written: DuckEngine) -> None:
    rows = written.rows(written.table("persona_warnings"), step="test")
    (row,) = [row for row in rows if row["persona"] == "tiny_difference" and row["code"] == "stereotype"]
    assert (row["value"], row["limit"]) == (1, 0.1)
    assert "Fond" in row["reason_en"]
    assert "喜欢" in row["reason_zh"]
    assert "like_base" in codes(written, "persona_warnings", "persona", "tiny_difference")


def test_a_segment_that_differs_is_not_called_like_its_base(written: DuckEngine) -> None:
    # Whoever is early is known from the segment: the two are the same customers.
    assert not codes(written, "persona_warnings", "persona", "same_0") & {"like_base", "stereotype"}


def test_a_copy_of_a_tag_is_a_duplicate(written: DuckEngine) -> None:
    rows = written.rows(written.table("portrait_tags"), step="test")
    repeats = {row["tag"]: row["repeats"] for row in rows if row["persona"] == "same_0"}
    assert set(repeats.values()) <= {None, "kind", "kind_again"}
    assert not codes(written, "persona_warnings", "persona", "third") & {"duplicates"}


def test_constant_empty_and_unique_tags_are_no_evidence(written: DuckEngine) -> None:
    found = codes(written, "persona_warnings", "persona", "odd_tags")
    assert {"like_base", "evidence"} <= found
    said = {
        row["tag"]: row["statement_en"]
        for row in written.rows(written.table("portrait_tags"), step="test")
        if row["persona"] == "odd_tags"
    }
    assert said["nothing"] == "Nobody has a value."
    assert said["unique"].startswith("Not shown: nearly every customer")
    assert said["constant"].startswith("Constant – x: 100%")


def crowd(members: range, among: int = 100) -> Crowd:
    numbers = np.arange(among)
    return Crowd(np.isin(numbers, members), numbers)


def test_overlap_is_what_both_have_of_what_either_has() -> None:
    groups = {name: (Text.of(name), crowd(among)) for name, among in {"a": range(40), "b": range(4, 44)}.items()}
    # 36 in both, 44 in either.
    assert list(alike(groups, 0.8, 10)) == [("a", "b", 36 / 44)]
    assert list(alike(groups, 0.9, 10)) == []


def test_who_is_too_few_is_not_compared() -> None:
    groups = {name: (Text.of(name), crowd(range(9))) for name in "ab"}
    assert list(alike(groups, 0.8, 10)) == []


def test_every_warning_has_a_reason_and_a_remedy_in_both_languages() -> None:
    for kind in KINDS.values():
        for text in (kind.reason, kind.remedy):
            assert text.en.endswith(".")
            assert text.zh.endswith("。")
