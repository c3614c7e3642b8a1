"""A study as it is shown on paper and on a page: every figure as lines of text and bars, in one language."""

from __future__ import annotations

from typing import Any

from huaxiang.core.text import Language
from huaxiang.report import formats
from huaxiang.report.study import words
from huaxiang.report.study.story import STORY, story
from huaxiang.service.studies import NumberFigure, ShareFigure, Study

Shown = dict[str, Any]


def shown(study: Study, language: Language) -> Shown:
    """What templates need. A bar's `length` is from 0 to 1; None where nothing may be shown."""
    return {
        "language": language,
        "title": study.label[language],
        "description": study.description[language],
        "project": study.project[language],
        "about": words.title(study, language),
        "state": words.state(study, language),
        "story_title": STORY[language],
        "story": story(study, language),
        "groups_title": words.GROUPS[language],
        "groups": _groups(study, language),
        "columns": [*(group.label[language] for group in study.groups), words.ALL[language]],
        "sections": [
            {
                "title": section.label[language],
                "figures": [_figure(figure, study, language) for figure in section.figures],
            }
            for section in study.sections
        ],
        "changes_title": words.change_title(study, language) if study.changes else "",
        "changes_caption": words.caption(study.changes_figure, words.change_title(study, language), language),
        "change_columns": [column[language] for column in words.CHANGE_COLUMNS],
        "changes": [words.change_cells(change, study, language) for change in study.changes],
        "method": words.METHOD[language],
        "notes": words.notes(study, language),
    }


def _groups(study: Study, language: Language) -> list[Shown]:
    return [
        {
            "label": group.label[language],
            "length": group.size / study.size,
            "text": f"{group.size:,} · {formats.percent(group.size / study.size)[language]}",
        }
        for group in study.groups
    ]


def _figure(figure: ShareFigure | NumberFigure, study: Study, language: Language) -> Shown:
    about = {
        "caption": words.caption(figure.number, figure.label[language], language),
        "description": figure.description[language],
        "base": words.base_note(figure, study, language),
    }
    if isinstance(figure, ShareFigure):
        return about | {"kind": "shares", "rows": [_share_row(row, language) for row in figure.rows]}
    return about | {"kind": "means", "rows": _means(figure, study, language)}


def _share_row(row: Any, language: Language) -> Shown:
    indexes = [*row.index, None]
    cells = [
        {
            "length": share,
            "text": words.HIDDEN[language] if share is None else formats.percent(share)[language],
            "index": "" if index is None else formats.number(index)[language],
        }
        for share, index in zip((*row.shares, row.base_share), indexes, strict=True)
    ]
    return {"label": row.label[language], "cells": cells}


def _means(figure: NumberFigure, study: Study, language: Language) -> list[Shown]:
    means = [*figure.means, figure.base_mean]
    longest = max((abs(mean) for mean in means if mean is not None), default=0.0) or 1.0
    names = [*(group.label[language] for group in study.groups), words.ALL[language]]
    bounds = [*zip(figure.lows, figure.highs, strict=True), (None, None)]
    rows = []
    for name, mean, (low, high) in zip(names, means, bounds, strict=True):
        span = "" if low is None else " … ".join(words.amount(each, figure, study, language) for each in (low, high))
        length = None if mean is None else abs(mean) / longest
        rows.append(
            {"label": name, "length": length, "text": words.amount(mean, figure, study, language), "span": span}
        )
    return rows
