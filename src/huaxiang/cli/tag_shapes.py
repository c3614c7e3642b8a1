"""How the health of tags, one tag and a backtest look on a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.cli.shapes import percent, rule_lines, value_label
from huaxiang.core.labels import TAG_KINDS, TYPES, UNITS
from huaxiang.core.text import Text

Row = Mapping[str, Any]

FLAGS = {
    "empty": Text("nobody has a value", "无人有值"),
    "thin": Text("few have a value", "覆盖率过低"),
    "constant": Text("the same for everybody", "所有人取值相同"),
    "stale": Text("no new facts", "长期无新事实"),
    "drifted": Text("values moved", "分布明显变化"),
    "copy": Text("says what another says", "与其他标签重复"),
    "unused": Text("used nowhere", "未被使用"),
    "unmeasured": Text("claim never measured", "预测从未回测"),
    "outdated": Text("changed since measured", "回测后定义已变更"),
    "no_better": Text("no better than the base rate", "预测不优于基准"),
}
"""What the flags of `Project.health` are called; in this order in the summary."""

WARNINGS = {
    "event_not_fed": Text("no source feeds the event's table", "没有数据源提供该事件的表"),
    "no_case": Text("nobody to measure on", "没有可考察的客户"),
    "never_happened": Text("it never happened", "事件从未发生"),
    "always_happened": Text("it happened to everybody", "事件对所有人都发生了"),
    "few_cases": Text("few cases", "样本过少"),
    "not_a_probability": Text("not between 0 and 1: only ranked", "取值不在 0–1 之间，仅作排序"),
}
"""What the warnings of a backtest are called."""

_HEALTH = (
    Text("Tag", "标签"),
    Text("Name", "名称"),
    Text("Coverage", "覆盖率"),
    Text("PSI", "PSI"),
    Text("Used by", "被引用"),
    Text("Cost", "成本"),
    Text("Remarks", "备注"),
)
_SUMMARY = Text("{count} tags – {flags}.", "共 {count} 个标签：{flags}。")
_COUNTED = Text("{flag}: {count}", "{flag} {count} 个")
_FINE = Text("{count} tags, nothing to remark.", "共 {count} 个标签，均无异常。")
_COPY = Text("copy of {tags}", "与 {tags} 重复")


def health(out: Output, rows: Sequence[Row]) -> None:
    """Print the tags that have a flag beyond not being used, and how many have which."""
    language = out.language
    counts = Counter(flag for row in rows for flag in row["flags"])
    shown = [row for row in rows if set(row["flags"]) - {"unused"}]
    out.table(
        "",
        _HEALTH,
        [
            (
                row["name"],
                row[f"label_{language}"],
                percent(row["coverage"]),
                "–" if row["psi"] is None else f"{row['psi']:.2f}",
                len(row["used_by"]),
                percent(row["cost_share"]),
                _remarks(out, row),
            )
            for row in shown
        ],
    )
    flags = Text(", ", "、")[language].join(
        _COUNTED[language].format(flag=label[language], count=counts[flag])
        for flag, label in FLAGS.items()
        if counts[flag]
    )
    out.line(_SUMMARY if flags else _FINE, count=len(rows), flags=flags)


def _remarks(out: Output, row: Row) -> str:
    remarks = []
    for flag in row["flags"]:
        if flag == "copy":
            names = Text(", ", "、")[out.language].join(copy["tag"] for copy in row["copies"][:3])
            remarks.append(_COPY[out.language].format(tags=names))
        elif flag != "unused":
            remarks.append(FLAGS[flag][out.language])
    return Text("; ", "；")[out.language].join(remarks)


_TAG = {
    "dimension": Text("Dimension", "维度"),
    "kind": Text("Kind", "类型"),
    "type": Text("Type", "值类型"),
    "unit": Text("Unit", "单位"),
    "privacy": Text("Privacy class", "隐私级别"),
    "owner": Text("Owner", "负责人"),
    "origin": Text("Defined in", "定义位置"),
    "definition": Text("Definition", "定义"),
    "coverage": Text("Coverage", "覆盖率"),
    "distinct": Text("Different values", "不同值个数"),
    "values": Text("Distribution", "取值分布"),
    "newest_fact": Text("Newest fact", "最近事实"),
    "ttl": Text("Time to live", "有效期"),
    "psi": Text("Moved since the former build (PSI)", "较上次构建的变化（PSI）"),
    "cost": Text("Cost in the build", "构建成本"),
    "reads": Text("Reads", "依赖标签"),
    "columns": Text("Comes from", "数据来源"),
    "used_by": Text("Used by", "被引用于"),
    "copies": Text("Says the same as", "信息重复于"),
    "claims": Text("Claims", "预测"),
    "measured": Text("Measured", "实测"),
    "flags": Text("Remarks", "备注"),
}
_VALUES_SHOWN = 8
"""Values of a distribution that are printed, beside all others."""

_COST = Text("{share} of the pass over the facts, about {seconds} s", "占事实遍历的 {share}，约 {seconds} 秒")
_TITLE = Text("{label} ({name})", "{label}（{name}）")
_USERS = {
    "tag": Text("tag {name}", "标签 {name}"),
    "segment": Text("segment {name}", "分群 {name}"),
    "persona": Text("persona {name}", "群体画像 {name}"),
}
_RANGE = Text("from {low} to {high}, median {middle}", "{low} 至 {high}，中位数 {middle}")
_OTHERS = Text("others", "其他")
_FILLED = Text("{column} (filled from others)", "{column}（由其他列得出）")


def tag(out: Output, found: Row) -> None:
    """Print everything about one tag."""
    language = out.language
    comma = Text(", ", "、")[language]
    out.line(_TITLE, label=found[f"label_{language}"], name=found["name"])
    if found[f"description_{language}"]:
        out.line(found[f"description_{language}"])
    out.line("")
    cost = None
    if found["cost_share"] is not None:
        cost = _COST[language].format(share=percent(found["cost_share"]), seconds=out.value(found["cost_seconds"]))
    told = {
        **found,
        "dimension": f"{found[f'dimension_{language}']} › {found[f'category_{language}']}",
        "kind": TAG_KINDS[found["kind"]],
        "type": TYPES[found["type"]],
        "unit": UNITS.get(found["unit"], found["unit"]),
        "definition": "\n".join(rule_lines(found["definition"])),
        "coverage": percent(found["coverage"]),
        "values": _spread(out, found["values"], found["value_labels"]),
        "psi": None if found["psi"] is None else f"{found['psi']:.2f}",
        "cost": cost,
        "columns": comma.join(_source(out, row) for row in found["columns"]),
        "copies": comma.join(f"{copy['tag']} ({percent(copy['information'])})" for copy in found["copies"]),
        "used_by": comma.join(_user(out, user) for user in found["used_by"]),
        "measured": measured(out, found["backtest"]) if found["backtest"] else None,
        "flags": comma.join(FLAGS[flag][language] for flag in found["flags"]),
    }
    out.pairs({label: told[key] for key, label in _TAG.items() if told[key] not in (None, "", [], "–")})


def _user(out: Output, user: str) -> str:
    kind, _, name = user.partition(":")
    return _USERS[kind][out.language].format(name=name)


def _source(out: Output, row: Row) -> str:
    sources = Text(", ", "、")[out.language].join(_mapped(each) for each in row["sources"])
    return f"{row['column']} ← {sources}" if sources else _FILLED[out.language].format(column=row["column"])


def _mapped(row: Row) -> str:
    """A column of a source, or the expression over its columns."""
    joint = "." if row["source_column"].isidentifier() else ": "
    return f"{row['source']}{joint}{row['source_column']}"


def _spread(out: Output, values: Row, labels: Mapping[str, Mapping[str, str]]) -> str:
    if values["shares"]:
        # All values without a name of their own come last, however many they are.
        shown = sorted(values["shares"].items(), key=lambda item: (not item[0], -item[1]))
        shown = [*shown[:_VALUES_SHOWN], *(item for item in shown[_VALUES_SHOWN:] if not item[0])]
        named = ((value_label(out, labels, value) if value else _OTHERS[out.language], share) for value, share in shown)
        return Text(", ", "、")[out.language].join(f"{value} {percent(share)}" for value, share in named)
    if not values["bounds"]:
        return ""
    low, middle, high = (out.value(values["bounds"][place]) for place in (0, 5, 10))
    return _RANGE[out.language].format(low=low, middle=middle, high=high)


_RULE = Text(
    "right in {precision} ({low}–{high}), finds {recall}, lift {lift:.2f}",
    "准确率 {precision}（{low}–{high}），召回率 {recall}，提升 {lift:.2f} 倍",
)
_AUC = Text("AUC {auc:.3f} ({low:.3f}–{high:.3f})", "AUC {auc:.3f}（{low:.3f}–{high:.3f}）")
_BRIER = Text("Brier {brier:.3f}", "Brier {brier:.3f}")
_SPREAD = Text("from {lowest} ({worst}) to {highest} ({best})", "从 {lowest}（{worst}）到 {highest}（{best}）")
_STALE = Text("definition changed since", "此后定义已变更")


def measured(out: Output, result: Row) -> str:
    """The one line that says how true a tag was."""
    language = out.language
    parts = []
    rule, values = result.get("rule"), [row for row in result.get("values", ()) if row["rate"] is not None]
    if rule and rule["lift"] is not None:
        precision = rule["precision"]
        figures = {key: percent(precision[key]) for key in ("low", "high")}
        figures |= {"precision": percent(precision["rate"]), "recall": percent(rule["recall"]["rate"])}
        parts.append(_RULE[language].format(lift=rule["lift"], **figures))
    elif len(values) > 1 and result["happened"]:
        worst, best = min(values, key=lambda row: row["rate"]), max(values, key=lambda row: row["rate"])
        figures = {"lowest": percent(worst["rate"]), "highest": percent(best["rate"])}
        labels = result.get("value_labels", {})
        names = {side: value_label(out, labels, row["value"]) for side, row in (("worst", worst), ("best", best))}
        parts.append(_SPREAD[language].format(**names, **figures))
    if result.get("auc"):
        parts.append(_AUC[language].format(**result["auc"]))
    if result.get("brier"):
        parts.append(_BRIER[language].format(brier=result["brier"]["brier"]))
    parts += [WARNINGS[warning][language] for warning in result["warnings"]]
    if result.get("stale"):
        parts.append(_STALE[language])
    return Text(", ", "，")[language].join(parts) or "–"
