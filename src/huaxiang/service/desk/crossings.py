"""Customers counted by two tags at once, and by one tag in two builds: the maps and flows of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, must_be

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.small_groups import Guard
    from huaxiang.service.builds import Build

KEY = "customer_no"
MOST_VALUES = 40
"""Values of a tag that a map or a flow has, at most."""

_SIZE, _MIXED = "_size", "_mixed"


@allowed("segments.count")
def crossing(desk: Desk, one: str, other: str) -> Row:
    """How many customers have each pair of values of two tags.

    `one`, `other`, `margin` (the truth is within it; 0: exact), `cells`: list of `one`, `other` (values, None: none),
    `count` (None: they may be too few to be told).

    Raises:
        NotFoundError: there is no such tag.
        ForbiddenError: a tag is sensitive.
        UsageError: a tag has too many values.
    """
    with desk.build() as build:
        profiles, guard = _counted(desk, build, one, other)
        pairs = profiles.select(
            one=profiles[one].cast("string"), other=profiles[other].cast("string"), **{_MIXED: guard.key(profiles[KEY])}
        )
        cells = pairs.group_by("one", "other").aggregate(**{_SIZE: pairs.count(), _MIXED: pairs[_MIXED].sum()})
        found = build.engine.rows(cells, step="cross two tags")
        return {"one": one, "other": other, "margin": guard.margin, "cells": _told(found, guard, ("one", "other"))}


@allowed("segments.count")
def moves(desk: Desk, tag: str) -> Row:
    """How customers moved between the values of a tag since the build before the one that serves.

    `tag`, `before`, `after` (ids of builds), `margin`, `flows`: list of `before`, `after` (values, None: none), `count`
    (None: they may be too few to be told). Customers that only one of the builds knows are not counted.

    Raises:
        NotFoundError: there is no such tag, or no former build.
        ForbiddenError: the tag is sensitive.
        UsageError: the tag has too many values.
    """
    project = desk.workspace.project
    former = _former(desk)
    with desk.build() as build, project.open(former) as old:
        now, guard = _counted(desk, build, tag)
        then = old.engine.table("profiles")
        must_be(tag, then.columns, "tag")
        step = "values of a tag in two builds"
        after = build.engine.arrow(
            now.select("customer_id", after=now[tag].cast("string"), **{_MIXED: guard.key(now[KEY])}), step=step
        )
        before = old.engine.arrow(then.select("customer_id", before=then[tag].cast("string")), step=step)
        both = after.join(before, "customer_id", join_type="inner")
        grouped = both.group_by(["before", "after"]).aggregate([(_MIXED, "sum"), (_MIXED, "count")])
        rows = grouped.rename_columns({f"{_MIXED}_sum": _MIXED, f"{_MIXED}_count": _SIZE}).to_pylist()
        told = _told(rows, guard, ("before", "after"))
        return {"tag": tag, "before": former, "after": build.snapshot.id, "margin": guard.margin, "flows": told}


def _counted(desk: Desk, build: Build, *tags: str) -> tuple[ibis.Table, Guard]:
    """The profiles, and the guard by which the actor is told sizes; sees that the tags may be counted by."""
    catalog = {row["name"]: row for row in build.tags()}
    for tag in tags:
        must_be(tag, catalog, "tag")
        if (catalog[tag]["distinct"] or 0) > MOST_VALUES:
            raise UsageError(
                f"Tag '{tag}' has more than {MOST_VALUES} values: take one with few, such as a tier or score."
            )
    desk.shown(build).may_group_by(tags)
    guard = build.guard.exactly() if desk.actor.may("segments.count_exactly") else build.guard
    return build.engine.table("profiles"), guard


def _told(rows: list[dict[str, Any]], guard: Guard, names: tuple[str, str]) -> list[Row]:
    told = [
        {**{name: row[name] for name in names}, "count": guard.size(int(row[_SIZE]), int(row[_MIXED]))} for row in rows
    ]
    return sorted(told, key=lambda row: tuple(str(row[name]) for name in names))


def _former(desk: Desk) -> str:
    former = desk.workspace.project.former()
    if former is None:
        raise NotFoundError("There is no former build to compare with: build once more.")
    return former.id
