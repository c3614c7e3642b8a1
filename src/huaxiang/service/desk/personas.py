"""Personas: portraits of groups, comparisons between them, what evidence says of them; clusters and core customers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from huaxiang.core.spec import EVERYONE
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, must_be

if TYPE_CHECKING:
    from huaxiang.service.builds import Build


@allowed("personas.read")
def personas(desk: Desk) -> list[Row]:
    """All personas: the columns of `persona_catalog` but `typical`, with grade, next review, flags, and `hidden`.

    Of one that is too small `size` and the shares are None and `hidden` is true.
    """
    with desk.build() as build:
        rows = [{key: value for key, value in row.items() if key != "typical"} for row in build.personas()]
        return [_withheld(row, build.project.spec.minimum_group) for row in rows]


@allowed("personas.read")
def persona(desk: Desk, name: str) -> Row:
    """A persona, or the portrait of any segment: as `Build.persona` has it.

    `typical` members are left out for those who may not see single customers, and masked for all others. Of a group
    that is too small nothing is told but its texts and warnings: `hidden` is true, sizes are None and all lists empty.

    Raises:
        NotFoundError: there is neither persona nor segment of this name.
    """
    with desk.build() as build:
        threshold = build.project.spec.minimum_group
    told = _withheld(_portrait(desk, name) | {"typical": []}, threshold)
    if not told["hidden"] and desk.actor.may("profiles.read"):
        told["typical"] = typical(desk, name)
    return told


@allowed("profiles.read")
def typical(desk: Desk, name: str) -> list[Row]:
    """The typical members of a persona or segment: list of `customer_id`, `name`, `tags`, as the actor sees them.

    Nobody where they are too few, and of segments that rest on what is masked for the actor.

    Raises:
        NotFoundError: there is neither persona nor segment of this name.
    """
    found = _portrait(desk, name)
    with desk.build() as build:
        shown, segment = desk.shown(build), found.get("segment") or name
        seen = segment == EVERYONE or shown.segments([segment])
        if not seen or 0 < found["size"] < build.project.spec.minimum_group:
            return []
        return [row | {"tags": shown.tags(row["tags"])} for row in found["typical"]]


def _portrait(desk: Desk, name: str) -> Row:
    with desk.build() as build:
        known = desk.workspace.remembered(build.snapshot.id, "portrayed", lambda: _portrayed(build))
        must_be(name, known, "persona or segment")
    # The portrait of a segment that has none takes seconds.
    return desk.workspace.worked_out(f"persona {name}", lambda: _portrayed_anew(desk, name))


def _portrayed_anew(desk: Desk, name: str) -> Row:
    with desk.build() as build:
        return build.persona(name)


def _withheld(row: Row, threshold: int) -> Row:
    """A persona, or what may be told of one with too few members: even what none of them is would tell about them."""
    if not 0 < row["size"] < threshold:
        return row | {"hidden": False}
    emptied: Row = {
        key: [] for key, value in row.items() if isinstance(value, list) and key not in ("warnings", "flags")
    }
    return row | emptied | {"size": None, "share": None, "revenue_share": None, "hidden": True}


def _portrayed(build: Build) -> frozenset[str]:
    """What may be portrayed: the personas, and all segments."""
    return frozenset({EVERYONE, *(row["name"] for row in (*build.personas(), *build.segments()))})


@allowed("personas.read")
def compare(
    desk: Desk,
    sides: Sequence[str],
    *,
    before: str | None = None,
    at: str | None = None,
    tags: Sequence[str] = (),
    family_wise: bool = False,
) -> Row:
    """Two to six groups side by side: segments, `everyone`, or rules; or one of them then and now.

    `before` names another build, `at` an earlier moment. `sides`, `overlaps`, `tags`, `values`, `contrasts`, `text`,
    `notes`, and how tests were corrected. Rules that nobody has saved need the right to count them.

    Raises:
        NotFoundError: there is no such segment, tag or build.
        ProjectError: a rule holds a mistake.
        UsageError: there are fewer than two sides or more than six, or moments make no sense.
        ForbiddenError: a rule reads a sensitive tag, or the actor may not count rules.
    """
    from huaxiang.service.desk.sides import compared

    found: Row = compared(desk, sides, before=before, at=at, tags=tags, family_wise=family_wise).as_dict()
    return found


@allowed("personas.read")
def validations(desk: Desk, persona: str | None = None) -> dict[str, list[Row]]:
    """What evidence says of personas: `personas` with their grades, `validations`, and the `figures` behind.

    Raises:
        NotFoundError: there is no persona of this name.
    """
    with desk.build() as build:
        return build.validations(persona)


@allowed("personas.read")
def warnings(desk: Desk) -> dict[str, list[Row]]:
    """What to mind about `personas` and `segments`: `code`, `severity`, `reason_en`, `remedy_en`, …."""
    with desk.build() as build:
        return build.warnings()


@allowed("personas.read")
def clusters(desk: Desk) -> list[Row]:
    """All clusters that were asked for: the columns of `cluster_catalog`.

    Raises:
        NotFoundError: the snapshot is older than clusters.
    """
    with desk.build() as build:
        return build.clusters()


@allowed("personas.read")
def cluster(desk: Desk, name: str) -> Row:
    """The clusters `name`: a row of `clusters` with `groups`, `features`, `criteria`.

    Of a group that is too small nothing is told, nor its size but to those who may see exact counts.

    Raises:
        NotFoundError: there are none of this name.
    """
    with desk.build() as build:
        found = build.cluster(name)
        exact = desk.actor.may("segments.count_exactly")
        groups = [row if exact or not row["hidden"] else row | {"size": None} for row in found["groups"]]
        return found | {"groups": groups}


@allowed("personas.read")
def core_customers(desk: Desk, name: str | None = None, top: int = 20) -> Row:
    """Whom to go for first: `core` (the definition), `segments` in their rank, and the first `top` `customers`.

    Those who may not see single customers get no `customers`.

    Raises:
        NotFoundError: there is none of this name.
    """
    with desk.build() as build:
        found = build.core(name, 0)
    return found | {"customers": best_customers(desk, name, top) if desk.actor.may("profiles.read") else []}


@allowed("profiles.read")
def best_customers(desk: Desk, name: str | None = None, top: int = 20) -> list[Row]:
    """The first `top` customers of core customers, by `rank`: a row each, as `core_customers` has them.

    Raises:
        NotFoundError: there is none of this name.
    """
    with desk.build() as build:
        customers: list[Row] = build.core(name, top)["customers"]
        return customers
