"""Segments: the list, one segment, and what belongs to a place of their own in the navigation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.pages.customers import FIRST_TAGS
from huaxiang.console.parts import states
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.paged import Paged
from huaxiang.console.parts.segment_maps import clusters, lifecycle, overlaps, rfm_map
from huaxiang.console.parts.segment_saving import may_be_saved, path_to_edit
from huaxiang.console.parts.table import Column, Row, linked_downloads, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.words import later, say, told
from huaxiang.core.errors import ConflictError, NotFoundError, ProjectError
from huaxiang.service.desk import segments as use
from huaxiang.service.desk import tags

OVERLAPPING = 12
"""Segments of one picture of overlaps, at most: the largest."""


def path_of(name: str) -> str:
    """The page of a segment."""
    return f"/segments/{quote(name)}"


@page("/segments", later("Segments"), "/segments")
async def segments_page(tab: str = "", saved: str = "") -> None:
    """All segments, and pictures of them."""
    heading(say("Segments"), note=say("Groups of customers by rule, list, likeness or cluster."))
    if viewer().may("segments.count"):
        with ui.element("div").classes("actions"):
            ui.button(say("Build a segment"), icon="add", on_click=lambda: ui.navigate.to("/define/segment")).props(
                "unelevated no-caps"
            ).mark("new-segment")
    if saved:
        with ui.element("div").classes("panel good").props("role=status").mark("saved"):
            ui.label(say("“{name}” is saved. It counts from the next build on.", name=saved))
            ui.link(say("Change it once more"), path_to_edit(saved))
    rows = await states.ask(use.segments)
    tabs = {"list": (say("List"), lambda: _list(rows))}
    if viewer().may("segments.count"):
        large = sorted((row for row in rows if row["size"]), key=lambda row: -row["size"])[:OVERLAPPING]
        tabs |= {
            "overlap": (say("Overlap"), lambda: overlaps(large)),
            "rfm": (say("RFM map"), rfm_map),
            "flow": (say("Lifecycle"), lifecycle),
        }
    tabs["clusters"] = (say("Clusters"), clusters)
    tabbed(tabs, tab)


def _list(rows: Sequence[Row]) -> None:
    columns = [
        Column("label", say("Segment"), path=lambda row: path_of(row["name"])),
        Column("group", say("Group"), codes.called(codes.GROUPS)),
        Column("size", say("Customers"), shown.number, "right"),
        Column("share", say("Share"), shown.percent, "right"),
        Column("action", say("What to do")),
    ]
    table(columns, [_row(row) for row in rows], "segments", label=say("Segments"), page=100)


def _row(row: Row) -> dict[str, Any]:
    return {**row, "label": told(row) or row["name"], "action": told(row, "action")}


@page("/segments/{name}", later("Segment"), "/segments")
async def segment_page(name: str) -> None:
    """One segment: its rule, its size, what to mind, its members."""
    found = await states.ask(use.segment, name)
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
        await _rewriting(name)
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
    if viewer().may("segments.members"):
        section(say("Members"))
        columns = [Column("customer_id", say("Customer"), path=_customer, sortable=False)]
        members = Paged(
            columns, lambda asks, _, after: use.members(asks, name, limit=25, after=after),
            label=say("Members"), row=lambda item: {"customer_id": item},
        )  # fmt: skip
        await members.load()
        if viewer().may("profiles.export") and not found["hidden"]:
            catalog = {row["name"] for row in await states.ask(tags.tags)}
            columns_of = [tag for tag in FIRST_TAGS if tag in catalog]
            linked_downloads("members", lambda suffix: _all_members(name, suffix, columns_of))


async def _rewriting(name: str) -> None:
    """The button that opens the rule: to be changed where it is the project's own, else to start another from it."""
    if not viewer().may("segments.count"):
        return
    try:
        source = await states.ask(use.source, name)
    except (NotFoundError, ConflictError, ProjectError):
        return  # of a cluster, defined no more, or being written at the moment
    if may_be_saved(source):
        ui.button(say("Edit"), icon="edit", on_click=lambda: ui.navigate.to(path_to_edit(name))).props(
            "outline no-caps"
        ).mark("edit")
    elif source["rule"]:
        ui.button(say("Build one like it"), icon="add", on_click=lambda: ui.navigate.to(_one_like(name))).props(
            "outline no-caps"
        ).mark("like")


def _one_like(name: str) -> str:
    return f"/define/segment?{urlencode({'like': name})}"


def _all_members(name: str, suffix: str, columns: Sequence[str]) -> str:
    return f"/downloads/members/{quote(name)}.{suffix}?{urlencode([('tag', tag) for tag in columns])}"


def _compare(name: str) -> str:
    return f"/compare?side={quote(name)}&side=everyone"


def _customer(row: Row) -> str:
    return f"/customers/{quote(row['customer_id'])}"
