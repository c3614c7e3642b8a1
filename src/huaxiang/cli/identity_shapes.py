"""How explanations of customers and the history of ids look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes import FORMER, percent
from huaxiang.core.text import Text

Row = Mapping[str, Any]

_RECORDS, _RECORD, _HELD = Text("Records", "记录"), Text("Record", "记录"), Text("Held by", "关联依据")
_IDENTIFIERS, _TYPE, _VALUE = Text("Identifiers", "标识"), Text("Type", "类型"), Text("Value", "值")
_EFFECT = Text("Effect", "作用")
_CUT = Text("Links that were cut", "已切断的关联")
_NOBODY = Text("Nobody has {former} any more.", "{former} 已不存在。")
_ALONE = Text("the only one", "仅此一条")
_NOTHING = Text("nothing that others have", "无共有的标识")
_SEEN = Text(
    "Its identifiers were also seen in facts, in {count} combinations.", "其标识还以 {count} 种组合出现在事实表中。"
)
_DECISIONS, _NUMBER, _KIND = Text("Decisions", "人工决定"), Text("No", "序号"), Text("Kind", "类型")
_BY, _WHY, _STATUS = Text("By", "决定人"), Text("Why", "理由"), Text("Status", "状态")
_HISTORY, _WHEN, _WHAT, _EVIDENCE = (
    Text("History", "变更历史"),
    Text("Build", "构建时间"),
    Text("What", "变更"),
    Text("Evidence", "依据"),
)
_NO_HISTORY = Text("No merge and no split so far.", "尚无合并或拆分。")

_EFFECTS = {
    "links": Text("joins records", "用于关联"),
    "lookup": Text("for look-up only", "仅供查询"),
    "junk": Text("names nobody", "无效占位值"),
    "invalid": Text("malformed", "格式不符"),
    "frequent": Text("far too frequent", "出现过于频繁"),
    "over_limit": Text("on too many records", "超过数量上限"),
}
_LINKS = {
    "value": Text("{type_label} {value}, also of {with}", "{type_label} {value}，同见于 {with}"),
    "seen": Text("{type_label} {value}, also in facts", "{type_label} {value}，同见于事实表"),
    "match": Text("similar to {with} ({probability})", "与 {with} 相似（{probability}）"),
    "decision": Text("decision {decision} of {by}: {reason}", "{by} 的决定 {decision}：{reason}"),
}
_STEP = Text("{title}: {level} ({bits:+.1f} bits)", "{title}：{level}（{bits:+.1f} 比特）")
_KINDS = {
    "merged": Text("{other} went into {customer_id}", "{other} 并入 {customer_id}"),
    "split": Text("{customer_id} split off from {other}", "{customer_id} 从 {other} 拆出"),
    "moved": Text("records moved from {other} to {customer_id}", "部分记录从 {other} 移至 {customer_id}"),
    "gone": Text("{customer_id} was in no data any more", "{customer_id} 已无任何数据"),
}
_EVIDENCES = {
    "value": Text("{type_label} {value} of {one} and {other}", "{one} 与 {other} 共有{type_label} {value}"),
    "match": Text("{one} is similar to {other}", "{one} 与 {other} 相似"),
    "unmatched": Text("{one} and {other} are no longer alike enough", "{one} 与 {other} 的相似度已不足"),
    "decision": Text("decision {decision} about {one} and {other}", "关于 {one} 与 {other} 的决定 {decision}"),
}
_BUT = Text(" {why}", "，{why}")
_BETWEEN = Text("; ", "；")
_FACTS = Text("facts", "事实表")
NO_LONGER = {
    "kept_apart": Text("keeps both apart", "认定为两人"),
    "undone": Text("was undone", "已撤销"),
    "over_limit": Text("is on too many records now", "现已超过数量上限"),
    "frequent": Text("is far too frequent now", "现已出现过于频繁"),
    "junk": Text("counts as junk now", "现被视为无效值"),
    "invalid": Text("counts as malformed now", "现被视为格式不符"),
    "single": Text("was cut, as a customer has one value of a type", "因单值标识冲突而切断"),
    "unlike": Text("was cut, as both are clearly different people", "因明显是不同的人而切断"),
    "decided": Text("was cut by a decision", "因人工决定而切断"),
    "contested": Text("was cut, as several people share it", "因多人共用、无法判断归属而切断"),
    "lookup": Text("no longer joins anybody", "不再用于关联"),
    "changed": Text("is on one of both only now", "现仅其中一方持有"),
    "gone": Text("was held by a record that is gone", "原持有记录已不存在"),
}
"""Why a link holds no longer, added to what it was; *unmatched* is said as a whole."""

STATUSES = {
    "applied": Text("applied", "已生效"),
    "contradicted": Text("overruled by a later decision", "被后来的决定推翻"),
    "vanished": Text("nothing to apply to", "相关记录已不存在"),
    "undone": Text("undone", "已撤销"),
    "waiting": Text("from the next build on", "待下次构建"),
}
"""What came of decisions."""

_SAID = {"same": Text("one person", "同一人"), "apart": Text("not one person", "不是同一人")}


def explanation(out: Output, found: Row) -> None:
    """Print why the records of a customer are one."""
    out.line(str(found["customer_id"]))
    if found["former"]:
        out.line(FORMER, former=found["former"], customer_id=found["customer_id"])
    out.line("")
    records = found["records"]
    rows = [
        ("" if place else _record(row), line)
        for row in records
        for place, line in enumerate(_links(out, row["links"], alone=len(records) == 1))
    ]
    out.table(_RECORDS, (_RECORD, _HELD), rows)
    if found["seen_in_facts"]:
        out.line(_SEEN, count=found["seen_in_facts"])
    out.line("")
    shown = [(row["type_label"], row["value"], _EFFECTS[row["status"]]) for row in found["identifiers"]]
    out.table(_IDENTIFIERS, (_TYPE, _VALUE, _EFFECT), shown)
    if found["cut"]:
        out.line("")
        cut = [(_record(row) or _FACTS, row["type_label"], row["value"]) for row in found["cut"]]
        out.table(_CUT, (_RECORD, _TYPE, _VALUE), cut)
    if found["decisions"]:
        out.line("")
        made = [
            (str(row["decision"]), _SAID[row["kind"]], row["by"], row["reason"], STATUSES[row["status"]])
            for row in found["decisions"]
        ]
        out.table(_DECISIONS, (_NUMBER, _KIND, _BY, _WHY, _STATUS), made)
    if found["history"]:
        out.line("")
        _changes(out, found["history"])


def lineage(out: Output, found: Row) -> None:
    """Print merges and splits, and what the id that was asked for is now."""
    asked, present = found["asked"], found["customer_id"]
    if asked is not None and present is None:
        out.line(_NOBODY, former=asked)
    elif asked is not None and ":" not in asked and asked != present:
        out.line(FORMER, former=asked, customer_id=present)
    if found["changes"]:
        _changes(out, found["changes"])
    else:
        out.line(_NO_HISTORY)


def waterfall(out: Output, steps: Sequence[Row]) -> list[str]:
    """What speaks for and against a match, a line per comparison, in bits."""
    return [
        _STEP[out.language].format(
            title=step["title"][out.language], level=step[f"label_{out.language}"], bits=step["bits"]
        )
        + (f"  {step['left'] or '–'} | {step['right'] or '–'}" if step["left"] or step["right"] else "")
        for step in steps
    ]


def _changes(out: Output, changes: Sequence[Row]) -> None:
    rows = [
        (
            row["built_at"],
            _KINDS[row["kind"]][out.language].format(**row),
            _BETWEEN[out.language].join(_evidence(out, row["evidence"])),
        )
        for row in changes
    ]
    out.table(_HISTORY, (_WHEN, _WHAT, _EVIDENCE), rows)


def _evidence(out: Output, links: Sequence[Row]) -> Iterator[str]:
    for link in links:
        ends = {side: link.get(side) or _FACTS[out.language] for side in ("one", "other")}
        why = link.get("now") or ""
        whole = why in _EVIDENCES
        said = _EVIDENCES[why if whole else link["kind"]][out.language].format(**{**_in_language(out, link), **ends})
        who = Text(" ({by}: {reason})", "（{by}：{reason}）")[out.language].format(**link) if link.get("reason") else ""
        now = _BUT[out.language].format(why=NO_LONGER[why][out.language]) if why and not whole else ""
        yield said + now + who


def _links(out: Output, links: Sequence[Row], *, alone: bool) -> Iterator[str]:
    """A line per link, of a record that has none a line that says so."""
    for link in links:
        kind = "seen" if link["kind"] == "value" and not link["with"] else link["kind"]
        values = {**_in_language(out, link), "with": out.value(link["with"])}
        if kind == "match":
            values["probability"] = percent(link["probability"])
        yield _LINKS[kind][out.language].format(**values)
        if kind == "match":
            yield from (f"    {line}" for line in waterfall(out, link["waterfall"]))
    if not links:
        yield (_ALONE if alone else _NOTHING)[out.language]


def _in_language(out: Output, link: Row) -> Row:
    """A link with the label of its type, where it has one, in the language of the output."""
    return {**link, "type_label": out.value(link.get("type_label"))}


def _record(row: Row) -> str | None:
    return None if row["record_key"] is None else f"{row['source']}/{row['record_key']}"
