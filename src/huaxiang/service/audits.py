"""The quality of a build's data: scores, what changed since the former build, and how the user's rules fared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import NotFoundError
from huaxiang.quality.scores import DIMENSIONS

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine


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
