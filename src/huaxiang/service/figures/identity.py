"""Figures about identity: the health of the graph, the biggest customers, values that link nobody, and conflicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.service.figures.data import Labels, column_label
from huaxiang.service.figures.groups import protect
from huaxiang.service.figures.identity_model import (
    BridgeFigures,
    ClusterFigures,
    DisagreementFigures,
    HealthFigures,
    IdentityFigures,
    IssueFigures,
)
from huaxiang.service.figures.model import GroupFigures
from huaxiang.service.figures.values import as_count, as_float, as_text, mask, read

BINS = ((1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (6, 10), (11, 20), (21, 50), (51, 100), (101, None))
"""Numbers of records that customers are counted by, from and to; None: and more."""

EXAMPLES = 3
"""Values that an issue names; many share them, so they are nobody's."""

SHARED = ("over_limit", "frequent", "junk")
"""Issues whose values are held by many."""

BRIDGES = 20
"""Bridges that are shown."""

GROUPS = {"households": "household_members", "accounts": "account_contacts"}
"""Groups of customers → the table of their members."""


def gather_identity(engine: Engine, types: Labels, *, threshold: int) -> IdentityFigures | None:
    """Everything about identity; None where the snapshot is older than its health. `types` name identifiers."""
    measures = tuple(_measure(row) for row in read(engine, "identity_health"))
    if not measures:
        return None
    return IdentityFigures(
        measures=measures,
        sizes=_sizes(engine, threshold),
        clusters=tuple(_cluster(row) for row in read(engine, "identity_clusters")),
        bridges=tuple(_bridge(row, types) for row in read(engine, "identity_bridges")[:BRIDGES]),
        issues=_issues(read(engine, "identity_issues"), types),
        disagreements=_disagreements(engine, threshold),
        fates=_counted(engine, "identity_changes", "kind"),
        matches=_counted(engine, "identity_matches", "status"),
        groups=tuple(_group(engine, *names) for names in GROUPS.items() if engine.has(names[0])),
    )


def _measure(row: dict[str, Any]) -> HealthFigures:
    return HealthFigures(
        name=row["measure"],
        label=as_text(row, "label"),
        unit=row["unit"],
        value=as_float(row["value"]),
        before=as_float(row["before"]),
        level=row["level"],
        amber=as_float(row["amber"]),
        red=as_float(row["red"]),
        reason=as_text(row, "reason"),
        remedy=as_text(row, "remedy"),
    )


def _sizes(engine: Engine, threshold: int) -> tuple[GroupFigures, ...]:
    """Customers by number of records, up to the last number that anybody has."""
    table = engine.table("customers")
    counted = table.filter(table.records > 0).group_by("records").aggregate(customers=lambda rows: rows.count())
    rows = engine.rows(counted, step="figures: records per customer")
    most = max((row["records"] for row in rows), default=0)
    total = sum(row["customers"] for row in rows)
    groups = []
    for low, high in BINS:
        if low <= most:
            found = [row for row in rows if low <= row["records"] and (high is None or row["records"] <= high)]
            count = sum(row["customers"] for row in found)
            name = str(low) if low == high else f"{low}+" if high is None else f"{low}–{high}"
            groups.append(GroupFigures(name, Text.of(name), count, count / total))
    return protect(groups, threshold)


def _cluster(row: dict[str, Any]) -> ClusterFigures:
    return ClusterFigures(
        mask(row["customer_id"]),
        int(row["records"]),
        int(row["identifiers"]),
        as_count(row["names"]),
        as_count(row["birthdays"]),
    )


def _bridge(row: dict[str, Any], types: Labels) -> BridgeFigures:
    """A bridge; of records only the source is told, as their keys may be known to others."""
    if row["type"]:
        label = types.get(row["type"]) or Text.of(row["type"])
        what = Text(f"{label.en} {row['value']}", f"{label.zh} {row['value']}")
    else:
        what = Text.of(" ↔ ".join(part.partition("#")[0] for part in row["value"].split(" ↔ ")))
    return BridgeFigures(mask(row["customer_id"]), row["kind"], what, row["records"], row["one"], row["other"])


def _issues(rows: Iterable[dict[str, Any]], types: Labels) -> tuple[IssueFigures, ...]:
    """The issues by kind and type, those first that concern most records."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in sorted(rows, key=lambda row: (-(row["records"] or 0), row["value"] or "")):
        found.setdefault((row["kind"], row["type"]), []).append(row)
    issues = [
        IssueFigures(
            kind=kind,
            type_label=types.get(type_) or Text.of(type_),
            values=sum(int(row["values"] or 0) for row in group),
            records=sum(int(row["records"] or 0) for row in group),
            examples=tuple(dict.fromkeys(row["value"] for row in group))[:EXAMPLES] if kind in SHARED else (),
        )
        for (kind, type_), group in found.items()
    ]
    return tuple(sorted(issues, key=lambda issue: -issue.records))


def _disagreements(engine: Engine, threshold: int) -> tuple[DisagreementFigures, ...]:
    """How often customers' records disagree per attribute, over all sources, the most frequent first."""
    rows = [row for row in read(engine, "attribute_conflicts") if row["one"] is None and row["customers"]]
    found = [_disagreement(row, threshold) for row in rows]
    return tuple(sorted(found, key=lambda row: (-(row.share or 0), row.attribute)))


def _disagreement(row: dict[str, Any], threshold: int) -> DisagreementFigures:
    differing = int(row["differing"])
    hidden = 0 < differing < threshold
    return DisagreementFigures(
        attribute=row["attribute"],
        label=column_label("records", row["attribute"]),
        customers=int(row["customers"]),
        differing=None if hidden else differing,
        share=None if hidden else as_float(row["share"]),
        hidden=hidden,
    )


def _counted(engine: Engine, table: str, column: str) -> tuple[tuple[str, int], ...]:
    if not engine.has(table):
        return ()
    rows = engine.table(table)
    counted = engine.rows(rows.group_by(column).aggregate(count=rows.count()), step=f"figures: {table}")
    return tuple(Counter({row[column]: int(row["count"]) for row in counted}).most_common())


def _group(engine: Engine, name: str, members: str) -> tuple[str, int, int]:
    groups, people = engine.table(name), engine.table(members)
    figures = groups.aggregate(groups=groups.count()).cross_join(
        people.aggregate(customers=people.customer_no.nunique())
    )
    row = engine.rows(figures, step=f"figures: {name}")[0]
    return name, int(row["groups"]), int(row["customers"])
