"""One build that is held open answers many at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from huaxiang.service.api import Project
from huaxiang.service.builds import Build
from huaxiang.store import points

PHONES = ["phone:13900000001", "phone:13900000002", "phone:13900000005"]
pytestmark = pytest.mark.usefixtures("build")

NOBODY = ["phone:13999999999", "fone:1", "c_0000000000000000"]


@pytest.mark.parametrize("memory", [-1, points.MEMORY])
def test_many_customers_at_once_are_what_each_is_alone(
    memory: int, shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Tables are asked of the engine, or held in memory.
    monkeypatch.setattr(points, "MEMORY", memory)
    asked = [*PHONES, *NOBODY, PHONES[0], "phone:139 0000 0001"]
    with shop.open() as build:
        found = build.customers_by(asked)
        assert [row["asked"] for row in found] == asked
        assert [row.get("customer") for row in found[: len(PHONES)]] == [build.customer(phone) for phone in PHONES]
        assert found[-1]["customer"] == found[-2]["customer"] == found[0]["customer"]
        assert [row["error"]["code"] for row in found[len(PHONES) : -2]] == ["not_found", "usage", "not_found"]
        assert build.customers_by([]) == []


def test_eight_threads_get_what_one_gets(shop: Project, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(points, "MEMORY", -1)
    questions: list[Callable[[Build], Any]] = [
        *(lambda build, phone=phone: build.customer(phone) for phone in PHONES),
        lambda build: build.customers_by(PHONES),
        lambda build: build.segments(),
        lambda build: build.live_customer(PHONES[0], "2026-03-05")["tags"],
        lambda build: build.why(PHONES[0], "spend_ever")["rows"],
        lambda build: len(build.tags()),
    ]
    with shop.open() as alone:
        expected = [ask(alone) for ask in questions]
    with shop.open() as build, ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda ask: ask(build), 3 * questions))
    assert found == 3 * expected
