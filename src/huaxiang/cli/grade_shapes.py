"""How the grade of a persona, and what validations found, look on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from huaxiang.cli.output import Output
from huaxiang.core.text import Text

VERDICTS = {
    "holds": Text("holds", "成立"),
    "open": Text("open", "存疑"),
    "refuted": Text("refuted", "不成立"),
    "too_small": Text("too small", "样本过少"),
    "informs": Text("informs", "仅供参考"),
    "unusable": Text("unusable", "不可用"),
}
"""What a verdict is called."""

FLAGS = {"overdue": Text("review overdue", "复核逾期"), "drifted": Text("drifted", "已漂移")}
"""What a flag of a persona is called."""

_GRADE = Text("Grade {grade}; next review {next_review}", "评级 {grade}；下次复核 {next_review}")
_ALL = Text("All", "全部")
_PERSONA_COLUMNS = (
    Text("Persona", "画像"),
    Text("Grade", "评级"),
    Text("Next review", "下次复核"),
    Text("Flags", "提醒"),
    Text("Why", "依据"),
)
_OUTCOME_COLUMNS = (
    Text("Validation", "检验"),
    Text("Persona", "画像"),
    Text("Verdict", "结论"),
    Text("What it found", "发现"),
)
_FIGURE_COLUMNS = (
    Text("Validation", "检验"),
    Text("Figure", "指标"),
    Text("About", "对象"),
    Text("Own", "本方"),
    Text("Other", "对照"),
    Text("95 % interval", "95% 区间"),
    Text("Verdict", "结论"),
)
_MEASURES = {
    "agreement": Text("agreement", "认同率"),
    "profile": Text("agreement against profiles", "认同率与画像对比"),
    "statement": Text("statement", "结论"),
    "market": Text("against the market", "与市场对比"),
    "cell": Text("share against the population", "占比与总体对比"),
    "dissimilarity": Text("dissimilarity", "相异指数"),
    "representativeness": Text("representativeness", "代表性"),
    "r_indicator": Text("R-indicator", "R 指标"),
    "variation": Text("variation of chances", "入选机会变异系数"),
    "design_effect": Text("design effect", "设计效应"),
    "effective_size": Text("effective size", "有效样本量"),
    "largest_weight": Text("largest weight", "最大权重"),
    "worst_miss": Text("farthest from a margin", "与边际分布的最大偏差"),
    "left_out": Text("customers left out", "未参与加权的客户"),
    "precision": Text("precision", "精确率"),
    "recall": Text("recall", "召回率"),
    "f1": Text("F1", "F1"),
    "adjusted_rand": Text("adjusted Rand index", "调整兰德指数"),
    "psi": Text("PSI", "PSI"),
    "kept": Text("members who stayed", "留存成员"),
}
"""What a figure is called."""


def flags(out: Output, row: Mapping[str, Any]) -> str:
    """The flags of a persona in words; empty where there are none."""
    return Text(", ", "、")[out.language].join(FLAGS[flag][out.language] for flag in row["flags"])


def grade(out: Output, row: Mapping[str, Any]) -> None:
    """Print the grade of a persona with its reason; nothing for a segment that is no persona."""
    if row["next_review"] is None:
        return
    said = flags(out, row)
    line = _GRADE[out.language].format(grade=row["grade"], next_review=row["next_review"])
    out.line(f"{line} [{said}]" if said else line)
    out.line(str(row[f"reason_{out.language}"]))


def validations(out: Output, found: Mapping[str, Sequence[Mapping[str, Any]]], persona: str | None) -> None:
    """Print the grades and what each validation found; of one persona also the figures behind."""
    language = out.language
    grades = [
        (row["name"], row["grade"], str(row["next_review"]), flags(out, row), row[f"reason_{language}"])
        for row in found["personas"]
    ]
    out.table("", _PERSONA_COLUMNS, grades)
    out.line("")
    outcomes = [
        (
            row[f"label_{language}"],
            row["persona"] or _ALL[language],
            VERDICTS[row["verdict"]][language],
            row[f"summary_{language}"],
        )
        for row in found["validations"]
    ]
    out.table("", _OUTCOME_COLUMNS, outcomes)
    if persona is None:
        return
    out.line("")
    labels = {row["validation"]: row[f"label_{language}"] for row in found["validations"]}
    figures = [
        (
            labels.get(row["validation"], row["validation"]),
            _MEASURES[row["measure"]][language],
            row[f"label_{language}"],
            out.value(row["own"]),
            out.value(row["reference"]),
            _interval(out, row),
            VERDICTS[row["verdict"]][language] if row["verdict"] else "",
        )
        for row in found["figures"]
        if row["persona"] == persona
    ]
    out.table("", _FIGURE_COLUMNS, figures)


def _interval(out: Output, row: Mapping[str, Any]) -> str:
    return "" if row["low"] is None else f"{out.value(row['low'])} … {out.value(row['high'])}"
