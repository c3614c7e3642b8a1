"""A rule is counted after a pause: what was typed before it does not come back over what is typed now."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

import aside
from huaxiang.console.pages import segment_builder
from huaxiang.console.rules import Condition, Group


def test_a_rule_that_waits_is_not_counted_once_what_stands_above_is_no_value(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(segment_builder, "PAUSE", 0.01)
    monkeypatch.setattr(segment_builder, "say", lambda text, **values: text.format(**values))
    builder: Any = object.__new__(segment_builder._Builder)
    counted: list[str] = []
    refused: list[str] = []

    async def count(asked: int) -> None:
        counted.append(builder._rule)

    builder._asked, builder._text = 0, SimpleNamespace(value="spend > 1")
    builder._counted, builder._refuse = count, refused.append
    begun: list[str] = []
    builder._write = lambda: begun.append(builder._text.value)

    async def typed(then: str) -> None:
        waiting = asyncio.create_task(builder._written())
        await asyncio.sleep(0)
        builder._builder = SimpleNamespace(rule=Group(parts=[Condition("spend", "number", "more", [then])]))
        builder._built()
        await waiting

    aside.run(typed("x"))
    assert (counted, refused) == ([], ["'x' is no value of this tag."])
    aside.run(typed("1"))
    assert counted == ["spend > 1"]
    assert begun == ["spend > 1"], "what is typed back is counted though the text is what it was"
