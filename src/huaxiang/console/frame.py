"""What surrounds every page: the bar with search, the navigation, the place of the content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape

from nicegui import ui

from huaxiang.console.parts.hint import hint
from huaxiang.console.places import PLACES
from huaxiang.console.reader import Reader, reader
from huaxiang.console.words import say
from huaxiang.look import tokens
from huaxiang.service.desk import Desk

Crumb = tuple[str, str]
"""A text and the path that it leads to."""

_LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}


@contextmanager
def frame(desk: Desk, title: str, place: str) -> Iterator[None]:
    """Draw the frame; what is drawn within the block is the page's content."""
    who = reader()
    shown = say(title)
    ui.page_title(f"{shown} · {_project(desk, who)}")
    _head(who)
    # In front of all that NiceGUI draws, so that it is what the first press of Tab comes to.
    ui.add_body_html(f'<a class="skip" href="#main">{escape(say("To the content"))}</a>')
    drawer = _navigation(desk, place)
    _bar(desk, who, drawer)
    # Quasar's page around it is the landmark.
    with ui.element("div").props('id=main tabindex="-1"').classes("content"):
        yield


def heading(title: str, crumbs: Sequence[Crumb] = (), note: str = "") -> None:
    """The page's heading: breadcrumbs that lead back, the title, and a sentence below it."""
    if crumbs:
        with ui.element("nav").props(f'aria-label="{escape(say("Breadcrumbs"))}"').classes("crumbs"):
            for text, path in crumbs:
                ui.link(text, path)
                ui.label("›").props("aria-hidden=true")
    with ui.element("h1"):
        ui.html(escape(title), sanitize=False, tag="span")
    if note:
        ui.label(note).classes("note")


def section(title: str, note: str = "") -> None:
    """A heading within a page."""
    ui.html(escape(title), sanitize=False, tag="h2")
    if note:
        ui.label(note).classes("note")


def _project(desk: Desk, who: Reader) -> str:
    spec = desk.workspace.project.loaded.spec
    return spec.label[who.language] or spec.name


def _head(who: Reader) -> None:
    ui.add_head_html(
        f'<link rel="stylesheet" href="{who.prefix}/console/look/tokens.css">'
        f'<link rel="stylesheet" href="{who.prefix}/console/static/console.css">'
        f"<script>document.documentElement.dataset.mode='{who.mode}';"
        f"document.documentElement.dataset.language='{_LANGUAGE_TAGS[who.language]}';"
        f"document.documentElement.lang='{_LANGUAGE_TAGS[who.language]}';</script>"
        f'<script defer src="{who.prefix}/console/static/console.js"></script>'
    )
    ui.dark_mode(who.mode == "dark")
    color = tokens(who.mode)
    ui.colors(
        primary=color["accent"], secondary=color["indigo"], accent=color["plum"], dark=color["surface"],
        dark_page=color["paper"], positive=color["jade"], negative=color["accent"], info=color["indigo"],
        warning=color["ochre"],
    )  # fmt: skip


def _navigation(desk: Desk, place: str) -> ui.left_drawer:
    with (
        ui.left_drawer(value=None, bordered=True).props("width=216 breakpoint=900").classes("drawer") as drawer,
        ui.element("nav").props(f'aria-label="{escape(say("Places"))}"').classes("places"),
    ):
        for each in PLACES:
            if not desk.actor.may(each.right):
                continue
            with ui.link(target=each.path).classes("place").props(f'data-key="{each.key}"') as link:
                ui.icon(each.icon).props("aria-hidden=true")
                ui.label(say(each.label))
            if each.path == place:
                link.props("aria-current=page")
    return drawer


def _bar(desk: Desk, who: Reader, drawer: ui.left_drawer) -> None:
    with ui.header().classes("bar"):
        _icon_button("menu", say("Open or close the navigation"), drawer.toggle).classes("menu")
        with ui.link(target="/").classes("brand").props(f'aria-label="{escape(_project(desk, who))}"'):
            ui.label("画").classes("seal").props("aria-hidden=true")
            ui.label(_project(desk, who)).classes("brand-name")
        search = ui.input(placeholder=say("Search customers, tags, segments …")).props(
            f'dense borderless clearable type=search id=search aria-label="{escape(say("Search"))}"'
        )
        search.classes("search").mark("search")
        search.on("keydown.enter", lambda: ui.navigate.to(f"/search?q={_quoted(search.value)}"))
        other = "zh" if who.language == "en" else "en"
        ui.button("中文" if other == "zh" else "English").props(
            f"flat dense no-caps onclick=\"huaxiang.remember('language', '{other}')\""
        ).classes("switch").mark("language")
        mode = "light" if who.mode == "dark" else "dark"
        icon = "light_mode" if mode == "light" else "dark_mode"
        words = say("Light appearance") if mode == "light" else say("Dark appearance")
        _icon_button(icon, words).props(f"onclick=\"huaxiang.remember('mode', '{mode}')\"").mark("mode")
        _person(desk)


def _person(desk: Desk) -> None:
    with _icon_button("account_circle", say("Account of {name}", name=desk.actor.name)).mark("account"), ui.menu():
        ui.label(desk.actor.name).classes("account-name")
        ui.menu_item(say("My account"), lambda: ui.navigate.to("/account"))
        ui.menu_item(say("Sign out"), lambda: ui.run_javascript("huaxiang.signOut()")).mark("sign-out")


def _icon_button(icon: str, words: str, on_click: object = None) -> ui.button:
    button = ui.button(icon=icon, on_click=on_click).props(f'flat round dense aria-label="{escape(words)}"')  # type: ignore[arg-type]
    hint(button, words)
    return button


def _quoted(text: str | None) -> str:
    from urllib.parse import quote

    return quote(text or "")
