"""Opening the operational database: SQLite beside the snapshots, or PostgreSQL by its URL.

    .huaxiang/operational.db      the default; several processes may use it at once, of which one writes

Opening brings the tables to the form that this version of Huaxiang knows.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import StoreError
from huaxiang.store.failures import storage_failures

if TYPE_CHECKING:
    import sqlalchemy as sa

FILE = "operational.db"
VERSION = "0004"
"""The latest migration. A database beyond it belongs to a newer Huaxiang."""

PATIENCE = 30
"""Seconds that a writer waits for another."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCKS = {"migrations": 0x48756178, "attempts": 0x48756179, "trail": 0x4875617A, "builds": 0x4875617B}
"""What one writer at a time may do in PostgreSQL → its advisory lock, from 'Huax' on. In SQLite one writes anyway."""

_DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


class Operational:
    """The operational database of a project, with its tables in their present form."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def __repr__(self) -> str:
        return f"Operational('{self.shown}')"

    @classmethod
    def open(cls, folder: Path, url: str | None = None) -> Operational:
        """The database at `url` (PostgreSQL), or the file in `folder`, the project's; made where it is missing.

        Raises:
            StoreError: it can't be reached or written, or belongs to a newer version.
        """
        if url is None:
            with storage_failures(folder):
                file_of(folder).parent.mkdir(parents=True, exist_ok=True)
        database = cls(_engine(folder, url))
        with database.failures():
            database._migrate()
        return database

    @classmethod
    def open_existing(cls, folder: Path, url: str | None = None) -> Operational | None:
        """The same, but None where nobody has written anything yet: reading makes no file."""
        return cls.open(folder, url) if url is not None or file_of(folder).exists() else None

    @property
    def shown(self) -> str:
        """Where the database is, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database.

        Raises:
            StoreError: the database can't be reached or read.
        """
        with self.failures(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self, alone: str | None = None) -> Iterator[sa.Connection]:
        """A connection whose changes are all made at the end of the block, or none of them.

        `alone` names what only one writer may do at a time, a key of `_LOCKS`.

        Raises:
            StoreError: the database can't be reached or written, or others write for too long.
        """
        with self.failures(), self._engine.execution_options(writing=True).begin() as connection:
            if alone is not None and connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCKS[alone]})")
            yield connection

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Raise what the database refuses as `StoreError`."""
        import sqlalchemy as sa

        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
            raise StoreError(f"{self.shown}: {reason}. {_remedy(reason)}") from error

    def _migrate(self) -> None:
        if self._version() == VERSION:
            return
        with self.writing(alone="migrations") as connection:
            _upgrade(connection)

    def _version(self) -> str | None:
        import sqlalchemy as sa

        with self.reading() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            found: str | None = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        if found is not None and found > VERSION:
            raise StoreError(f"{self.shown} was written by a newer version of Huaxiang (step {found}): update.")
        return found


def file_of(folder: Path) -> Path:
    """Where the database of the project in `folder` is, unless the project names another."""
    return Path(folder).absolute() / ".huaxiang" / FILE


def _upgrade(connection: sa.Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _engine(folder: Path, url: str | None) -> sa.Engine:
    import sqlalchemy as sa

    if url is None:
        address = sa.URL.create("sqlite", database=str(file_of(folder)))
        engine = sa.create_engine(address, poolclass=sa.NullPool, connect_args={"timeout": PATIENCE})
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        parsed = sa.make_url(url)
        drivername = _DRIVERS.get(parsed.drivername, parsed.drivername)
        # A database that declares no encoding (SQL_ASCII) would hand out bytes.
        options = {"client_encoding": "utf8"} if drivername == _DRIVERS["postgresql"] else {}
        return sa.create_engine(parsed.set(drivername=drivername), poolclass=sa.NullPool, connect_args=options)
    except sa.exc.ArgumentError as error:
        raise StoreError("The url of 'operational' can't be understood. Write postgresql://user@host/name.") from error
    except ModuleNotFoundError as error:
        raise StoreError(f"The operational database needs '{error.name}': pip install 'huaxiang[postgres]'.") from error


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins transactions itself, so that the tables of a migration are part of them.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("PRAGMA foreign_keys = ON")


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writing")
    # A writer takes its lock at once: one that began by reading could not wait for another.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _remedy(reason: str) -> str:
    if "locked" in reason:
        return "Another process writes to it: try again."
    if "readonly" in reason or "unable to open" in reason:
        return "Give yourself the right to write there."
    return "Check that it runs, and 'operational' in huaxiang.yml."
