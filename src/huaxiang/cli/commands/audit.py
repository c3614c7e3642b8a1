"""`huaxiang audit`: how good the data of the latest snapshot are, and what changed since the build before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import typer

from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.output import Output
from huaxiang.cli.shapes_groups import conflict_counts
from huaxiang.core.text import Text

_TITLE = Text(
    "Data quality of {snapshot}, as of {as_of}: {total} of 100",
    "快照 {snapshot}（计算时点 {as_of}）的数据质量：{total} 分（满分 100）",
)
_SOURCE = Text("Source", "数据源")
_ALL = Text("All sources", "全部数据源")
_CHANGES = Text("Since the former build", "与上次构建相比")
_SAME = Text("Nothing to report since the former build.", "与上次构建相比无异常变化。")
_FIRST = Text("There is no former build to compare with.", "尚无可比较的上次构建。")
_SEVERITIES = {"warning": Text("warning", "警告"), "note": Text("note", "提示")}
_FAILED = Text("Rules that fail", "未通过的规则")
_KEPT = Text("All {count} rules of your own hold.", "全部 {count} 条自定义规则均已通过。")
_NO_RULES = Text("No source has rules of your own ('expect').", "尚未为数据源设置自定义规则（expect）。")
_UNKNOWN = Text("not known on any row", "没有可判断的数据行")
_RULE_COLUMNS = (
    _SOURCE,
    Text("Rule", "规则"),
    Text("Condition", "条件"),
    Text("Holds on", "满足比例"),
    Text("Wanted", "要求"),
    Text("Failing rows", "不满足行数"),
    Text("Such as", "示例行"),
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "audit",
        "Score the data of the latest snapshot, and tell what changed and which rules fail.",
        "为最新快照的数据质量打分，并列出变化与未通过的规则。",
    )
    def audit(folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        with load(folder).open() as build:
            found = {"snapshot": build.snapshot.id, "as_of": build.summary["as_of"], **build.audit()}
        if as_json:
            output().json(found)
            return
        out = output()
        _scores(out, found)
        _changes(out, found)
        _rules(out, found["rules"])
        out.line("")
        conflict_counts(out, found["conflicts"])


def _scores(out: Output, found: Mapping[str, Any]) -> None:
    """One row per source, one column per dimension; a change since the former build stands behind the score."""
    scores = found["scores"]
    labels = {row["dimension"]: Text.of(row["label"]) for row in scores}
    by_source: dict[str | None, dict[str, Mapping[str, Any]]] = {}
    for row in scores:
        by_source.setdefault(row["source"], {})[row["dimension"]] = row
    total = by_source[None]["total"]["score"]
    out.line(_TITLE, snapshot=found["snapshot"], as_of=found["as_of"], total="–" if total is None else f"{total:.1f}")
    rows = [
        [source or _ALL[out.language], *(_points(row[dimension]) for dimension in labels)]
        for source, row in by_source.items()
    ]
    out.table("", (_SOURCE, *labels.values()), rows)
    out.line("")


def _points(row: Mapping[str, Any]) -> str:
    if row["score"] is None:
        return "–"
    change = round(row["change"] or 0.0, 1)
    return f"{row['score']:.1f}" + (f" ({change:+.1f})" if change else "")


def _changes(out: Output, found: Mapping[str, Any]) -> None:
    changes = found["changes"]
    if changes:
        rows = [(_SEVERITIES[row["severity"]], row["statement"][out.language]) for row in changes]
        out.table(_CHANGES, ("", ""), rows)
    else:
        former = any(row["before"] is not None for row in found["scores"])
        out.line(_SAME if former else _FIRST)
    out.line("")


def _rules(out: Output, rules: Sequence[Mapping[str, Any]]) -> None:
    failed = [row for row in rules if not row["holds"]]
    if not failed:
        out.line(_KEPT if rules else _NO_RULES, **({"count": len(rules)} if rules else {}))
        return
    listed = [
        (
            row["source"],
            row["label"][out.language] or row["name"],
            row["that"],
            _UNKNOWN if row["share"] is None else _percent(row["share"]),
            _percent(row["wanted"]),
            row["failed"],
            row["examples"],
        )
        for row in failed
    ]
    out.table(_FAILED, _RULE_COLUMNS, listed)


def _percent(share: float) -> str:
    """A share with as many decimals as it takes to tell 99.99 % from all."""
    return f"{share * 100:.6g} %"
