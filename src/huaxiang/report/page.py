"""The page: templates filled with figures, styles and scripts inlined, everything else forbidden.

The content security policy allows no request at all and only the scripts of this file, by their SHA-256.
Texts stand in the page in both languages, as neighbouring spans of which the styles show one; so switching the
language needs no reload, and the page can be read without JavaScript.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial

from jinja2 import Environment
from markupsafe import Markup

from huaxiang.core.provinces import province_label
from huaxiang.core.text import Language, Text
from huaxiang.look import tokens_css
from huaxiang.report import formats
from huaxiang.report.audit import audits, metric_label
from huaxiang.report.chart_data import chart_data
from huaxiang.report.echarts import echarts_script
from huaxiang.report.findings import findings
from huaxiang.report.select import (
    distribution_tags,
    front_dimensions,
    number_tags,
    overlap_segments,
    own_segments,
    statement_tags,
    telling_values,
)
from huaxiang.report.shell import LANGUAGE_TAGS, asset, environment, policy
from huaxiang.report.texts import TEXTS, text
from huaxiang.service.figures import Figures
from huaxiang.service.figures.model import SegmentFigures

SCRIPTS = (
    "base.js",
    "theme.js",
    "charts.js",
    "charts_overview.js",
    "charts_data.js",
    "charts_groups.js",
    "charts_clusters.js",
    "charts_personas.js",
    "charts_portraits.js",
    "charts_places.js",
    "charts_trust.js",
    "compare.js",
    "tags.js",
    "controls.js",
)
"""The modules of the page in the order in which they run. They meet in one object, `globalThis.report`."""

SECTIONS = (
    "overview",
    "data",
    "quality",
    "identity",
    "tags",
    "rfm",
    "tiers",
    "lifecycle",
    "segments",
    "clusters",
    "personas",
    "compare",
    "method",
    "glossary",
)

OWN_HEADING = 3
"""Segments of a group that make a heading worth while."""


def render(figures: Figures, default_language: Language) -> str:
    """The whole report as HTML."""
    scripts = [echarts_script(), *(asset(f"js/{name}") for name in SCRIPTS)]
    early = asset("js/early.js")
    return (
        _environment(figures)
        .get_template("report.html")
        .render(
            figures=figures,
            findings=findings(figures),
            data=chart_data(figures),
            sections=_sections(figures),
            language=LANGUAGE_TAGS[default_language],
            styles=Markup(tokens_css() + asset("report.css")),  # noqa: S704 - our own file
            early=Markup(early),  # noqa: S704 - our own file
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files and ECharts
            policy=policy([early, *scripts]),
        )
    )


def _sections(figures: Figures) -> list[str]:
    """The sections of this report: identity only where its health was measured, clusters where some were asked for."""
    absent = {"identity"} if figures.identity is None else set()
    return [name for name in SECTIONS if name not in absent | (set() if figures.clusters else {"clusters"})]


def _environment(figures: Figures) -> Environment:
    found = environment()
    found.filters["metric_label"] = metric_label
    found.globals.update(
        t=text,
        texts=TEXTS,
        number=formats.number,
        compact=formats.compact,
        percent=formats.percent,
        points=formats.points,
        signed=formats.signed,
        day=formats.day,
        money=partial(formats.money, currency=figures.currency),
        compact_money=partial(formats.compact_money, currency=figures.currency),
        measure=partial(_measure, currency=figures.currency),
        health_value=_health_value,
        plain=_plain,
        telling_values=telling_values,
        group_label=_group_label,
        cover_art=_cover_art(figures),
        segment_groups=_segment_groups(figures),
        overlaps=_overlaps(figures),
        distribution_tags=distribution_tags,
        number_tags=number_tags,
        statement_tags=statement_tags,
        front_dimensions=front_dimensions,
        joined=_joined,
        province_label=province_label,
        audits=audits(figures),
        q_value=formats.probability,
    )
    return found


def _measure(value: float | None, type_: str, currency: str, sign: bool = False) -> Text:
    """A number of a tag: money as money, others with as many decimals as their size makes readable."""
    if value is None:
        return formats.NONE
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    if sign:
        return formats.signed(value, max(digits, 1))
    return formats.money(value, currency, digits) if type_ == "money" else formats.number(value, digits)


def _health_value(value: float | None, unit: str) -> Text:
    """A measure of identity: shares as percentages, numbers with as many decimals as they have."""
    if unit == "share":
        return formats.percent(value, 2 if value is not None and 0 < abs(value) < 0.01 else 1)
    return formats.number(value, 0 if value is None or unit == "count" or float(value).is_integer() else 2)


def _plain(value: float) -> Text:
    """A number of a column: whole ones without decimals."""
    return formats.number(value) if float(value).is_integer() else _measure(value, "number", "")


def _group_label(name: str) -> Text:
    return TEXTS.get(f"group.{name}") or Text.of(name.replace("_", " ").capitalize())


def _cover_art(figures: Figures) -> list[tuple[int, int, float]]:
    """Squares for the cover: left, top and strength of each cell of the RFM map."""
    most = max((cell.spend or 0 for cell in figures.rfm_cells), default=0)
    return [
        ((cell.frequency - 1) * 20 + 1, (5 - cell.recency) * 20 + 1, round(0.12 + 0.88 * (cell.spend or 0) / most, 3))
        for cell in figures.rfm_cells
        if most
    ]


def _segment_groups(figures: Figures) -> list[tuple[str, list[SegmentFigures]]]:
    """Segments that no other section shows, by group, in the catalog's order; small groups together, unnamed, last."""
    found = {clusters.name for clusters in figures.clusters}
    own = [segment for segment in own_segments(figures) if segment.group not in found]
    counts = Counter(segment.group for segment in own)
    groups: dict[str, list[SegmentFigures]] = {}
    for segment in own:
        groups.setdefault(segment.group if counts[segment.group] >= OWN_HEADING else "", []).append(segment)
    further = groups.pop("", [])
    return [*groups.items(), *([("", further)] if further else [])]


def _overlaps(figures: Figures) -> list[dict[str, Text]]:
    """The overlaps that the heat map draws and that are not empty, in words and numbers, biggest share first."""
    labels = {segment.name: segment.label for segment in overlap_segments(figures)}
    shown = [
        overlap
        for overlap in figures.overlaps
        if overlap.first in labels and overlap.second in labels and overlap.count != 0
    ]
    shown.sort(key=lambda overlap: -(overlap.share or 0))
    withheld = text("withheld")
    return [
        {
            "first": labels[overlap.first],
            "second": labels[overlap.second],
            "count": withheld if overlap.hidden else formats.number(overlap.count),
            "share": withheld if overlap.hidden else formats.percent(overlap.share),
        }
        for overlap in shown
    ]


def _joined(texts: Sequence[Text]) -> Text:
    """Texts in a row, as each language lists them."""
    return Text(", ".join(text.en for text in texts), "、".join(text.zh for text in texts))
