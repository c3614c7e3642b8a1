"""Building a segment: a rule that is put together or written, its size at once, how a tag is spread, saving it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.choices import choices
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.rule_builder import Choice, RuleBuilder
from huaxiang.console.reader import reader
from huaxiang.console.rules import rule_text
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.core.text import LANGUAGES
from huaxiang.service.desk import segments as use
from huaxiang.service.desk import tags as tag_use

PAUSE = 0.3
"""Seconds without a change after which a rule is counted."""


@page("/define/segment", later("Build a segment"), "/segments")
async def builder_page() -> None:
    """The page of a rule that nobody has saved."""
    heading(say("Build a segment"), [(say("Segments"), "/segments")])
    tags = await states.ask(tag_use.tags)
    segments = await states.ask(use.segments)
    _Builder(choices(tags, segments))


class _Builder:
    """The page's parts, and the rule that they are about."""

    def __init__(self, known: Mapping[str, Choice]) -> None:
        self._rule = ""
        self._asked = 0
        with ui.element("div").classes("builder"):
            with ui.element("section"):
                self._builder = RuleBuilder(known, self._built)
                section(say("The rule as text"), say("What is written here counts, until the rule above is changed."))
                self._text = ui.textarea(on_change=self._written).props("outlined autogrow dense").classes("code")
                self._text.props["aria-label"] = say("The rule as text")
                self._text.mark("rule-text")
            with ui.element("aside").classes("panel").props("aria-live=polite"):
                self._count = ui.label("–").classes("key").mark("count")
                self._share = ui.label(say("Choose a tag or a segment.")).classes("note").mark("share")
                self._problem = ui.label().classes("bad").props("role=alert").mark("problem")
                spread = {
                    name: choice.label for name, choice in known.items() if choice.kind in ("text", "boolean", "number")
                }
                self._tag = ui.select(spread, label=say("Show how a tag is spread"), with_input=True, clearable=True)
                self._tag.props("dense outlined options-dense").on_value_change(self._spread_again).mark("spread")
                self._spread = ui.element("div")
                self._save = ui.button(say("Save as a segment"), icon="save", on_click=self._ask_to_save)
                self._save.props("unelevated no-caps").mark("save")
                self._save.set_visibility(viewer().may("segments.write"))
                self._save.disable()

    def _built(self) -> None:
        try:
            rule = rule_text(self._builder.rule)
        except ValueError as error:
            self._refuse(say("'{value}' is no value of this tag.", value=str(error)))
            return
        self._text.value = rule

    async def _written(self) -> None:
        self._rule = (self._text.value or "").strip()
        self._asked += 1
        asked = self._asked
        await asyncio.sleep(PAUSE)
        if asked == self._asked:  # nothing was changed meanwhile
            await self._counted(asked)

    async def _counted(self, asked: int) -> None:
        self._save.disable()
        if not self._rule:
            self._count.text, self._share.text, self._problem.text = "–", say("Choose a tag or a segment."), ""
            return
        try:
            found = await states.ask(use.count, self._rule)
        except HuaxiangError as error:
            if asked == self._asked:
                self._refuse(passed_on(error))
            return
        if asked != self._asked:
            return
        self._problem.text = ""
        self._count.text = shown.about(found["count"], found["margin"])
        self._share.text = say(
            "customers, {share} of {all}", share=shown.percent(found["share"]), all=shown.number(found["of"])
        )
        self._save.enable()
        await self._spread_again()

    def _refuse(self, problem: str) -> None:
        self._count.text, self._share.text, self._problem.text = "–", "", problem
        self._spread.clear()
        self._save.disable()

    async def _spread_again(self) -> None:
        self._spread.clear()
        if not self._tag.value or not self._rule:
            return
        rule, tag = self._rule, self._tag.value
        try:
            found = await states.ask(use.distribution, rule, tag)
        except HuaxiangError as error:
            with self._spread:
                ui.label(passed_on(error)).classes("note")
            return
        if rule == self._rule:
            with self._spread:
                _distribution(found, str(self._tag.options[tag]))

    def _ask_to_save(self) -> None:
        with ui.dialog() as dialog, ui.card().classes("dialog"):
            ui.label(say("Save as a segment")).classes("dialog-title")
            words = {"zh": say("Name in Chinese"), "en": say("Name in English")}
            labels = {
                language: ui.input(words[language]).props("outlined dense").mark(f"label-{language}")
                for language in sorted(LANGUAGES, key=lambda each: each != reader().language)
            }
            name = ui.input(say("Name in definitions")).props("outlined dense").mark("name")
            for each in labels.values():
                each.on_value_change(lambda: name.set_value(slug(labels["en"].value or labels["zh"].value or "")))
            ui.label(say("One language is enough; the other shows the same.")).classes("note")
            note = ui.label(say("It is written into the project's folder and counts from the next build on.")).classes(
                "note"
            )
            note.props("role=status").mark("save-note")

            async def save() -> None:
                label = {str(language): str(each.value).strip() for language, each in labels.items() if each.value}
                try:
                    await states.ask(use.save_rule, name.value, self._rule, label=label)
                except HuaxiangError as error:
                    note.text = passed_on(error)
                    note.classes("bad", remove="note")
                    return
                dialog.close()
                ui.notify(say("Saved: {name}", name=told({"label": label}) or name.value), type="positive")
                ui.navigate.to(f"/segments?saved={name.value}")

            with ui.element("div").classes("actions"):
                ui.button(say("Save"), on_click=save).props("unelevated no-caps").mark("save-now")
                ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
        dialog.open()


def slug(label: str) -> str:
    """A name for definitions made of a label: `Gold, online` → `gold_online`, `金卡` → `jin_ka`; empty of no letter."""
    from pypinyin import lazy_pinyin

    spelled = "_".join(lazy_pinyin(label.lower()))
    return re.sub(r"[^a-z0-9]+", "_", spelled).strip("_").lstrip("0123456789_")


def _distribution(found: Mapping[str, Any], label: str) -> None:
    rows = [row for row in found["values"] if not row["hidden"]]
    if not rows:
        states.empty(say("Nothing to show."))
        return
    names = [str(row["label"] if isinstance(row["label"], str) else row["value"]) for row in rows]

    def series(name: str, key: str) -> dict[str, Any]:
        return {"type": "bar", "name": name, "data": [round((row[key] or 0) * 100, 1) for row in rows], "barGap": "10%"}

    options = {
        "grid": {"left": 8, "right": 16, "top": 32, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "series": [series(say("Those of the rule"), "share"), series(say("Everyone"), "base_share")],
    }
    chart(options, "distribution", words=say("How {tag} is spread", tag=label), height=f"{4 + 2 * len(rows)}rem")
