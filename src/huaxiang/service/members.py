"""Why one customer is in a segment, or is not."""

from __future__ import annotations

from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.identity.issues import masked
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import make_plan
from huaxiang.segments.algebra import FLAGS
from huaxiang.segments.compile import CompiledSegment
from huaxiang.segments.done import KEY, History
from huaxiang.segments.explain import parts_of_member
from huaxiang.service.lookups import look_up

Row = dict[str, Any]


def why_member(engine: Engine, project: LoadedProject, moment: Moment, identifier: str, name: str) -> Row:
    """`customer_id`, `segment`, `label`, `as_of`, whether it is a `member`, and the `parts` of the definition.

    A part has `part` (where, did, sequence, lookalike, list), `says`, `holds`, and what it rests on: tags and segments
    with their values, where the customer stands among others, facts, a score with the tags that add most to it.
    `note` says where the definition has changed since the snapshot.

    Raises:
        NotFoundError: there is no such customer, or the segment was not built.
    """
    found = look_up(engine, project, identifier)
    catalog = engine.table("segment_catalog")
    built = {row["name"]: row for row in engine.rows(catalog, step="segments")}
    segments = make_plan(project, moment).segments.segments
    if name not in built or name not in segments or not engine.has(FLAGS):
        guess = near_miss(name, built)
        hint = f" Did you mean '{guess}'?" if guess and guess != name else " Run 'huaxiang build' where it is new."
        raise NotFoundError(f"There is no segment '{name}' in this build.{hint}")
    flags = engine.table(FLAGS)
    (mine,) = engine.rows(flags.filter(flags[KEY] == found.number).select(member=flags[name]), step="is a member")
    history = History(lambda table: engine.table(f"fact_{table}"), project.tables, moment)
    parts = list(parts_of_member(engine, segments[name], history, found.number))
    if segments[name].given:
        parts.append(_list(engine, segments[name], found.number, member=mine["member"]))
    changed = built[name]["rule"] != segments[name].spec.rule
    return {
        "customer_id": found.customer_id,
        "segment": name,
        "label": {"en": built[name]["label_en"], "zh": built[name]["label_zh"]},
        "as_of": str(moment),
        "member": mine["member"],
        "parts": parts,
        **({"note": "The definition has changed since this snapshot was built."} if changed else {}),
    }


def _list(engine: Engine, segment: CompiledSegment, number: int, *, member: bool) -> Row:
    """The list, and the identifiers of the customer by which it may be on it."""
    identifiers = engine.table("identifiers")
    mine = identifiers.filter(identifiers[KEY] == number, identifiers.type == str(segment.spec.identifier))
    values = engine.rows(mine.select(value=masked(mine["value"])).order_by("value"), step="identifiers of one customer")
    return {
        "part": "list",
        "says": segment.spec.file or segment.spec.group,
        "holds": member,
        "identifier": segment.spec.identifier,
        "values": [row["value"] for row in values],
    }
