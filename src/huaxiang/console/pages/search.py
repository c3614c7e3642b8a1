"""The global search: customers by any identifier, tags, segments and personas by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.pages.customers import hits
from huaxiang.console.pages.personas import path_of as persona_path
from huaxiang.console.pages.segments import path_of as segment_path
from huaxiang.console.pages.tags import path_of as tag_path
from huaxiang.console.parts import states
from huaxiang.console.words import later, say, told
from huaxiang.service.desk import customers, personas, segments, tags

MOST = 20
"""Names that are shown of each kind."""


@page("/search", later("Search"), "/")
async def search_page(q: str = "") -> None:
    """What a text may mean."""
    heading(say("Search"), note=say("Found for “{text}”", text=q))
    text = q.strip()
    if not text:
        states.empty(say("Type what you look for."))
        return
    if viewer().may("profiles.read"):
        section(say("Customers"))
        hits(await states.ask(customers.search, text))
    await _named(say("Segments"), segments.segments, segment_path, text)
    await _named(say("Personas"), personas.personas, persona_path, text)
    await _named(say("Tags"), tags.tags, tag_path, text)


async def _named(title: str, ask: Callable[[Any], Sequence[Mapping[str, Any]]], path: Any, text: str) -> None:
    sought = text.lower()
    rows = await states.ask(ask)
    found = [row for row in rows if sought in f"{row['name']} {row['label_en']} {row['label_zh']}".lower()]
    if not found:
        return
    section(title)
    with ui.element("ul").classes("hits"):
        for row in found[:MOST]:
            with ui.element("li"):
                ui.link(told(row) or row["name"], path(row["name"]))
                ui.label(row["name"]).classes("note")
