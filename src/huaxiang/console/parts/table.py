"""A table: sorted by a click, paged, and downloaded as CSV or Excel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

from nicegui import run, ui

from huaxiang.console import shown
from huaxiang.console.parts import states
from huaxiang.console.parts.cells import as_csv, as_excel
from huaxiang.console.reader import reader
from huaxiang.console.words import passed_on, say
from huaxiang.core.errors import HuaxiangError

Row = Mapping[str, Any]

PAGE = 25
"""Rows of a page."""

CELL = """
<q-td :props="props"
  :title="`${props.row['shown__' + props.col.name]}`.length > 40 ? props.row['shown__' + props.col.name] : null">
  <a v-if="props.row['path__' + props.col.name]" :href="props.row['path__' + props.col.name]">{{
    props.row['shown__' + props.col.name] }}</a>
  <span v-else>{{ props.row['shown__' + props.col.name] }}</span>
</q-td>
"""
"""Vue writes values as text: nothing in them is taken for markup. Long ones are cut; pointing at them shows them."""


@dataclass(frozen=True)
class Column:
    """A column: the key of its value in a row, its heading, how a value is shown, and the path that it leads to."""

    name: str
    label: str
    show: Callable[[Any], str] = shown.value
    align: Literal["left", "right"] = "left"
    path: Callable[[Row], str] | None = None
    sortable: bool = True


def table(columns: Sequence[Column], rows: Sequence[Row], name: str, *, label: str, page: int = PAGE) -> ui.table:
    """Draw `rows`. `label` says what they are, for screen readers; `name` is that of the downloaded file."""
    if not rows:
        states.empty(say("Nothing to show."))
    with ui.element("div").classes("table") as box:
        box.set_visibility(bool(rows))
        drawn = ui.table(columns=[column_of(each) for each in columns], rows=drawn_rows(columns, rows), row_key="key__")
        drawn.props("flat dense hide-no-data").props["aria-label"] = label
        drawn.add_slot("body-cell", CELL)
        drawn.props["hide-pagination"] = len(rows) <= page
        drawn.props["pagination"] = {"rowsPerPage": page}
        drawn.props["rows-per-page-label"] = say("Rows per page")
        drawn.props[":pagination-label"] = "(first, last, all) => `${first}–${last} / ${all}`"
        if rows:
            downloads(
                name, [each.label for each in columns], lambda: [[row.get(c.name) for c in columns] for row in rows]
            )
    return drawn


def selectable(drawn: ui.table, kind: Literal["single", "multiple"], label: str) -> None:
    """Let readers choose rows of a table; `label` says what they choose."""
    drawn.set_selection(kind)
    box = f'''<q-checkbox v-model="props.selected" dense aria-label="{escape(label)}" />'''
    drawn.add_slot("body-selection", box)
    drawn.add_slot("header-selection", box if kind == "multiple" else f"<span class='unseen'>{escape(label)}</span>")


Cells = Sequence[Sequence[Any]]


def downloads(name: str, header: Sequence[str], rows: Callable[[], Cells | Awaitable[Cells]]) -> None:
    """The two buttons that download a table; `rows` is asked when one is pressed."""
    with ui.element("div").classes("downloads"):
        for suffix, write, words in (("csv", as_csv, say("Download CSV")), ("xlsx", as_excel, say("Download Excel"))):

            async def keep(suffix: str = suffix, write: Callable[..., bytes] = write) -> None:
                try:
                    asked = rows()
                    cells = await asked if isinstance(asked, Awaitable) else asked
                except HuaxiangError as error:
                    ui.notify(passed_on(error), type="negative")
                    return
                content = await run.io_bound(write, header, cells)
                if content is not None:  # the server is stopping
                    ui.download.content(content, f"{name}.{suffix}")

            button = ui.button(suffix.upper(), icon="download", on_click=keep).props("flat dense no-caps size=sm")
            button.props["aria-label"] = f"{words}: {name}"


def linked_downloads(name: str, address: Callable[[str], str]) -> None:
    """The two buttons for a table that is larger than a page holds; `address` is where a file of a suffix is."""
    with ui.element("div").classes("downloads"):
        for suffix, words in (("csv", say("Download CSV")), ("xlsx", say("Download Excel"))):
            button = ui.button(suffix.upper(), icon="download").props("flat dense no-caps size=sm")
            button.on_click(lambda suffix=suffix: ui.download.from_url(address(suffix)))
            button.props["aria-label"] = f"{words}: {name}"


def drawn_rows(columns: Sequence[Column], rows: Sequence[Row]) -> list[dict[str, Any]]:
    """What the browser is sent of `rows`: the values that are sorted by, as they are shown, and where they lead."""
    prefix = reader().prefix
    drawn = []
    for at, row in enumerate(rows):
        cells: dict[str, Any] = {"key__": at}
        for column in columns:
            found = row.get(column.name)
            cells[column.name] = found if isinstance(found, int | float | str | bool) else _sorted_by(found)
            cells[f"shown__{column.name}"] = column.show(found)
            if column.path is not None:
                cells[f"path__{column.name}"] = prefix + column.path(row)
        drawn.append(cells)
    return drawn


def _sorted_by(found: Any) -> Any:
    from decimal import Decimal

    return float(found) if isinstance(found, Decimal) else None if found is None else str(found)


def column_of(column: Column) -> dict[str, Any]:
    """The column as Quasar's table has it."""
    return {
        "name": column.name,
        "label": column.label,
        "field": column.name,
        "align": column.align,
        "sortable": column.sortable,
    }
