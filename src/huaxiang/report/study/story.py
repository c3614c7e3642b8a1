"""A study in words: who was looked at, what sets the groups apart, what changed. Made from its figures alone."""

from __future__ import annotations

from huaxiang.core.text import Language, Text
from huaxiang.report import formats
from huaxiang.report.study import words
from huaxiang.service.studies import Change, Highlight, NumberFigure, ShareFigure, Study

STORY = Text("In short", "要点")

_ABOUT = Text(
    "{size} people ({segment}) are compared by {by}, in {groups} groups; the largest is {largest} ({share}).",
    "共 {size} 人（{segment}），按{by}分为 {groups} 组，其中{largest}人数最多（{share}）。",
)
_SHARE = Text(
    "{group}: “{tag}” is “{value}” for {share}, against {whole} of all (index {index}, figure {number}).",
    "{group}：“{tag}”为“{value}”的占 {share}，全体为 {whole}（指数 {index}，见图 {number}）。",
)
_HAS = Text(
    "{group}: “{tag}” includes “{value}” for {share}, against {whole} of all (index {index}, figure {number}).",
    "{group}：“{tag}”含“{value}”的占 {share}，全体为 {whole}（指数 {index}，见图 {number}）。",
)
_MEAN = Text(
    "{group}: “{tag}” averages {mean}, {than} all ({whole}; figure {number}).",
    "{group}：“{tag}”平均为 {mean}，{than}全体（{whole}，见图 {number}）。",
)
_MORE, _LESS = Text("more than", "高于"), Text("less than", "低于")
_ROSE = Text(
    "Since {since}, {what} rose from {then} to {now}, among the same people (figure {number}).",
    "自 {since} 以来，同一批客户的{what}由 {then} 升至 {now}（见图 {number}）。",
)
_FELL = Text(
    "Since {since}, {what} fell from {then} to {now}, among the same people (figure {number}).",
    "自 {since} 以来，同一批客户的{what}由 {then} 降至 {now}（见图 {number}）。",
)
_SHARE_OF = Text("the share of “{value}” in “{tag}”", "“{tag}”为“{value}”的占比")
_MEAN_OF = Text("the average of “{tag}”", "“{tag}”均值")
_ALIKE = Text(
    "No group differs clearly from the others: no effect is both significant and visible.",
    "各组之间没有明显差异：没有同时达到统计显著且幅度可见的差别。",
)


def story(study: Study, language: Language) -> list[str]:
    """The sentences, the most telling first."""
    if not study.groups:
        return []
    told = [_difference(one, study, language) for one in study.highlights]
    changed = [_change(one, study, language) for one in study.told_changes]
    return [_about(study, language), *(told or [_ALIKE[language]]), *changed]


def _about(study: Study, language: Language) -> str:
    largest = max(study.groups, key=lambda group: group.size)
    return _ABOUT[language].format(
        size=f"{study.size:,}",
        segment=study.segment[language],
        by=study.by[language],
        groups=len(study.groups),
        largest=largest.label[language],
        share=formats.percent(largest.size / study.size)[language],
    )


def _difference(one: Highlight, study: Study, language: Language) -> str:
    figure = study.figures[one.figure - 1]
    told = {
        "group": study.groups[one.group].label[language],
        "tag": figure.label[language],
        "number": one.figure,
    }
    if isinstance(figure, NumberFigure):
        return _MEAN[language].format(
            **told,
            mean=words.amount(figure.means[one.group], figure, study, language),
            whole=words.amount(figure.base_mean, figure, study, language),
            than=(_MORE if one.effect > 0 else _LESS)[language],
        )
    return _share(figure, one, told, language)


def _share(figure: ShareFigure, one: Highlight, told: dict[str, object], language: Language) -> str:
    assert one.row is not None  # noqa: S101 - only means have no row
    row = figure.rows[one.row]
    return (_HAS if figure.several else _SHARE)[language].format(
        **told,
        value=row.label[language],
        share=formats.percent(row.shares[one.group])[language],
        whole=formats.percent(row.base_share)[language],
        index=formats.number(row.index[one.group])[language],
    )


def _change(change: Change, study: Study, language: Language) -> str:
    tag = change.label[language]
    what = _MEAN_OF if change.value is None else _SHARE_OF
    then, now = (
        formats.amount(value, change.type, change.unit, study.currency)[language] for value in (change.then, change.now)
    )
    return (_ROSE if change.now > change.then else _FELL)[language].format(
        since=formats.day(study.then or "")[language],
        what=what[language].format(tag=tag, value=change.value[language] if change.value else ""),
        then=then,
        now=now,
        number=study.changes_figure,
    )
