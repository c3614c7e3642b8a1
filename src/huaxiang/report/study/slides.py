"""A study as a PowerPoint presentation: a slide with a native, editable chart per figure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from huaxiang.core.text import Language
from huaxiang.report.study import words
from huaxiang.report.study.story import STORY, story
from huaxiang.service.studies import NumberFigure, ShareFigure, Study

_TITLE_ONLY, _TITLE = 5, 0
_ROWS = 12
"""Rows of a table on one slide at most."""
_COLORS = ("2F6BDE", "F2994A", "27AE60", "9B51E0", "EB5757", "56CCF2", "8D6E63", "6FCF97", "828282")
"""One for each group and one for all; told apart also in grey and by most who see colours otherwise."""


def write_slides(study: Study, path: Path, language: Language) -> None:
    """Write the presentation."""
    from pptx import Presentation
    from pptx.util import Inches

    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    cover = deck.slides.add_slide(deck.slide_layouts[_TITLE])
    cover.shapes.title.text = study.label[language]
    about = [words.title(study, language), words.state(study, language), study.project[language]]
    cover.placeholders[1].text = "\n".join(about)
    _place(cover.shapes.title, 1.0, 2.2, 11.3, 1.5)
    _place(cover.placeholders[1], 1.0, 3.8, 11.3, 1.8)
    _list(deck, STORY[language], story(study, language), 20)
    for section in study.sections:
        for figure in section.figures:
            heading = f"{section.label[language]} · {figure.label[language]}"
            slide = _slide(deck, heading)
            _chart(slide, figure, study, language)
            caption = words.caption(figure.number, figure.label[language], language)
            _note(slide, f"{caption}   {words.base_note(figure, study, language)}")
    rows = [words.change_cells(change, study, language) for change in study.changes]
    for start in range(0, len(rows), _ROWS):
        slide = _slide(deck, words.change_title(study, language))
        _table(slide, [column[language] for column in words.CHANGE_COLUMNS], rows[start : start + _ROWS])
        _note(slide, words.caption(study.changes_figure, words.change_title(study, language), language))
    _list(deck, words.METHOD[language], words.notes(study, language), 16)
    deck.save(str(path))


def _chart(slide: Any, figure: ShareFigure | NumberFigure, study: Study, language: Language) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION, XL_TICK_LABEL_POSITION
    from pptx.util import Pt

    number_format = "0%" if _is_share(figure) else "#,##0"
    data = CategoryChartData(number_format="0.0%" if _is_share(figure) else "#,##0.##")
    names = [group.label[language] for group in study.groups]
    if isinstance(figure, ShareFigure):
        data.categories = [row.label[language] for row in figure.rows]
        columns = [*zip(*((*row.shares, row.base_share) for row in figure.rows), strict=True)]
        for name, column in zip([*names, words.ALL[language]], columns, strict=True):
            data.add_series(name, column)
    else:
        data.categories = [*names, words.ALL[language]]
        data.add_series(figure.label[language], [*figure.means, figure.base_mean])
    kind = XL_CHART_TYPE.BAR_CLUSTERED
    chart = slide.shapes.add_chart(kind, *_box(0.6, 1.4, 12.1, 5.1), data).chart
    chart.has_legend = isinstance(figure, ShareFigure)
    chart.has_title = False
    if chart.has_legend:
        chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
        chart.legend.font.size = Pt(12)
    # The first value on top, and the scale below the last: LibreOffice heeds where labels stand, not where axes cross.
    chart.category_axis.reverse_order = True
    chart.value_axis.tick_label_position = XL_TICK_LABEL_POSITION.HIGH
    chart.value_axis.format.line.fill.background()
    chart.category_axis.tick_labels.font.size = Pt(12)
    ticks = chart.value_axis.tick_labels
    ticks.font.size, ticks.number_format, ticks.number_format_is_linked = Pt(11), number_format, False
    chart.value_axis.major_gridlines.format.line.color.rgb = RGBColor(0xDD, 0xDD, 0xDD)
    plot = chart.plots[0]
    plot.gap_width, plot.overlap = 60, 0
    for series, color in zip(plot.series, [*_COLORS[: len(plot.series) - 1], _COLORS[-1]], strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(_COLORS[0] if len(plot.series) == 1 else color)
    if len(plot.series) == 1:
        plot.has_data_labels = True
        plot.data_labels.font.size = Pt(12)


def _is_share(figure: ShareFigure | NumberFigure) -> bool:
    return isinstance(figure, ShareFigure) or figure.unit == "share"


def _table(slide: Any, heads: list[str], rows: list[list[str]]) -> None:
    table = slide.shapes.add_table(len(rows) + 1, len(heads), *_box(0.6, 1.4, 12.1, 0.4 * (len(rows) + 1))).table
    for place, cells in enumerate([heads, *rows]):
        for column, cell in enumerate(cells):
            table.cell(place, column).text = cell
            _size(table.cell(place, column).text_frame.paragraphs[0], 12)


def _list(deck: Any, title: str, lines: list[str], points: int) -> None:
    """A slide with a line for each of `lines`; none where there are none."""
    from pptx.util import Pt

    if not lines:
        return
    box = _slide(deck, title).shapes.add_textbox(*_box(0.6, 1.5, 12.1, 5.3)).text_frame
    box.word_wrap = True
    for number, line in enumerate(lines):
        paragraph = box.paragraphs[0] if number == 0 else box.add_paragraph()
        paragraph.text = f"• {line}"
        paragraph.space_after = Pt(points / 2)
        _size(paragraph, points)


def _slide(deck: Any, title: str) -> Any:
    slide = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    slide.shapes.title.text = title
    _place(slide.shapes.title, 0.6, 0.35, 12.1, 0.9)
    _size(slide.shapes.title.text_frame.paragraphs[0], 26)
    return slide


def _note(slide: Any, text: str) -> None:
    frame = slide.shapes.add_textbox(*_box(0.6, 6.6, 12.1, 0.7)).text_frame
    frame.word_wrap = True
    frame.text = text
    _size(frame.paragraphs[0], 11)


def _size(paragraph: Any, points: int) -> None:
    from pptx.util import Pt

    paragraph.font.size = Pt(points)


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    shape.left, shape.top, shape.width, shape.height = _box(left, top, width, height)


def _box(left: float, top: float, width: float, height: float) -> tuple[Any, Any, Any, Any]:
    """Inches as the library wants them."""
    from pptx.util import Inches

    return Inches(left), Inches(top), Inches(width), Inches(height)
