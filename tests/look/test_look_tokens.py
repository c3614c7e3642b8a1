"""The colours that report and console share."""

from __future__ import annotations

import pytest

from huaxiang.look import tokens
from huaxiang.look.charts import SERIES, chart_theme

AA = 4.5


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2, 1.4.3) of `#rrggbb`."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("ground", ["paper", "surface"])
@pytest.mark.parametrize("word", ["ink", "muted", "accent", "indigo", "ochre", "jade", "plum"])
def test_every_colour_of_text_can_be_read_on_every_ground(mode, ground, word):
    color = tokens(mode)
    assert contrast(color[word], color[ground]) >= AA


def test_the_dark_mode_changes_colours_and_keeps_type():
    light, dark = tokens("light"), tokens("dark")
    assert set(light) == set(dark)
    assert light["ink"] != dark["ink"]
    assert light["serif"] == dark["serif"]


def test_charts_have_the_colours_of_their_mode():
    assert chart_theme("dark")["color"] == [tokens("dark")[name] for name in SERIES]
