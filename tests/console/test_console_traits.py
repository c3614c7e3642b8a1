"""What sets a group of customers apart is told with its size: what hardly anybody has is none of its values."""

from __future__ import annotations

from typing import Any

import pytest

from huaxiang.console.parts import segment_maps


@pytest.mark.parametrize(
    ("trait", "words"),
    [
        ({"level": "low", "value": 0.02, "average": 0.279}, "Price sensitivity Low: 2%, average 28%"),
        ({"level": None, "value": -0.4, "average": 0.1}, "Price sensitivity below average"),
        ({"level": None, "value": 1.2, "average": 0.1}, "Price sensitivity above average"),
    ],
)
def test_a_trait_tells_how_many_have_it(monkeypatch: pytest.MonkeyPatch, trait: dict[str, Any], words: str):
    monkeypatch.setattr(segment_maps, "say", lambda text, **values: text.format(**values))
    monkeypatch.setattr(segment_maps, "told", lambda row, name="label": row[name])
    monkeypatch.setattr(segment_maps.shown, "percent", lambda share, digits: f"{share:.{digits}%}")
    named = {"label": "Price sensitivity", "level_label": "Low"}
    assert segment_maps._traits([named | trait]) == words
