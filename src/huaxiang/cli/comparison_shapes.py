"""How groups side by side look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.text import Text

SHOWN = 20
"""Differences that are printed at most; `--json`, `--csv` and `--html` have more."""

_SIDE = (
    Text("Group", "客群"),
    Text("As of", "时点"),
    Text("Customers", "客户数"),
    Text("Share", "占比"),
    Text("Share of revenue", "销售额占比"),
)
_DIFFER = Text("Where they differ most", "差异最大之处")
_TAG, _VALUE, _BETWEEN = Text("Tag", "标签"), Text("Value", "取值"), Text("Between", "比较双方")
_DIFFERENCE = (Text("Difference", "差异"), Text("95 % interval", "95% 置信区间"), Text("Effect", "效应量"))
_POINTS = Text("{points:+.1f} points", "{points:+.1f} 个百分点")
_WITHHELD = Text("withheld", "不予展示")
_NONE = Text("No difference is reliable.", "没有可靠的差异。")
_THIN = Text(" (few people)", "（样本少）")


def comparison(out: Output, found: Mapping[str, Any]) -> None:
    """Print two to six groups side by side: the reliable differences, the largest first."""
    language, sides = out.language, found["sides"]
    out.table("", _SIDE, [_side(side, language) for side in sides])
    out.line("")
    out.line(found["text"][language])
    for note in found["notes"]:
        out.line(note[language])
    out.line("")
    rows = [row for row in found["contrasts"] if row["significant"] and not row["defining"]][:SHOWN]
    if not rows:
        out.line(_NONE)
        return
    labels = {row["tag"]: row["label"][language] for row in found["tags"]}
    values = {(row["tag"], row["value"]): row["label"][language] for row in found["values"]}
    names = [side["label"][language] for side in sides]
    two = len(sides) == 2
    heads = (_TAG, _VALUE, *(names if two else (_BETWEEN,)), *_DIFFERENCE)
    lines = []
    for row in rows:
        pair = (_figure(out, row, "figure_a"), _figure(out, row, "figure_b"))
        between = (f"{names[row['a']]} − {names[row['b']]}",)
        lines.append(
            (labels[row["tag"]], values[row["tag"], row["value"]], *(pair if two else between), *_gap(out, row))
        )
    out.table(_DIFFER, heads, lines)


def _side(side: Mapping[str, Any], language: Any) -> Sequence[Any]:
    size = _WITHHELD if side["hidden"] else side["size"]
    return side["label"][language], side["as_of"], size, percent(side["share"]), percent(side["revenue_share"])


def _gap(out: Output, row: Mapping[str, Any]) -> tuple[str, str, str]:
    shown = [_difference(out, row, key) for key in ("difference", "low", "high")]
    thin = _THIN[out.language] if row["thin"] else ""
    size = _POINTS[out.language].format(points=row["difference"] * 100) if row["value"] is not None else shown[0]
    return size + thin, f"{shown[1]} … {shown[2]}", f"{row['effect']:+.2f}" if row["effect"] is not None else "–"


def _figure(out: Output, row: Mapping[str, Any], key: str) -> str:
    """A share as a percentage, a mean as a number."""
    return percent(row[key]) if row["value"] is not None else out.value(row[key])


def _difference(out: Output, row: Mapping[str, Any], key: str) -> str:
    number = row[key]
    if row["value"] is not None:
        return f"{number * 100:+.1f}"
    return ("+" if number > 0 else "") + out.value(number)
