"""A chain of small builds in one engine: records and facts in, ids and their history out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from huaxiang.core.decisions import Decision
from huaxiang.identity import Previous, resolve_identity
from huaxiang.identity.history import Mark
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
TYPES = ("member_no", "phone", "email", "openid")
SPEC = IdentitySpec(
    identifiers={
        "member_no": IdentifierSpec(priority=10, limit=5, single=True),
        "phone": IdentifierSpec(priority=20, limit=3, pattern=None),
        "email": IdentifierSpec(priority=30, limit=3, pattern=None),
        "openid": IdentifierSpec(priority=40, scope="source"),
    }
)
START = datetime(2026, 3, 1, tzinfo=UTC)
_KEPT = (
    "customers", "identity", "identifiers", "identity_nodes", "identity_values", "identity_edges", "identity_decisions",
    "identity_history", "identity_matches",
)  # fmt: skip


class Lineage:
    """Builds one after the other, each remembering the one before."""

    def __init__(self, engine: DuckEngine, spec: IdentitySpec = SPEC) -> None:
        self.engine = engine
        self.spec = spec
        self.previous: Previous | None = None
        self.builds = 0

    def build(
        self, records: Sequence[Row], facts: Sequence[Row] = (), decisions: Sequence[Decision] = ()
    ) -> dict[str, str]:
        """Resolve and remember; the id of each record, by `source/key`."""
        tables = {"records": self._accepted("records", records), "events": self._accepted("events", facts)}
        at = START + timedelta(days=self.builds)
        mark = Mark(f"build {self.builds}", at, at)
        resolve_identity(self.engine, tables, self.spec, self.previous, None, decisions, mark)
        self.builds += 1
        self._keep()
        return {f"{row['source']}/{row['record_key']}": row["customer_id"] for row in self.rows("identity")}

    def rows(self, table: str) -> list[Row]:
        """The rows of a table of the last build."""
        return self.engine.rows(self.engine.table(table), step="read")

    def history(self, build: int | None = None) -> list[Row]:
        """The history with its evidence read; of one build where it is given."""
        rows = self.rows("identity_history")
        for row in rows:
            row["evidence"] = json.loads(row["evidence"])
        return [row for row in rows if build is None or row["build"] == f"build {build}"]

    def status(self) -> dict[int, str]:
        """What became of each decision."""
        return {row["decision"]: row["status"] for row in self.rows("identity_decisions")}

    def _accepted(self, name: str, rows: Sequence[Row]) -> Any:
        columns = {"_source": "source", "_record_key": "key", **{f"id_{type_}": type_ for type_ in TYPES}}
        arrays = {column: pa.array([row.get(key) for row in rows], pa.string()) for column, key in columns.items()}
        return self.engine.create(f"accepted_{name}", pa.table(arrays), step="fixture")

    def _keep(self) -> None:
        tables = {
            name: self.engine.create(
                f"former_{name}", self.engine.arrow(self.engine.table(name), step="copy"), step="copy"
            )
            for name in _KEPT
            if self.engine.has(name)
        }
        self.previous = Previous(tables["customers"], tables["identity"], tables["identifiers"], tables=tables)


def record(key: str, **identifiers: str) -> Row:
    """A record `source/key`."""
    source, _, own = key.partition("/")
    return {"source": source, "key": own, **identifiers}


def same(number: int, *records: str, hour: int | None = None, **more: Any) -> Decision:
    """A decision that records are one; later numbers are later."""
    return Decision("same", records, START + timedelta(hours=hour or number), by="li", number=number, **more)


def apart(number: int, records: Sequence[str], others: Sequence[str], hour: int | None = None) -> Decision:
    """A decision that none of `records` is any of `others`."""
    at = START + timedelta(hours=hour or number)
    return Decision("apart", tuple(records), at, tuple(others), by="li", number=number)
