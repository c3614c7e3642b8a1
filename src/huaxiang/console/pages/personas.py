"""Personas: the cards, and the portrait of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.hint import hint
from huaxiang.console.parts.portrait import hours, radar, telling
from huaxiang.console.parts.table import Column, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.parts.values import tag_and_value
from huaxiang.console.words import later, say, told
from huaxiang.core.errors import NotFoundError
from huaxiang.service.desk import Desk, segments, tags
from huaxiang.service.desk import personas as use

Row = Mapping[str, Any]

LEVELS = {"A": "good", "B": "good", "C": "warn", "D": "bad", "E": "bad"}
"""Grade → how it is coloured; one that was never validated is not."""

FACETS = {
    "category": later("Categories"),
    "brand": later("Brands"),
    "order_channel": later("Order channels"),
    "visit_channel": later("Visit channels"),
    "journey_stage": later("Journey stage"),
    "life_stage": later("Life stage"),
    "province": later("Provinces"),
}
"""The facets of preferences, in the order in which they are shown."""


def path_of(name: str) -> str:
    """The page of a persona."""
    return f"/personas/{quote(name)}"


@page("/personas", later("Personas"), "/personas")
async def personas_page() -> None:
    """A card each."""
    heading(say("Personas"), note=say("What the members of a segment are like, against everyone else."))
    with ui.element("div").classes("actions"):
        ui.button(say("Compare"), icon="compare_arrows", on_click=lambda: ui.navigate.to("/compare")).props(
            "outline no-caps"
        ).mark("compare")
    rows = await states.ask(use.personas)
    if not rows:
        states.empty(say("No persona is defined."), say("Define one in personas/, or open the portrait of a segment."))
        return
    with ui.element("div").classes("cards"):
        for row in rows:
            _card(row)


def _card(row: Row) -> None:
    with ui.link(target=path_of(row["name"])).classes("panel card"):
        with ui.element("div").classes("card-head"):
            ui.html(f"<strong>{escape(told(row) or row['name'])}</strong>", sanitize=False).classes("card-title")
            _grade(row)
        size = say("{n} customers, {share}", n=shown.number(row["size"]), share=shown.percent(row["share"]))
        ui.label(size).classes("note")
        ui.label(told(row, "text")).classes("card-text")
        _flags(row)


def _grade(row: Row) -> None:
    words = say("Grade {grade}", grade=row["grade"]) if row["grade"] in LEVELS else say("without a grade")
    badge = ui.label(words).classes(f"badge {LEVELS.get(row['grade'], '')}")
    hint(badge, told(row, "reason"))


def _flags(row: Row) -> None:
    words = {"overdue": say("overdue for review"), "drifted": say("has drifted")}
    for flag in row["flags"]:
        ui.label(words.get(flag, flag)).classes("badge warn")


@page("/personas/{name}", later("Persona"), "/personas")
async def persona_page(name: str, tab: str = "") -> None:
    """The portrait of a persona, or of any segment."""
    rows = [*await states.ask(segments.segments), *await states.ask(use.personas)]
    row = {each["name"]: each for each in rows}.get(name, {})
    heading(told(row) or name, [(say("Personas"), "/personas")], told(row, "question"))

    # The portrait of a segment that is no persona is made when somebody asks for it.
    def ask(here: Desk) -> tuple[Row, dict[str, Row]]:
        return use.persona(here, name), {row["name"]: row for row in tags.tags(here)}

    states.fill(ask, lambda answer: _portrait(*answer, tab), height="30rem")


def _portrait(found: Row, catalog: Mapping[str, Row], tab: str) -> None:
    with ui.element("div").classes("chips"):
        if found.get("grade"):
            _grade(found)
            _flags(found)
    figures(
        [
            Figure(say("Customers"), shown.number(found["size"])),
            Figure(say("Share of all"), shown.percent(found["share"])),
            Figure(say("Share of revenue"), shown.percent(found["revenue_share"])),
            *_review(found),
        ]
    )
    ui.label(told(found, "text")).classes("lead").mark("text")
    with ui.element("div").classes("actions"):
        for words, icon, path in (
            (say("Open the segment"), "donut_small", f"/segments/{quote(found['segment'])}"),
            (say("Compare"), "compare_arrows", f"/compare?side={quote(found['segment'])}&side=everyone"),
        ):
            ui.button(words, icon=icon, on_click=lambda path=path: ui.navigate.to(path)).props("outline no-caps")
    tabbed(
        {
            "front": (say("Telling tags"), lambda: _front(found)),
            "preferences": (say("Preferences"), lambda: _preferences(found)),
            "week": (say("Week"), lambda: hours(found["hours"])),
            "apart": (say("Sets apart"), lambda: _apart(found)),
            "people": (say("Typical members"), lambda: _people(found, catalog)),
            "evidence": (say("Evidence"), lambda: _evidence(found)),
            "all": (say("All tags"), lambda: _all(found)),
        },
        tab,
    )


def _review(found: Row) -> list[Figure]:
    if not found.get("next_review"):
        return []
    return [Figure(say("Next review"), str(found["next_review"]), level="warn" if found["flags"] else "")]


def _front(found: Row) -> None:
    with ui.element("div").classes("columns"):
        with ui.element("section"):
            section(say("What tells most"), say("By information gain; the defining tags come last."))
            telling(found)
        with ui.element("section"):
            section(say("By dimension"), say("Mean percentile rank of the members; 50 is everyone."))
            radar([(told(found) or found["name"], found["scores"])])
    for warning in found["warnings"]:
        with ui.element("div").classes("panel apart"):
            ui.label(told(warning, "reason")).classes("warn" if warning["severity"] == "warning" else "")
            ui.label(told(warning, "remedy")).classes("note")


def _preferences(found: Row) -> None:
    by_facet: dict[str, list[Row]] = {}
    for row in found["preferences"]:
        by_facet.setdefault(row["facet"], []).append(row)
    if not by_facet:
        states.empty(say("Nothing to show."))
    with ui.element("div").classes("columns"):
        for facet, label in FACETS.items():
            rows = [row for row in by_facet.get(facet, ()) if not row["hidden"]]
            if rows:
                with ui.element("section"):
                    section(say(label))
                    _facet(facet, rows[:10])


def _facet(facet: str, rows: list[Row]) -> None:
    names = [told(row) for row in rows]

    def series(name: str, key: str) -> dict[str, Any]:
        return {"type": "bar", "name": name, "data": [round((row[key] or 0) * 100, 1) for row in rows]}

    options = {
        "grid": {"left": 8, "right": 24, "top": 32, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "series": [series(say("Members"), "share"), series(say("Everyone"), "base_share")],
    }
    words = ", ".join(f"{name} {shown.percent(row['share'])}" for name, row in zip(names, rows, strict=True))
    chart(options, facet, words=words, height=f"{4 + 2 * len(rows)}rem")


def _apart(found: Row) -> None:
    siblings = found["sibling"]
    section(say("From the nearest sibling"))
    if siblings:
        sibling = told(siblings[0], "sibling_label")
        ui.label(say("The most alike is {name}. What tells them apart:", name=sibling)).classes("note")
        _list(told(row, "statement") for row in siblings)
    else:
        states.empty(say("There is no sibling to compare with."))
    if found["borders"]:
        section(say("What it would take to leave"))
        _list(told(row, "statement") for row in found["borders"])
    if len(found["history"]) > 1:
        section(say("Over the last builds"))
        columns = [
            Column("built_at", say("Built"), shown.moment),
            Column("size", say("Customers"), shown.number, "right"),
            Column("jaccard", say("Kept members"), shown.percent, "right"),
            Column("psi", say("Largest shift (PSI)"), align="right"),
        ]
        table(columns, found["history"], "history", label=say("Over the last builds"))


def _list(statements: Any) -> None:
    with ui.element("ul").classes("alerts"):
        for statement in statements:
            with ui.element("li"):
                ui.label(statement)


def _evidence(found: Row) -> None:
    if told(found, "reason"):
        ui.label(told(found, "reason")).classes("lead")

    def ask(here: Desk) -> Mapping[str, Sequence[Row]] | None:
        try:
            return use.validations(here, found["name"])
        except NotFoundError:
            return None  # any segment has a portrait

    states.fill(ask, _validations, height="14rem")


def _validations(found: Mapping[str, Sequence[Row]] | None) -> None:
    if found is None:
        states.empty(say("Only personas are held against evidence, not segments."))
        return
    if not found["validations"]:
        states.empty(say("Nothing was held against it yet."), say("Define validations to have it graded."))
        return
    columns = [
        Column("label", say("Evidence")),
        Column("verdict", say("Verdict"), codes.called(codes.VERDICTS)),
        Column("summary", say("What it says")),
        Column("size", say("People"), shown.number, "right"),
    ]
    rows = [{**row, "label": told(row), "summary": told(row, "summary")} for row in found["validations"]]
    table(columns, rows, "validations", label=say("Evidence"))
    figures_of = [row for row in found["figures"] if not row["hidden"]]
    if figures_of:
        columns = [
            Column("label", say("Figure")),
            Column("own", say("Own"), lambda own: shown.number(own, 3), "right"),
            Column("reference", say("Reference"), lambda reference: shown.number(reference, 3), "right"),
            Column("index", say("Index"), shown.number, "right"),
        ]
        rows = [{**row, "label": told(row)} for row in figures_of]
        table(columns, rows, "validation-figures", label=say("Figures"))


def _people(found: Row, catalog: Mapping[str, Row]) -> None:
    if not found["typical"]:
        states.empty(say("No typical members are shown."))
        return
    with ui.element("div").classes("cards"):
        for member in found["typical"]:
            with ui.link(target=f"/customers/{quote(member['customer_id'])}").classes("panel card"):
                ui.label(member.get("name") or member["customer_id"]).classes("card-title")
                for name, value in member["tags"].items():
                    ui.label(tag_and_value(name, value, catalog)).classes("note")


def _all(found: Row) -> None:
    columns = [
        Column("rank", say("Rank"), align="right"),
        Column("statement", say("Statement"), path=lambda row: f"/tags/{quote(row['tag'])}"),
        Column("gain", say("Gain (bits)"), lambda gain: shown.number(gain, 4), "right"),
        Column("known", say("Known"), shown.percent, "right"),
        Column("sureness", say("Sureness"), _sureness),
    ]
    rows = [{**row, "statement": told(row, "statement")} for row in found["tags"]]
    table(columns, rows, f"persona-{found['name']}", label=say("All tags"))


def _sureness(sureness: str | None) -> str:
    words = {"sure": say("sure"), "likely": say("likely"), "weak": say("weak")}
    return words.get(sureness or "", shown.NOTHING)
