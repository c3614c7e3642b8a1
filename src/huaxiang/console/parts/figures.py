"""Key figures in a row: a number with what it is and what to know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from nicegui import ui


@dataclass(frozen=True)
class Figure:
    """A figure. `level` colours it: good, warn, bad; empty: as ink."""

    label: str
    value: str
    note: str = ""
    level: str = ""
    path: str = ""


def figures(shown: Iterable[Figure]) -> None:
    """Draw the figures side by side."""
    with ui.element("dl").classes("keys"):
        for each in shown:
            with ui.element("div"):
                ui.html(escape(each.label), sanitize=False, tag="dt")
                with ui.element("dd").classes(f"key {each.level}"):
                    if each.path:
                        ui.link(each.value, each.path)
                    else:
                        ui.label(each.value)
                if each.note:
                    ui.html(escape(each.note), sanitize=False, tag="dd").classes("note")
