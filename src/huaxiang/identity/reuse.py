"""Who is who, taken over: where no record is new and facts bring no new combination of identifiers, nobody changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

from huaxiang.core.engine import Engine
from huaxiang.identity.known import only_known, still_there
from huaxiang.identity.pairs import RECORDS, Types

if TYPE_CHECKING:
    import ibis

READ = frozenset({RECORDS, "relations", "accounts", "contacts"})
"""The tables of which identity reads more than identifiers."""


class Changed(Protocol):
    """The rows of a table that came and that went; None: there are none."""

    @property
    def came(self) -> ibis.Table | None:
        """The rows that were not there before."""

    @property
    def went(self) -> ibis.Table | None:
        """The rows that are not there any more."""


def nobody_changed(
    engine: Engine,
    tables: Mapping[str, ibis.Table],
    turnover: Mapping[str, Changed],
    types: Types,
    former: Mapping[str, ibis.Table],
    mixed: Collection[str],
) -> bool:
    """Whether everybody is who they were in a build with the tables `former`, by the same definitions.

    `tables` are the accepted tables, `turnover` what came to each of them and went since. `mixed` are the sources that
    feed several tables: the same combination in another table of one source is another mention of it.
    """
    changed = {name: turnover.get(name) for name in tables}
    if any(turn is None for turn in changed.values()):
        return False
    for name, turn in changed.items():
        assert turn is not None  # noqa: S101 - see above
        sides = [rows for rows in (turn.came, turn.went) if rows is not None]
        if not sides or (not any(column.startswith("id_") for column in tables[name].columns) and name not in READ):
            continue
        if name in READ:
            return False
        if mixed and any(
            engine.rows(rows.filter(rows["_source"].isin(mixed)).limit(1), step="mixed sources") for rows in sides
        ):
            return False
        if turn.came is not None and not only_known(engine, name, turn.came, types, former):
            return False
        if turn.went is not None and not still_there(engine, name, turn.went, tables[name], types):
            return False
    return True
