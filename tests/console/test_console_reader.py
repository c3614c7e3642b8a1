"""Language and mode are the reader's."""

from __future__ import annotations

import pytest

from huaxiang.console.reader import language_of, mode_of


@pytest.mark.parametrize(
    ("cookies", "accept", "language"),
    [
        ({}, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ({}, "fr-FR, en-GB;q=0.8, zh;q=0.5", "en"),
        ({}, "fr", "en"),
        ({"huaxiang_language": "en"}, "zh-CN", "en"),
        ({"huaxiang_language": "<script>"}, "zh-CN", "zh"),
    ],
)
def test_the_chosen_language_goes_before_that_of_the_browser(cookies, accept, language):
    assert language_of(cookies, {"accept-language": accept}) == language


def test_a_page_is_light_unless_dark_was_chosen():
    assert mode_of({}) == "light"
    assert mode_of({"huaxiang_mode": "dark"}) == "dark"
    assert mode_of({"huaxiang_mode": "loud"}) == "light"
