"""The embedded engine in memory with the tables of a small build, and portraits that are made once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest
from shop import AS_OF, build

from huaxiang.personas.run import Portrait, Portrayer
from huaxiang.store.engine import DuckEngine


@pytest.fixture(scope="session")
def shop() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        build(opened)
        yield opened


@pytest.fixture(scope="session")
def portrait(shop: DuckEngine) -> Callable[..., Portrait]:
    """Portray a segment of the shop against a base; what was counted before is kept."""

    @cache
    def portrayer(threshold: int) -> Portrayer:
        return Portrayer(shop, moment=AS_OF, threshold=threshold)

    @cache
    def portray(segment: str, base: str = "everyone", threshold: int = 1) -> Portrait:
        return portrayer(threshold).portray(segment, base)

    return portray
