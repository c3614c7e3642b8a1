"""Sources with their map, and the quality of what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.frame import heading
from huaxiang.console.page import page
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.paged import MOST, Paged
from huaxiang.console.parts.table import Column, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.reader import reader
from huaxiang.console.words import later, passed_on, say, told
from huaxiang.look import tokens
from huaxiang.service.desk import Desk
from huaxiang.service.desk import quality as use
from huaxiang.service.figures.data import reason_in

Row = Mapping[str, Any]

KINDS = {"files": later("files"), "database": later("database"), "live": later("live messages")}
"""Where a source is."""


def score(value: float | None) -> str:
    """A score from 0 to 100."""
    return shown.number(value, 1)


@page("/sources", later("Sources"), "/sources")
async def sources_page(tab: str = "") -> None:
    """The sources, what became of their rows, and which column fills what."""
    heading(say("Sources"), note=say("Where the data come from, and what became of every row."))
    rows = await states.ask(use.sources)
    tabbed(
        {
            "sources": (say("Sources"), lambda: _sources(rows)),
            "map": (say("Data map"), lambda: states.fill(use.data_map, _map, height="20rem")),
        },
        tab,
    )


def _sources(rows: Sequence[Row]) -> None:
    columns = [
        Column("label", say("Source"), path=lambda row: f"/quality?source={row['name']}"),
        Column("kind", say("Kind"), lambda kind: say(KINDS[kind])),
        Column("place", say("Place")),
        Column("tables", say("Feeds"), lambda tables: shown.value([codes.table_called(name) for name in tables])),
        Column("read", say("Rows read"), shown.number, "right"),
        Column("used", say("Used"), shown.number, "right"),
        Column("deduplicated", say("Duplicates"), shown.number, "right"),
        Column("set_aside", say("Set aside"), shown.number, "right"),
        Column("quarantined", say("In quarantine"), shown.number, "right"),
        Column("score", say("Quality"), score, "right"),
    ]
    table(
        columns, [{**row, "label": told(row) or row["name"]} for row in rows], "sources", label=say("Sources"), page=50
    )


def _map(rows: Sequence[Row]) -> None:
    columns = [
        Column("source", say("Source"), codes.source_called),
        Column("source_column", say("Column of the source")),
        Column("place", say("Fills")),
        Column("cleaning", say("Cleaning")),
        Column("filled", say("Filled"), shown.percent, "right"),
        Column("invalid", say("Invalid"), shown.number, "right"),
        Column("privacy", say("Privacy class")),
    ]
    drawn = [{**row, "place": f"{row['target']}.{row['column']}"} for row in rows]
    table(columns, drawn, "data-map", label=say("Data map"), page=50)


@page("/quality", later("Quality"), "/quality")
async def quality_page(source: str = "", tab: str = "") -> None:
    """Scores, changes, rules, conflicts, and the rows that were not used."""
    heading(say("Quality"), note=say("How good the data are, what changed, and which rows were not used."))
    found = await states.ask(use.audit)
    names = {row["dimension"]: told(row) for row in found["scores"]}
    tabbed(
        {
            "scores": (say("Scores"), lambda: _scores(found["scores"])),
            "history": (
                say("History"),
                lambda: states.fill(use.history, lambda rows: _history(rows, names)),
            ),
            "changes": (say("Changes"), lambda: _changes(found["changes"])),
            "rules": (say("Rules"), lambda: _rules(found["rules"])),
            "conflicts": (say("Conflicts"), lambda: _conflicts(found["conflicts"])),
            "quarantine": (say("Quarantine"), lambda: _Quarantine(source)),
        },
        tab or ("quarantine" if source else ""),
    )


def _scores(rows: Sequence[Row]) -> None:
    dimensions = list(dict.fromkeys((row["dimension"], told(row)) for row in rows))
    by_source: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_source.setdefault(row["source"] or "", {})[row["dimension"]] = row["score"]
    names = [name for name in by_source if name]
    cells = [
        [x, y, "-" if (value := by_source[name].get(dimension)) is None else round(value, 1)]
        for y, name in enumerate(names)
        for x, (dimension, _) in enumerate(dimensions)
    ]
    color = tokens(reader().mode)
    scale = [color["accent-soft"], color["cover-low"]]
    options = {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {
            "type": "category",
            "data": [label for _, label in dimensions],
            "position": "top",
            "axisLabel": {"interval": 0, "rotate": 0 if reader().language == "zh" else 30},
        },
        "yAxis": {"type": "category", "data": names, "inverse": True},
        "visualMap": {"min": 50, "max": 100, "show": False, "inRange": {"color": scale}},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True, "color": color["ink"]}}],
    }
    chart(options, "quality", words=say("Scores of sources by dimension"), height=f"{4 + 1.9 * len(names)}rem")
    columns = [
        Column("source", say("Source"), lambda name: name or say("All sources")),
        *(Column(name, label, score, "right") for name, label in dimensions),
    ]
    drawn = [{"source": name, **scores} for name, scores in by_source.items()]
    table(columns, drawn, "scores", label=say("Scores"))


def _history(rows: Sequence[Row], names: Mapping[str, str]) -> None:
    overall = [row for row in rows if row["source"] is None]
    builds = list(dict.fromkeys((row["built_at"], row["build"]) for row in overall))
    if len(builds) < 2:
        states.empty(say("There is nothing to compare with yet."))
        return
    scores = {(row["build"], row["dimension"]): row["score"] for row in overall}
    dimensions = dict.fromkeys(row["dimension"] for row in overall)
    options = {
        "grid": {"left": 8, "right": 16, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [shown.moment(built_at) for built_at, _ in builds]},
        "yAxis": {"type": "value", "scale": True, "max": 100},
        "series": [
            {"type": "line", "name": name, "data": [scores.get((build, name)) for _, build in builds]}
            for name in dimensions
        ],
    }
    chart(options, "quality-history", words=say("Scores of the last {n} builds", n=len(builds)), height="20rem")


def _changes(rows: Sequence[Row]) -> None:
    if not rows:
        states.empty(say("Nothing changed since the former build, or there is none."))
        return
    columns = [
        Column("source", say("Source")),
        Column("statement", say("What changed")),
        Column("severity", say("Severity"), codes.called(codes.SEVERITIES)),
    ]
    drawn = [{**row, "statement": told(row, "statement")} for row in rows]
    table(columns, drawn, "changes", label=say("Changes"))


def _rules(rows: Sequence[Row]) -> None:
    if not rows:
        states.empty(say("No rule is written."), say("Write 'expect' into a source to have its rows tested."))
        return
    columns = [
        Column("source", say("Source")),
        Column("that", say("What is expected")),
        Column("share", say("Share that holds"), shown.percent, "right"),
        Column("wanted", say("Wanted"), shown.percent, "right"),
        Column("failed", say("Rows that fail"), shown.number, "right"),
        Column("holds", say("Holds"), shown.value),
    ]
    table(columns, rows, "rules", label=say("Rules"))


def _conflicts(rows: Sequence[Row]) -> None:
    columns = [
        Column("label", say("Attribute")),
        Column("customers", say("Customers with several records"), shown.number, "right"),
        Column("differing", say("Of whom they differ"), shown.number, "right"),
        Column("share", say("Share"), shown.percent, "right"),
    ]
    drawn = [{**row, "label": told(row) or row["attribute"]} for row in rows]
    table(columns, drawn, "conflicts", label=say("Conflicts"))


class _Quarantine:
    """The rows that were not used, with how many there are of each reason to choose from."""

    def __init__(self, source: str) -> None:
        self._source: str | None = source or None
        self._reason: str | None = None
        self._found: Sequence[Row] = ()
        self._reasons = ui.element("div").classes("chips")
        columns = [
            Column("source", say("Source"), codes.source_called, sortable=False),
            Column("reason", say("Reason"), sortable=False),
            Column("detail", say("Detail"), sortable=False),
            Column("file", say("File"), sortable=False),
            Column("row", say("Row"), shown.number, "right", sortable=False),
            Column("data", say("Row of the source"), _data, sortable=False),
        ]
        self._paged = Paged(
            columns, self._ask, label=say("Quarantine"), row=_rejected, name="quarantine", file=self._file
        )
        ui.timer(0, self._load, once=True)

    def _ask(self, here: Any, _: str | None, after: str | None) -> Row:
        found = use.quarantine(here, source=self._source, reason=self._reason, limit=25, after=after)
        self._found = found["reasons"]
        return found

    def _file(self, here: Desk) -> Sequence[Row]:
        return use.quarantine_file(here, source=self._source, reason=self._reason, limit=MOST)

    async def _load(self) -> None:
        await self._paged.load()
        self._reasons.clear()
        with self._reasons:
            for row in self._found:
                chosen = (row["source"], row["reason"]) == (self._source, self._reason)
                reason = reason_in(reader().language, row["reason"])
                words = f"{codes.source_called(row['source'])} · {reason}: {shown.number(row['rows'])}"
                button = ui.button(words, on_click=lambda row=row: self._choose(row))
                button.props(f"dense no-caps size=sm rounded {'unelevated' if chosen else 'outline'}")

    async def _choose(self, row: Row) -> None:
        chosen = (row["source"], row["reason"])
        self._source, self._reason = (None, None) if chosen == (self._source, self._reason) else chosen
        await self._load()


def _rejected(row: Row) -> Row:
    reason = reason_in(reader().language, row["reason"], row["target"])
    return {**row, "reason": reason, "detail": passed_on(row["detail"] or "")}


def _data(data: Mapping[str, Any] | None) -> str:
    return " · ".join(f"{name}: {value}" for name, value in (data or {}).items())
