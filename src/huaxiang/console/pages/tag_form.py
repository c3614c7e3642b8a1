"""Defining a tag: a form or YAML, tried on a sample at once, saved into the project's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.context import served
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.pages.tags import path_of
from huaxiang.console.parts import states
from huaxiang.console.parts.table import Column, table
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import definition_files, must
from huaxiang.service.desk import tags as use

PAUSE = 0.6
"""Seconds without a change after which a definition is tried."""

Row = Mapping[str, Any]


@page("/define/tag", later("Define a tag"), "/tags")
async def form_page(edit: str = "") -> None:
    """The form of a new tag, or of the one that is to be edited."""
    await states.ask(must, "tags.write", "tags.preview")
    tree = await states.ask(use.tree)
    former = await states.ask(use.tag, edit) if edit else None
    crumbs = [(say("Tags"), "/tags")]
    if former is None:
        heading(say("Define a tag"), crumbs)
    else:
        heading(say("Edit {tag}", tag=told(former) or edit), [*crumbs, (told(former) or edit, path_of(edit))])
    _Form(tree, served().project.loaded.tables, former)


class _Form:
    """The form, the YAML that it writes, and what comes of it."""

    def __init__(self, tree: Sequence[Row], tables: Mapping[str, Any], former: Row | None) -> None:
        self._asked = 0
        self._former = former
        source: Row = former["source"] if former else {"file": "own.yml", "etag": None, "text": ""}
        self._file, self._etag = source["file"], source["etag"]
        with ui.element("div").classes("builder"):
            with ui.element("section"):
                self._name = ui.input(say("Name in definitions"), value=former["name"] if former else "")
                self._name.props("outlined dense").mark("name").on_value_change(self._changed)
                self._name.set_enabled(former is None)
                if former is None:
                    self._fields(tree, tables)
                section(say("Definition"), say("YAML as it is saved. What is written here counts."))
                self._text = ui.textarea(value=source["text"], on_change=self._changed).props("outlined autogrow dense")
                self._text.props["aria-label"] = say("Definition")
                self._text.classes("code").mark("yaml")
            with ui.element("aside").classes("panel").props("aria-live=polite"):
                ui.label(say("On a sample")).classes("tag-category")
                self._result = ui.element("div")
                self._save = ui.button(say("Save"), icon="save", on_click=self._saved)
                self._save.props("unelevated no-caps").mark("save")
                self._save.disable()
        if former is not None:
            ui.timer(0, self._changed, once=True)

    def _fields(self, tree: Sequence[Row], tables: Mapping[str, Any]) -> None:
        homes = {
            f"{home['name']}.{category['name']}": f"{told(home)} › {told(category)}"
            for home in tree
            for category in home["categories"]
        }
        facts = {name: told({"label": table.label.as_dict()}) for name, table in tables.items() if table.is_fact}
        given: dict[str, Any] = {}

        def put(key: str, value: Any) -> None:
            given[key] = value
            self._text.value = definition_files.written(_definition(given))

        def text(key: str, label: str) -> None:
            field = ui.input(label, on_change=lambda event: put(key, event.value)).props("outlined dense")
            field.mark(key)

        with ui.element("div").classes("fields"):
            text("label_zh", say("Label in Chinese"))
            text("label_en", say("Label in English"))
            ui.select(
                homes, label=say("Category"), with_input=True, on_change=lambda event: put("home", event.value)
            ).props("outlined dense options-dense").mark("home")
            options = {"": say("Computed from other tags")} | facts
            ui.select(options, value="", label=say("Facts"), on_change=lambda event: put("table", event.value)).props(
                "outlined dense options-dense"
            ).mark("table")
            text("value", say("Expression, such as sum(amount)"))
            text("where", say("Only facts where"))
            text("window", say("Window, such as 90d"))

    async def _changed(self) -> None:
        self._asked += 1
        asked = self._asked
        self._save.disable()
        await asyncio.sleep(PAUSE)
        if asked != self._asked:  # somebody writes on
            return
        name, text = str(self._name.value or ""), str(self._text.value or "")
        if not name or not text.strip():
            return
        self._result.clear()
        with self._result:
            states.loading("3rem")
        try:
            found = await states.ask(use.preview, name, text)
        except HuaxiangError as error:
            self._show(states.failed, error)
            return
        if asked == self._asked:
            self._show(_previewed, found)
            self._save.set_enabled(found["sample"] is not None)

    def _show(self, draw: Callable[[Any], None], what: Any) -> None:
        self._result.clear()
        with self._result:
            draw(what)

    async def _saved(self) -> None:
        name, text = str(self._name.value), str(self._text.value)
        try:
            await states.ask(use.save, name, text, file=self._file, etag=self._etag)
        except HuaxiangError as error:
            self._show(states.failed, error)
            return
        ui.notify(say("Saved: {name}", name=name), type="positive")
        ui.navigate.to(path_of(name) if self._former else "/tags")


def _definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields say, as the keys of a definition."""
    dimension, _, category = str(given.get("home") or "").partition(".")
    labels = {language: given.get(f"label_{language}") for language in ("en", "zh")}
    found: dict[str, Any] = {"dimension": dimension, "category": category}
    found["label"] = {language: words for language, words in labels.items() if words}
    if given.get("table"):
        found |= {key: given.get(key) for key in ("table", "value", "where", "window")}
    else:
        found["expression"] = given.get("value")
    return {key: value for key, value in found.items() if value}


def _previewed(found: Row) -> None:
    if found["findings"]:
        with ui.element("ul").classes("findings").props("role=alert"):
            for finding in found["findings"]:
                with ui.element("li"):
                    place = say("line {n}: ", n=finding["line"]) if finding["line"] else ""
                    ui.label(f"{place}{passed_on(finding['message'])} {passed_on(finding['remedy'])}")
    if found["sample"] is None:
        return
    counted = shown.about(found["known"], found["margin"])
    ui.label(
        say("{known} of {sample} customers have a value.", known=counted, sample=shown.number(found["sample"]))
    ).mark("known")
    if found["margin"]:
        words = say("Figures may be off by up to {n}, so that nobody can be told from them.", n=found["margin"])
        ui.label(words).classes("note").mark("margin")
    if found["mean"] is not None:
        ui.label(say("Mean: {mean}", mean=shown.number(found["mean"], 2))).classes("note")
    values = [row for row in found["values"] or [] if row["value"] is not None][:8]
    if values:
        columns = [Column("value", say("Value")), Column("count", say("Customers"), shown.number, "right")]
        table(columns, values, "values", label=say("How it is spread"))
    if found["rows"]:
        path = "/customers/"
        columns = [
            Column("customer_id", say("Customer"), path=lambda row: path + row["customer_id"]),
            Column("value", say("Value"), align="right"),
        ]
        table(columns, found["rows"], "sample", label=say("On a sample"), page=8)
