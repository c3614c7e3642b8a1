"""Segments: the list, one segment, and what belongs to a place of their own in the navigation."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.frame import heading, section
from huaxiang.console.page import desk, page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.paged import Paged
from huaxiang.console.parts.table import Column, Row, table
from huaxiang.console.words import later, say, told
from huaxiang.service.desk import segments as use

OVERLAPPING = 12
"""Segments of one picture of overlaps, at most: the largest."""


def path_of(name: str) -> str:
    """The page of a segment."""
    return f"/segments/{quote(name)}"


@page("/segments", later("Segments"), "/segments")
async def segments_page() -> None:
    """All segments, by what they are for, and how the largest overlap."""
    here = desk()
    heading(say("Segments"), note=say("Groups of customers by rule, list, likeness or cluster."))
    if here.actor.may("segments.count"):
        with ui.element("div").classes("actions"):
            ui.button(say("Build a segment"), icon="add", on_click=lambda: ui.navigate.to("/define/segment")).props(
                "unelevated no-caps"
            ).mark("new-segment")
    rows = await states.ask(use.segments, here)
    columns = [
        Column("label", say("Segment"), path=lambda row: path_of(row["name"])),
        Column("group", say("Group")),
        Column("size", say("Customers"), shown.number, "right"),
        Column("share", say("Share"), shown.percent, "right"),
        Column("action", say("What to do")),
    ]
    table(columns, [_row(row) for row in rows], "segments", label=say("Segments"), page=50)
    large = sorted((row for row in rows if row["size"]), key=lambda row: -row["size"])[:OVERLAPPING]
    if here.actor.may("segments.count") and len(large) > 1:
        section(
            say("Overlap"), say("The largest segments: the share of the row's members who are also in the column's.")
        )
        labels = {row["name"]: told(row) for row in large}
        rules = [f"in_segment('{name}')" for name in labels]
        states.fill(lambda: use.overlap(here, rules), lambda found: _overlap(found, rules, list(labels.values())))


def _row(row: Row) -> dict[str, Any]:
    return {**row, "label": told(row) or row["name"], "action": told(row, "action")}


def _overlap(found: list[dict[str, Any]], rules: list[str], labels: list[str]) -> None:
    places = {rule: at for at, rule in enumerate(rules)}
    cells: list[list[Any]] = [[at, at, 100] for at in range(len(rules))]
    for row in found:
        a, b = places[row["a"]], places[row["b"]]
        for x, y, share in ((b, a, row["share_of_a"]), (a, b, row["share_of_b"])):
            cells.append([x, y, "-" if share is None else round(share * 100)])
    options = {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {},
        "xAxis": {"type": "category", "data": labels, "axisLabel": {"rotate": 45}},
        "yAxis": {"type": "category", "data": labels, "inverse": True},
        "visualMap": {"min": 0, "max": 100, "show": False, "inRange": {"color": _heat()}},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True, "formatter": "{@[2]}"}}],
    }
    chart(options, "overlap", words=say("How far the largest segments overlap, in per cent"), height="34rem")


def _heat() -> list[str]:
    from huaxiang.console.reader import reader
    from huaxiang.look import tokens

    color = tokens(reader().mode)
    return [color["cover-low"], color["cover-high"]]


@page("/segments/{name}", later("Segment"), "/segments")
async def segment_page(name: str) -> None:
    """One segment: its rule, its size, what to mind, its members."""
    here = desk()
    found = await states.ask(use.segment, here, name)
    heading(told(found) or name, [(say("Segments"), "/segments")], told(found, "description"))
    figures(
        [
            Figure(say("Customers"), say("too few to show") if found["hidden"] else shown.number(found["size"])),
            Figure(say("Share of all"), shown.percent(found["share"])),
        ]
    )
    with ui.element("div").classes("actions"):
        ui.button(say("Portrait"), icon="groups", on_click=lambda: ui.navigate.to(f"/personas/{quote(name)}")).props(
            "outline no-caps"
        ).mark("portrait")
        ui.button(say("Compare"), icon="compare_arrows", on_click=lambda: ui.navigate.to(_compare(name))).props(
            "outline no-caps"
        )
    if told(found, "action"):
        section(say("What to do"))
        ui.label(told(found, "action"))
    section(say("Rule"))
    with ui.element("pre").classes("panel code"):
        ui.label(found["rule"] or "–")
    for warning in found["warnings"]:
        with ui.element("div").classes("panel warn"):
            ui.label(told(warning, "reason"))
            ui.label(told(warning, "remedy")).classes("note")
    if here.actor.may("segments.members"):
        section(say("Members"))
        columns = [Column("customer_id", say("Customer"), path=_customer, sortable=False)]
        members = Paged(
            columns, lambda asks, _, after: use.members(asks, name, limit=25, after=after),
            label=say("Members"), row=lambda item: {"customer_id": item},
        )  # fmt: skip
        await members.load()


def _compare(name: str) -> str:
    return f"/compare?side={quote(name)}&side=everyone"


def _customer(row: Row) -> str:
    return f"/customers/{quote(row['customer_id'])}"
