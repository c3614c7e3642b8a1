"""Masking: nobody sees more of a value than their clearance allows, wherever it is shown."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.access.masking import HIDDEN, masked
from huaxiang.access.people import Actor

VIEWER, STEWARD, OFFICER = Actor("v", "viewer"), Actor("s", "steward"), Actor("p", "privacy_officer")


@pytest.mark.parametrize(
    ("value", "column", "shown"),
    [
        ("13800001234", "phone", "138****1234"),
        ("+86 138 0000 1234", "phone", "138****1234"),
        ("+4915112345678", "phone", "+491****78"),
        ("li.lei@example.com", "email", "l***@example.com"),
        ("张三丰", "name", "张**"),
        (" Ann Smith ", "name", "A**"),
        ("张三丰", "", HIDDEN),
        ("杭州市", "city", HIDDEN),
        (date(1990, 5, 17), "birthday", "1990"),
        (datetime(1990, 5, 17, 8, tzinfo=UTC), "", "1990"),
        (3, "household_size", HIDDEN),
        (True, "", HIDDEN),
        (["a", "b"], "", HIDDEN),
        ("", "name", HIDDEN),
        (None, "phone", None),
    ],
)
def test_a_value_of_class_l3_is_recognised_only_by_who_knows_it(value, column, shown):
    assert masked(value, "L3", VIEWER, column) == shown
    assert masked(value, "L3", STEWARD, column) == value


@pytest.mark.parametrize("value", ["13800001234", "a@b.cn", date(1990, 5, 17), 12.5, Decimal("1.00"), False, {"a": 1}])
def test_nothing_of_class_l4_is_shown_below_the_privacy_officer(value):
    assert masked(value, "L4", STEWARD) == HIDDEN
    assert masked(value, "L4", OFFICER) == value


def test_a_key_with_a_lower_clearance_sees_less_than_its_role():
    key = Actor("key:1", "privacy_officer", "api", clearance="L2")
    assert masked("13800001234", "L3", key) == "138****1234"
    widened = Actor("key:2", "viewer", "api", clearance="L4")
    assert masked("13800001234", "L3", widened) == "138****1234"


@given(st.text(st.characters(exclude_characters="*"), min_size=5), st.sampled_from(["", "name", "phone"]))
def test_of_a_text_no_more_than_its_ends_is_shown(text, column):
    shown = masked(text, "L3", VIEWER, column)
    assert "**" in shown
    assert len(text.strip()) < 5 or text.strip() not in shown
