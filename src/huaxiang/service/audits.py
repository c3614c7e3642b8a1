"""How good a build is: scores of its data, what changed since the former build, the health of its identity."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from huaxiang.core.errors import NotFoundError
from huaxiang.core.text import Text
from huaxiang.identity.defaults import DEFAULTS, identifier_types
from huaxiang.identity.health import HEALTH
from huaxiang.identity.health.bridges import BRIDGES
from huaxiang.identity.health.clusters import CLUSTERS
from huaxiang.identity.health.measures import Unit
from huaxiang.identity.health.run import show
from huaxiang.project.loaded import LoadedProject
from huaxiang.quality.scores import DIMENSIONS

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine

ISSUES = "identity_issues"


def audit(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """`scores` (the overall ones first), `changes` (the most serious first) and `rules` (failing ones first).

    Raises:
        NotFoundError: the snapshot is older than its scores.
    """
    if not engine.has("quality_scores"):
        raise NotFoundError("This snapshot was built before there were scores. Run 'huaxiang build'.")

    def rows(name: str) -> list[dict[str, Any]]:
        return engine.rows(engine.table(name), step=f"audit: {name}")

    return {
        "scores": [_score(row) for row in rows("quality_scores")],
        "changes": sorted((_change(row) for row in rows("quality_changes")), key=lambda row: row["severity"] == "note"),
        "rules": sorted((_rule(row) for row in rows("quality_rules")), key=lambda row: row["holds"] is True),
    }


def audit_identity(engine: Engine, project: LoadedProject) -> dict[str, list[dict[str, Any]]]:
    """`measures` (red ones first, then amber ones), and what stands behind them: `clusters`, `bridges`, `issues`.

    A measure has `measure`, `label`, `unit`, `value`, `before`, `level`, `amber`, `red`, `reason`, `remedy`, and
    `look`: which of the three others tells more, null where none does. Values are masked.

    Raises:
        NotFoundError: the snapshot is older than its health.
    """
    if not engine.has(HEALTH):
        raise NotFoundError("This snapshot was built before identity was measured. Run 'huaxiang build'.")

    def rows(name: str) -> list[dict[str, Any]]:
        return engine.rows(engine.table(name), step=f"audit: {name}")

    types = identifier_labels(project)

    def named(row: dict[str, Any]) -> dict[str, Any]:
        label = types.get(row["type"]) or Text.of(row["type"] or "")
        return row | {"type_label": label.as_dict()}

    order = ("red", "amber", "green")
    measures = [_measure(row) for row in rows(HEALTH)]
    return {
        "measures": sorted(measures, key=lambda row: order.index(row["level"])),
        "clusters": rows(CLUSTERS),
        "bridges": [named(row) for row in rows(BRIDGES)],
        "issues": [named(row) for row in rows(ISSUES)],
    }


def show_measure(value: float, unit: str) -> str:
    """A measure of the health of identity as people read it."""
    return show(value, cast(Unit, unit))


def identifier_labels(project: LoadedProject) -> dict[str, Text]:
    """What identifier types are called, the project's and the built-in ones."""
    types = identifier_types(project.identity, [*project.identifier_names, *DEFAULTS])
    return {name: spec.label for name, spec in types.items() if spec.label}


_LOOK = {
    "records_p99": CLUSTERS,
    "records_max": CLUSTERS,
    "mixed": CLUSTERS,
    "bridges": BRIDGES,
    **dict.fromkeys(("over_limit", "frequent", "junk", "invalid", "conflicts"), ISSUES),
}
"""Measure → the table that tells more."""


def _measure(row: dict[str, Any]) -> dict[str, Any]:
    look = _LOOK.get(row["measure"], "").removeprefix("identity_") or None
    return _joined(_joined(_joined(row, "label"), "reason"), "remedy") | {"look": look}


def _score(row: dict[str, Any]) -> dict[str, Any]:
    label = DIMENSIONS[row["dimension"]]
    change = None if row["score"] is None or row["before"] is None else row["score"] - row["before"]
    return _joined(row, "detail") | {"label": label.as_dict(), "change": change}


def _change(row: dict[str, Any]) -> dict[str, Any]:
    return _joined(row, "statement")


def _rule(row: dict[str, Any]) -> dict[str, Any]:
    return _joined(row, "label")


def _joined(row: dict[str, Any], name: str) -> dict[str, Any]:
    """The row with the columns `<name>_en` and `<name>_zh` as one text."""
    rest = {key: value for key, value in row.items() if key not in (f"{name}_en", f"{name}_zh")}
    return rest | {name: {"en": row[f"{name}_en"], "zh": row[f"{name}_zh"]}}
