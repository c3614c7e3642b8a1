"""Building a segment, or changing one: a rule that is put together or written, its size at once, saving it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.choices import choices
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.rule_builder import Choice, RuleBuilder
from huaxiang.console.parts.segment_saving import Opened, ask_to_save, may_be_saved
from huaxiang.console.rule_reading import BeyondBuilderError, rule_tree
from huaxiang.console.rules import rule_text
from huaxiang.console.words import later, passed_on, say
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import must
from huaxiang.service.desk import segments as use
from huaxiang.service.desk import tags as tag_use

PAUSE = 0.3
"""Seconds without a change after which a rule is counted."""


@page("/define/segment", later("Build a segment"), "/segments")
async def builder_page(edit: str = "", like: str = "") -> None:
    """The page of a rule: a new one, that of a segment to `edit`, or one `like` that of another segment."""
    await states.ask(must, "segments.count", "segments.count")
    source = await states.ask(use.source, edit or like) if edit or like else None
    crumbs = [(say("Segments"), "/segments")]
    former = None
    if source is not None and edit and source["file"] is not None:
        former = Opened(edit, source["label"], source["file"], source["etag"])
        heading(say("Edit {segment}", segment=former.called), [*crumbs, (former.called, f"/segments/{quote(edit)}")])
        if source["parts"] != ["where"]:
            _Definition(former, source["text"], source["parts"], savable=may_be_saved(source))
            return
    else:
        heading(say("Build a segment"), crumbs)
    tags = await states.ask(tag_use.tags)
    segments = await states.ask(use.segments)
    _Builder(choices(tags, segments), former, (source or {}).get("rule") or "")


class _Builder:
    """The page's parts, and the rule that they are about."""

    def __init__(self, known: Mapping[str, Choice], former: Opened | None, rule: str) -> None:
        self._kinds = {name: choice.kind for name, choice in known.items()}
        self._former = former
        self._rule = ""
        self._asked = 0
        with ui.element("div").classes("builder"):
            with ui.element("section"):
                self._builder = RuleBuilder(known, self._built)
                self._beyond = ui.label().classes("panel warn").props("role=status").mark("beyond")
                self._beyond.set_visibility(False)
                section(say("The rule as text"), say("To be changed here or above: it is the same rule."))
                self._text = (
                    ui.textarea(value=rule, on_change=self._written).props("outlined autogrow dense").classes("code")
                )
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
                words = say("Save as a segment") if former is None else say("Save the changes")
                self._save = ui.button(words, icon="save", on_click=self._ask_to_save)
                self._save.props("unelevated no-caps").mark("save")
                self._save.set_visibility(viewer().may("segments.write"))
                self._save.disable()
        if rule:
            self._show(rule)
            self._write()

    def _built(self) -> None:
        try:
            rule = rule_text(self._builder.rule)
        except ValueError as error:
            self._asked += 1  # a rule that waits to be counted is no longer what stands here
            self._refuse(say("'{value}' is no value of this tag.", value=str(error)))
            return
        if rule == self._text.value:
            self._write()  # back from what was no value: the text has not changed, so it tells of nothing
        self._text.value = rule

    def _write(self) -> None:
        with self._text.client:  # what called may be gone: the builder draws its conditions anew
            ui.timer(0, self._written, once=True)

    async def _written(self) -> None:
        self._rule = (self._text.value or "").strip()
        self._asked += 1
        asked = self._asked
        await asyncio.sleep(PAUSE)
        if asked == self._asked:  # nothing was changed meanwhile
            await self._counted(asked)

    def _show(self, rule: str) -> None:
        """Show the rule as groups of conditions, or why that can't be."""
        try:
            if not self._beyond.visible and rule_text(self._builder.rule) == rule:
                return  # it was put together here
        except ValueError:
            pass  # what was typed above is no value: the text counts
        reason, tree = "", None
        try:
            tree = rule_tree(rule, self._kinds)
        except BeyondBuilderError as error:
            reason = say(error.reason, part=error.part)
        except HuaxiangError:
            return  # it is being written, or told below the count
        self._builder.show(tree)
        self._beyond.text = say("The builder can't show this rule, so it is changed as text. {reason}", reason=reason)
        self._beyond.set_visibility(tree is None)

    async def _counted(self, asked: int) -> None:
        self._save.disable()
        self._show(self._rule)
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
        ask_to_save(self._rule, self._former)


class _Definition:
    """A segment that is more than a rule, as its file has it."""

    def __init__(self, former: Opened, text: str, parts: Sequence[str], *, savable: bool) -> None:
        self._former = former
        words = say(
            "The builder can't show this segment: it is more than a rule ({parts}). It is opened as its file has it.",
            parts=", ".join(parts),
        )
        ui.label(words).classes("panel warn").mark("beyond")
        section(say("Definition"), f"{former.name} · segments/{former.file}")
        self._text = ui.textarea(value=text).props("outlined autogrow dense").classes("code").mark("yaml")
        self._text.props["aria-label"] = say("Definition")
        if not savable:
            self._text.props("readonly")
            return
        self._result = ui.element("div")
        with ui.element("div").classes("actions"):
            ui.button(say("Save"), icon="save", on_click=self._saved).props("unelevated no-caps").mark("save")

    async def _saved(self) -> None:
        former, text = self._former, str(self._text.value or "")
        self._result.clear()
        try:
            await states.ask(use.save, former.name, text, file=former.file, etag=former.etag)
        except HuaxiangError as error:
            with self._result:
                states.failed(error)
            return
        ui.notify(say("Saved: {name}", name=former.called), type="positive")
        ui.navigate.to(f"/segments?saved={quote(former.name)}")


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
