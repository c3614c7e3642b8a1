"""How a portrait, its aspects and warnings look on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from huaxiang.cli.grade_shapes import grade
from huaxiang.cli.output import Output
from huaxiang.core.text import Text

TAGS_SHOWN = 15
"""Most telling tags of a portrait that are printed; `--json` has all."""

VALUES_SHOWN = 5
"""Values of each facet that are printed."""

HOURS_SHOWN = 3
"""Hours of the week that are printed."""

BAR = 20
"""Characters of a full bar."""

Row = Mapping[str, Any]

_PERSONA = Text("{label}: {size} customers, {share} of all", "{label}：{size} 位客户，占 {share}")
_QUESTION = Text("Question: {question}", "业务问题：{question}")
_TELLING = Text("Most telling tags", "最具区分度的标签")
_BEHIND = Text("Tags of other dimensions", "其余维度的标签")
_TAG, _SURE, _STATEMENT = Text("Tag", "标签"), Text("Sure", "把握"), Text("What it says", "说明")
_SCORES = Text("Score by dimension (50: like the base)", "各维度得分（50 为与基准相同）")
_DIMENSION, _SCORE, _INTERVAL = Text("Dimension", "维度"), Text("Score", "得分"), Text("95 % interval", "95% 区间")
_PREFERENCES = Text("Where, when and what", "地点、时间与偏好")
_ASPECT, _VALUE, _SHARE = Text("Aspect", "方面"), Text("Value", "取值"), Text("Share", "占比")
_BASE, _TGI = Text("Base", "基准"), Text("TGI", "TGI")
_HOURS = Text("Most active: {hours}", "最活跃时段：{hours}")
_SIBLING = Text("Most like “{label}”; what sets the two apart:", "最相近的画像为“{label}”，主要差别：")
_BORDERS = Text("What it takes to leave:", "怎样会离开该群体：")
_CHOICE = Text("(one of several)", "（多选一条件）")
_HISTORY = Text("Stability over builds", "历次构建的稳定性")
_HISTORY_COLUMNS = (
    Text("As of", "时点"),
    Text("Members", "成员数"),
    Text("In both", "重合度"),
    Text("PSI", "PSI"),
    _TAG,
)
_TYPICAL = Text("Typical members", "典型成员")
_MEMBER = Text("Member", "成员")
_REWRITTEN = Text("Text by {model}; every number was checked.", "文字由 {model} 改写，所有数字均已核对。")
_OWN = Text(
    "warning: the text is our own; that of {model} was not used: {reason}",
    "警告：沿用系统文字，未采用 {model} 的改写：{reason}",
)
_SEVERITY = {"warning": Text("warning", "警告"), "note": Text("note", "提示")}
_NO_WARNINGS = Text("Nothing to warn of.", "没有需要注意的问题。")

SURENESS = {"sure": Text("sure", "把握大"), "likely": Text("likely", "较可能"), "weak": Text("weak", "证据弱")}
"""How sure a statement is."""

FACETS = {
    "province": Text("Province", "省份"),
    "category": Text("Category bought", "购买品类"),
    "brand": Text("Brand bought", "购买品牌"),
    "order_channel": Text("Orders by", "下单渠道"),
    "visit_channel": Text("Visits by", "访问渠道"),
    "active_time": Text("Active", "活跃时段"),
    "journey_stage": Text("Journey stage", "旅程阶段"),
    "life_stage": Text("Life stage", "人生阶段"),
}
"""What a facet of preferences is called, in the order of printing."""

_DAYS = (
    Text("Monday", "周一"),
    Text("Tuesday", "周二"),
    Text("Wednesday", "周三"),
    Text("Thursday", "周四"),
    Text("Friday", "周五"),
    Text("Saturday", "周六"),
    Text("Sunday", "周日"),
)


def persona(out: Output, found: Row) -> None:
    """Print a portrait: text, warnings, what matters to its question, aspects; then what is behind."""
    label = found[f"label_{out.language}"] or found["name"]
    out.line(_PERSONA, label=label, size=out.value(found["size"]), share=_percent(found["share"]))
    if question := found.get(f"question_{out.language}"):
        out.line(_QUESTION, question=question)
    grade(out, found)
    out.line("")
    out.line(str(found[f"text_{out.language}"] or ""))
    _rewrite(out, found.get("rewrite"))
    out.line("")
    warnings(out, (row for row in found["warnings"] if row["severity"] == "warning"))
    _tags(out, found)
    _scores(out, found["scores"])
    _preferences(out, found["preferences"])
    _hours(out, found["hours"])
    for sibling in found["sibling"][:1]:
        _listed(out, _SIBLING, found["sibling"], label=sibling[f"sibling_label_{out.language}"])
    _listed(out, _BORDERS, found["borders"])
    _history(out, found["history"])
    _typical(out, found)
    warnings(out, (row for row in found["warnings"] if row["severity"] != "warning"))


def warnings(out: Output, rows: Iterable[Row]) -> None:
    """Print warnings, each with its remedy."""
    for row in rows:
        severity = _SEVERITY[row["severity"]][out.language]
        out.line(f"{severity}: {row[f'reason_{out.language}']}")
        out.line(f"    → {row[f'remedy_{out.language}']}")


def all_warnings(out: Output, found: Mapping[str, Sequence[Row]]) -> None:
    """Print the warnings about all personas and segments."""
    warnings(out, found["segments"])
    warnings(out, found["personas"])
    if not any(found.values()):
        out.line(_NO_WARNINGS)


def _rewrite(out: Output, said: Row | None) -> None:
    if said is None:
        return
    if said["used"]:
        out.line(_REWRITTEN, model=said["model"])
    else:
        out.error(_OWN, model=said["model"], reason=said[f"reason_{out.language}"])


def _tags(out: Output, found: Row) -> None:
    """The tags of the dimensions that matter, then those of all others; all in one where nothing says which do."""
    front = {row["dimension"] for row in found["dimensions"] if row["front"]}
    seen = {row["tag"] for row in (*found["values"], *found["numbers"]) if not row.get("hidden")}
    ranked = [row for row in found["tags"] if row["rank"] is not None and row["tag"] in seen]
    matter = [row for row in ranked if not front or row["dimension"] in front]
    others = [row for row in ranked if row not in matter][:VALUES_SHOWN]
    for title, rows in ((_TELLING, matter[:TAGS_SHOWN]), (_BEHIND, others)):
        if rows:
            out.table(title, ("", _TAG, _SURE, _STATEMENT), [_tag(out, row) for row in rows])
            out.line("")


def _tag(out: Output, row: Row) -> tuple[Any, ...]:
    sure = SURENESS.get(row.get("sureness") or "", "")
    return row["rank"], row["tag"], sure, row[f"statement_{out.language}"]


def _scores(out: Output, rows: Sequence[Row]) -> None:
    shown = [row for row in rows if row["score"] is not None]
    if shown:
        out.table(_SCORES, (_DIMENSION, _SCORE, "", _INTERVAL), [_score(out, row) for row in shown])
        out.line("")


def _score(out: Output, row: Row) -> tuple[Any, ...]:
    interval = f"{row['low']:.0f}–{row['high']:.0f}"
    return row[f"label_{out.language}"], round(row["score"]), _bar(row["score"]), interval


def _bar(score: float) -> str:
    """A score as a bar in which the base's 50 is marked."""
    full = round(score / 100 * BAR)
    return "".join("┃" if i == BAR // 2 else "█" if i < full else "·" for i in range(BAR))


def _preferences(out: Output, rows: Sequence[Row]) -> None:
    by_facet = {facet: list(found) for facet, found in groupby(rows, key=lambda row: row["facet"])}
    listed = [line for facet in FACETS for line in _facet(out, facet, by_facet.get(facet, []))]
    if listed:
        out.table(_PREFERENCES, (_ASPECT, _VALUE, _SHARE, _BASE, _TGI), listed)
        out.line("")


def _facet(out: Output, facet: str, rows: Sequence[Row]) -> Iterator[tuple[Any, ...]]:
    shown = sorted((row for row in rows if row["share"]), key=lambda row: -row["share"])[:VALUES_SHOWN]
    for i, row in enumerate(shown):
        tgi = "–" if row["tgi"] is None else f"{row['tgi']:,.0f}"
        named = "" if i else FACETS[facet]
        yield named, row[f"label_{out.language}"], _percent(row["share"]), _percent(row["base_share"]), tgi


def _hours(out: Output, rows: Sequence[Row]) -> None:
    shown = sorted((row for row in rows if row["share"]), key=lambda row: (-row["share"], row["weekday"], row["hour"]))
    if shown:
        hours = [
            f"{_DAYS[row['weekday'] - 1][out.language]} {row['hour']}:00–{row['hour'] + row['width']}:00 "
            f"({_percent(row['share'])})"
            for row in shown[:HOURS_SHOWN]
        ]
        out.line(_HOURS, hours=out.value(hours))
        out.line("")


def _listed(out: Output, title: Text, rows: Sequence[Row], **values: str) -> None:
    if rows:
        out.line(title, **values)
        for row in rows:
            choice = f" {_CHOICE[out.language]}" if row.get("alternative") else ""
            out.line(f"  · {row[f'statement_{out.language}']}{choice}")
        out.line("")


def _history(out: Output, rows: Sequence[Row]) -> None:
    if len(rows) > 1:
        listed = [
            (str(row["as_of"])[:10], row["size"], _percent(row["jaccard"]), row["psi"], row["psi_tag"]) for row in rows
        ]
        out.table(_HISTORY, _HISTORY_COLUMNS, listed)
        out.line("")


def _typical(out: Output, found: Row) -> None:
    """Typical members by masked ids and rounded values: one person is the smallest of groups."""
    from huaxiang.service.figures.values import mask

    if found["typical"]:
        listed = [
            (mask(one["customer_id"]), one.get("name", ""), [f"{tag} {_rough(v)}" for tag, v in one["tags"].items()])
            for one in found["typical"]
        ]
        out.table(_TYPICAL, (_MEMBER, "", _TAG), listed)
        out.line("")


def _rough(value: Any) -> str:
    """A value of one person: a number to two significant digits."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{float(f'{value:.2g}'):,g}" if is_number else str(value)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"
