"""One customer from all sides: tags by dimension with their reasons, what happened, identifiers, segments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.choices import value_labels
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.pages.segments import path_of as segment_path
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.hint import hint
from huaxiang.console.parts.table import Column, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.parts.values import shown_as, tag_and_value
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import profiles as use
from huaxiang.service.desk import tags as tag_use

EVENTS = 30
"""Events of a page of the timeline."""

CONSENTS = "consents"
"""The table of what a customer allowed and took back."""

Row = dict[str, Any]


@page("/customers/{customer_id}", later("Customer"), "/customers")
async def customer_page(customer_id: str, tab: str = "tags") -> None:
    """The 360° view."""
    found = await states.ask(use.profile, customer_id)
    catalog = await states.ask(tag_use.tags)
    segments = await states.ask(use.segments, customer_id)
    heading(found["customer_id"], [(say("Customers"), "/customers")])
    if found["former"]:
        ui.label(say("Known as {former} before.", former=found["former"])).classes("note")
    _memberships(found["customer_id"], segments["segments"], {row["name"]: row for row in catalog})
    figures(
        [
            Figure(say("Records"), shown.number(len(found["records"]))),
            Figure(say("Identifiers"), shown.number(len(found["identifiers"]))),
            Figure(say("Segments"), shown.number(len(found["segments"]))),
            Figure(say("Tags with a value"), shown.number(len(found["tags"]))),
        ]
    )
    places = {
        "tags": (say("Tags"), lambda: _tags(found, catalog)),
        "timeline": (say("Timeline"), lambda: _Timeline(found["customer_id"])),
        "identity": (say("Identity"), lambda: _identity(found)),
        "consents": (say("Consents"), lambda: _Timeline(found["customer_id"], CONSENTS)),
    }
    tabbed(places, tab)


def _memberships(customer_id: str, segments: list[Row], catalog: Mapping[str, Row]) -> None:
    with ui.element("div").classes("chips"):
        for row in segments:
            words = told(row) or row["name"]
            button = ui.button(words, on_click=lambda row=row: _why_member(customer_id, row["name"], catalog))
            button.props("outline dense no-caps size=sm rounded")
            hint(button, say("Why?"))


def _tags(found: Row, catalog: list[Row]) -> None:
    by_category: dict[str, dict[str, list[Row]]] = {}
    for row in catalog:
        if row["name"] in found["tags"]:
            home = by_category.setdefault(told(row, "dimension"), {})
            home.setdefault(told(row, "category"), []).append(row)
    if not by_category:
        states.empty(say("No tag has a value."))
    for dimension, categories in by_category.items():
        section(dimension)
        with ui.element("div").classes("tag-cards"):
            for category, rows in categories.items():
                with ui.element("section").classes("panel"):
                    ui.label(category).classes("tag-category")
                    for row in rows:
                        _tag(found, row)


def _tag(found: Row, row: Row) -> None:
    value = shown_as(row, value_labels(row))(found["tags"][row["name"]])
    with ui.element("div").classes("tag-row"):
        ui.link(told(row) or row["name"], f"/tags/{quote(row['name'])}").classes("tag-name")
        button = ui.button(value, on_click=lambda: _why(found["customer_id"], row))
        button.props("flat dense no-caps").classes("tag-value")
        # The browser's own hint: there are hundreds of these.
        button.props["title"] = say("Why?")
        button.mark(f"why-{row['name']}")


async def _why(customer_id: str, row: Row) -> None:
    """The reason of a value, in a dialog: what it rests on, and its history."""
    with ui.dialog() as dialog, ui.card().classes("dialog dialog-wide"):
        ui.label(told(row) or row["name"]).classes("dialog-title")
        ui.label(told(row, "description")).classes("note")
        write = shown_as(row, value_labels(row))
        states.fill(lambda asks: use.why(asks, customer_id, row["name"]), lambda found: _reason(found, write))
        states.fill(lambda asks: use.history(asks, customer_id, row["name"]), lambda found: _history(found, row, write))
        ui.button(say("Close"), on_click=dialog.close).props("flat no-caps")
    dialog.open()


def _reason(found: Mapping[str, Any], write: Any) -> None:
    ui.label(say("Value: {value}", value=write(found["value"]))).classes("key")
    rests = found.get("rests_on") or {}
    if rests.get("facts"):
        ui.label(
            say("It rests on {n} facts from {first} to {last}.", n=shown.number(rests["facts"]),
                first=shown.moment(rests.get("oldest")), last=shown.moment(rests.get("newest")))
        ).classes("note")  # fmt: skip
    if "note" in found:
        ui.label(passed_on(found["note"])).classes("warn")
    _definition(found.get("definition"))
    for read in found.get("tags", ()):
        ui.label(f"{told(read) or read['tag']}: {shown.value(read['value'])}")
    rows = found.get("rows") or []
    if rows:
        names = list(dict.fromkeys(key for row in rows for key in row))
        table([Column(name, name) for name in names], rows, "reason", label=say("The rows behind it"), page=5)


def _definition(definition: Mapping[str, Any] | None) -> None:
    if not definition:
        return
    with ui.element("pre").classes("panel code"):
        ui.label(shown.definition(definition))


def _history(found: Mapping[str, Any], row: Row, write: Any) -> None:
    points = [point for point in found["points"] if point["value"] is not None]
    if len(points) < 2:
        return
    section(say("History"))
    if not isinstance(points[0]["value"], int | float) or isinstance(points[0]["value"], bool):
        rows = [{"moment": point["moment"], "value": write(point["value"])} for point in found["points"]]
        table([Column("moment", say("Moment"), shown.moment), Column("value", say("Value"))], rows, "history",
              label=say("History"), page=6)  # fmt: skip
        return
    options = {
        "grid": {"left": 8, "right": 16, "top": 12, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [shown.moment(point["moment"])[:10] for point in points]},
        "yAxis": {"type": "value", "scale": True},
        "series": [{"type": "line", "step": "end", "data": [point["value"] for point in points]}],
    }
    chart(options, f"history-{row['name']}", words=say("How the value went"), height="12rem")


async def _why_member(customer_id: str, segment: str, catalog: Mapping[str, Row]) -> None:
    with ui.dialog() as dialog, ui.card().classes("dialog dialog-wide"):
        states.fill(lambda asks: use.why_member(asks, customer_id, segment), lambda found: _membership(found, catalog))
        with ui.element("div").classes("actions"):
            ui.button(say("Open the segment"), on_click=lambda: ui.navigate.to(segment_path(segment))).props(
                "flat no-caps"
            )
            ui.button(say("Close"), on_click=dialog.close).props("flat no-caps")
    dialog.open()


def _membership(found: Mapping[str, Any], catalog: Mapping[str, Row]) -> None:
    ui.label(told(found) or found["segment"]).classes("dialog-title")
    words = say("This customer is a member.") if found["member"] else say("This customer is no member.")
    ui.label(words)
    for part in found["parts"]:
        with ui.element("div").classes("panel"):
            with ui.element("pre").classes("code"):
                ui.label(str(part["says"]))
            ui.label(say("holds") if part["holds"] else say("does not hold")).classes(
                "good" if part["holds"] else "bad"
            )
            for name, value in (part.get("tags") or {}).items():
                ui.label(tag_and_value(name, value, catalog)).classes("note")


class _Timeline:
    """What the customer did and got, the newest first, with more at a click."""

    def __init__(self, customer_id: str, only: str | None = None) -> None:
        self._customer, self._only = customer_id, only
        self._after: str | None = None
        with ui.element("div").classes("actions") as choice:
            self._filter = ui.select({"": say("Everything")}, value="").props("outlined dense options-dense")
            self._filter.props["aria-label"] = say("Kind of facts")
            self._filter.on_value_change(self._again)
        choice.set_visibility(only is None)
        self._list = ui.element("ol").classes("timeline")
        self._more = ui.button(say("Earlier"), on_click=self._load).props("outline no-caps").mark("earlier")
        ui.timer(0, self._load, once=True)

    @property
    def _table(self) -> str | None:
        return self._only or self._filter.value or None

    async def _again(self) -> None:
        self._list.clear()
        self._after = None
        await self._load()

    async def _load(self) -> None:
        try:
            found = await states.ask(use.events, self._customer, table=self._table, limit=EVENTS, after=self._after)
        except HuaxiangError as error:
            with self._list:
                states.failed(error)
            self._more.set_visibility(False)
            return
        tables = {row["name"]: row for row in found["tables"]}
        if len(self._filter.options) == 1:
            self._filter.set_options({"": say("Everything")} | {name: told(row) for name, row in tables.items()})
        with self._list:
            for item in found["items"]:
                _event(item, tables[item["table"]])
            if not found["items"] and self._after is None:
                states.empty(
                    say("Nothing happened yet.") if self._only is None else say("Nothing was said about consent.")
                )
        self._after = found["next"]
        self._more.set_visibility(self._after is not None)


def _event(item: Mapping[str, Any], kind: Mapping[str, Any]) -> None:
    with ui.element("li"):
        ui.label(shown.moment(item["at"])).classes("note")
        ui.label(told(kind)).classes("badge")
        labels = kind["columns"]
        words = " · ".join(
            f"{told({'label': labels[name]}) if name in labels else name}: {shown.value(value)}"
            for name, value in item["values"].items()
        )
        ui.label(words).classes("event")


def _identity(found: Row) -> None:
    section(say("Identifiers"))
    columns = [Column("type", say("Type"), codes.identifier_called), Column("value", say("Value"))]
    table(columns, found["identifiers"], "identifiers", label=say("Identifiers"))
    section(say("Records"), say("The rows of the sources that were found to be this customer."))
    columns = [Column("source", say("Source"), codes.source_called), Column("record_key", say("Key"))]
    table(columns, found["records"], "records", label=say("Records"))
    if found["conflicts"]:
        section(say("Where the records disagree"))
        rows = [
            {"attribute": told(row) or row["attribute"], "value": row["value"],
             "others": ", ".join(f"{each['value']} ({codes.source_called(each['source'])})" for each in row["others"])}
            for row in found["conflicts"]
        ]  # fmt: skip
        columns = [Column("attribute", say("Attribute")), Column("value", say("Kept")), Column("others", say("Others"))]
        table(columns, rows, "conflicts", label=say("Where the records disagree"))
    if found["household"]:
        section(say("Household"))
        rows = list(found["household"]["members"])
        columns = [
            Column("customer_id", say("Customer"), path=lambda row: f"/customers/{quote(row['customer_id'])}"),
            Column("role", say("Role"), codes.called(codes.RELATIVES)),
        ]
        table(columns, rows, "household", label=say("Household"))
