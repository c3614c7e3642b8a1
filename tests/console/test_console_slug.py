"""The name for definitions that a label suggests."""

from __future__ import annotations

import pytest

from huaxiang.console.parts.segment_saving import slug
from huaxiang.core.spec import NAME_PATTERN


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Gold, online", "gold_online"),
        ("金卡", "jin_ka"),
        ("近30天 VIP", "jin_30_tian_vip"),
        ("30 days", "days"),
        ("!?", ""),
    ],
)
def test_a_label_suggests_a_name_for_definitions(label, name):
    assert slug(label) == name
    assert not name or NAME_PATTERN.fullmatch(name)
