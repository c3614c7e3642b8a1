"""How explanations, decisions and the history of ids look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.text import Text

Row = Mapping[str, Any]

_RECORDS, _RECORD, _HELD = Text("Records", "记录"), Text("Record", "记录"), Text("Held by", "关联依据")
_IDENTIFIERS, _TYPE, _VALUE = Text("Identifiers", "标识"), Text("Type", "类型"), Text("Value", "值")
_EFFECT = Text("Effect", "作用")
_CUT = Text("Links that were cut", "已切断的关联")
_FORMER = Text("{former} is {customer_id} now.", "{former} 现已并入 {customer_id}。")
_ALONE = Text("the only one", "仅此一条")
_NOTHING = Text("nothing that others have", "无共有的标识")
_SEEN = Text(
    "Its identifiers were also seen in facts, in {count} combinations.", "其标识还以 {count} 种组合出现在事实表中。"
)

_EFFECTS = {
    "links": Text("joins records", "用于关联"),
    "lookup": Text("for look-up only", "仅供查询"),
    "junk": Text("names nobody", "无效占位值"),
    "invalid": Text("malformed", "格式不符"),
    "frequent": Text("far too frequent", "出现过于频繁"),
    "over_limit": Text("on too many records", "超过数量上限"),
}
_LINKS = {
    "value": Text("{type} {value}, also of {with}", "{type} {value}，同见于 {with}"),
    "seen": Text("{type} {value}, also in facts", "{type} {value}，同见于事实表"),
    "match": Text("similar to {with} ({probability})", "与 {with} 相似（{probability}）"),
    "decision": Text("decision {decision} of {by}: {reason}", "{by} 的决定 {decision}：{reason}"),
}


def explanation(out: Output, found: Row) -> None:
    """Print why the records of a customer are one."""
    out.line(str(found["customer_id"]))
    if found["former"]:
        out.line(_FORMER, former=found["former"], customer_id=found["customer_id"])
    out.line("")
    records = found["records"]
    rows = [
        (f"{row['source']}/{row['record_key']}", line)
        for row in records
        for line in _links(out, row["links"], alone=len(records) == 1)
    ]
    out.table(_RECORDS, (_RECORD, _HELD), rows)
    if found["seen_in_facts"]:
        out.line(_SEEN, count=found["seen_in_facts"])
    out.line("")
    shown = [(row["type"], row["value"], _EFFECTS[row["status"]]) for row in found["identifiers"]]
    out.table(_IDENTIFIERS, (_TYPE, _VALUE, _EFFECT), shown)
    if found["cut"]:
        out.line("")
        cut = [(_record(row), row["type"], row["value"]) for row in found["cut"]]
        out.table(_CUT, (_RECORD, _TYPE, _VALUE), cut)


def _links(out: Output, links: list[Row], *, alone: bool) -> Iterator[str]:
    """A line per link, of a record that has none a line that says so."""
    for link in links:
        kind = "seen" if link["kind"] == "value" and not link["with"] else link["kind"]
        values = {**link, "with": out.value(link["with"])}
        if kind == "match":
            values["probability"] = percent(link["probability"])
        yield _LINKS[kind][out.language].format(**values)
    if not links:
        yield (_ALONE if alone else _NOTHING)[out.language]


def _record(row: Row) -> str | None:
    return None if row["record_key"] is None else f"{row['source']}/{row['record_key']}"
