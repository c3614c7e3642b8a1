"""How clusters look on a terminal: the groups, what sets them apart, and how far to trust them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli import shapes
from huaxiang.cli.output import Output
from huaxiang.core.text import Text

TRAITS = 4
"""Traits of a group that are printed; `--json` has more."""

Row = Mapping[str, Any]

STATES: dict[str, Text] = {
    "found": Text("found", "新发现"),
    "kept": Text("kept from a former build", "沿用上次结果"),
    "refused": Text("refused", "未采用"),
}
"""What became of clusters that were asked for."""

_LIST = (
    Text("Clusters", "聚类"),
    Text("Name", "名称"),
    Text("Method", "方法"),
    Text("Groups", "类数"),
    Text("Customers", "客户数"),
    Text("In a group", "已归类"),
    Text("Stability", "稳定性"),
    Text("State", "状态"),
)
_GROUPS = (
    Text("Segment", "分群"),
    Text("Name", "名称"),
    Text("Size", "人数"),
    Text("Share", "占比"),
    Text("Precision", "精确率"),
    Text("Recall", "召回率"),
)
_NONE = Text("No clusters are defined. See docs/guide/clusters.md.", "尚未定义聚类，参见 docs/guide/clusters.md。")
_HEAD = Text(
    "{label}: {clusters} groups of {placed} of {customers} customers.",
    "{label}：{customers} 位客户中的 {placed} 位归入 {clusters} 类。",
)
_HEAD_HIDDEN = Text(
    "{label}: {clusters} groups of {customers} customers; of those with too few no figures are shown.",
    "{label}：{customers} 位客户，分为 {clusters} 类；人数过少的类不显示数据。",
)
_REFUSED = Text("{label}: no groups, since {reason}.", "{label}：未形成分群，{reason}。")
_STABILITY = Text(
    "Stability {index} ({low} to {high}; adjusted Rand index of other samples, wanted: {wanted}). Shuffled tags would "
    "explain {chance} as much.",
    "稳定性 {index}（{low}–{high}；与其他样本的调整兰德指数，要求 {wanted}）。打乱标签后的解释力为其 {chance}。",
)
_AGREEMENT = Text("All rules together are right for {agreement}.", "全部规则合计判断正确的比例：{agreement}。")
_SINCE = Text("Looked for anew: {reason}.", "重新聚类的原因：{reason}。")
_KEPT = Text("Found at {moment} and kept since.", "发现于 {moment}，此后沿用。")
_FEATURES = (Text("Tag", "标签"), Text("Used", "已用"), Text("How", "处理方式"))
_CRITERIA = Text("Votes on the number of groups", "类数投票")
_RULES = Text("Rules that imitate the groups", "模仿各类的规则")
_TRAITS = Text("What sets them apart", "主要差异")
_TRAIT = (
    Text("Segment", "分群"),
    Text("Tag", "标签"),
    Text("Value", "取值"),
    Text("Members", "成员"),
    Text("All", "全部"),
)


def listed(out: Output, rows: Sequence[Row]) -> None:
    """Print all clusters that were asked for."""
    if not rows:
        out.line(_NONE)
        return
    out.table(
        "",
        _LIST,
        [
            (
                row["name"],
                row[f"label_{out.language}"],
                row["method"],
                row["clusters"],
                row["customers"],
                row["placed"],
                row["stability"],
                STATES[row["state"]],
            )
            for row in rows
        ],
    )
    for row in rows:
        if row["state"] == "refused":
            out.line(_REFUSED, label=row["name"], reason=row[f"reason_{out.language}"])


def shown(out: Output, found: Row) -> None:
    """Print everything about the clusters of one definition."""
    label = found[f"label_{out.language}"]
    if found["state"] == "refused":
        out.line(_REFUSED, label=label, reason=found[f"reason_{out.language}"])
    else:
        counts = {key: f"{found[key]:,}" for key in ("clusters", "placed", "customers") if found[key] is not None}
        out.line(_HEAD if "placed" in counts else _HEAD_HIDDEN, label=label, **counts)
    _trust(out, found)
    _groups(out, found["groups"])
    _criteria(out, found["criteria"])
    out.line("")
    features = [(row["tag"], row["used"], row[f"treatment_{out.language}"]) for row in found["features"]]
    out.table("", _FEATURES, features)


def _trust(out: Output, found: Row) -> None:
    if found["stability"] is not None:
        figures = {key: f"{found[f'stability_{key}']:.2f}" for key in ("low", "high", "wanted")}
        out.line(_STABILITY, index=f"{found['stability']:.2f}", chance=f"{found['chance']:.0%}", **figures)
    if found["agreement"] is not None:
        out.line(_AGREEMENT, agreement=shapes.percent(found["agreement"]))
    if found["state"] == "kept":
        out.line(_KEPT, moment=found["found_at"])
    elif found["state"] == "found":
        out.line(_SINCE, reason=found[f"reason_{out.language}"])


def _groups(out: Output, groups: Sequence[Row]) -> None:
    if not groups:
        return
    out.line("")
    rows = [
        (
            row["segment"],
            row[f"label_{out.language}"],
            row["size"],
            *(shapes.percent(row[key]) for key in ("share", "precision", "recall")),
        )
        for row in groups
    ]
    out.table("", _GROUPS, rows)
    out.line("")
    told = [(row["segment"], trait) for row in groups for trait in row["traits"][:TRAITS]]
    out.table(_TRAITS, _TRAIT, [(segment, *_trait(out, trait)) for segment, trait in told])
    out.line("")
    out.table(_RULES, ("", ""), [(row["segment"], row["rule"]) for row in groups])


def _trait(out: Output, trait: Row) -> tuple[str, str, str, str]:
    label = str(trait["label"][out.language])
    if trait["level"] is None:
        return label, "", f"{trait['value']:+.2f} σ", f"{trait['average']:+.2f} σ"
    value = str(trait["level_label"][out.language])
    return label, value, shapes.percent(trait["value"]), shapes.percent(trait["average"])


def _criteria(out: Output, rows: Sequence[Row]) -> None:
    """A row per criterion, a column per number of groups; the vote is marked."""
    if not rows:
        return
    numbers = sorted({row["number"] for row in rows})
    values: dict[str, dict[int, str]] = {}
    for row in rows:
        mark = " ✓" if row["vote"] else ""
        values.setdefault(row[f"label_{out.language}"], {})[row["number"]] = out.value(row["value"]) + mark
    out.line("")
    heads = ("", *(str(number) for number in numbers))
    out.table(_CRITERIA, heads, [(key, *(row.get(number) for number in numbers)) for key, row in values.items()])
