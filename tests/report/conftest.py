from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from report_snapshot import make_snapshot

from huaxiang.core.text import Text
from huaxiang.report import write
from huaxiang.service.figures import Figures, gather
from huaxiang.store.engine import DuckEngine


@pytest.fixture(scope="session")
def snapshot() -> tuple[DuckEngine, dict[str, Any]]:
    return make_snapshot()


@pytest.fixture(scope="session")
def figures(snapshot: tuple[DuckEngine, dict[str, Any]]) -> Figures:
    engine, build = snapshot
    return gather(
        engine,
        build=build,
        title=Text("Hesheng Select", "禾盛优选"),
        name="shop",
        source_labels={"crm": Text("CRM", "客户关系系统")},
        identifier_labels={"phone": Text("Mobile phone", "手机号")},
    )


@pytest.fixture(scope="session")
def report(figures: Figures, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(figures, tmp_path_factory.mktemp("report") / "report.html", "zh")
