"""Pictures of segments: how they overlap, the RFM map, how customers move through the lifecycle, clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from huaxiang.console import shown
from huaxiang.console.choices import value_labels
from huaxiang.console.frame import section
from huaxiang.console.parts import states
from huaxiang.console.parts.chart import chart
from huaxiang.console.parts.table import Column, table
from huaxiang.console.reader import reader
from huaxiang.console.words import later, say, told
from huaxiang.core.errors import NotFoundError
from huaxiang.look import tokens
from huaxiang.service.desk import Desk, crossings, personas, tags
from huaxiang.service.desk import segments as use

Row = Mapping[str, Any]

RECENCY, FREQUENCY, STAGE = "recency_score", "frequency_score", "lifecycle_stage"
"""The tags of the retail library that the map and the flow are of."""


def _scale(low: str, high: str) -> list[str]:
    color = tokens(reader().mode)
    return [color[low], color[high]]


def overlaps(large: Sequence[Row]) -> None:
    """How far the segments `large` overlap."""
    if len(large) < 2:
        states.empty(say("There are too few segments to compare."))
        return
    ui.label(say("The largest segments: the share of the row's members who are also in the column's.")).classes("note")
    labels = [told(row) or row["name"] for row in large]
    rules = [f"in_segment('{row['name']}')" for row in large]
    states.fill(lambda asks: use.overlap(asks, rules), lambda found: _overlap(found, rules, labels), height="30rem")


def _overlap(found: Sequence[Row], rules: Sequence[str], labels: Sequence[str]) -> None:
    places = {rule: at for at, rule in enumerate(rules)}
    cells: list[list[Any]] = [[at, at, 100] for at in range(len(rules))]
    for row in found:
        a, b = places[row["a"]], places[row["b"]]
        for x, y, share in ((b, a, row["share_of_a"]), (a, b, row["share_of_b"])):
            cells.append([x, y, "-" if share is None else round(share * 100)])
    options = {
        "grid": {"left": 8, "right": 8, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {},
        "xAxis": {"type": "category", "data": list(labels), "axisLabel": {"rotate": 45}},
        "yAxis": {"type": "category", "data": list(labels), "inverse": True},
        "visualMap": {"min": 0, "max": 100, "show": False, "inRange": {"color": _scale("cover-low", "cover-high")}},
        "series": [{"type": "heatmap", "data": cells, "label": {"show": True, "color": tokens(reader().mode)["ink"]}}],
    }
    chart(options, "overlap", words=say("How far the largest segments overlap, in per cent"), height="34rem")


def rfm_map() -> None:
    """Customers by how lately and how often they buy."""
    ui.label(
        say("Customers by recency and frequency score: up and to the right are those who buy lately and often.")
    ).classes("note")
    states.fill(lambda asks: crossings.crossing(asks, RECENCY, FREQUENCY), _rfm_map, height="24rem")


def _rfm_map(found: Row) -> None:
    cells = [row for row in found["cells"] if row["one"] is not None and row["other"] is not None]
    if not cells:
        states.empty(say("Nobody has bought yet."))
        return
    ones, others = sorted({row["one"] for row in cells}), sorted({row["other"] for row in cells})
    data = [
        [ones.index(row["one"]), others.index(row["other"]), "-" if row["count"] is None else row["count"]]
        for row in cells
    ]
    most = max((cell[2] for cell in data if cell[2] != "-"), default=1)
    options = {
        "grid": {"left": 56, "right": 24, "top": 8, "bottom": 56},
        "tooltip": {},
        "xAxis": {"type": "category", "data": ones, "name": say("Recency"), "nameLocation": "middle", "nameGap": 32},
        "yAxis": {
            "type": "category",
            "data": others,
            "name": say("Frequency"),
            "nameLocation": "middle",
            "nameGap": 32,
        },
        "visualMap": {"min": 0, "max": most, "show": False, "inRange": {"color": _scale("cover-low", "cover-high")}},
        "series": [{"type": "heatmap", "data": data, "label": {"show": True, "color": tokens(reader().mode)["ink"]}}],
    }
    chart(options, "rfm", words=say("Customers by recency and frequency score"), height="24rem")
    _margin(found)


def _margin(found: Row) -> None:
    if found["margin"]:
        words = say("Figures may be off by up to {n}, so that nobody can be told from them.", n=found["margin"])
        ui.label(words).classes("note")


def lifecycle() -> None:
    """How customers moved between lifecycle stages since the former build."""

    def ask(here: Desk) -> tuple[Row | None, list[Row]]:
        catalog: list[Row] = [*tags.tags(here)]
        try:
            return crossings.moves(here, STAGE), catalog
        except NotFoundError:
            return None, catalog

    states.fill(ask, lambda found: _flow(*found), height="24rem")


def _flow(found: Row | None, catalog: Sequence[Row]) -> None:
    if found is None:
        states.empty(say("There is nothing to compare with yet."))
        return
    labels = next((value_labels(row) for row in catalog if row["name"] == STAGE), {})

    def named(value: str | None) -> str:
        return say("none") if value is None else labels.get(value, value)

    flows = [row for row in found["flows"] if row["count"]]
    ends = [
        (say("{stage} (before)", stage=named(row["before"])), say("{stage} (now)", stage=named(row["after"])))
        for row in flows
    ]
    links = [
        {"source": source, "target": target, "value": row["count"]}
        for (source, target), row in zip(ends, flows, strict=True)
    ]
    nodes = dict.fromkeys([source for source, _ in ends] + [target for _, target in ends])
    options = {
        "tooltip": {},
        "series": [
            {
                "type": "sankey",
                "data": [{"name": name} for name in nodes],
                "links": links,
                "label": {"color": tokens(reader().mode)["ink"]},
                # Written inwards: beside it there is no room on a phone.
                "levels": [{"depth": 1, "label": {"position": "left"}}],
                "lineStyle": {"color": "gradient", "opacity": 0.4},
                "left": 8,
                "right": 8,
            }
        ],
    }
    chart(options, "lifecycle", words=say("How customers moved between lifecycle stages"), height="26rem")
    rows = [{"before": named(row["before"]), "after": named(row["after"]), "count": row["count"]} for row in flows]
    columns = [
        Column("before", say("Before")),
        Column("after", say("Now")),
        Column("count", say("Customers"), shown.number, "right"),
    ]
    table(columns, rows, "lifecycle", label=say("How customers moved between lifecycle stages"))
    _margin(found)


def clusters() -> None:
    """The clusters that were asked for: what was found, or why nothing was."""
    states.fill(personas.clusters, _clusters, height="20rem")


def _clusters(rows: Sequence[Row]) -> None:
    if not rows:
        states.empty(
            say("No clusters were asked for."), say("Write 'clusters' into segments/, or start from a template.")
        )
    for row in rows:
        section(told(row) or row["name"], told(row, "reason"))
        state: dict[str, str] = {
            "found": say("found"),
            "kept": say("kept from a former build"),
            "refused": say("refused"),
        }
        ui.label(state.get(row["state"], str(row["state"]))).classes(
            f"badge {'bad' if row['state'] == 'refused' else 'good'}"
        )
        if row["state"] != "refused":
            words = say(
                "{n} groups, stability {stability}: {placed} of {all} customers are placed.",
                n=row["clusters"], stability=shown.number(row["stability"], 2), placed=shown.number(row["placed"]),
                all=shown.number(row["customers"]),
            )  # fmt: skip
            ui.label(words).classes("note")
            _of_clusters(row["name"])


def _of_clusters(name: str) -> None:
    states.fill(lambda asks: personas.cluster(asks, name), _groups)


def _groups(found: Row) -> None:
    columns = [
        Column("label", say("Group"), path=lambda row: f"/segments/{row['segment']}"),
        Column("size", say("Customers"), shown.number, "right"),
        Column("share", say("Share"), shown.percent, "right"),
        Column("traits", say("What sets it apart")),
        Column("rule", say("Rule")),
        Column("precision", say("Precision"), shown.percent, "right"),
        Column("recall", say("Recall"), shown.percent, "right"),
    ]
    rows = [{**row, "label": told(row), "traits": _traits(row["traits"])} for row in found["groups"]]
    table(columns, rows, f"clusters-{found['name']}", label=say("Clusters"))


def _traits(traits: Sequence[Row]) -> str:
    return "; ".join(map(_trait, traits[:4]))


def _trait(trait: Row) -> str:
    """How a group differs in a tag: by the share that has a value, or whether its numbers are above the average."""
    if trait["level"] is None:
        words = later("{tag} above average") if trait["value"] > trait["average"] else later("{tag} below average")
        return say(words, tag=told(trait))
    shares = {"share": shown.percent(trait["value"], 0), "average": shown.percent(trait["average"], 0)}
    return say("{tag} {value}: {share}, average {average}", tag=told(trait), value=told(trait, "level_label"), **shares)
