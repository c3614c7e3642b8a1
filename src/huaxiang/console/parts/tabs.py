"""Parts of a page behind tabs, of which a link may open any."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

Tabs = Mapping[str, tuple[str, Callable[[], Any]]]
"""Name in the link → what the tab is called, and what draws its content when it is opened."""


def tabbed(tabs: Tabs, first: str = "") -> ui.tabs:
    """Draw the tabs, opened at `first` or at the first of all. A tab is drawn when it is opened for the first time."""
    opened = first if first in tabs else next(iter(tabs))
    places: dict[str, ui.tab_panel] = {}

    def draw(name: str) -> None:
        place = places.pop(name, None)
        if place is not None:
            with place:
                tabs[name][1]()

    with ui.tabs(on_change=lambda event: draw(str(event.value))) as bar:
        bar.props("dense no-caps align=left inline-label")
        for name, (label, _) in tabs.items():
            ui.tab(name, label).mark(f"tab-{name}")
    with ui.tab_panels(bar, animated=False):
        for name in tabs:
            places[name] = ui.tab_panel(name).classes("tab")
    bar.set_value(opened)
    draw(opened)
    return bar
