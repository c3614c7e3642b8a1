"""What changed between two builds, and what is no change but chance or growth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.core.findings import Location
from huaxiang.quality.changes import KINDS, Change, State, changes, changes_table, check_changes
from huaxiang.quality.distribution import OTHER, Spread, distributions, distributions_table, spread_of, stability
from huaxiang.quality.profile import ColumnProfile, FeedProfile, profile_feed


def metric(name, value, column=None, detail=""):
    return {"source": "s", "column": column, "metric": name, "value": value, "detail": detail}


def columns(**types):
    return [metric("rows", 100.0), *(metric("type", None, name, type_) for name, type_ in types.items())]


def kinds(before, after):
    return [(change.kind, change.column) for change in changes(before, after)]


def test_columns_that_came_went_or_changed_their_type_are_told():
    before = State(columns(a="text", b="text", c="integer"))
    after = State(columns(a="text", c="text", d="date"))
    assert kinds(before, after) == [("column_gone", "b"), ("column_retyped", "c"), ("column_new", "d")]


def test_a_source_that_came_or_went_is_told_once_and_not_column_by_column():
    other = [row | {"source": "other"} for row in columns(a="text")]
    assert [(c.kind, c.source) for c in changes(State(columns(a="text")), State(other))] == [
        ("source_gone", "s"),
        ("source_new", "other"),
    ]


def test_the_first_build_has_nothing_to_compare_with():
    assert changes(State(), State(columns(a="text"))) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (100, 91, []),
        (100, 90, ["rows_fewer"]),
        (100, 199, []),
        (100, 200, ["rows_more"]),
        (0, 50, []),
        (7, 0, ["rows_fewer"]),
    ],
)
def test_rows_are_told_where_they_shrink_by_a_tenth_or_double(before, after, expected):
    found = changes(State([metric("rows", float(before))]), State([metric("rows", float(after))]))
    assert [change.kind for change in found] == expected


def test_gaps_are_told_for_mapped_columns_with_enough_rows_only():
    def state(rows, share):
        return State(
            [
                metric("rows", rows),
                metric("type", None, "money", "text"),
                metric("completeness", share, "money"),
                metric("completeness", share, "orders.amount"),
                metric("validity", share, "orders.amount"),
            ]
        )

    assert kinds(state(100.0, 0.9), state(100.0, 0.84)) == [
        ("completeness", "orders.amount"),
        ("validity", "orders.amount"),
    ]
    assert kinds(state(100.0, 0.9), state(100.0, 0.86)) == [("validity", "orders.amount")]
    assert kinds(state(99.0, 0.9), state(100.0, 0.5)) == []


def test_more_rows_in_quarantine_are_told():
    def state(quarantined):
        feed = {"source": "s", "feed": 0, "target": "orders", "read": 110, "set_aside": 10, "quarantined": quarantined}
        return State([metric("rows", 110.0)], [feed])

    assert kinds(state(2), state(6)) == []
    assert kinds(state(2), state(8)) == [("quarantined_more", "orders")]
    assert kinds(state(8), state(2)) == []


def test_a_score_that_falls_by_five_points_is_told():
    before = State(
        [metric("rows", 1.0)], scores={("s", "validity"): 90.0, (None, "validity"): 90.0, ("s", "total"): 90.0}
    )
    after = State(
        [metric("rows", 1.0)], scores={("s", "validity"): 85.0, (None, "validity"): 85.0, ("s", "total"): 85.0}
    )
    [change] = changes(before, after)
    assert change.statement.en == "The score of s for validity fell from 90.0 to 85.0."
    assert change.statement.zh == "s 的有效性得分由 90.0 降至 85.0。"
    assert changes(after, before) == []


def test_every_kind_of_change_can_be_said_in_both_languages():
    for kind in KINDS:
        text = Change(kind, "s", "validity", 0.5, 0.25, 0.5).statement
        assert "s" in text.en
        assert "{" not in text.en + text.zh
        assert text.en != text.zh


def test_a_change_becomes_a_finding_at_its_source():
    [finding] = check_changes([Change("column_gone", "s", "b", "text")], {"s": Location("s.yml", 2)})
    assert (finding.code, finding.severity, str(finding.at)) == ("quality_change", "warning", "s.yml:2")
    assert finding.message == "Since the former build: s has lost its column b."


def test_the_table_of_changes_has_the_columns_of_the_contract():
    [row] = changes_table([Change("rows_fewer", "s", None, 1_234_567.0, 1000.0, 0.9)]).to_pylist()
    assert (row["before"], row["after"], row["size"], row["threshold"]) == ("1234567", "1000", 0.9, 0.1)
    assert row["statement_en"] == "s has 1,000 rows, 90.0% fewer than before (1,234,567)."
    assert row["statement_zh"] == "s 现有 1,000 行，比上次（1,234,567 行）减少 90.0%。"


MANY = 1_000_000
"""Rows enough for chance to be nothing."""


def test_the_index_of_categories_is_that_of_the_formula():
    before, after = Spread(MANY, {"a": 0.5, "b": 0.5}), Spread(MANY, {"a": 0.8, "b": 0.2})
    # 0.3 · ln(0.8/0.5) + (−0.3) · ln(0.2/0.5) = 0.141 + 0.275
    assert stability(before, after) == pytest.approx(0.4159, abs=1e-4)


def test_a_new_category_of_a_fifth_is_a_change():
    before, after = Spread(MANY, {"a": 1.0}), Spread(MANY, {"a": 0.8, "b": 0.2})
    assert stability(before, after) > KINDS["distribution"].threshold


def test_numbers_that_move_by_two_deciles_are_a_change_and_by_nothing_are_none():
    before = Spread(MANY, bounds=[float(n) for n in range(0, 110, 10)])
    after = Spread(MANY, bounds=[float(n) for n in range(20, 130, 10)])
    assert stability(before, before) == 0.0
    assert stability(before, after) > KINDS["distribution"].threshold


def test_two_cuts_of_one_long_tail_are_no_change_but_an_exchanged_value_is():
    # Both name 30 of many values of 1 %; which ones is chance.
    before = Spread(MANY, {**{f"v{n}": 0.01 for n in range(30)}, OTHER: 0.7})
    after = Spread(MANY, {**{f"v{n}": 0.01 for n in range(20, 50)}, OTHER: 0.7})
    assert stability(before, after) < 0.001
    # a was half of all; named values have at least 1 %, so it can be at most 1 % now.
    before = Spread(MANY, {"a": 0.5, "c": 0.01, OTHER: 0.49})
    after = Spread(MANY, {"b": 0.5, "c": 0.01, OTHER: 0.49})
    assert stability(before, after) > 3


def test_bounds_around_a_hundred_parts_give_the_index_of_tenths():
    fine = [float(n) for n in range(101)]
    later = [n + 20.0 for n in fine]
    coarse = stability(Spread(MANY, bounds=fine[::10]), Spread(MANY, bounds=later[::10]))
    assert stability(Spread(MANY, bounds=fine), Spread(MANY, bounds=later)) == pytest.approx(coarse)


def test_what_chance_gives_is_taken_off():
    few = stability(Spread(100, {"a": 0.5, "b": 0.5}), Spread(100, {"a": 0.55, "b": 0.45}))
    assert few == 0.0


def test_a_column_that_was_of_numbers_and_is_of_categories_has_no_index():
    assert stability(Spread(MANY, {"a": 1.0}), Spread(MANY, bounds=[0.0] * 11)) is None


@given(st.lists(st.integers(-5, 5), min_size=11, max_size=11), st.lists(st.integers(-5, 5), min_size=11, max_size=11))
def test_the_index_of_numbers_is_never_negative_and_nothing_between_equals(a, b):
    before, after = (Spread(MANY, bounds=[float(n) for n in sorted(values)]) for values in (a, b))
    assert stability(before, before) == 0.0
    assert stability(before, after) >= 0.0


def test_the_bounds_of_a_column_are_its_deciles_and_its_ends(engine, mapped):
    rows, _ = mapped(*({"amount": float(n)} for n in range(11)))
    profile = profile_feed(engine, rows, ["amount"], step="t")
    assert profile.columns["amount"].deciles == pytest.approx([1, 2, 3, 4, 5, 6, 7, 8, 9])
    [row] = distributions(profile, source="s", target="orders")
    assert spread_of(row).bounds == pytest.approx(list(range(11)))
    assert distributions_table([row]).to_pylist() == [row]


def test_only_values_that_stand_for_a_crowd_are_named(engine, mapped):
    rows, _ = mapped(*[{"channel": "app"}] * 25, *[{"channel": "shop"}] * 10, {"channel": "fax"})
    profile = profile_feed(engine, rows, ["channel"], step="t")
    [row] = distributions(profile, source="s", target="orders")
    assert spread_of(row) == Spread(36, {"app": 25 / 36, "shop": 10 / 36, "": 1 / 36})


def test_a_column_of_names_is_never_counted(engine, mapped):
    rows, _ = mapped(*[{"channel": f"name {n // 2}"} for n in range(20)])
    assert profile_feed(engine, rows, ["channel"], step="t").columns["channel"].values == {}


def test_numbers_without_an_end_are_not_kept():
    column = ColumnProfile(100, 0, 50, 0.0, float("inf"), 0, tuple(float(n) for n in range(9)))
    assert distributions(FeedProfile(100, {"amount": column}), source="s", target="orders") == []
