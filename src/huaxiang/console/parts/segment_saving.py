"""Saving a rule: as a new segment, or back to where the segment stands that it was opened from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from nicegui import ui

from huaxiang.console.context import viewer
from huaxiang.console.parts import states
from huaxiang.console.reader import reader
from huaxiang.console.words import passed_on, say, told
from huaxiang.core.errors import ConflictError, HuaxiangError
from huaxiang.core.text import LANGUAGES
from huaxiang.service.desk import segments as use
from huaxiang.service.desk.definitions import REACHES_OUT


@dataclass(frozen=True)
class Opened:
    """A segment of the project's own that was opened to be changed, with the `etag` of its file as it was then."""

    name: str
    label: Mapping[str, str]
    file: str
    etag: str

    @property
    def called(self) -> str:
        """What the reader calls it."""
        return told({"label": self.label}) or self.name


def path_to_edit(name: str) -> str:
    """Where a segment is opened to be changed."""
    return f"/define/segment?{urlencode({'edit': name})}"


def may_be_saved(source: Mapping[str, Any]) -> bool:
    """Whether the reader may save the segment of this `source` where it stands: none of a library, no uploaded list."""
    inside = source["file"] is not None and not set(source["parts"]) & set(REACHES_OUT["segments"])
    return inside and viewer().may("segments.write")


def ask_to_save(rule: str, former: Opened | None) -> None:
    """Ask for the names of a segment, and save `rule` as it; `former` is what it was opened from."""
    with ui.dialog() as dialog, ui.card().classes("dialog"):
        ui.label(say("Save as a segment") if former is None else say("Save the changes")).classes("dialog-title")
        words = {"zh": say("Name in Chinese"), "en": say("Name in English")}
        known = former.label if former else {}
        labels = {
            language: ui.input(words[language], value=known.get(language, ""))
            .props("outlined dense")
            .mark(f"label-{language}")
            for language in sorted(LANGUAGES, key=lambda each: each != reader().language)
        }
        name = ui.input(say("Name in definitions"), value=former.name if former else "").props("outlined dense")
        name.mark("name").set_enabled(former is None)
        if former is None:
            for each in labels.values():
                each.on_value_change(lambda: name.set_value(slug(labels["en"].value or labels["zh"].value or "")))
        ui.label(say("One language is enough; the other shows the same.")).classes("note")
        note = ui.label(
            say("It is written into the project's folder and counts from the next build on.")
            if former is None
            else say("It is written into {file} and counts from the next build on.", file=f"segments/{former.file}")
        ).classes("note")
        note.props("role=status").mark("save-note")
        again = ui.element("div")

        async def save() -> None:
            label = {str(language): str(each.value).strip() for language, each in labels.items() if each.value}
            try:
                if former is None:
                    await states.ask(use.save_rule, name.value, rule, label=label)
                else:
                    names = label if label != former.label else None  # who changes only the rule changes only that
                    await states.ask(use.change_rule, former.name, rule, label=names, etag=former.etag)
            except HuaxiangError as error:
                note.text = passed_on(error)
                note.classes("bad", remove="note")
                again.clear()
                if former is not None and isinstance(error, ConflictError):
                    with again:
                        ui.link(say("Open the segment as it is now"), path_to_edit(former.name), new_tab=True)
                return
            dialog.close()
            ui.notify(say("Saved: {name}", name=told({"label": label}) or name.value), type="positive")
            ui.navigate.to(f"/segments?saved={quote(name.value)}")

        with ui.element("div").classes("actions"):
            ui.button(say("Save"), on_click=save).props("unelevated no-caps").mark("save-now")
            ui.button(say("Cancel"), on_click=dialog.close).props("flat no-caps")
    dialog.open()


def slug(label: str) -> str:
    """A name for definitions made of a label: `Gold, online` → `gold_online`, `金卡` → `jin_ka`; empty of no letter."""
    from pypinyin import lazy_pinyin

    spelled = "_".join(lazy_pinyin(label.lower()))
    return re.sub(r"[^a-z0-9]+", "_", spelled).strip("_").lstrip("0123456789_")
