"""The overview: how large the project is, how it grows, how good the data are, what to look at."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.reader import reader
from huaxiang.console.words import later, say, told
from huaxiang.service.desk.overview import overview


@page("/", later("Overview"), "/")
async def overview_page() -> None:
    """What is in the folder, and how it is."""
    found = await states.ask(overview)
    heading(told(found) or found["name"], note=told(found, "description"))
    build = found["build"]
    if build is None:
        states.empty(say("Nothing is built yet."), say("Start a build, or run 'huaxiang build' in the project."))
        return
    _sizes(build)
    ui.label(
        say(
            "As of {moment}, built {built}.", moment=shown.moment(build["as_of"]), built=shown.moment(build["built_at"])
        )
    ).classes("note")
    with ui.element("div").classes("columns"):
        with ui.element("section"):
            section(say("Data quality"), say("Scores from 0 to 100 over all sources."))
            _quality(found["quality"])
        with ui.element("section"):
            section(say("To look at"))
            _alerts(found["alerts"])
    if len(found["growth"]) > 1:
        section(say("Growth"), say("Customers and facts of the snapshots that are kept."))
        _growth(found["growth"])


def _sizes(build: dict[str, Any]) -> None:
    figures(
        [
            Figure(say("Customers"), shown.number(build["customers"]), path="/customers"),
            Figure(say("Records"), shown.number(build["records"]), path="/identity"),
            Figure(say("Facts"), shown.number(build["facts"]), path="/sources"),
            Figure(say("Tags"), shown.number(build["tags_built"]), path="/tags"),
            Figure(say("Segments"), shown.number(build["segments"]), path="/segments"),
            Figure(say("Personas"), shown.number(build["personas"]), path="/personas"),
            Figure(say("Rows in quarantine"), shown.number(build["quarantined"]), path="/quality"),
        ]
    )


def _quality(scores: list[dict[str, Any]]) -> None:
    known = [row for row in reversed(scores) if row["score"] is not None]
    if not known:
        states.empty(say("Nothing was measured."))
        return
    figures_of = {told(row): round(row["score"], 1) for row in known}
    options = {
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value", "min": 0, "max": 100},
        "yAxis": {"type": "category", "data": list(figures_of)},
        "series": [
            {
                "type": "bar",
                "data": list(figures_of.values()),
                "barWidth": 12,
                "label": {"show": True, "position": "right", "color": "inherit"},
                "itemStyle": {"borderRadius": 3},
            }
        ],
    }
    words = say("Data quality by dimension: {scores}", scores=", ".join(f"{k} {v}" for k, v in figures_of.items()))
    chart(options, "quality", words=words, height=f"{len(known) * 2 + 2}rem")


def _alerts(alerts: list[dict[str, Any]]) -> None:
    if not alerts:
        states.empty(say("Nothing needs your attention."))
        return
    with ui.element("ul").classes("alerts"):
        for alert in alerts:
            with ui.element("li").classes("warn" if alert["level"] == "warning" else ""):
                ui.link(told(alert, "text"), alert["path"])


def _growth(growth: list[dict[str, Any]]) -> None:
    names = {"customers": say("Customers"), "facts": say("Facts")}
    options = {
        "grid": {"left": 8, "right": 8, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [shown.moment(row["built_at"]) for row in growth]},
        "yAxis": [{"type": "value", "scale": True}, {"type": "value", "scale": True, "splitLine": {"show": False}}],
        "series": [
            {"type": "line", "name": label, "yAxisIndex": at, "data": [row[name] for row in growth]}
            for at, (name, label) in enumerate(names.items())
        ],
    }
    last = growth[-1]
    words = say("{customers} customers in the last of {n} snapshots", customers=last["customers"], n=len(growth))
    chart(options, f"growth-{reader().language}", words=words)
