"""Builds: those that are kept, one with its steps, what changed between two, what the next one would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from nicegui import ui

from huaxiang.console import codes, shown
from huaxiang.console.frame import heading, section
from huaxiang.console.page import page
from huaxiang.console.parts import build_run, states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.figures import Figure, figures
from huaxiang.console.parts.table import Column, table
from huaxiang.console.parts.tabs import tabbed
from huaxiang.console.reader import reader
from huaxiang.console.words import later, named, passed_on, say
from huaxiang.service.desk import Desk, jobs, segments, tags
from huaxiang.service.desk import builds as use

Row = Mapping[str, Any]

SLOWEST = 20
"""Steps of a picture of a build."""


@page("/builds", later("Builds"), "/builds")
async def builds_page(tab: str = "") -> None:
    """The list, the difference of the last two, the plan, the findings."""
    heading(say("Builds"), note=say("A build reads what is new and writes a snapshot, which then serves."))
    kept = _Kept(tab)
    build_run.Runs(kept.load)
    kept.place.move()
    await kept.load()


class _Kept:
    """The tabs; drawn anew when a run has ended, with the same one open."""

    def __init__(self, tab: str) -> None:
        self._open = tab
        self.place = ui.element("div")

    async def load(self) -> None:
        """Ask which builds there are, and draw."""
        await states.refill(self.place, use.builds, self._draw)

    def _draw(self, rows: Sequence[Row]) -> None:
        tabs = tabbed(
            {
                "builds": (say("Snapshots"), lambda: _builds(rows)),
                "diff": (
                    say("What changed"),
                    lambda: _asked(len(rows) > 1, _with_catalogs, lambda answer: _difference(*answer)),
                ),
                "runs": (say("Runs"), lambda: _asked(True, jobs.runs, _runs)),
                "plan": (say("Plan"), lambda: _asked(True, use.plan, _plan)),
                "findings": (say("Findings"), lambda: _asked(True, use.findings, _findings)),
            },
            self._open,
        )
        tabs.on_value_change(lambda event: setattr(self, "_open", str(event.value)))


def _asked(possible: bool, question: Any, show: Any) -> None:
    if possible:
        states.fill(question, show, height="20rem")
    else:
        states.empty(say("There is nothing to compare with yet."))


def _builds(rows: Sequence[Row]) -> None:
    columns = [
        Column("built_at", say("Built"), shown.moment, path=lambda row: f"/builds/{quote(row['id'])}"),
        Column("as_of", say("As of"), shown.moment),
        Column("serving", say("Serves"), shown.value),
        Column("customers", say("Customers"), shown.number, "right"),
        Column("tags_built", say("Tags"), shown.number, "right"),
        Column("segments", say("Segments"), shown.number, "right"),
        Column("quarantined", say("In quarantine"), shown.number, "right"),
        Column("total", say("Quality"), lambda score: shown.number(score, 1), "right"),
        Column("seconds", say("Seconds"), lambda seconds: shown.number(seconds, 1), "right"),
    ]
    drawn = [{**row, "total": (row["quality"] or {}).get("total")} for row in rows]
    table(columns, drawn, "builds", label=say("Snapshots"))


def _runs(found: Row) -> None:
    columns = [
        Column("number", say("Run"), shown.number, "right", path=lambda row: f"/builds/runs/{row['number']}"),
        Column("state", say("State"), lambda state: say(build_run.STATES[state])),
        Column("who", say("Asked for by")),
        Column("asked", say("Asked"), shown.moment),
        Column("ended", say("Ended"), shown.moment),
        Column("message", say("What"), passed_on),
    ]
    drawn = [
        {**row, "who": say("By schedule") if row["trigger"] == "schedule" else row["started_by"]}
        for row in found["items"]
    ]
    table(columns, drawn, "runs", label=say("Runs"))


def _with_catalogs(here: Desk) -> tuple[Row, list[Row], list[Row]]:
    """What changed, and the catalogs of tags and segments, which know what these are called."""
    return use.diff(here), [*tags.tags(here)], [*segments.segments(here)]


def _difference(found: Row, tag_rows: Sequence[Row], segment_rows: Sequence[Row]) -> None:
    tag_names, segment_names = named(tag_rows), named(segment_rows)
    names = {"stayed": say("Stayed"), "new": say("New"), "merged": say("Merged"), "gone": say("Gone")}
    figures([Figure(label, shown.number(found["customers"][name])) for name, label in names.items()])
    section(say("Segments"))
    columns = [
        Column("label", say("Segment"), path=lambda row: f"/segments/{quote(row['segment'])}"),
        Column("before", say("Before"), shown.number, "right"),
        Column("after", say("After"), shown.number, "right"),
        Column("entered", say("Entered"), shown.number, "right"),
        Column("left", say("Left"), shown.number, "right"),
    ]
    drawn = [{**row, "label": segment_names.get(row["segment"], row["segment"])} for row in found["segments"]]
    table(columns, drawn, "segments-diff", label=say("Segments"))
    section(say("Tags"), say("The largest shifts first."))
    rows = [
        {**row, "label": tag_names.get(row["tag"], row["tag"])}
        for row in sorted(found["tags"], key=lambda row: -(row["psi"] or 0))
    ]
    columns = [
        Column("label", say("Tag"), path=lambda row: f"/tags/{quote(row['tag'])}"),
        Column("psi", say("Drift (PSI)"), lambda psi: shown.number(psi, 3), "right"),
        Column("level", say("Level"), codes.called(codes.DRIFTS)),
        Column("coverage_before", say("Coverage before"), shown.percent, "right"),
        Column("coverage_after", say("Coverage after"), shown.percent, "right"),
    ]
    table(columns, rows, "tags-diff", label=say("Tags"))


def _plan(found: Row) -> None:
    ui.label(say("A build now would evaluate everything at {moment}.", moment=found["as_of"])).classes("note")
    columns = [
        Column("step", say("Step"), shown.step),
        Column("reads", say("Reads")),
        Column("writes", say("Writes")),
    ]
    table(columns, found["steps"], "plan", label=say("Plan"), page=100)
    if found["left_out"]:
        section(say("Left out"))
        reason = "reason_zh" if reader().language == "zh" else "reason"
        columns = [
            Column("kind", say("Kind"), codes.called(codes.KINDS)),
            Column("name", say("Name")),
            Column(reason, say("Why")),
        ]
        table(columns, found["left_out"], "left-out", label=say("Left out"))


def _findings(rows: Sequence[Row]) -> None:
    if not rows:
        states.empty(say("The definitions hold no mistake."))
        return
    columns = [
        Column("severity", say("Severity"), codes.called(codes.SEVERITIES)),
        Column("message", say("What"), passed_on),
        Column("remedy", say("What to do"), passed_on),
        Column("place", say("Where")),
    ]
    drawn = [{**row, "place": f"{row['file']}:{row['line']}" if row["file"] else ""} for row in rows]
    table(columns, drawn, "findings", label=say("Findings"))


@page("/builds/runs/{number}", later("Run"), "/builds")
async def run_page(number: int) -> None:
    """One build that was asked for here: how far it is or what it came to, and its log."""
    run = await states.ask(jobs.one, number)
    heading(say("Run {number}", number=number), [(say("Builds"), "/builds")], build_run.who(run))
    build_run.OneRun(run)


@page("/builds/{name}", later("Build"), "/builds")
async def build_page(name: str) -> None:
    """One build: its sizes, its steps, what was found."""
    found = await states.ask(use.build, name)
    heading(say("Build of {moment}", moment=shown.moment(found["built_at"])), [(say("Builds"), "/builds")], found["id"])
    figures(
        [
            Figure(say("Customers"), shown.number(found.get("customers"))),
            Figure(say("Records"), shown.number(found.get("records"))),
            Figure(say("Facts"), shown.number(sum(found.get("facts", {}).values()))),
            Figure(say("Seconds"), shown.number(found.get("seconds"), 1)),
            Figure(say("Peak memory (MiB)"), shown.number(found.get("peak_memory_mib"))),
        ]
    )
    steps = sorted(found.get("steps", ()), key=lambda row: -row["seconds"])[:SLOWEST]
    if steps:
        section(say("Where the time went"), say("The slowest steps, in seconds."))
        _steps(steps)
    section(say("Facts"))
    rows = [{"table": table_name, "facts": count} for table_name, count in found.get("facts", {}).items()]
    columns = [Column("table", say("Table"), codes.table_called), Column("facts", say("Facts"), shown.number, "right")]
    table(columns, rows, "facts", label=say("Facts"))


def _steps(steps: Sequence[Row]) -> None:
    options = {
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": [shown.step(row["step"]) for row in steps], "inverse": True},
        "series": [
            {
                "type": "bar",
                "data": [round(row["seconds"], 2) for row in steps],
                "barMaxWidth": 12,
                "label": {"show": True, "position": "right", "color": "inherit"},
            }
        ],
    }
    words = ", ".join(f"{shown.step(row['step'])} {row['seconds']:.1f} s" for row in steps[:5])
    chart(options, "steps", words=words, height=f"{2 + 1.6 * len(steps)}rem")
