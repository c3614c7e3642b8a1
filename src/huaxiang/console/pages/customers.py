"""Customers: finding one, and the grid of all of whom a rule holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from nicegui import ui

from huaxiang.console.choices import value_labels
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.paged import Paged
from huaxiang.console.parts.table import Column, Row, linked_downloads
from huaxiang.console.parts.values import shown_as
from huaxiang.console.words import later, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk, must
from huaxiang.service.desk import customers as use
from huaxiang.service.desk import tags as tag_use

FIRST_TAGS = ("value_tier", "lifecycle_stage", "rfm_group", "spend_total", "order_count", "days_since_last_order")
"""Tags that the grid begins with, where the project has them; others are a choice away."""

PAGE = 25


def path_of(customer_id: str) -> str:
    """The page of a customer."""
    return f"/customers/{quote(customer_id, safe='')}"


def whole_list(suffix: str, rule: str | None, tags: Sequence[str]) -> str:
    """Where the file of all customers of whom a rule holds is."""
    asked = [("rule", (rule or "").strip()), *(("tag", tag) for tag in tags)]
    return f"/downloads/customers.{suffix}?{urlencode(asked)}"


@page("/customers", later("Customers"), "/customers")
async def customers_page(rule: str = "") -> None:
    """The search, and the grid."""
    await states.ask(must, "profiles.read", "customers.customers")
    heading(say("Customers"), note=say("Find one by any identifier, or list those of whom a rule holds."))
    _search()
    section(say("List"))
    catalog = {row["name"]: row for row in await states.ask(tag_use.tags)}
    await _Grid(catalog, rule).draw()


def _search() -> None:
    found = ui.element("div").props("role=status")

    async def search() -> None:
        found.clear()
        text = (asked.value or "").strip()
        if not text:
            return
        with found:
            try:
                rows = await states.ask(use.search, text)
            except HuaxiangError as error:
                states.failed(error)
                return
            hits(rows)

    with ui.element("div").classes("actions"):
        asked = ui.input(placeholder=say("An id, a phone number, an e-mail, phone:138…"))
        asked.props("outlined dense clearable").classes("wide").on("keydown.enter", search).mark("find")
        asked.props["aria-label"] = say("Find a customer")
        ui.button(say("Find"), icon="search", on_click=search).props("unelevated no-caps").mark("find-now")
    found.move()


def hits(rows: Sequence[Row]) -> None:
    """The customers that a search found."""
    if not rows:
        states.empty(say("Nobody is known by this."))
        return
    with ui.element("ul").classes("hits"):
        for row in rows:
            with ui.element("li"):
                ui.link(row["customer_id"], path_of(row["customer_id"]))
                ui.label(f"{row['matched']}: {row['value']}").classes("note")


class _Grid:
    """The grid with what it is chosen by: a rule, and the tags that are its columns."""

    def __init__(self, catalog: Mapping[str, Row], rule: str) -> None:
        self._catalog = catalog
        self._tags = [name for name in FIRST_TAGS if name in catalog] or list(catalog)[:5]
        with ui.element("div").classes("actions"):
            self._rule = ui.input(say("Of whom this rule holds"), value=rule).props("outlined dense clearable")
            self._rule.classes("wide code").on("keydown.enter", self.draw).mark("rule")
            options = {name: told(row) or name for name, row in catalog.items()}
            self._chosen = ui.select(options, value=self._tags, multiple=True, with_input=True, label=say("Columns"))
            self._chosen.props("outlined dense options-dense use-chips max-values=12").classes("wide")
            self._chosen.on_value_change(self.draw)
        self._paged = Paged(self._columns(), self._ask, label=say("Customers"), row=_flat)
        if viewer().may("profiles.export"):
            linked_downloads("customers", lambda suffix: whole_list(suffix, self._rule.value, self._tags))

    async def draw(self) -> None:
        """Ask for the first page."""
        self._tags = list(self._chosen.value or ())
        self._paged.columns = self._columns()
        await self._paged.load()

    def _columns(self) -> list[Column]:
        def column(name: str) -> Column:
            row = self._catalog[name]
            numeric = row["type"] in ("integer", "number", "money", "duration")
            align: Any = "right" if numeric else "left"
            return Column(name, told(row) or name, shown_as(row, value_labels(row)), align)

        first = Column("customer_id", say("Customer"), path=lambda row: path_of(row["customer_id"]), sortable=False)
        return [first, *(column(name) for name in self._tags)]

    def _ask(self, here: Desk, sort: str | None, after: str | None) -> Mapping[str, Any]:
        rule = (self._rule.value or "").strip() or None
        return use.customers(here, tags=self._tags, rule=rule, sort=sort, limit=PAGE, after=after)


def _flat(item: Mapping[str, Any]) -> dict[str, Any]:
    return {"customer_id": item["customer_id"], **item["tags"]}
