"""Decisions about who is who, as the operational database keeps them: added and undone, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision, Undoing
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.store.operational.database import Operational

if TYPE_CHECKING:
    import sqlalchemy as sa


class Decisions:
    """The decisions of a project."""

    def __init__(self, database: Operational) -> None:
        self._database = database

    def all(self) -> list[Decision]:
        """All decisions, also those that were undone, the earliest first."""
        with self._database.reading() as connection:
            return _read(connection)

    def add(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Store decisions that are not there yet, with their undoing where they have one; return those that were new.

        A decision that is there by its key is left alone, but is undone if the given one is.
        """
        from huaxiang.store.operational.tables import DECISIONS

        added = []
        with self._database.writing() as connection:
            known = {decision.key: decision for decision in _read(connection)}
            for decision in decisions:
                stored = known.get(decision.key)
                if stored is None:
                    result = connection.execute(DECISIONS.insert().values(**_values(decision)))
                    assert result.inserted_primary_key is not None  # noqa: S101 - the database numbers each
                    stored = replace(decision, number=result.inserted_primary_key[0], undone=None)
                    known[decision.key] = stored
                    added.append(replace(stored, undone=decision.undone))
                if decision.undone is not None and stored.undone is None:
                    _undo(connection, stored.number, decision.undone)
        return added

    def undo(self, decision: str, undoing: Undoing) -> Decision:
        """Take back a decision, named by its number or key; it stays, with the moment of its undoing.

        Raises:
            NotFoundError: there is no such decision.
            UsageError: it was taken back before.
        """
        with self._database.writing() as connection:
            stored = _named(_read(connection), decision)
            if stored.undone is not None:
                moment = f"{stored.undone.at:%Y-%m-%d %H:%M:%S} UTC"
                raise UsageError(
                    f"Decision {stored.number} was undone before, by {stored.undone.by} at {moment}. To have it again,"
                    " decide anew: huaxiang identity merge, split or review."
                )
            _undo(connection, stored.number, undoing)
        return replace(stored, undone=undoing)


def _named(decisions: Sequence[Decision], name: str) -> Decision:
    for decision in decisions:
        if name in (str(decision.number), decision.key):
            return decision
    numbers = ", ".join(str(decision.number) for decision in decisions[-10:]) or "none"
    raise NotFoundError(f"There is no decision '{name}'. The latest: {numbers}. See huaxiang identity decisions.")


def _read(connection: sa.Connection) -> list[Decision]:
    import sqlalchemy as sa

    from huaxiang.store.operational.tables import DECISIONS, UNDOINGS

    undoing = [UNDOINGS.c[name].label(f"undone_{name}") for name in ("by", "at", "reason")]
    both = DECISIONS.outerjoin(UNDOINGS, DECISIONS.c.number == UNDOINGS.c.decision)
    found = [_decision(row) for row in connection.execute(sa.select(DECISIONS, *undoing).select_from(both)).mappings()]
    return sorted(found, key=lambda decision: decision.order)


def _decision(row: Any) -> Decision:
    undone = Undoing(row["undone_by"], row["undone_at"], row["undone_reason"]) if row["undone_at"] else None
    return Decision(
        kind=row["kind"],
        records=tuple(row["records"]),
        others=tuple(row["others"]),
        origin=row["origin"],
        by=row["by"],
        at=row["at"],
        reason=row["reason"],
        key=row["key"],
        number=row["number"],
        undone=undone,
    )


def _values(decision: Decision) -> dict[str, Any]:
    names = ("key", "kind", "origin", "by", "at", "reason")
    lists = {"records": list(decision.records), "others": list(decision.others)}
    return {name: getattr(decision, name) for name in names} | lists


def _undo(connection: sa.Connection, number: int, undoing: Undoing) -> None:
    from huaxiang.store.operational.tables import UNDOINGS

    values = {"by": undoing.by, "at": undoing.at, "reason": undoing.reason}
    connection.execute(UNDOINGS.insert().values(decision=number, **values))
