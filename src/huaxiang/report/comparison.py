"""The page that puts two to six groups side by side: one HTML file that needs no network."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from markupsafe import Markup

from huaxiang.core.text import Language, Text
from huaxiang.look import tokens_css
from huaxiang.report import formats
from huaxiang.report.echarts import echarts_script
from huaxiang.report.shell import LANGUAGE_TAGS, asset, environment, policy
from huaxiang.report.texts import text
from huaxiang.report.write import write_page
from huaxiang.service.comparisons import THIN, Comparison, Contrast, TagRow, telling

SCRIPTS = ("base.js", "theme.js", "charts.js", "charts_sides.js", "controls.js")
SECTIONS = ("sides_summary", "sides_where", "sides_tags", "sides_table", "sides_method")

SPOKEN = ("sides.difference", "sides.everyone", "portrait.score", "withheld.short")
"""The texts that the scripts of this page ask for."""

AXES = 3
"""Dimensions that make a radar; of fewer no picture is drawn."""

LINES = 16
"""Tags that the picture of differences shows."""

CHARTED = 24
"""Tags that have a chart of their own."""

ROWS = 150
"""Differences that the table lists."""

VALUES = 10
"""Values of a tag that its chart shows: those that differ most, in their own order."""


def write(found: Comparison, path: Path, language: Language, *, title: Text, currency: str, snapshot: str) -> Path:
    """Write the page of a comparison to `path` and return it. It opens in `language`; a reader can switch.

    Raises:
        StoreError: the place can't be written to, or the package that ships ECharts is missing.
    """
    return write_page(render(found, language, title=title, currency=currency, snapshot=snapshot), path)


def render(found: Comparison, language: Language, *, title: Text, currency: str, snapshot: str) -> str:
    """The whole page as HTML."""
    early = asset("js/early.js")
    scripts = [echarts_script(), *(asset(f"js/{name}") for name in SCRIPTS)]
    page = environment()
    rows = {(row.tag, row.value): row for row in found.values}
    page.globals.update(
        t=text,
        number=formats.number,
        percent=formats.percent,
        day=formats.day,
        figure=partial(_figure, found, currency),
        gap=partial(_gap, found, currency),
        interval=partial(_interval, found, currency),
        q_value=formats.probability,
        value_of=lambda row: rows[row.tag, row.value].label,
        tag_of={row.tag: row.label for row in found.tags},
        pair=partial(_pair, found),
        values_of=lambda tag: [row for row in found.values if row.tag == tag],
    )
    shown = _charted(found)
    return page.get_template("comparison.html").render(
        found=found,
        project=title,
        heading=_joined(tuple(side.label for side in found.sides)),
        sections=SECTIONS,
        lines=_lines(found),
        scored=found.dimensions if len(found.dimensions) >= AXES else (),
        charted=shown,
        rest=[row for row in found.tags if _has_differences(row) and row not in shown],
        alike=[row for row in found.tags if row.largest is not None and not row.significant and not row.defining],
        skipped=[row for row in found.tags if row.reason],
        rows=found.contrasts[:ROWS],
        thin=THIN,
        snapshot=snapshot,
        data=_data(found, shown, currency),
        language=LANGUAGE_TAGS[language],
        styles=Markup(tokens_css() + asset("report.css") + asset("sides.css")),  # noqa: S704 - our own file
        early=Markup(early),  # noqa: S704 - our own file
        scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files and ECharts
        policy=policy([early, *scripts]),
    )


def _lines(found: Comparison) -> list[Contrast]:
    """The difference that tells most of each tag, for the picture."""
    return list(telling(found))[:LINES]


def _has_differences(row: TagRow) -> bool:
    return row.significant and not row.defining


def _charted(found: Comparison) -> list[TagRow]:
    """The tags with a chart of their own: those that differ reliably, the most telling first."""
    return [row for row in found.tags if _has_differences(row) and row.repeats is None][:CHARTED]


def _data(found: Comparison, shown: list[TagRow], currency: str) -> dict[str, Any]:
    """What the scripts draw."""
    labels = {(row.tag, row.value): row.label for row in found.values}
    tags = {row.tag: row for row in found.tags}

    def written(row: Contrast, figure: float | None) -> Text:
        return _figure(found, currency, row.tag, row.value, figure)

    def line(row: Contrast) -> dict[str, Any]:
        scale = 100.0 if row.value is not None else (row.effect or 0.0) / row.difference if row.difference else 0.0
        return {
            "tag": formats.pair(tags[row.tag].label),
            "value": formats.pair(labels[row.tag, row.value]),
            "sides": [row.a, row.b],
            "difference": [_scaled(figure, scale) for figure in (row.difference, row.low, row.high)],
            "shown": formats.pair(_gap(found, currency, row)),
            "figures": [
                formats.pair(_figure(found, currency, row.tag, row.value, figure))
                for figure in (row.figure_a, row.figure_b)
            ],
        }

    lines = _lines(found)
    return {
        "texts": {
            **{key: formats.pair(text(key)) for key in SPOKEN},
            "title": formats.pair(text("sides.title")),
        },
        "title": formats.pair(_joined(tuple(side.label for side in found.sides))),
        "currency": currency,
        "threshold": found.threshold,
        "sides": [formats.pair(side.label) for side in found.sides],
        "scores": [
            [formats.pair(row.label), [_scaled(score, 1.0) for score in row.scores]] for row in found.dimensions
        ],
        "lines": {
            "shares": [line(row) for row in lines if row.value is not None],
            "means": [line(row) for row in lines if row.value is None],
        },
        "tags": {row.tag: _bars(found, row) for row in shown},
    }


def _bars(found: Comparison, tag: TagRow) -> list[Any]:
    """The shares of a tag's values on each side; null where they are withheld."""
    rows = [row for row in found.values if row.tag == tag.tag and row.value is not None]

    def spread(figures: tuple[float | None, ...]) -> float:
        known = [figure for figure in figures if figure is not None]
        return max(known) - min(known) if known else -1.0

    kept = sorted(rows, key=lambda row: -spread(row.figures))[:VALUES]
    return [[formats.pair(row.label), [_scaled(figure, 1.0) for figure in row.figures]] for row in rows if row in kept]


