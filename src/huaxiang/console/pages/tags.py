"""Tags: the tree of all, their health, and one in depth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.choices import value_labels
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.table import Column, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.parts.values import shown_as
from huaxiang.console.words import later, named, say, told
from huaxiang.core.labels import TAG_KINDS, TYPES
from huaxiang.service.desk import Desk, personas, segments
from huaxiang.service.desk import tags as use

Row = Mapping[str, Any]

FLAGS = {
    "unused": later("never used"),
    "copy": later("a near copy of another"),
    "stale": later("stale"),
    "thin": later("thinly covered"),
    "drifted": later("drifted"),
    "constant": later("constant"),
    "empty": later("empty"),
    "unmeasured": later("never measured"),
    "outdated": later("measured before it was changed"),
    "no_better": later("no better than chance"),
}
"""Flags of a tag's health in words; one that is new here is shown by its name."""


def path_of(name: str) -> str:
    """The page of a tag."""
    return f"/tags/{quote(name)}"


@page("/tags", later("Tags"), "/tags")
async def tags_page(tab: str = "") -> None:
    """All tags: as a list by dimension and category, or by their health."""
    heading(say("Tags"), note=say("What is known of every customer, in three levels."))
    if viewer().may("tags.write"):
        with ui.element("div").classes("actions"):
            ui.button(say("Define a tag"), icon="add", on_click=lambda: ui.navigate.to("/define/tag")).props(
                "unelevated no-caps"
            ).mark("new-tag")
    rows = await states.ask(use.tags)
    tabbed(
        {
            "catalog": (say("Catalog"), lambda: _catalog(rows)),
            "health": (say("Health"), lambda: states.fill(use.health, _health, height="20rem")),
        },
        tab,
    )


def _catalog(rows: Sequence[Row]) -> None:
    place = ui.element("div")

    def draw() -> None:
        text = str(sought.value or "").strip().lower()
        some = [row for row in rows if text in f"{row['name']} {row['label_en']} {row['label_zh']}".lower()]
        place.clear()
        with place:
            _listed(some)

    sought = (
        ui.input(placeholder=say("Filter by name"), on_change=draw).props("outlined dense clearable").classes("wide")
    )
    sought.props["aria-label"] = say("Filter by name")
    sought.mark("filter")
    place.move()
    draw()


def _listed(rows: Sequence[Row]) -> None:
    columns = [
        Column("label", say("Tag"), path=lambda row: path_of(row["name"])),
        Column("dimension", say("Dimension")),
        Column("category", say("Category")),
        Column("kind", say("Kind"), _kind),
        Column("type", say("Type"), _type),
        Column("coverage", say("Coverage"), shown.percent, "right"),
        Column("distinct", say("Different values"), shown.number, "right"),
        Column("privacy", say("Privacy class")),
    ]
    drawn = [
        {
            **row,
            "label": told(row) or row["name"],
            "dimension": told(row, "dimension"),
            "category": told(row, "category"),
        }
        for row in rows
    ]
    table(columns, drawn, "tags", label=say("Tags"), page=50)


def _kind(kind: str) -> str:
    return told({"label": TAG_KINDS[kind].as_dict()}) if kind in TAG_KINDS else kind


def _type(type_: str) -> str:
    return told({"label": TYPES[type_].as_dict()}) if type_ in TYPES else type_


def _flags(flags: Sequence[str]) -> str:
    return ", ".join(say(FLAGS[flag]) if flag in FLAGS else flag for flag in flags) or shown.NOTHING


def _health(rows: Sequence[Row]) -> None:
    columns = [
        Column("label", say("Tag"), path=lambda row: path_of(row["name"])),
        Column("coverage", say("Coverage"), shown.percent, "right"),
        Column("fact_age_days", say("Age of the newest fact (days)"), lambda days: shown.number(days, 1), "right"),
        Column("psi", say("Drift (PSI)"), lambda psi: shown.number(psi, 3), "right"),
        Column("cost_share", say("Share of the build"), shown.percent, "right"),
        Column("used", say("Used by"), align="right"),
        Column("flags", say("To look at"), _flags),
    ]
    drawn = [{**row, "label": told(row) or row["name"], "used": len(row["used_by"])} for row in rows]
    table(columns, drawn, "tag-health", label=say("Health of tags"), page=50)


@page("/tags/{name}", later("Tag"), "/tags")
async def tag_page(name: str) -> None:
    """One tag: what it says, how its values are spread, where it comes from and where it goes."""
    catalog = await states.ask(use.tags)
    row = {each["name"]: each for each in catalog}.get(name, {})
    heading(told(row) or name, [(say("Tags"), "/tags")], told(row, "description"))
    # Its health is that of all tags, which is found out once per build.
    states.fill(
        lambda here: (use.tag(here, name), _catalogs(here)),
        lambda answer: _tag(answer[0], {"tag": catalog, **answer[1]}),
        height="30rem",
    )


def _catalogs(here: Desk) -> dict[str, Sequence[Row]]:
    """The catalogs of what a tag may be used by, beside other tags: `segment`, `persona`."""
    return {"segment": segments.segments(here), "persona": personas.personas(here)}


