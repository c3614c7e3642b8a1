"""Reports and studies: made here, downloaded from here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from nicegui import ui

from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.reader import reader
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.core.text import Language
from huaxiang.service.desk import Desk
from huaxiang.service.desk import reports as use


@page("/reports", later("Reports"), "/reports")
async def reports_page() -> None:
    """The report of the build that serves, and the project's studies."""
    heading(say("Reports"), note=say("Documents of the build that serves, to hand on."))
    language = reader().language
    section(say("The whole report"), say("One page with everything, in both languages, that opens without a network."))
    with ui.element("div").classes("actions"):
        _make(say("Make and download"), "report", lambda asks: use.report(asks, language))
    section(say("Studies"))
    studies = await states.ask(use.studies)
    if not studies:
        states.empty(say("No study is defined."), say("Define one in studies/."))
    with ui.element("div").classes("cards"):
        for study in studies:
            with ui.element("section").classes("panel"):
                ui.label(told(study) or study["name"]).classes("card-title")
                with ui.element("div").classes("actions"):
                    for form in study["formats"]:
                        _study(study["name"], form, language)


def _study(name: str, form: Any, language: Language) -> None:
    _make(form.upper(), f"study-{name}-{form}", lambda asks: use.study(asks, name, form, language))


def _make(words: str, mark: str, make: Callable[[Desk], Path]) -> None:
    async def made() -> None:
        button.props("loading")
        try:
            path = await states.ask(make)
            ui.download.content(path.read_bytes(), path.name)
        except HuaxiangError as error:
            ui.notify(passed_on(error), type="negative")
        finally:
            button.props(remove="loading")

    button = ui.button(words, icon="download", on_click=made).props("outline no-caps").mark(mark)
