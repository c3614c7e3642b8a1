"""Where records disagree: how often by attribute and pair of sources, and what they say about one customer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.tables import Privacy
from huaxiang.core.text import Text
from huaxiang.identity.attribute_conflicts import CONFLICTS, OTHERS
from huaxiang.identity.survivorship import RANKS, ROWS
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.lookups import KEY
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery

Rows = Sequence[Mapping[str, Any]]

_HIDDEN: frozenset[Privacy] = frozenset({"L4"})
"""Classes of which a conflict shows that there is one, not between which values."""


def counted(engine: Engine, project: LoadedProject) -> list[dict[str, Any]]:
    """How often the records of a customer disagree, the attribute with the greatest share first.

    A row has `attribute`, `label`, `customers` (with a value), `differing`, `share`, and `pairs`: the same figures by
    two sources `one` and `other` (once the same: within it), the greatest share first.
    """
    if not engine.has(CONFLICTS):
        return []
    rows = engine.rows(engine.table(CONFLICTS), step="conflicts")
    pairs: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (-(row["share"] or 0), row["one"] or "", row["other"] or "")):
        if row["one"] is not None and row["differing"]:
            pairs.setdefault(row["attribute"], []).append({key: row[key] for key in row if key != "attribute"})
    found = [
        {
            "attribute": row["attribute"],
            "label": _label(project, row["attribute"]).as_dict(),
            "customers": row["customers"],
            "differing": row["differing"],
            "share": row["share"],
            "pairs": pairs.get(row["attribute"], []),
        }
        for row in rows
        if row["one"] is None and row["differing"]
    ]
    return sorted(found, key=lambda row: (-row["share"], row["attribute"]))


class Conflicts:
    """What the records of one customer after the other disagree about; asked of one opened snapshot."""

    def __init__(self, project: LoadedProject, engine: DuckEngine) -> None:
        self._project = project
        self._others: PointQuery | None = None
        self.queries: tuple[PointQuery, ...] = ()
        if engine.has(OTHERS):
            self._others = PointQuery(engine, OTHERS, [KEY], engine.table(OTHERS).columns)
            self._values = PointQuery(engine, "attributes", [KEY], engine.table("attributes").columns)
            # The view over these two, `attribute_origins`, would be planned for all attributes and all customers.
            self._ranks = PointQuery(engine, RANKS, [KEY], engine.table(RANKS).columns)
            self._rows = PointQuery(engine, ROWS, ["rank"], ["source", "record_key"])
            self.queries = (self._others, self._values, self._ranks, self._rows)

    def of_customer(self, number: int) -> list[dict[str, Any]]:
        """The attributes of which a customer's records say different things.

        A row has `attribute`, `label`, `value` (the surviving one), `source`, `record_key`, and `others`: a list of
        `value`, `source`, `record_key`. Values of the privacy class L4 are hidden.
        """
        mine = self._others.rows(number) if self._others is not None else []
        if not mine:
            return []
        (values,), (ranks,) = self._values.rows(number), self._ranks.rows(number)
        came = {name: self._rows.rows(ranks[name])[0] for name in {row["attribute"] for row in mine}}
        return _described(self._project, mine, values, came)


def _described(
    project: LoadedProject, mine: Rows, values: Mapping[str, Any], came: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    return [
        {
            "attribute": name,
            "label": _label(project, name).as_dict(),
            "value": _shown(project, name, values[name]),
            "source": came[name]["source"],
            "record_key": came[name]["record_key"],
            "others": [
                {
                    "value": _shown(project, name, row["value"]),
                    "source": row["source"],
                    "record_key": row["record_key"],
                }
                for row in sorted(mine, key=lambda row: (row["source"], row["record_key"]))
                if row["attribute"] == name
            ],
        }
        for name in sorted(came)
    ]


def _label(project: LoadedProject, attribute: str) -> Text:
    records = project.tables["records"]
    return records[attribute].label if attribute in records.names else Text.of(attribute)


def _shown(project: LoadedProject, attribute: str, value: Any) -> Any:
    records = project.tables["records"]
    privacy: Privacy = records[attribute].privacy if attribute in records.names else "L2"
    return "****" if privacy in _HIDDEN else value