def _scaled(figure: float | None, scale: float) -> float | None:
    return None if figure is None else float(f"{figure * scale:.6g}")


def _figure(found: Comparison, currency: str, tag: str, value: str | None, figure: float | None) -> Text:
    """A share, or a mean with its unit."""
    if figure is None:
        return formats.NONE
    if value is not None:
        return formats.percent(figure)
    row = next(row for row in found.tags if row.tag == tag)
    return formats.amount(figure, row.type, row.unit, currency)


def _gap(found: Comparison, currency: str, row: Contrast) -> Text:
    """A difference: points of shares, or that of means."""
    if row.difference is None or row.value is not None:
        return formats.points(row.difference)
    return _signed(_figure(found, currency, row.tag, None, abs(row.difference)), row.difference)


def _interval(found: Comparison, currency: str, row: Contrast) -> Text:
    if row.low is None or row.high is None:
        return formats.NONE
    low, high = (
        formats.points(end)
        if row.value is not None
        else _signed(_figure(found, currency, row.tag, None, abs(end)), end)
        for end in (row.low, row.high)
    )
    return Text(f"{low.en} … {high.en}", f"{low.zh} … {high.zh}")


def _signed(size: Text, number: float) -> Text:
    sign = "+" if number > 0 else "−" if number < 0 else ""
    return Text(sign + size.en, sign + size.zh)


def _pair(found: Comparison, row: Contrast) -> Text:
    return text("sides.pair", a=found.sides[row.a].label, b=found.sides[row.b].label)


def _joined(labels: tuple[Text, ...]) -> Text:
    """`A, B and C`."""
    first = Text(", ".join(label.en for label in labels[:-1]), "、".join(label.zh for label in labels[:-1]))
    return text("sides.versus", first=first, second=labels[-1])
