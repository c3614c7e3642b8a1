"""Figures about the groups that a build found by itself."""

from __future__ import annotations

from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.segments.clusters.choose import CRITERIA
from huaxiang.service import clusters
from huaxiang.service.figures.clusters_model import ClustersFigures, CriterionFigures, FoundGroup, TraitFigures
from huaxiang.service.figures.values import as_count, as_float, as_text

TRAITS = 5
"""Traits of a group that a report tells."""

_Row = dict[str, Any]


def gather_clusters(engine: Engine, threshold: int) -> tuple[ClustersFigures, ...]:
    """Everything that was looked for, in the order of the catalog; none where the snapshot is older than clusters."""
    if not engine.has("cluster_catalog"):
        return ()
    names = [row["name"] for row in clusters.listed(engine, threshold)]
    return tuple(_clusters(clusters.shown(engine, name, threshold)) for name in names)


def _clusters(row: _Row) -> ClustersFigures:
    groups = tuple(_group(group) for group in row["groups"])
    return ClustersFigures(
        name=row["name"],
        label=as_text(row, "label"),
        refusal=as_text(row, "reason") if row["state"] == "refused" else None,
        customers=int(row["customers"]),
        placed=None if any(group.hidden for group in groups) else int(row["placed"]),
        tags=sum(feature["used"] for feature in row["features"]),
        chosen=as_count(row.get("chosen")),
        stability=as_float(row["stability"]),
        low=as_float(row["stability_low"]),
        high=as_float(row["stability_high"]),
        wanted=float(row["stability_wanted"]),
        chance=as_float(row["chance"]),
        agreement=as_float(row["agreement"]),
        groups=groups,
        criteria=_criteria(row["criteria"]),
        treatments=tuple((feature["tag"], as_text(feature, "treatment")) for feature in row["features"]),
    )


def _group(row: _Row) -> FoundGroup:
    hidden = bool(row["hidden"])
    return FoundGroup(
        segment=row["segment"],
        label=as_text(row, "label"),
        size=None if hidden else int(row["size"]),
        share=as_float(row["share"]),
        traits=tuple(_trait(trait) for trait in row["traits"][:TRAITS]),
        rule=row["rule"] or "",
        precision=as_float(row["precision"]),
        recall=as_float(row["recall"]),
        recovery=as_float(row.get("recovery")),
        hidden=hidden,
    )


def _trait(trait: _Row) -> TraitFigures:
    level = trait["level_label"]
    return TraitFigures(Text(**trait["label"]), Text(**level) if level else None, trait["value"], trait["average"])


def _criteria(rows: list[_Row]) -> tuple[CriterionFigures, ...]:
    """A criterion after the other, in the order of their table."""
    found = []
    for key, criterion in CRITERIA.items():
        own = sorted((row for row in rows if row["criterion"] == key), key=lambda row: row["number"])
        if own:
            vote = next((int(row["number"]) for row in own if row["vote"]), None)
            values = tuple((int(row["number"]), float(row["value"])) for row in own)
            found.append(CriterionFigures(criterion.label, values, vote, criterion.mark, criterion.sign < 0))
    return tuple(found)
