from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.simulate import Summary, simulate_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Summary:
    """A shop of 3,000 customers, shared by all tests that only read."""
    return simulate_shop(tmp_path_factory.mktemp("shop"), customers=3_000, seed=7)


@pytest.fixture(scope="session")
def folder(shop: Summary) -> Path:
    return shop.folder
