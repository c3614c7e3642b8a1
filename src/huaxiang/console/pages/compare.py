"""Two to six groups side by side: segments, everyone, or rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import Query
from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.portrait import radar
from huaxiang.console.parts.table import Column, table
from huaxiang.console.words import later, say, told
from huaxiang.service.desk import personas as use
from huaxiang.service.desk import segments as segment_use

FEWEST, MOST = 2, 6
FIRST = 50
"""Differences that are listed, the largest first."""

Row = Mapping[str, Any]


@page("/compare", later("Compare"), "/personas")
async def compare_page(side: Annotated[Sequence[str], Query()] = ()) -> None:
    """The choice of sides, and how they differ."""
    heading(say("Compare"), [(say("Personas"), "/personas")], say("Two to six groups, ranked by how much they differ."))
    segments = await states.ask(segment_use.segments)
    options = {"everyone": say("Everyone")} | {row["name"]: told(row) or row["name"] for row in segments}
    sides = [each for each in side if each in options]

    def go() -> None:
        ui.navigate.to("/compare?" + urlencode([("side", each) for each in chosen.value]))

    with ui.element("div").classes("actions"):
        chosen = ui.select(options, value=sides, multiple=True, with_input=True, label=say("Groups"))
        chosen.props(f"outlined dense use-chips options-dense max-values={MOST}").classes("wide").mark("sides")
        ui.button(say("Compare"), icon="compare_arrows", on_click=go).props("unelevated no-caps").mark("go")
    if len(sides) < FEWEST:
        states.empty(say("Choose two to six groups."))
        return
    states.fill(lambda asks: use.compare(asks, sides), _compared, height="20rem")


def _compared(found: Row) -> None:
    ui.label(told(found, "text")).classes("lead").mark("text")
    labels = [told(each) for each in found["sides"]]
    columns = [
        Column("label", say("Group")),
        Column("size", say("Customers"), shown.number, "right"),
        Column("share", say("Share of all"), shown.percent, "right"),
        Column("revenue_share", say("Share of revenue"), shown.percent, "right"),
    ]
    rows = [{**each, "label": label} for each, label in zip(found["sides"], labels, strict=True)]
    table(columns, rows, "sides", label=say("Groups"))
    if found.get("dimensions"):
        section(say("By dimension"), say("Mean percentile rank of the members; 50 is everyone."))
        radar([(label, _scores(found["dimensions"], at)) for at, label in enumerate(labels)])
    section(say("Where they differ most"), say("Ranked by effect size; tests are corrected for their number."))
    _differences(found, labels)


def _scores(dimensions: Sequence[Row], at: int) -> list[Row]:
    return [{**row, "score": row["scores"][at], "hidden": row["scores"][at] is None} for row in dimensions]


def _differences(found: Row, labels: Sequence[str]) -> None:
    names = {row["tag"]: told(row) for row in found["tags"]}
    values = {(row["tag"], row["value"]): told(row) for row in found["values"]}
    rows = [
        {
            "tag": row["tag"],
            "label": names[row["tag"]] + (f" · {_value(row, values)}" if row["value"] is not None else ""),
            "pair": f"{labels[row['a']]} – {labels[row['b']]}",
            "effect": row["effect"],
            "statement": told(row, "statement"),
        }
        for row in found["contrasts"]
        if row["significant"] and not row["defining"] and row["effect"] is not None
    ]
    rows.sort(key=lambda row: -abs(row["effect"]))
    columns = [
        Column("label", say("Tag"), path=lambda row: f"/tags/{quote(row['tag'])}"),
        Column("pair", say("Groups")),
        Column("effect", say("Effect"), lambda effect: shown.number(effect, 2), "right"),
        Column("statement", say("Statement")),
    ]
    table(columns, rows[:FIRST], "differences", label=say("Where they differ most"))


def _value(row: Row, labels: Mapping[tuple[str, str], str]) -> str:
    return labels.get((row["tag"], row["value"])) or str(row["value"])
