"""A request is answered in the language that it asks for most."""

from __future__ import annotations

import pytest

from huaxiang.core.text import Language, accepted


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en;q=0.1, zh", "zh"),
        ("en;q=0.1, zh_CN ; q=0.2", "zh"),
        ("fr, EN;q=0.5, zh;q=0.5", "en"),
        ("zh;q=0.5, en-GB;q=0.5", "zh"),
        ("zh;q=0", "en"),
        ("zh;q=nonsense, en;q=0.001", "en"),
        ("zh;level=1;q=1.000", "zh"),
        ("*, zha", "en"),
        ("", "en"),
        (";,q=;;", "en"),
    ],
)
def test_the_language_of_the_greatest_weight_is_taken_and_of_equals_the_first(header: str, language: Language):
    assert accepted(header) == language
