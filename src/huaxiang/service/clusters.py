"""The clusters of a build, ready for JSON and for print, and their rules as segments of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.findings import near_miss

Row = dict[str, Any]


def listed(engine: Engine, threshold: int) -> list[Row]:
    """All clusters that were asked for: how many were found, how stable they are, or why there are none.

    How many customers are `placed` is None where a group has fewer than `threshold`: the others' sizes would leave its.

    Raises:
        NotFoundError: the snapshot is older than clusters.
    """
    small = {row["clusters"] for row in _rows(engine, "clusters") if row["size"] < threshold}
    return [row | {"placed": None} if row["name"] in small else row for row in _rows(engine, "cluster_catalog")]


def shown(engine: Engine, name: str, threshold: int) -> Row:
    """Everything about the clusters `name`: the groups, the tags they were found by, and how their number was chosen.

    Of a group of fewer than `threshold` customers nothing is told but that it is there (`hidden`).

    Raises:
        NotFoundError: there are none of this name, or the snapshot is older than clusters.
    """
    known = listed(engine, threshold)
    head = next((row for row in known if row["name"] == name), None)
    if head is None:
        guess = near_miss(name, [row["name"] for row in known])
        raise NotFoundError(
            f"There are no clusters '{name}' in this build.{f' Did you mean {guess!r}?' if guess else ''}"
        )
    return {
        **head,
        "groups": [_group(row, threshold) for row in _rows(engine, "clusters", name)],
        "features": _rows(engine, "cluster_features", name),
        "criteria": _rows(engine, "cluster_criteria", name),
    }


def save_rules(found: Row, path: Path) -> int:
    """Write the rules that imitate the `shown` clusters as segments into a file of definitions; how many there were.

    Groups of too few customers have none.

    Raises:
        UsageError: there is no such folder, no cluster has a rule, or the file is there already.
    """
    from ruamel.yaml import YAML

    if not path.absolute().parent.is_dir():
        raise UsageError(f"{path}: there is no folder {path.parent}.")
    if path.exists():
        raise UsageError(f"{path} is there already. Name another file, or remove it first.")
    blocks = {
        f"{found['name']}_rule_{group['cluster']}": _segment(found, group) for group in found["groups"] if group["rule"]
    }
    if not blocks:
        raise UsageError(f"No cluster of '{found['name']}' has a rule.")
    yaml = YAML()
    yaml.width = 1 << 16
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        file.write(_HEAD.format(name=found["name"]))
        yaml.dump({"segments": blocks}, file)
    return len(blocks)


_HEAD = """\
# The rules that imitate the clusters '{name}': they stay as they are, whatever later builds find.
# 模仿聚类“{name}”的规则：不随后续构建变化。

"""


_TOLD = ("size", "label_en", "label_zh", "share", "rule", "precision", "recall", "recovery")
"""What speaks of the members of a group: names are made of what sets it apart."""


def _segment(found: Row, group: Row) -> Row:
    english, chinese = f"A rule for cluster {group['cluster']}", f"第 {group['cluster']} 类的规则"
    if group["precision"] is not None and group["recall"] is not None:
        english += f": {group['precision']:.0%} of whom it names belong to it, of whom it names {group['recall']:.0%}"
        chinese += f"：命中者中 {group['precision']:.0%} 属于该类，覆盖该类的 {group['recall']:.0%}"
    return {
        "group": f"{found['name']}_rules",
        "label": {"en": group["label_en"], "zh": group["label_zh"]},
        "description": {"en": english + ".", "zh": chinese + "。"},
        "where": group["rule"],
    }


def _group(row: Row, threshold: int) -> Row:
    if row["size"] < threshold:
        return {**row, **dict.fromkeys(_TOLD), "traits": [], "hidden": True}
    return {**row, "traits": json.loads(row["traits"]), "hidden": False}


def _rows(engine: Engine, table: str, name: str | None = None) -> list[Row]:
    if not engine.has(table):
        raise NotFoundError("This snapshot was built before clusters could be found. Run 'huaxiang build'.")
    rows = engine.table(table)
    wanted = rows if name is None else rows.filter(rows["clusters"] == name)
    return engine.rows(wanted, step=f"clusters: {table}")
