"""How counts, spreads and overlaps of rules look on a terminal, and why somebody is in a segment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent
from huaxiang.core.text import Text

_COUNT = Text("{size} customers", "{size} 位客户")
_ABOUT = Text("≈ {size}", "约 {size}")
_MARGIN = Text(
    "Numbers marked ≈ are moved by up to {margin}, so that no two of them give a small group away "
    "(as they are: --exact).",
    "标“约”的人数最多有 {margin} 人的出入，以防通过相减推出小群体（--exact 显示精确值）。",
)
_HIDDEN = Text("fewer than {limit}", "不足 {limit} 人")
_SPREAD = Text("{tag}: {known} of {size} have a value", "{tag}：{size} 人中 {known} 人有取值")
_MEAN = Text("Mean {mean}; of everyone {base}", "均值 {mean}；全体 {base}")
_VALUES = (Text("Value", "取值"), Text("Customers", "人数"), Text("Share", "占比"), Text("Of everyone", "全体占比"))
_OVERLAPS = (
    Text("One", "其一"),
    Text("Other", "其二"),
    Text("Both", "重叠人数"),
    Text("Share of one", "占其一"),
    Text("Share of other", "占其二"),
    Text("Jaccard", "Jaccard"),
)
_MEMBER = Text("{customer_id} is a member of {segment}", "{customer_id} 属于 {segment}")
_NO_MEMBER = Text("{customer_id} is no member of {segment}", "{customer_id} 不属于 {segment}")
_PART = Text("{mark} {part}: {says}", "{mark} {part}：{says}")
_PARTS = {
    "where": Text("rule", "规则"),
    "did": Text("did", "行为"),
    "sequence": Text("in this order", "先后行为"),
    "lookalike": Text("like the members of", "相似人群，种子"),
    "list": Text("list", "名单"),
}
_VALUE = (Text("Tag or segment", "标签或分群"), Text("Value", "取值"))
_STANDS = Text(
    "{function}: value {own}; of {compared} compared, {lower} are lower and {higher} higher",
    "{function}：数值 {own}；共比较 {compared} 人，低于该值 {lower} 人，高于该值 {higher} 人",
)
_TIMES = Text("{times} times; wanted from {low} to {high}", "{times} 次；要求 {low} 至 {high} 次")
_NO_LIMIT = Text("any number", "不限")
_FACTS = Text("{says}: {number} facts, the newest {newest}", "{says}：{number} 条事实，最近一条 {newest}")
_NO_FACTS = Text("{says}: no facts", "{says}：没有事实")
_SCORE = Text("Score {score}; the lowest of a member is {border}", "得分 {score}；成员最低得分 {border}")
_REASON = (Text("Tag", "标签"), Text("Value", "取值"), Text("Adds", "加分"))
_NAMES = Text("By {identifier}: {values}", "按 {identifier}：{values}")

_SCORES = ("relevance", "reachability", "profitability", "score")
_CORE = Text(
    "{label}: {customers} customers; on average relevance {relevance}, reachability {reachability}, profitability "
    "{profitability}, in all {score}",
    "{label}：{customers} 位客户；平均相关度 {relevance}、可触达度 {reachability}、"
    "盈利度 {profitability}，综合 {score}",
)
_FIGURES = (
    Text("Relevance", "相关度"),
    Text("Reachability", "可触达度"),
    Text("Profitability", "盈利度"),
    Text("In all", "综合"),
    Text("Profit", "利润"),
)
_RANKED = Text("Segments: who to go for first", "分群：先投哪些人")
_SEGMENT = (
    *(Text("Rank", "名次"), Text("Segment", "分群"), Text("Size", "人数")),
    *_FIGURES,
    *(Text("What to do", "建议"), Text("Why", "理由")),
)
_SMALL = Text("Fewer than {limit} customers, not shown: {segments}", "不足 {limit} 人，不展示：{segments}")
_BEST = Text("Customers", "客户")
_CUSTOMER = (Text("Rank", "名次"), Text("Customer", "客户"), *_FIGURES, Text("What speaks for it", "依据"))


def counted(out: Output, size: int | None, limit: int, margin: int = 0) -> None:
    """Print how many a rule holds; where that is moved, by how much."""
    out.line(_COUNT, size=_shown(out, size, limit, margin))
    if margin:
        out.line(_MARGIN, margin=margin)


def spread(out: Output, found: Mapping[str, Any], limit: int) -> None:
    """Print how a tag is spread among those whom a rule holds."""
    margin = found["margin"]
    if found["size"] is None:
        out.line(_COUNT, size=_shown(out, None, limit, margin))
        return
    known = found.get("known", 0)
    told = "–" if known is None else _shown(out, known, limit, margin)
    out.line(_SPREAD, tag=found["tag"], known=told, size=_shown(out, found["size"], limit, margin))
    if found.get("mean") is not None:
        out.line(_MEAN, mean=f"{found['mean']:,.4g}", base=f"{found['base_mean']:,.4g}")
    rows = [
        (
            row["label"][out.language],
            _shown(out, row["count"], limit, margin),
            percent(row["share"]),
            percent(row["base_share"]),
        )
        for row in found["values"]
    ]
    out.table("", _VALUES, rows)


def overlaps(out: Output, rows: Sequence[Mapping[str, Any]], limit: int) -> None:
    """Print how much every two rules overlap."""
    listed = [
        (
            row["a"],
            row["b"],
            _shown(out, row["both"], limit, row["margin"]),
            percent(row["share_of_a"]),
            percent(row["share_of_b"]),
            percent(row["jaccard"]),
        )
        for row in rows
    ]
    out.table("", _OVERLAPS, listed)


def why_member(out: Output, found: Mapping[str, Any]) -> None:
    """Print why somebody is in a segment, or is not."""
    told = _MEMBER if found["member"] else _NO_MEMBER
    out.line(told, customer_id=found["customer_id"], segment=found["label"][out.language])
    if "note" in found:
        out.line(found["note"])
    for part in found["parts"]:
        out.line("")
        mark = "✓" if part["holds"] else "✗"
        out.line(_PART, mark=mark, part=_PARTS[part["part"]][out.language], says=part["says"])
        _SHOWN[part["part"]](out, part)


def core(out: Output, found: Mapping[str, Any], limit: int) -> None:
    """Print the ranked segments and the best customers of a definition of core customers."""
    head, at = found["core"], f"_{out.language}"
    scores = {name: "–" if head[name] is None else f"{head[name]:.0f}" for name in _SCORES}
    out.line(_CORE, label=head["label" + at], customers=head["customers"], **scores)
    rows = [
        (row["rank"], row["label" + at], *_figures(row), row["advice" + at], row["why" + at])
        for row in found["segments"]
        if not row["hidden"]
    ]
    out.table(_RANKED, _SEGMENT, rows)
    hidden = [row["label" + at] for row in found["segments"] if row["hidden"]]
    if hidden:
        out.line(_SMALL, limit=limit, segments=", ".join(hidden))
    best = [(row["rank"], row["customer_id"], *_figures(row)[1:], _because(out, row)) for row in found["customers"]]
    if best:
        out.table(_BEST, _CUSTOMER, best)


def _figures(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (f"{row.get('size') or 0:,}", *(f"{row[name]:.0f}" for name in _SCORES), f"{row['profit']:,.0f}")


def _because(out: Output, row: Mapping[str, Any]) -> str:
    return "; ".join([*(fit[out.language] for fit in row.get("fits", ())), *row.get("channels", ())]) or "–"


def _where(out: Output, part: Mapping[str, Any]) -> None:
    values = {**part["tags"], **part["segments"]}
    out.table("", _VALUE, [(name, out.value(value)) for name, value in values.items()])
    for row in part.get("compared", ()):
        out.line(_STANDS, **{key: out.value(row[key]) for key in ("function", "own", "compared", "lower", "higher")})


def _did(out: Output, part: Mapping[str, Any]) -> None:
    high = _NO_LIMIT[out.language] if part["at_most"] is None else part["at_most"]
    out.line(_TIMES, times=part["times"], low=part["at_least"], high=high)
    _facts(out, part)


def _sequence(out: Output, part: Mapping[str, Any]) -> None:
    for step in part["steps"]:
        _facts(out, step)


def _facts(out: Output, step: Mapping[str, Any]) -> None:
    facts = step["facts"]
    if not facts:
        out.line(_NO_FACTS, says=step["says"])
        return
    newest = out.value(next(iter(facts[0].values())))
    out.line(_FACTS, says=step["says"], number=len(facts), newest=newest)


def _lookalike(out: Output, part: Mapping[str, Any]) -> None:
    border = "–" if part["border"] is None else f"{part['border']:.2f}"
    out.line(_SCORE, score=f"{part['score']:.2f}", border=border)
    rows = [(row["tag"], out.value(row["value"]), f"{row['adds']:+.2f}") for row in part["reasons"]]
    out.table("", _REASON, rows)


def _list(out: Output, part: Mapping[str, Any]) -> None:
    out.line(_NAMES, identifier=part["identifier"], values=", ".join(part["values"]) or "–")


_SHOWN = {"where": _where, "did": _did, "sequence": _sequence, "lookalike": _lookalike, "list": _list}
"""Kind of part → how what it rests on is printed."""


def _shown(out: Output, size: int | None, limit: int, margin: int) -> str:
    """A number of customers. What is moved by up to `margin` may be withheld up to this much above the limit, twice."""
    if size is None:
        return _HIDDEN[out.language].format(limit=limit + 2 * margin)
    return _ABOUT[out.language].format(size=f"{size:,}") if margin else f"{size:,}"
