"""A study as an Excel workbook: a sheet with a native chart per figure, every number a number."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from huaxiang.core.text import Language
from huaxiang.report.study import words
from huaxiang.report.study.story import STORY, story
from huaxiang.service.studies import NumberFigure, ShareFigure, Study

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_LONGEST = 31
"""Characters of a sheet's name at most."""


def write_sheet(study: Study, path: Path, language: Language) -> None:
    """Write the workbook."""
    import xlsxwriter

    # No text of the data is ever a formula or a link.
    safe = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), safe) as book:
        _Book(book, study, language).write()


class _Book:
    """The workbook while it is written."""

    def __init__(self, book: Any, study: Study, language: Language) -> None:
        self._book, self._study, self._language = book, study, language
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._quiet = book.add_format({"font_color": "#666666"})
        self._share = book.add_format({"num_format": "0.0%"})
        self._number = book.add_format({"num_format": "#,##0.00"})
        self._count = book.add_format({"num_format": "#,##0"})

    def write(self) -> None:
        """All sheets."""
        self._cover()
        for section in self._study.sections:
            for figure in section.figures:
                sheet = self._sheet(figure.number, figure.label[self._language])
                first = self._head(sheet, words.caption(figure.number, figure.label[self._language], self._language))
                if isinstance(figure, ShareFigure):
                    self._shares(sheet, first, figure)
                else:
                    self._means(sheet, first, figure)
        if self._study.changes:
            self._changes()

    def _sheet(self, number: int, label: str) -> Any:
        sheet = self._book.add_worksheet(f"{number} {_FORBIDDEN.sub(' ', label)}"[:_LONGEST].strip())
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 20, 16)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        return sheet

    def _head(self, sheet: Any, title: str) -> int:
        sheet.write_string(0, 0, title, self._title)
        return 2

    def _cover(self) -> None:
        study, language = self._study, self._language
        sheet = self._book.add_worksheet(words.CONTENTS[language])
        sheet.set_column(0, 0, 44)
        sheet.write_string(0, 0, study.label[language], self._title)
        sheet.write_string(1, 0, words.title(study, language))
        sheet.write_string(2, 0, words.state(study, language), self._quiet)
        row = 4
        sentences = story(study, language)
        if sentences:
            sheet.write_string(row, 0, STORY[language], self._bold)
            for place, sentence in enumerate(sentences, row + 1):
                sheet.write_string(place, 0, sentence)
            row += len(sentences) + 2
        for column, head in enumerate((words.GROUP, words.MEMBERS)):
            sheet.write_string(row, column, head[language], self._bold)
        for group in study.groups:
            row += 1
            sheet.write_string(row, 0, group.label[language])
            sheet.write_number(row, 1, group.size, self._count)
        row += 2
        sheet.write_string(row, 0, words.METHOD[language], self._bold)
        for note in words.notes(study, language):
            row += 1
            sheet.write_string(row, 0, note)

    def _columns(self, sheet: Any, row: int, first: str) -> None:
        language = self._language
        heads = [first, *(group.label[language] for group in self._study.groups), words.ALL[language]]
        for column, head in enumerate(heads):
            sheet.write_string(row, column, head, self._bold)

    def _shares(self, sheet: Any, first: int, figure: ShareFigure) -> None:
        language = self._language
        self._columns(sheet, first, words.VALUE[language])
        for place, row in enumerate(figure.rows):
            sheet.write_string(first + 1 + place, 0, row.label[language])
            for column, share in enumerate((*row.shares, row.base_share)):
                self._cell(sheet, first + 1 + place, column + 1, share, self._share)
        last = first + len(figure.rows)
        self._base(sheet, last + 1, figure)
        self._chart(sheet, first, last, len(figure.bases) + 1, "0%")
        below = last + 4
        sheet.write_string(below, 0, words.INDEX[language], self._bold)
        for place, row in enumerate(figure.rows):
            sheet.write_string(below + 1 + place, 0, row.label[language])
            for column, index in enumerate(row.index):
                self._cell(sheet, below + 1 + place, column + 1, index, self._count)

    def _means(self, sheet: Any, first: int, figure: NumberFigure) -> None:
        language = self._language
        self._columns(sheet, first, "")
        style = self._share if figure.unit == "share" else self._number
        lines = (
            (words.MEAN[language], (*figure.means, figure.base_mean)),
            (f"{words.INTERVAL[language]} <", figure.lows),
            (f"{words.INTERVAL[language]} >", figure.highs),
        )
        for place, (head, values) in enumerate(lines):
            sheet.write_string(first + 1 + place, 0, head)
            for column, value in enumerate(values):
                self._cell(sheet, first + 1 + place, column + 1, value, style)
        self._base(sheet, first + 4, figure)
        self._chart(sheet, first, first + 1, len(figure.bases) + 1, "0%" if figure.unit == "share" else "#,##0.##")

    def _base(self, sheet: Any, row: int, figure: ShareFigure | NumberFigure) -> None:
        sheet.write_string(row, 0, words.MEMBERS[self._language], self._quiet)
        for column, base in enumerate((*figure.bases, figure.base)):
            if base is None:
                sheet.write_string(row, column + 1, words.base_size(base, self._study))
            else:
                sheet.write_number(row, column + 1, base, self._count)

    def _chart(self, sheet: Any, first: int, last: int, columns: int, shown: str) -> None:
        chart = self._book.add_chart({"type": "bar"})
        name = sheet.get_name()
        for column in range(1, columns + 1):
            chart.add_series(
                {
                    "name": [name, first, column],
                    "categories": [name, first + 1, 0, last, 0],
                    "values": [name, first + 1, column, last, column],
                }
            )
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"num_format": shown, "major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}})
        chart.set_legend({"position": "bottom"})
        chart.set_size({"width": 720, "height": 140 + 22 * (last - first) * columns})
        sheet.insert_chart(first, columns + 2, chart)

    def _cell(self, sheet: Any, row: int, column: int, value: float | None, style: Any) -> None:
        if value is None:
            sheet.write_string(row, column, words.HIDDEN[self._language])
        else:
            sheet.write_number(row, column, float(value), style)

    def _changes(self) -> None:
        study, language = self._study, self._language
        sheet = self._sheet(study.changes_figure, words.DIFFERENCE[language])
        first = self._head(sheet, words.caption(study.changes_figure, words.change_title(study, language), language))
        heads = (words.TAG, words.VALUE, words.THEN, words.NOW, words.DIFFERENCE)
        for column, head in enumerate(heads):
            sheet.write_string(first, column, head[language], self._bold)
        for place, head_text in enumerate(
            (f"{words.INTERVAL[language]} <", f"{words.INTERVAL[language]} >", words.MEMBERS[language])
        ):
            sheet.write_string(first, len(heads) + place, head_text, self._bold)
        for place, change in enumerate(study.changes, first + 1):
            style = self._share if change.unit == "share" else self._number
            sheet.write_string(place, 0, change.label[language])
            sheet.write_string(place, 1, change.value[language] if change.value else "")
            values = (change.then, change.now, change.now - change.then, change.low, change.high)
            for column, value in enumerate(values, 2):
                sheet.write_number(place, column, float(value), style)
            sheet.write_number(place, 7, change.base, self._count)