def _tag(found: Row, catalogs: Mapping[str, Sequence[Row]]) -> None:
    name = found["name"]
    figures(
        [
            Figure(say("Coverage"), shown.percent(found["coverage"])),
            Figure(say("Different values"), shown.number(found["distinct"])),
            Figure(say("Privacy class"), found["privacy"]),
            Figure(say("Kind"), _kind(found["kind"])),
            Figure(say("Type"), _type(found["type"])),
            Figure(say("Newest fact"), shown.moment(found["newest_fact"])[:10]),
        ]
    )
    if found["flags"]:
        ui.label(say("To look at: {flags}", flags=_flags(found["flags"]))).classes("warn")
    with ui.element("div").classes("columns"):
        with ui.element("section"):
            section(say("How it is spread"))
            _spread(found)
        with ui.element("section"):
            section(say("Definition"), f"{name} · {found['origin']}")
            with ui.element("pre").classes("panel code"):
                ui.label(shown.definition(found["definition"]))
            source = found["source"]
            if viewer().may("tags.write") and source and source["file"]:
                ui.button(
                    say("Edit"), icon="edit", on_click=lambda: ui.navigate.to(f"/define/tag?edit={quote(name)}")
                ).props("outline no-caps").mark("edit")
    section(say("Where it comes from, and where it goes"))
    _lineage(found, {kind: named(rows) for kind, rows in catalogs.items()})
    if found["backtest"]:
        section(say("Is it true?"), say("Measured against what happened after past moments."))
        _backtest(found["backtest"])


def _spread(found: Row) -> None:
    spread = found["values"]
    if not spread or (not spread["shares"] and not spread["bounds"]):
        states.empty(say("Nothing to show."))
        return
    if spread["mean"] is not None:
        ui.label(say("Mean: {mean}", mean=shown_as(found, {})(spread["mean"]))).classes("note")
    if spread["bounds"]:
        _deciles(found, spread["bounds"])
        return
    labels = value_labels({"values": found.get("value_labels")})
    shares = dict(sorted(spread["shares"].items(), key=lambda item: -item[1])[:20])
    names = [labels.get(value, value) for value in shares]
    options = {
        "grid": {"left": 8, "right": 32, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "axisLabel": {"formatter": "{value}%"}},
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "series": [{"type": "bar", "data": [round(share * 100, 1) for share in shares.values()], "barMaxWidth": 16}],
    }
    words = ", ".join(f"{name} {shown.percent(share)}" for name, share in zip(names, shares.values(), strict=True))
    chart(options, f"tag-{found['name']}", words=words, height=f"{3 + 1.7 * len(shares)}rem")


def _deciles(found: Row, bounds: Sequence[Any]) -> None:
    write = shown_as(found, {})
    named = [
        (say("{share} have less", share=f"{10 * at}%"), bound) for at, bound in enumerate(bounds) if bound is not None
    ]
    rows = [{"share": words, "bound": bound} for words, bound in named]
    columns = [Column("share", say("Customers"), sortable=False), Column("bound", say("Value"), write, "right")]
    table(columns, rows, f"deciles-{found['name']}", label=say("How it is spread"))


def _lineage(found: Row, called: Mapping[str, Mapping[str, str]]) -> None:
    tags = called["tag"]

    with ui.element("div").classes("lineage"):
        with ui.element("section").classes("panel"):
            ui.label(say("Sources")).classes("tag-category")
            for column in found["columns"]:
                ui.label(column["column"]).classes("code")
                for source in column["sources"]:
                    ui.label(f"{codes.source_called(source['source'])} · {source['source_column']}").classes("note")
            if not found["columns"]:
                ui.label(shown.NOTHING)
        _names(say("Tags that it reads"), [(tags.get(name, name), path_of(name)) for name in found["reads"]])
        _names(say("Used by"), [_user(used, called) for used in found["used_by"]])
        copies = [str(_copy(copy)) for copy in found["copies"]]
        _names(say("Near copies"), [(tags.get(name, name), path_of(name)) for name in copies])


def _user(used: str, called: Mapping[str, Mapping[str, str]]) -> tuple[str, str]:
    """What uses a tag, `segment:vip`: what it is called, and its page."""
    kind, _, name = used.partition(":")
    places = {"segment": "/segments/", "persona": "/personas/"}
    return called.get(kind, {}).get(name, name or used), places.get(kind, "/tags/") + quote(name)


def _copy(copy: Any) -> Any:
    return copy.get("tag", copy) if isinstance(copy, Mapping) else copy


def _names(title: str, names: Sequence[tuple[str, str]]) -> None:
    with ui.element("section").classes("panel"):
        ui.label(title).classes("tag-category")
        for name, path in names:
            ui.link(name, path).classes("line")
        if not names:
            ui.label(shown.NOTHING)


def _backtest(result: Row) -> None:
    names = {"cases": say("Cases"), "happened": say("Happened"), "auc": say("AUC"), "brier": say("Brier score")}
    rows = [
        {"measure": label, "value": _rate(result[key])} for key, label in names.items() if result.get(key) is not None
    ]
    table([Column("measure", say("Measure")), Column("value", say("Value"), align="right")], rows, "backtest",
          label=say("Is it true?"))  # fmt: skip


def _rate(value: Any) -> Any:
    return value.get("rate", value.get("value")) if isinstance(value, Mapping) else value
