"""How a profile, a reason, a segment and a portrait look on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes_groups import customer_groups
from huaxiang.core.text import Text

Catalog = Mapping[str, Mapping[str, Any]]

_DIMENSION, _TAG, _NAME, _VALUE = (
    Text("Dimension", "维度"),
    Text("Tag", "标签"),
    Text("Name", "名称"),
    Text("Value", "值"),
)
_IDENTIFIERS, _RECORDS, _SEGMENTS = Text("Identifiers", "标识"), Text("Records", "记录"), Text("Segments", "分群")
FORMER = Text("{former} is {customer_id} now.", "{former} 现已并入 {customer_id}。")
_LIVE = Text(
    "Live at {as_of}, with {rows} rows since the snapshot.", "{as_of} 的实时画像，含快照之后的 {rows} 行数据。"
)
_TYPE, _SOURCE, _KEY = Text("Type", "类型"), Text("Source", "来源"), Text("Key", "键")
_WHY = Text("{label} ({tag}) is {value}", "{label}（{tag}）的值为 {value}")
_AS_OF = Text("as of {as_of}, for {customer_id}", "计算时点 {as_of}，客户 {customer_id}")
_ROWS = Text("{count} rows behind it:", "背后的 {count} 行数据：")
_NO_ROWS = Text("No row counts for it.", "没有数据行计入。")
_RESTS = Text("It rests on {facts} facts, the newest of {newest}.", "依据 {facts} 条事实，最近一条为 {newest}。")
_RAW = Text(
    "said {raw}, corrected to how often such values came true ({method})",
    "原值 {raw}，已按历史实际发生率校准（{method}）",
)


def customer(out: Output, found: Mapping[str, Any], catalog: Catalog) -> None:
    """Print one customer: who it is, its segments, and its tags by dimension."""
    language = out.language
    out.line(str(found["customer_id"]))
    if found["former"]:
        out.line(FORMER, former=found["former"], customer_id=found["customer_id"])
    if "live" in found:
        out.line(_LIVE, as_of=found["as_of"], rows=found["live"])
    out.line("")
    out.table(_IDENTIFIERS, (_TYPE, _VALUE), [(row["type"], row["value"]) for row in found["identifiers"]])
    out.line("")
    out.table(_RECORDS, (_SOURCE, _KEY), [(row["source"], row["record_key"]) for row in found["records"]])
    out.line("")
    customer_groups(out, found)
    out.pairs({_SEGMENTS: found["segments"]})
    out.line("")
    order = {name: position for position, name in enumerate(catalog)}
    rows = [
        (
            catalog[name][f"dimension_{language}"],
            name,
            catalog[name][f"label_{language}"],
            value_label(out, json.loads(catalog[name].get("values") or "{}"), value),
        )
        for name, value in sorted(found["tags"].items(), key=lambda item: order.get(item[0], 0))
        if name in catalog
    ]
    out.table("", (_DIMENSION, _TAG, _NAME, _VALUE), rows)


def value_label(out: Output, labels: Mapping[str, Mapping[str, str]], value: Any) -> str:
    """A value as people read it: its label where there is one."""
    key = str(value).lower() if isinstance(value, bool) else str(value)
    return str(labels[key][out.language]) if key in labels else out.value(value)


def why(out: Output, found: Mapping[str, Any]) -> None:
    """Print how a value came about, down to the rows."""
    out.line(_AS_OF, as_of=found["as_of"], customer_id=found["customer_id"])
    _explained(out, found, "")
    rests = found["rests_on"]
    if rests["facts"]:
        out.line(_RESTS, facts=out.value(rests["facts"]), newest=out.value(rests["newest"]))


def _explained(out: Output, found: Mapping[str, Any], indent: str) -> None:
    label = found["label"][out.language] or found["tag"]
    value = value_label(out, found["value_labels"], found["value"])
    shown = _WHY[out.language].format(label=label, tag=found["tag"], value=value)
    out.line(f"{indent}{shown}")
    for line in rule_lines(found["definition"]):
        out.line(f"{indent}  {line}")
    if "raw" in found:
        method = found["calibration"]["method"]
        out.line(f"{indent}  {_RAW[out.language].format(raw=out.value(found['raw']), method=method)}")
    if found.get("note"):
        out.line(f"{indent}  {found['note']}")
    for read in found.get("tags", ()):
        _explained(out, read, f"{indent}    ")
    if "rows" in found:
        rows = found["rows"]
        out.line(f"{indent}  {_ROWS[out.language].format(count=len(rows)) if rows else _NO_ROWS[out.language]}")
        if rows:
            out.table("", list(rows[0]), [list(row.values()) for row in rows])


RULE_KEYS = (
    "attribute",
    "table",
    "value",
    "where",
    "window",
    "ttl",
    "expression",
    "cases",
    "otherwise",
    "bins",
    "sql",
    "file",
    "default",
)
"""The keys of a definition that say how its value comes about."""


def rule_lines(definition: Mapping[str, Any]) -> Iterator[str]:
    """What a definition says about its value, a line for each key and each case."""
    for key in RULE_KEYS:
        match definition.get(key):
            case None | "":
                continue
            case list(cases):
                yield from (f"{case['when']} → {case['then']}" for case in cases)
            case dict(parts):
                yield f"{key}: " + ", ".join(f"{name} {part}" for name, part in parts.items() if name != "name")
            case value:
                yield f"{key}: {value}"


_SEGMENT = {
    "label": Text("Name", "名称"),
    "size": Text("Customers", "客户数"),
    "share": Text("Share", "占比"),
    "rule": Text("Rule", "规则"),
    "group": Text("Group", "组"),
    "description": Text("Description", "说明"),
    "action": Text("Suggested action", "建议动作"),
}


def segment(out: Output, found: Mapping[str, Any]) -> None:
    """Print one segment."""
    shown = {key: found.get(f"{key}_{out.language}", found.get(key)) for key in _SEGMENT}
    shown["share"] = percent(found["share"])
    out.pairs({label: shown[key] for key, label in _SEGMENT.items() if shown[key] not in (None, "")})


def percent(share: float | None) -> str:
    """A share as people read it."""
    return "–" if share is None else f"{share:.1%}"


def rows_by_name(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """Rows of a catalog by their name."""
    return {row["name"]: row for row in rows}
