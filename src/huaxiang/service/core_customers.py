"""Core customers of a build: whom to go for first, and why."""

from __future__ import annotations

import json
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.project.loaded import LoadedProject
from huaxiang.segments.algebra import Rules
from huaxiang.segments.core.run import CATALOG, CUSTOMERS, SEGMENTS
from huaxiang.segments.core.scores import column, evaluated
from huaxiang.segments.core.spec import CoreSpec
from huaxiang.segments.done import KEY

Row = dict[str, Any]


def core(engine: Engine, project: LoadedProject, moment: Moment, name: str | None, top: int) -> Row:
    """The definition `name` (None: the first) as `core`, its `segments` in their rank, and its `top` `customers`.

    Raises:
        NotFoundError: there is none of this name in the build.
    """
    heads = engine.rows(engine.table(CATALOG), step="core customers") if engine.has(CATALOG) else []
    if not heads:
        raise NotFoundError("This build has no core customers: define 'core_customers' and run 'huaxiang build'.")
    names = [head["name"] for head in heads]
    if name is not None and name not in names:
        guess = near_miss(name, names)
        hint = f" Did you mean '{guess}'?" if guess else f" There is {', '.join(names)}."
        raise NotFoundError(f"There are no core customers '{name}' in this build.{hint}")
    head = heads[0] if name is None else heads[names.index(name)]
    return {
        "core": head
        | {"definition": json.loads(head["definition"]), "others": [n for n in names if n != head["name"]]},
        "segments": _segments(engine, head["name"]),
        "customers": _customers(engine, project, moment, head["name"], top),
    }


def _segments(engine: Engine, name: str) -> list[Row]:
    table, catalog = engine.table(SEGMENTS), engine.table("segment_catalog")
    labels = {row["name"]: row for row in engine.rows(catalog.select("name", "label_en", "label_zh"), step="labels")}
    rows = engine.rows(table.filter(table.core == name), step="core customers: segments")
    ordered = sorted(rows, key=lambda row: (row["rank"] is None, row["rank"], row["segment"]))
    return [row | {key: labels[row["segment"]][key] for key in ("label_en", "label_zh")} for row in ordered]


def _customers(engine: Engine, project: LoadedProject, moment: Moment, name: str, top: int) -> list[Row]:
    """The best customers; `fits` are the conditions that hold, `channels` those that reach, as defined now."""
    table = engine.table(CUSTOMERS)
    best = engine.rows(table.filter(table.core == name, table["rank"] <= top).order_by("rank"), step="best customers")
    spec = project.core_customers.get(name)
    held = {} if spec is None or not best else _held(engine, moment, spec, [row[KEY] for row in best])
    return [{key: row[key] for key in row if key not in (KEY, "core")} | held.get(row[KEY], {}) for row in best]


def _held(engine: Engine, moment: Moment, spec: CoreSpec, numbers: list[int]) -> dict[int, Row]:
    rows = evaluated(Rules(engine, moment), spec)
    found = engine.rows(rows.filter(rows[KEY].isin(numbers)), step="what speaks for customers")
    return {
        row[KEY]: {
            "fits": [
                (fit.label.as_dict() if fit.label else {"en": fit.when, "zh": fit.when})
                for i, fit in enumerate(spec.relevance)
                if row[column(("relevance", i))]
            ],
            "channels": [each.channel for i, each in enumerate(spec.reachability) if row[column(("reachability", i))]],
        }
        for row in found
    }
