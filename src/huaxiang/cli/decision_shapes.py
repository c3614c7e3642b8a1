"""How decisions about who is who, and the pairs that wait for one, look on a terminal and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from huaxiang.cli.identity_shapes import STATUSES, waterfall
from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.decisions import Decision
from huaxiang.core.text import Text

Row = Mapping[str, Any]

_KEPT = Text("Decision {number} is kept: {said}.", "已记录决定 {number}，{said}。")
_UNDONE = Text("Decision {number} is undone. It said: {said}.", "已撤销决定 {number}（{said}）。")
_EFFECTIVE = Text("It takes effect with the next build: {command}", "将在下次构建时生效：{command}")
_SAME = Text("{records} are one person", "同一人：{records}")
_APART = Text("{records} and {others} are different people", "不是同一人：{records} 与 {others}")
_MORE = Text("{first} and {more} more", "{first} 等 {count} 项")

_ORIGINS = {
    "merge": Text("merge", "合并"),
    "split": Text("split", "拆分"),
    "review": Text("review", "审核"),
    "file": Text("file", "文件"),
}
_COLUMNS = (
    Text("No", "序号"), Text("Said", "内容"), Text("Where", "方式"), Text("By", "决定人"), Text("When", "时间"),
    Text("Why", "理由"), Text("Status", "状态"),
)  # fmt: skip
_NONE = Text("Nobody has decided anything yet.", "尚无人工决定。")
_NO_PAIRS = Text("No pair waits for a decision.", "没有待审核的记录对。")
_PAIR = Text("{number}. {left} and {right}, {probability}", "{number}. {left} 与 {right}，{probability}")
_ONE = Text("    now one customer: {customer_id}", "    目前是同一客户：{customer_id}")
_TWO = Text("    now two customers: {one} and {other}", "    目前是两位客户：{one} 与 {other}")
_HOW = Text("Decide: {command}", "确认方式：{command}")

_SHOWN = 3
"""Records of a decision that are named; `--json` has all."""


def decided(out: Output, made: Decision, folder: Path, *, as_json: bool) -> None:
    """Print a decision that was just made or undone, and from when on it counts."""
    if as_json:
        out.json(as_dict(made) | {"next": _build(folder)})
        return
    out.line(_UNDONE if made.undone else _KEPT, number=made.number, said=_said(out, made))
    effective(out, folder)


def effective(out: Output, folder: Path) -> None:
    """Print from when on decisions count."""
    out.line(_EFFECTIVE, command=_build(folder))


def as_dict(made: Decision, statuses: Mapping[str, Row] | None = None) -> dict[str, Any]:
    """A decision for JSON; `status` is what the latest build made of it, where `statuses` has it."""
    row: dict[str, Any] = {"decision": made.number}
    row |= {name: getattr(made, name) for name in ("key", "kind", "origin", "records", "others", "by", "at", "reason")}
    undone = made.undone
    row["undone"] = undone and {"by": undone.by, "at": undone.at, "reason": undone.reason}
    if statuses is not None:
        found = statuses.get(made.key, {})
        row |= {"status": _status(made, statuses), "detail": found.get("detail")}
    return row


def decisions(out: Output, listed: Sequence[Decision], statuses: Mapping[str, Row]) -> None:
    """Print decisions, a row each."""
    if not listed:
        out.line(_NONE)
        return
    rows = []
    for made in listed:
        detail = (statuses.get(made.key) or {}).get("detail") or {}
        shown = STATUSES[_status(made, statuses)][out.language] + (
            f": {detail[out.language]}" if any(detail.values()) else ""
        )
        rows.append((str(made.number), _said(out, made), _ORIGINS[made.origin], made.by, made.at, made.reason, shown))
    out.table("", _COLUMNS, rows)


def pairs(out: Output, listed: Sequence[Row]) -> None:
    """Print the pairs that wait for a decision."""
    for row in listed:
        pair(out, row)
        out.line("")
    if listed:
        out.line(_HOW, command="huaxiang identity review --accept N | --reject N | --ask")
    else:
        out.line(_NO_PAIRS)


def pair(out: Output, row: Row) -> None:
    """Print a pair with what speaks for and against it."""
    left, right = row["records"]
    out.line(_PAIR, number=row["number"], left=left, right=right, probability=percent(row["probability"]))
    one, other = row["customers"]
    if one == other:
        out.line(_ONE, customer_id=one)
    else:
        out.line(_TWO, one=one, other=other)
    for line in waterfall(out, row["waterfall"]):
        out.line(f"    {line}")


def _status(made: Decision, statuses: Mapping[str, Row]) -> str:
    return "undone" if made.undone else statuses.get(made.key, {}).get("status", "waiting")


def _said(out: Output, made: Decision) -> str:
    text = _SAME if made.kind == "same" else _APART
    return text[out.language].format(records=_listed(out, made.records), others=_listed(out, made.others))


def _listed(out: Output, references: Sequence[str]) -> str:
    first = out.value(references[:_SHOWN])
    more = len(references) - _SHOWN
    return first if more <= 0 else _MORE[out.language].format(first=first, more=more, count=len(references))


def _build(folder: Path) -> str:
    return "huaxiang build" if folder == Path() else f"huaxiang build {folder}"
