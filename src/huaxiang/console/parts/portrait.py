"""The pictures of a portrait: what tells most, scores by dimension, the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.reader import reader
from huaxiang.console.words import say, told
from huaxiang.look import tokens

Row = Mapping[str, Any]

TELLING = 12
"""Tags that are shown as the most telling."""


def telling(found: Row) -> None:
    """The statements of the most telling tags, each with how sure it is."""
    ranked = sorted((row for row in found["tags"] if row["rank"] is not None), key=lambda row: row["rank"])
    some = [row for row in ranked if not row["defining"] and row["repeats"] is None][:TELLING]
    if not some:
        states.empty(say("Nothing tells the members from the others."))
        return
    marks = {"sure": ("good", say("sure")), "likely": ("", say("likely")), "weak": ("warn", say("weak"))}
    with ui.element("ul").classes("telling"):
        for row in some:
            with ui.element("li"):
                ui.link(told(row, "statement"), f"/tags/{row['tag']}")
                level, words = marks.get(row["sureness"], ("", ""))
                if words:
                    ui.label(words).classes(f"badge {level}")


def radar(sides: Sequence[tuple[str, Sequence[Row]]]) -> None:
    """Scores by dimension, of one group or several; dimensions that one of them lacks are left out."""
    named = [(label, {row["dimension"]: row for row in rows if not row["hidden"]}) for label, rows in sides]
    names = [name for name in named[0][1] if all(name in rows for _, rows in named)]
    if len(names) < 3:
        states.empty(say("Too few dimensions have a score."))
        return
    labels = [told(named[0][1][name]) for name in names]
    scores = [(label, [round(rows[name]["score"], 1) for name in names]) for label, rows in named]
    options = {
        "tooltip": {},
        "legend": {"bottom": 0, "show": len(sides) > 1},
        "radar": {
            "indicator": [{"name": _broken(label), "max": 100} for label in labels],
            "radius": "58%",
            "axisName": {"fontSize": 12},
        },
        "series": [{"type": "radar", "data": [{"name": name, "value": values} for name, values in scores]}],
    }
    words = "; ".join(
        f"{name}: " + ", ".join(f"{label} {value}" for label, value in zip(labels, values, strict=True))
        for name, values in scores
    )
    chart(options, "dimensions", words=words, height="24rem")


def _broken(label: str) -> str:
    """A long label over two lines, so that nothing of it is cut off."""
    words = label.split(" ")
    half = len(words) // 2
    return f"{' '.join(words[:half])}\n{' '.join(words[half:])}" if len(label) > 12 and half else label


def hours(rows: Sequence[Row]) -> None:
    """When the members are active: weekday by hour, against everyone."""
    if not rows:
        states.empty(say("Nothing to show."))
        return
    days = [say("Mon"), say("Tue"), say("Wed"), say("Thu"), say("Fri"), say("Sat"), say("Sun")]
    width = rows[0]["width"]
    starts = list(range(0, 24, width))
    cells = [
        [starts.index(row["hour"]), row["weekday"] - 1, "-" if row["hidden"] else round(row["share"] * 100, 2)]
        for row in rows
    ]
    color = tokens(reader().mode)
    most = max((cell[2] for cell in cells if cell[2] != "-"), default=1)
    options = {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 48, "containLabel": True},
        "tooltip": {},
        "xAxis": {"type": "category", "data": [f"{hour}:00" for hour in starts]},
        "yAxis": {"type": "category", "data": days, "inverse": True},
        "visualMap": {
            "min": 0,
            "max": most,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "formatter": "{value}%",
            "inRange": {"color": [color["heat-low"], color["heat-high"]]},
        },
        "series": [{"type": "heatmap", "data": cells}],
    }
    busiest = max((row for row in rows if not row["hidden"]), key=lambda row: row["share"], default=None)
    words = say("When members are active")
    if busiest is not None:
        words = say(
            "Members are most active on {day} at {hour}: {share} of what they do.",
            day=days[busiest["weekday"] - 1], hour=f"{busiest['hour']}:00", share=shown.percent(busiest["share"]),
        )  # fmt: skip
    ui.label(words).classes("note")
    chart(options, "week", words=words, height="22rem")
