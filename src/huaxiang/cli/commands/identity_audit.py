"""`huaxiang identity audit`: how sound the graph of identity is, and where to look."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from huaxiang.cli.command import FAILED, HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Output
from huaxiang.core.text import Text

Strict = Annotated[
    bool,
    typer.Option(
        "--strict", help=help_text("End with exit code 1 where a measure is red.", "有红灯指标时以退出码 1 结束。")
    ),
]

MIXED = 3
"""Birthdays of a customer that the measure of contradictions counts from."""

LISTED = 5
"""Customers and values that are shown behind a measure."""

_TITLE = Text(
    "Identity of {snapshot}, as of {as_of}: {red} red, {amber} amber, {green} green",
    "快照 {snapshot}（计算时点 {as_of}）的客户身份：{red} 红、{amber} 黄、{green} 绿",
)
_LEVELS = {"red": Text("red", "红"), "amber": Text("amber", "黄"), "green": Text("green", "绿")}
_COLUMNS = (
    Text("State", "状态"),
    Text("Measure", "指标"),
    Text("Value", "数值"),
    Text("Before", "上次"),
    Text("What it says", "说明"),
)
_KNOWN = Text("For information", "概况")
_REMEDY = Text("  → {remedy}", "  → {remedy}")
_CLUSTER = Text(
    "    {customer_id}: {records} records, {identifiers} identifiers, {names} names, {birthdays} birthdays",
    "    {customer_id}：{records} 条记录、{identifiers} 个标识、{names} 个姓名、{birthdays} 个生日",
)
_BRIDGE = Text(
    "    {customer_id}: {one} and {other} records, held together by {kind} {value}",
    "    {customer_id}：{one} 条与 {other} 条记录，仅由{kind} {value} 相连",
)
_BRIDGE_KINDS = {
    "value": Text("the shared", "共用标识"),
    "match": Text("the match", "模糊匹配"),
    "record": Text("the record", "记录"),
    "fact": Text("facts of", "行为数据"),
}
_ISSUE = Text("    {label} {value}: {records} records", "    {label} {value}：{records} 条记录")
_MORE = Text("    … and {count} more (--json lists all)", "    …… 另有 {count} 项（--json 可列出全部）")
_LOOK = Text("    Look closer: huaxiang identity explain {id}", "    进一步查看：huaxiang identity explain {id}")


def register(group: typer.Typer) -> None:
    """Add the command."""

    @command(
        group,
        "audit",
        "Tell how sound identity is: red, amber, green, with the reason, the remedy and where to look.",
        "检查客户身份是否可靠：红黄绿灯、原因、处理办法与排查线索。",
    )
    def audit(folder: Folder = HERE, as_json: AsJson = False, strict: Strict = False) -> None:
        from huaxiang.service.api import load

        with load(folder).open() as build:
            found = {"snapshot": build.snapshot.id, "as_of": build.summary["as_of"], **build.audit_identity()}
        if as_json:
            output().json(found)
        else:
            _show(output(), found)
        if strict and any(row["level"] == "red" for row in found["measures"]):
            raise typer.Exit(FAILED)


def _show(out: Output, found: Mapping[str, Any]) -> None:
    judged = [row for row in found["measures"] if row["amber"] is not None or row["red"] is not None]
    counted = {level: sum(row["level"] == level for row in judged if row["value"] is not None) for level in _LEVELS}
    out.line(_TITLE, snapshot=found["snapshot"], as_of=found["as_of"], **counted)
    rows = [
        (
            _LEVELS[row["level"]] if row["value"] is not None else None,
            row["label"],
            _value(row["value"], row["unit"]),
            _value(row["before"], row["unit"]),
            row["reason"],
        )
        for row in judged
    ]
    out.table("", _COLUMNS, rows)
    out.line("")
    told = [row for row in found["measures"] if row not in judged]
    out.table(
        _KNOWN, _COLUMNS[1:4], [(r["label"], *(_value(r[n], r["unit"]) for n in ("value", "before"))) for r in told]
    )
    for row in judged:
        if row["level"] != "green":
            out.line("")
            _explain(out, row, found)


def _explain(out: Output, row: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    """One measure that is red or amber: the reason, the remedy, and the customers or values behind it."""
    out.line(f"[{_LEVELS[row['level']][out.language]}] {row['reason'][out.language]}")
    out.line(_REMEDY, remedy=row["remedy"][out.language])
    if row["look"] is None:
        return
    concerned = [detail for detail in found[row["look"]] if _concerns(row["measure"], detail)]
    for detail in concerned[:LISTED]:
        out.line(_DETAILS[row["look"]](out, detail))
    if len(concerned) > LISTED:
        out.line(_MORE, count=len(concerned) - LISTED)
    if concerned and "customer_id" in concerned[0]:
        out.line(_LOOK, id=concerned[0]["customer_id"])


def _concerns(measure: str, detail: Mapping[str, Any]) -> bool:
    """Whether a row stands behind a measure: an issue of its kind, a customer of several birthdays."""
    if "limit" in detail:
        return detail["kind"] == {"conflicts": "conflict"}.get(measure, measure)
    return measure != "mixed" or (detail["birthdays"] or 0) >= MIXED


def _cluster(out: Output, row: Mapping[str, Any]) -> str:
    return _CLUSTER[out.language].format(**{name: out.value(value) for name, value in row.items()})


def _bridge(out: Output, row: Mapping[str, Any]) -> str:
    kind, type_ = _BRIDGE_KINDS[row["kind"]][out.language], row["type_label"][out.language]
    return _BRIDGE[out.language].format(**{**row, "kind": kind, "value": f"{type_} {row['value']}".strip()})


def _issue(out: Output, row: Mapping[str, Any]) -> str:
    shown = {"label": row["type_label"][out.language], "value": out.value(row["value"]), "records": row["records"]}
    return _ISSUE[out.language].format(**shown)


_DETAILS: dict[str, Callable[[Output, Mapping[str, Any]], str]] = {
    "clusters": _cluster,
    "bridges": _bridge,
    "issues": _issue,
}


def _value(value: float | None, unit: str) -> str | None:
    from huaxiang.service.audits import show_measure

    return None if value is None else show_measure(value, unit)
