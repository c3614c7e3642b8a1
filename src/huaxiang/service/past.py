"""Who was in a segment at an earlier moment, by today's definitions: tags as of then, and the rule over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from huaxiang.core.errors import UsageError
from huaxiang.core.moments import Moment
from huaxiang.core.spec import EVERYONE
from huaxiang.personas.comparison.sides import Occasion, Side
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.personas.groups import group
from huaxiang.personas.tags import Tag
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, make_plan
from huaxiang.segments.algebra import FLAGS
from huaxiang.segments.compile import CompiledSegment
from huaxiang.segments.flags import flag_of, with_flags
from huaxiang.segments.plan import SegmentPlan
from huaxiang.service.moments import table_at
from huaxiang.tags.catalog import definition_of
from huaxiang.tags.moments import timeless_tags

if TYPE_CHECKING:
    import ibis

THEN = "_profiles_then"
"""The working table of the profiles at the earlier moment."""


def past_side(project: LoadedProject, stored: StoredBuild, asked: str, at: Moment) -> tuple[Side, dict[str, Tag]]:
    """A segment (or `everyone`) as of `at`, and the tags that can be compared with those of the build.

    Left out are tags that have no past, and those whose definition has changed since the build. Lists that people
    uploaded are as they were at the build.

    Raises:
        NotFoundError: there is no such segment.
        UsageError: `at` is not before the build, or the segment rests on more than tags, which has to be built then.
    """
    if at.utc >= stored.moment.utc:
        raise UsageError(f"{at} is not before the moment of the snapshot ({stored.moment}).")
    plan = make_plan(project, at)
    profiles = _profiles(project, stored, at)
    occasion = Occasion(stored.engine, profiles, at)
    tags = _tags(stored, plan)
    if asked == EVERYONE:
        return Side(asked, stored.groups[EVERYONE].label, occasion, None), tags
    found = group(stored.groups, asked)
    rows = _flagged(stored, profiles, plan.segments, asked, at)
    return stored.side(asked, found.label, rows.filter(rows[flag_of(asked)]), found.rule, occasion), tags


def _profiles(project: LoadedProject, stored: StoredBuild, at: Moment) -> ibis.Table:
    """The tags of all customers as of `at`, as a working table; without those of whom nothing was known yet."""
    import ibis
    import pyarrow as pa

    engine = stored.engine
    customers = engine.table("customers").select("customer_id", "customer_no").order_by("customer_no")
    known = engine.arrow(customers, step="comparison: customers")
    pairs = known.append_column("moment", pa.array([at.utc] * known.num_rows, pa.timestamp("us", "UTC")))
    found = table_at(engine, project, stored.moment, pairs).drop_columns(["moment"])
    table = engine.create(THEN, found, step="comparison: profiles at the earlier moment")
    tags = [name for name in table.columns if name not in ("customer_id", "customer_no")]
    return engine.create(THEN, table.filter(ibis.or_(*(table[name].notnull() for name in tags))), step="known by then")


def _tags(stored: StoredBuild, plan: Plan) -> dict[str, Tag]:
    """The tags of the build that have a past, and that are still defined as they were built."""
    timeless = timeless_tags(plan.tags)
    present = {tag.name: json.loads(json.dumps(definition_of(tag))) for tag in plan.tags.built}
    return {
        name: tag
        for name, tag in stored.tags.items()
        if name not in timeless and name in present and present[name] == tag.defined
    }


def _flagged(stored: StoredBuild, profiles: ibis.Table, plan: SegmentPlan, segment: str, at: Moment) -> ibis.Table:
    """`profiles` with a flag for `segment`, and for those that it rests on."""
    needed: set[str] = set()
    waiting = [segment]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += _compiled(plan, name).uses
    standing = [name for name in needed if not plan.segments[name].alone]
    for name in standing:
        if plan.segments[name].spec.file is None:
            raise UsageError(
                f"Segment '{name}' rests on more than tags: build the project at {at}, and compare with that snapshot."
            )
    return with_flags(_with_lists(stored, profiles, standing), plan.only(needed), lambda _: at)


def _with_lists(stored: StoredBuild, profiles: ibis.Table, lists: Sequence[str]) -> ibis.Table:
    """`profiles` with a flag for each of `lists`, whose members are those of the build."""
    if not lists:
        return profiles
    members = stored.engine.table(FLAGS)
    flags = members.select("customer_no", **{flag_of(name): members[name] for name in lists})
    return profiles.left_join(flags, "customer_no").drop("customer_no_right")


def _compiled(plan: SegmentPlan, name: str) -> CompiledSegment:
    if name not in plan.segments:
        reason = plan.left_out[name].en if name in plan.left_out else "it is gone"
        raise UsageError(f"Segment '{name}' can't be formed at that moment: {reason}.")
    return plan.segments[name]
