"""A table of which the server knows the rest: a page at a time, sorted where the rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.parts import states
from huaxiang.console.parts.table import CELL, Column, column_of, downloads, drawn_rows
from huaxiang.console.words import passed_on, say
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk

MOST = 5_000
"""Rows of a file, at most."""

Page = Mapping[str, Any]
"""`items`: rows; `next`: the cursor of the page behind, None at the end."""


class Paged:
    """A table over `ask(desk, sort, after)`, which answers with a page.

    `sort` is a column, with `-` in front from the highest down; `after` the cursor of the page.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        ask: Callable[[Desk, str | None, str | None], Page],
        *,
        label: str,
        row: Callable[[Any], Mapping[str, Any]] = dict,
        name: str = "",
        file: Callable[[Desk], Sequence[Any]] | None = None,
    ) -> None:
        """`label` says what the rows are. `file` answers with the first `MOST` of them, to be downloaded as `name`."""
        self._ask, self._row = ask, row
        self._sort: str | None = None
        self._cursors: list[str | None] = [None]
        self._next: str | None = None
        with ui.element("div").classes("table"):
            self._table = ui.table(columns=[], rows=[], row_key="key__").props(
                "flat dense hide-pagination hide-no-data"
            )
            self._table.props["aria-label"] = label
            self._table.add_slot("body-cell", CELL)
            # Quasar's own is a bar without a name.
            self._table.add_slot("loading", f'<q-inner-loading showing label="{escape(say("Loading"))}" />')
            self._table.on("request", self._sorted)
            with ui.element("nav").classes("pager").props("role=navigation"):
                self._state = ui.label().classes("note").props("role=status")
                self._back = ui.button(icon="chevron_left", on_click=self._go_back).props("flat round dense")
                self._back.props["aria-label"] = say("Page before")
                self._on = ui.button(icon="chevron_right", on_click=self._go_on).props("flat round dense")
                self._on.props["aria-label"] = say("Next page")
            if file is not None:
                downloads(name, [each.label for each in columns], partial(self._all, file))
        self.columns = columns

    @property
    def columns(self) -> Sequence[Column]:
        """The columns; set them and `load` to show others."""
        return self._columns

    @columns.setter
    def columns(self, columns: Sequence[Column]) -> None:
        self._columns = columns
        self._table.columns = [column_of(each) for each in columns]

    async def load(self) -> None:
        """Ask for the first page and show it."""
        self._cursors = [None]
        await self._show()

    async def _show(self) -> None:
        self._table.props["loading"] = True
        try:
            page = await states.ask(self._ask, self._sort, self._cursors[-1])
        except HuaxiangError as error:
            self._table.rows = []
            self._state.text = passed_on(error)
            self._next = None
        else:
            self._table.rows = drawn_rows(self._columns, [self._row(item) for item in page["items"]])
            self._next = page["next"]
            numbers = say("Page {n}", n=len(self._cursors))
            self._state.text = numbers if page["items"] else say("Nothing to show.")
        self._table.props["loading"] = False
        # Rows that the server counts: Quasar then asks it to sort.
        descending = bool(self._sort and self._sort.startswith("-"))
        column = (self._sort or "").removeprefix("-") or None
        self._table.props["pagination"] = {
            "rowsPerPage": 0, "rowsNumber": len(self._table.rows), "sortBy": column, "descending": descending
        }  # fmt: skip
        self._table.update()
        self._back.set_enabled(len(self._cursors) > 1)
        self._on.set_enabled(self._next is not None)

    async def _all(self, file: Callable[[Desk], Sequence[Any]]) -> list[list[Any]]:
        found = await states.ask(file)
        if len(found) >= MOST:
            ui.notify(say("The file has the first {n} rows.", n=shown.number(MOST)))
        return [[row.get(column.name) for column in self._columns] for row in map(self._row, found)]

    async def _go_on(self) -> None:
        if self._next is not None:
            self._cursors.append(self._next)
            await self._show()

    async def _go_back(self) -> None:
        if len(self._cursors) > 1:
            self._cursors.pop()
            await self._show()

    async def _sorted(self, event: Any) -> None:
        asked = event.args["pagination"]
        column = asked.get("sortBy")
        if column not in {each.name for each in self._columns if each.sortable}:
            column = None
        self._sort = f"-{column}" if column and asked.get("descending") else column
        await self.load()
