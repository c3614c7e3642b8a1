"""Forming the segments of a build: level upon level, each from the members that the one before it has written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.algebra import FLAGS
from huaxiang.segments.catalog import catalog, sizes
from huaxiang.segments.clusters.spec import ClusterSegment
from huaxiang.segments.done import KEY, History, Part, counted, followed
from huaxiang.segments.flags import flag_of, memberships, with_level
from huaxiang.segments.like import KnownTag, Like, find_alike
from huaxiang.segments.like_tables import write_likes
from huaxiang.segments.plan import SegmentPlan, lacking
from huaxiang.segments.spec import SegmentSpec

if TYPE_CHECKING:
    import ibis

    from huaxiang.segments.clusters.run import ClusterBuild


@dataclass(frozen=True)
class SegmentRun:
    """What forming segments needs beside the profiles: the plan, where facts are, and what is known of tags.

    `given` gives the members (`customer_no`) of a segment that no rule makes, such as an uploaded list.
    """

    plan: SegmentPlan
    history: History
    given: Callable[[SegmentSpec], ibis.Table]
    tags: Mapping[str, KnownTag] = field(default_factory=dict)
    clusters: ClusterBuild | None = None


def write_segments(engine: Engine, run: SegmentRun) -> dict[str, Text]:
    """Write `segments`, `segment_flags`, `segment_catalog` and what lookalikes were found by.

    Returns the reasons of segments that were refused: weak lookalikes, clusters that are not there, and those that rest
    on them. Each level is written before the next one reads it: a segment of segments reads members, never their rules.
    """
    profiles = engine.table("profiles")
    former = profiles.select(CUSTOMER_ID, KEY)
    written: list[str] = []
    refused: dict[str, Text] = {}
    likes: dict[str, Like] = {}
    for number, level in enumerate(run.plan.levels):
        refused |= _resting_on(run.plan, level, refused)
        refused |= _clusters(run, profiles, former, [name for name in level if name not in refused])
        names = [name for name in level if name not in refused]
        parts = {name: list(parts_of(run, name)) for name in names}
        for name, seed in lookalikes(run.plan, names):
            rows = level_rows(profiles, former, run.plan, [name], written)
            pool = with_level(rows, run.plan, [name], run.history.moment, parts)
            pool = pool.select(CUSTOMER_ID, KEY, candidate=pool[flag_of(name)], seed=pool[flag_of(seed)])
            likes[name] = find_alike(engine, run.plan, name, pool, run.tags, run.history.moment)
            parts[name].append(Part(engine.create(f"_like_{name}", likes[name].members, step=f"alike for {name}")))
        refused |= {name: like.refusal for name, like in likes.items() if like.refusal is not None}
        names = [name for name in names if name not in refused]
        flagged = with_level(
            level_rows(profiles, former, run.plan, names, written), run.plan, names, run.history.moment, parts
        )
        written += names
        kept = flagged.select(CUSTOMER_ID, KEY, *map(flag_of, written))
        former = engine.create(f"_segments_{number}", kept, step=f"segments level {number}")
    _write_tables(engine, run, former, written)
    write_likes(engine, likes)
    if run.clusters is not None:
        run.clusters.write()
    return refused


def level_rows(
    profiles: ibis.Table, former: ibis.Table, plan: SegmentPlan, names: Iterable[str], written: list[str]
) -> ibis.Table:
    """The profiles with the tags that the segments `names` read, and the flags of those that are `written`."""
    tags = dict.fromkeys(tag for name in names for tag in plan.segments[name].tags)
    rows = profiles.select(CUSTOMER_ID, KEY, *tags)
    return rows.join(former.select(KEY, *map(flag_of, written)), KEY) if written else rows


def _clusters(run: SegmentRun, profiles: ibis.Table, former: ibis.Table, level: Iterable[str]) -> dict[str, Text]:
    """Find the clusters that segments of a level are; those that there are none for, with the reason."""
    refused: dict[str, Text] = {}
    specs = (run.plan.segments[name].spec for name in level)
    among = {spec.group: spec.among for spec in specs if isinstance(spec, ClusterSegment)}
    for name, segment in among.items():
        assert run.clusters is not None  # noqa: S101 - whoever plans clusters finds them
        pool = profiles if segment == EVERYONE else former.filter(former[flag_of(segment)])
        refused |= run.clusters.find(name, pool.select(KEY))
    return refused


def _write_tables(engine: Engine, run: SegmentRun, flags: ibis.Table, written: list[str]) -> None:
    wide = flags.select(KEY, **{name: flags[flag_of(name)] for name in written})
    engine.create(FLAGS, wide.order_by(KEY), step="segment flags")
    members = engine.create("segments", memberships(flags, written), step="segments")
    by_name = {row["segment"]: row["size"] for row in engine.rows(sizes(members), step="segment sizes")}
    everyone = engine.rows(flags.aggregate(n=flags.count()), step="customers")[0]["n"]
    specs = {name: _called(run, run.plan.segments[name].spec) for name in run.plan.segments if name in written}
    engine.create("segment_catalog", catalog(specs, written, by_name, everyone), step="segment catalog")


def _called(run: SegmentRun, spec: SegmentSpec) -> SegmentSpec:
    """A segment with the name that it has been given meanwhile."""
    return run.clusters.called(spec) if run.clusters and isinstance(spec, ClusterSegment) else spec


def parts_of(run: SegmentRun, name: str) -> Iterator[Part]:
    """The sets of customers that have to hold beside the rule of a segment."""
    segment = run.plan.segments[name]
    yield from (counted(did, run.history) for did in segment.did)
    yield from (followed(steps, run.history) for steps in segment.sequences)
    if run.clusters and isinstance(segment.spec, ClusterSegment):
        yield Part(run.clusters.members(segment.spec))
    elif segment.given:
        yield Part(run.given(segment.spec))


def lookalikes(plan: SegmentPlan, names: Iterable[str]) -> list[tuple[str, str]]:
    """The lookalikes among the segments `names`, each with its seed."""
    found = ((name, plan.segments[name].spec.lookalike) for name in names)
    return [(name, like.seed) for name, like in found if like is not None]


def _resting_on(plan: SegmentPlan, level: Iterable[str], refused: Mapping[str, Text]) -> dict[str, Text]:
    """The segments of a level that speak of refused ones."""
    found = {name: [used for used in plan.segments[name].uses if used in refused] for name in level}
    return {name: lacking("segment", "分群", used) for name, used in found.items() if used}
