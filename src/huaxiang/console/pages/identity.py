"""Identity: how sound it is, the pairs that wait for a decision, why records are one person, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.context import viewer
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.listed import Listed
from huaxiang.console.parts.table import Column, selectable, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.core.errors import HuaxiangError
from huaxiang.service.desk import Desk
from huaxiang.service.desk import identity as use

Row = Mapping[str, Any]

LEVELS = {"green": "good", "amber": "warn", "red": "bad"}
PAIRS = 20
"""Pairs of a page of the review queue."""


@page("/identity", later("Identity"), "/identity")
async def identity_page(tab: str = "", customer: str = "") -> None:
    """All of it, behind tabs."""
    heading(say("Identity"), note=say("Which records are the same person, why, and what people decided."))
    found = await states.ask(use.audit)
    tabbed(
        {
            "audit": (say("Health"), lambda: _audit(found)),
            "review": (say("Review"), _Review),
            "explain": (say("Explain"), lambda: _Explain(customer)),
            "decisions": (say("Decisions"), _Decisions),
        },
        tab or ("explain" if customer else ""),
    )


def _audit(found: Mapping[str, Sequence[Row]]) -> None:
    with ui.element("div").classes("cards"):
        for measure in found["measures"]:
            with ui.element("section").classes("panel"):
                ui.label(told(measure)).classes("tag-category")
                ui.label(_measured(measure)).classes(f"key {_level(measure)}")
                ui.label(told(measure, "reason")).classes("note")
                if measure["level"] != "green":
                    ui.label(told(measure, "remedy")).classes("note")
    if found["bridges"]:
        section(say("Bridges"), say("Customers who are two groups of records held together by one link."))
        columns = [
            Column("customer_id", say("Customer"), path=_explained),
            Column("kind", say("Link")),
            Column("value", say("Value")),
            Column("records", say("Records"), shown.number, "right"),
        ]
        table(columns, found["bridges"], "bridges", label=say("Bridges"), page=10)
    if found["clusters"]:
        section(say("Largest customers"))
        columns = [
            Column("customer_id", say("Customer"), path=_explained),
            Column("records", say("Records"), shown.number, "right"),
            Column("identifiers", say("Identifiers"), shown.number, "right"),
            Column("names", say("Names"), shown.number, "right"),
        ]
        table(columns, found["clusters"], "clusters", label=say("Largest customers"), page=10)


def _explained(row: Row) -> str:
    return f"/identity?customer={quote(row['customer_id'])}"


def _measured(measure: Row) -> str:
    if measure["unit"] == "share":
        return shown.percent(measure["value"])
    return shown.value(measure["value"])


def _level(measure: Row) -> str:
    return "" if measure["value"] is None else LEVELS.get(measure["level"], "")


class _Review(Listed):
    """The queue of pairs that nobody has decided, a card each."""

    def ask(self, here: Desk) -> Row:
        return use.review(here)

    def draw(self, found: Row) -> None:
        count = say("{n} pairs wait for a decision.", n=shown.number(len(found["pairs"])))
        ui.label(count).classes("note").props("role=status")
        if not found["pairs"]:
            states.empty(say("No pair waits for a decision."))
        for pair in found["pairs"][:PAIRS]:
            self._pair(pair, found["build"])

    def _pair(self, pair: Row, build: str | None) -> None:
        with ui.element("section").classes("panel pair").mark(f"pair-{pair['number']}") as card:
            with ui.element("div").classes("card-head"):
                ui.label(" ↔ ".join(pair["records"])).classes("card-title")
                ui.label(say("{share} likely", share=shown.percent(pair["probability"]))).classes("badge")
            rows = [{**row, "label": f"{told(row, 'title')}: {told(row)}"} for row in pair["waterfall"]]
            columns = [
                Column("label", say("Comparison")),
                Column("left", say("One")),
                Column("right", say("Other")),
                Column("bits", say("Evidence (bits)"), lambda bits: shown.number(bits, 1), "right"),
            ]
            table(columns, rows, f"pair-{pair['number']}", label=say("What speaks for and against"))
            if viewer().may("identity.decide"):
                with ui.element("div").classes("actions"):
                    self._decide(card, pair, build, say("Same person"), "check", use.accept, "accept")
                    self._decide(card, pair, build, say("Two people"), "close", use.reject, "reject")

    def _decide(
        self, card: ui.element, pair: Row, build: str | None, words: str, icon: str, act: Any, mark: str
    ) -> None:
        async def decided() -> None:
            try:
                await states.ask(act, pair["number"], build=build)
            except HuaxiangError as error:
                ui.notify(passed_on(error), type="negative")
                return
            ui.notify(say("Decided: {words}. It counts from the next build on.", words=words), type="positive")
            card.delete()

        style = "unelevated" if mark == "accept" else "outline"
        ui.button(words, icon=icon, on_click=decided).props(f"{style} no-caps").mark(f"{mark}-{pair['number']}")


class _Explain:
    """Why the records of a customer are one, with merging and splitting."""

    def __init__(self, customer: str) -> None:
        with ui.element("div").classes("actions"):
            self._asked = (
                ui.input(say("Customer or identifier"), value=customer).props("outlined dense").classes("wide")
            )
            self._asked.on("keydown.enter", self._load).mark("explain")
            ui.button(say("Explain"), on_click=self._load).props("unelevated no-caps").mark("explain-now")
        self._place = ui.element("div")
        if customer:
            ui.timer(0, self._load, once=True)

    async def _load(self) -> None:
        text = str(self._asked.value or "").strip()
        if text:
            await states.refill(self._place, lambda asks: use.explain(asks, text), self._explained)

    def _explained(self, found: Row) -> None:
        section(found["customer_id"])
        ui.link(say("Open the profile"), f"/customers/{quote(found['customer_id'])}")
        rows = [
            {
                "record": f"{row['source']}/{row['record_key']}",
                "links": "; ".join(_link(link) for link in row["links"]) or shown.NOTHING,
            }
            for row in found["records"]
        ]
        columns = [Column("record", say("Record")), Column("links", say("Held by"))]
        drawn = table(columns, rows, "records", label=say("Records"))
        if not viewer().may("identity.decide"):
            return
        selectable(drawn, "multiple", say("Choose"))
        why = ui.input(say("Why")).props("outlined dense").classes("wide").mark("why")
        other = ui.input(say("Another customer, to merge with")).props("outlined dense").classes("wide").mark("other")

        async def split() -> None:
            chosen = [found["records"][row["key__"]]["handle"] for row in drawn.selected]
            await self._decided(use.split, found["customer_id"], chosen, why=why.value or "")

        async def merge() -> None:
            await self._decided(use.merge, [found["customer_id"], other.value or ""], why=why.value or "")

        with ui.element("div").classes("actions"):
            ui.button(say("Split off the chosen records"), on_click=split).props("outline no-caps").mark("split")
            ui.button(say("Merge"), on_click=merge).props("outline no-caps").mark("merge")

    async def _decided(self, act: Any, *args: Any, **kwargs: Any) -> None:
        try:
            decision = await states.ask(act, *args, **kwargs)
        except HuaxiangError as error:
            ui.notify(passed_on(error), type="negative")
            return
        ui.notify(say("Decision {n} counts from the next build on.", n=decision["number"]), type="positive")


def _link(link: Row) -> str:
    held = f"{link.get('type', '')} {link.get('value', '')}".strip() or link["kind"]
    return f"{held} ({', '.join(link.get('with', ()))})" if link.get("with") else held


class _Decisions(Listed):
    """What people decided, with undoing."""

    def ask(self, here: Desk) -> list[dict[str, Any]]:
        return use.decisions(here)

    def draw(self, found: list[dict[str, Any]]) -> None:
        kinds = {"same": say("one person"), "apart": say("two people")}
        columns = [
            Column("number", say("No."), align="right"),
            Column("kind", say("Decided"), lambda kind: kinds.get(kind, kind)),
            Column("records", say("Records")),
            Column("others", say("Others")),
            Column("by", say("By")),
            Column("at", say("When"), shown.moment),
            Column("reason", say("Why")),
            Column("status", say("State"), codes.called(codes.DECISIONS)),
        ]
        rows = [{**row, "status": "undone" if row["undone"] else row["status"]} for row in found]
        listed = table(columns, rows, "decisions", label=say("Decisions"))
        if not viewer().may("identity.decide") or not rows:
            return
        selectable(listed, "single", say("Choose"))

        async def undo() -> None:
            for row in list(listed.selected):
                await self.do(use.undo, rows[row["key__"]]["number"])

        ui.button(say("Take back the chosen decision"), on_click=undo).props("outline no-caps").mark("undo")
