"""An engine in memory on Shanghai's clocks, and a way to read a source in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from huaxiang.sources.readers import RawSource, open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.engine import DuckEngine


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=2) as opened:
        yield opened


@pytest.fixture
def read(engine: DuckEngine, tmp_path: Path) -> Callable[..., RawSource]:
    """Write `content` as file `name` of a project and open it as source `s`."""

    def open_it(name: str = "a.csv", content: bytes | str | None = None, **spec: Any) -> RawSource:
        if content is not None:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        definition = SourceSpec(name="s", **({"path": name} | spec if "url" not in spec else spec))
        opened = open_source(engine, definition, tmp_path, tmp_path / "scratch")
        assert opened is not None
        return opened

    return open_it


@pytest.fixture
def rows(engine: DuckEngine) -> Callable[[Any], list[tuple[Any, ...]]]:
    """The rows of a table in order of file and row, as tuples."""

    def of(table: Any) -> list[tuple[Any, ...]]:
        found = engine.rows(table.order_by("_file", "_row"), step="test")
        return [tuple(row.values()) for row in found]

    return of
