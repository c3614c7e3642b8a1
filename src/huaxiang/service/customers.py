"""Why one customer has the value of a tag that it has."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.groups import Groups
from huaxiang.service.lookups import KEY, look_up
from huaxiang.service.moments import applied_calibrations, raw_value
from huaxiang.store.engine import DuckEngine
from huaxiang.tags.catalog import definition_of, labels_of_values
from huaxiang.tags.compile import sound
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.explain import facts_behind, rows_behind
from huaxiang.tags.moments import needed_tags
from huaxiang.tags.spec import AggregateTag, AttributeTag


@dataclass(frozen=True)
class Grounds:
    """What the values of one customer at a moment rest on: the profile, and the engine that holds the facts."""

    profile: dict[str, Any]
    facts: Engine
    moment: Moment
    live: bool = False


def why(engine: DuckEngine, project: LoadedProject, moment: Moment, identifier: str, tag: str) -> dict[str, Any]:
    """How the value of `tag` came about for a customer: its rule, the values and rows behind it.

    Raises:
        NotFoundError: there is no such customer, or the tag was not built.
    """
    number = look_up(engine, project, identifier).number
    return explained(engine, project, Grounds(_profile(engine, number), engine, moment), tag)


def explained(engine: DuckEngine, project: LoadedProject, grounds: Grounds, tag: str) -> dict[str, Any]:
    """How the value of `tag` in `grounds.profile` came about; `engine` holds the snapshot.

    Raises:
        NotFoundError: the tag was not built.
    """
    profile = grounds.profile
    if tag not in profile or tag in (KEY, "customer_id"):
        guess = near_miss(tag, profile)
        raise NotFoundError(f"There is no tag '{tag}' in this build." + (f" Did you mean '{guess}'?" if guess else ""))
    compiled = {each.name: each for each in sound(project.compiled)}
    if tag not in compiled:
        raise NotFoundError(f"Tag '{tag}' is in the snapshot, but no longer defined in the project. Build again.")
    read = needed_tags(Tags(tuple(compiled.values())), [tag]).built
    return {
        "customer_id": profile["customer_id"],
        "as_of": str(grounds.moment),
        **_explained(engine, project, grounds, compiled, tag),
        "rests_on": facts_behind(grounds.facts, read, project.tables, grounds.moment, int(profile[KEY])),
    }


def _explained(
    engine: DuckEngine, project: LoadedProject, grounds: Grounds, compiled: dict[str, CompiledTag], name: str
) -> dict[str, Any]:
    tag, profile = compiled[name], grounds.profile
    number = int(profile[KEY])
    found: dict[str, Any] = {
        "tag": name,
        "label": tag.spec.label.as_dict(),
        "kind": tag.kind,
        "value": profile.get(name),
        "value_labels": labels_of_values(tag),
        "definition": definition_of(tag),
    }
    if _definition_changed(engine, tag):
        found["note"] = "The definition has changed since this snapshot was built."
    calibration = applied_calibrations(engine).get(name)
    if calibration is not None and not grounds.live:
        found["raw"] = raw_value(engine, project, grounds.moment, profile["customer_id"], name)
        found["calibration"] = calibration.as_dict()
    match tag.spec:
        case AggregateTag():
            found["rows"] = rows_behind(grounds.facts, tag, project.tables, grounds.moment, number)
        case AttributeTag():
            (column,) = tag.columns
            found["rows"] = _ORIGINS.get(column.partition(".")[0], _records)(engine, number, tag.spec.attribute)
        case _ if tag.tags:
            found["tags"] = [_explained(engine, project, grounds, compiled, read) for read in tag.tags]
    return found


def _definition_changed(engine: Engine, tag: CompiledTag) -> bool:
    catalog = engine.table("tag_catalog")
    rows = engine.rows(catalog.filter(catalog.name == tag.name).select("definition"), step="definition")
    return bool(rows) and json.loads(rows[0]["definition"]) != json.loads(json.dumps(definition_of(tag)))


def _records(engine: DuckEngine, number: int, attribute: str) -> list[dict[str, Any]]:
    """The record that the surviving value came from."""
    if not engine.has("attribute_origins"):
        return []
    origins = engine.table("attribute_origins")
    mine = origins.filter(origins[KEY] == number, origins.attribute == attribute)
    return engine.rows(mine.select("source", "record_key"), step="origin")


def _members(engine: DuckEngine, number: int, _: str) -> list[dict[str, Any]]:
    home = Groups(engine).household(number)
    return [] if home is None else list(home["members"])


def _roles(engine: DuckEngine, number: int, _: str) -> list[dict[str, Any]]:
    return Groups(engine).accounts(number)


_ORIGINS = {"household_members": _members, "account_contacts": _roles}
"""The table that an attribute comes from → the rows behind it, where these are no records."""


def _profile(engine: Engine, number: int) -> dict[str, Any]:
    profiles = engine.table("profiles")
    return engine.rows(profiles.filter(profiles[KEY] == number), step="profile")[0]
