"""Running a plan: the steps in their order, each reading and writing tables of the new snapshot."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang import __version__
from huaxiang.core.collecting import collecting_seldom
from huaxiang.core.engine import Engine
from huaxiang.core.findings import Finding
from huaxiang.core.moments import Moment
from huaxiang.core.sizes import memory_bytes
from huaxiang.core.threads import load_in_background
from huaxiang.core.usage import peak_memory
from huaxiang.facts.files import FactFiles
from huaxiang.identity.attach import with_customer
from huaxiang.identity.changed import changed_identifiers
from huaxiang.identity.defaults import identifier_types
from huaxiang.identity.groups import GROUPS
from huaxiang.identity.health import HEALTH, write_health
from huaxiang.identity.history import Mark
from huaxiang.identity.ids import Previous
from huaxiang.identity.pairs import mapped_types
from huaxiang.identity.reuse import nobody_changed
from huaxiang.identity.run import resolve_identity
from huaxiang.identity.spec import IdentifierSpec
from huaxiang.personas.aspects.history import Mark as BuildMark
from huaxiang.personas.aspects.run import Former
from huaxiang.personas.validation.past import Former as FormerBuild
from huaxiang.personas.validation.run import validate
from huaxiang.personas.validation.tables import write_validation
from huaxiang.personas.write import write_personas
from huaxiang.project.again import Again, definitions_of
from huaxiang.project.base import Base, Digests, goes_on_from
from huaxiang.project.decisions import read_decisions
from huaxiang.project.engines import computed_anew
from huaxiang.project.estimate import Estimate, Progress
from huaxiang.project.evidence import read_evidence
from huaxiang.project.facts import FactStep
from huaxiang.project.intake import Intake
from huaxiang.project.kept import Memory
from huaxiang.project.lists import Lists
from huaxiang.project.live import write_live
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.opening import open_engine
from huaxiang.project.plan import (
    ComputeTags,
    FormSegments,
    Plan,
    Portray,
    ReadSource,
    ResolveIdentity,
    Step,
    Unite,
    Validate,
    WriteFacts,
)
from huaxiang.project.shelves import shelf_of, shelf_there
from huaxiang.project.turnover_tags import former_tags
from huaxiang.project.unchanged import same_upstream, take_over, take_tables, upstream_digest
from huaxiang.quality.changes import State
from huaxiang.quality.history import HISTORY, write_history
from huaxiang.quality.run import read_state
from huaxiang.segments.clusters.run import ClusterBuild
from huaxiang.segments.clusters.tables import MODELS
from huaxiang.segments.core.run import write_core
from huaxiang.segments.done import History
from huaxiang.segments.like import KnownTag
from huaxiang.segments.run import SegmentRun, write_segments
from huaxiang.store.snapshots import Building, Snapshot, Store
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.former import FormerTags, fingerprints
from huaxiang.tags.parts import TagRun
from huaxiang.tags.run import write_profiles
from huaxiang.tags.spec import SqlTag
from huaxiang.tags.sql import sql_tables

if TYPE_CHECKING:
    import ibis

_WORKING = frozenset(
    {
        *("raw", "rejects", "mapped", "duplicates", "used", "aside", "quarantined", "accepted", "joined"),
        *("then", "came", "went", "again", "unused", "refused", ""),
    }
)
"""How the names of tables begin that no reader of a snapshot needs."""


def run_build(
    project: LoadedProject,
    plan: Plan,
    store: Store,
    *,
    threads: int | None = None,
    memory: str | None = None,
    full: bool = False,
    progress: Progress | None = None,
) -> Snapshot:
    """Run `plan` and publish its snapshot; the former one serves until then.

    What former builds computed and nothing has changed is taken over, unless the build is to be `full`.

    Raises:
        SourceError: a source can't be read.
        DataError: the rows of a feed don't balance, or break a rule that blocks.
        StoreError: the disk is full, or another build is running.
    """
    begun = time.perf_counter()
    load_in_background("huaxiang.tags.kernel.cube_steps", "huaxiang.tags.kernel.steps")
    with collecting_seldom(), store.building(plan.moment) as building:
        sources = definitions_of(project)
        digests = Digests.of(project, plan, sources, read_decisions(project))
        begin = None if full else goes_on_from(store.latest(), digests, plan.moment)
        engine = open_engine(project, building, begin, threads=threads, memory=memory)
        runner = _Runner(project, plan, building, engine, threads or project.spec.threads or 2)
        runner.memory = memory or project.spec.memory
        _remember(runner, store)
        kept = Memory(store.folder / "intake", building.id)
        if engine is engine.embedded:
            runner.again = Again.of(project, sources, plan.moment, engine, kept, runner.scratch, full=full)
            runner.go_on(store, digests, full=full)
        elif store.current() is not None and not full:
            runner.intake.findings.append(computed_anew(project))
        former = store.current()
        skipped = [step.name for step in plan.steps if runner.skips(step)]
        runner.estimate = Estimate.after(former.figures if former else {}, plan, progress, skipped=skipped)
        for position, step in enumerate(plan.steps):
            runner.estimate.begin(position)
            started = time.perf_counter()
            runner.run(step)
            runner.seconds[step.name] = round(time.perf_counter() - started, 3)
        kept.collect()
        runner.tidy()
        figures = runner.figures() | {"seconds": round(time.perf_counter() - begun, 3)}
        snapshot = building.publish(figures)
        kept.save()
        store.retain(project.spec.keep_snapshots)
    return snapshot


@dataclass
class _Runner:
    """Runs one step after the other; what steps hand on are tables in the engine."""

    project: LoadedProject
    plan: Plan
    building: Building
    engine: Engine
    threads: int
    memory: str | None = None
    previous: Previous | None = None
    health: ibis.Table | None = None
    former_clusters: ibis.Table | None = None
    former: State | None = None
    before: Mapping[str, ibis.Table] = field(default_factory=dict)
    before_at: Moment | None = None
    before_shelf: Path | None = None
    """The tables, the moment and the shelf of the former build, where there is one."""
    again: Again | None = None
    estimate: Estimate | None = None
    upstream: dict[str, Any] = field(default_factory=dict)
    """What the next build compares with or takes over: digests of all up to the facts, kept parts, tables, findings."""
    base: Base | None = None
    """The former build whose customers and facts hold but for what came and went since."""
    same_people: bool = False
    """Whether customers are those of the base."""
    latest: tuple[Snapshot, str] | None = None
    """The build whose customers keep their ids, and the name by which the engine knows its tables."""
    taken: Snapshot | None = None
    """The former build, where all of that is the same."""
    scores: ibis.Table | None = None
    linking: Mapping[str, IdentifierSpec] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @cached_property
    def intake(self) -> Intake:
        """The account of the rows that come in."""
        return Intake(
            self.project,
            self.plan,
            self.engine,
            self.scratch,
            self._stored,
            self.project.identifiers,
            self.former,
            self.again,
            base=self.base.parts if self.base else {},
        )

    @property
    def lists(self) -> Lists:
        """The lists that people keep by hand."""
        folder = self.project.folder.absolute()
        return Lists(self.engine, folder, self.scratch, self.project.identifiers, self.intake.findings)

    @property
    def scratch(self) -> Path:
        """A folder for what no later build needs; it goes when the snapshot is published."""
        return self.building.folder / "scratch"

    def go_on(self, store: Store, digests: Digests, *, full: bool) -> None:
        """Find out what of former builds still holds, unless the build is to be `full`."""
        assert self.again is not None  # noqa: S101 - only an embedded engine goes on
        self.upstream = {
            "digest": upstream_digest(digests, self.plan, self.again),
            "definitions": digests.definitions,
            "people": digests.people,
        }
        if not full:
            self.taken = same_upstream(self.upstream["digest"], store.current())
            if self.previous is not None and self.latest is not None:
                self.base = Base.of(*self.latest, self.previous.tables, digests, self.plan.moment)

    def skips(self, step: Step) -> bool:
        """Whether what a step would write is taken over."""
        return self.taken is not None and isinstance(step, ReadSource | Unite | ResolveIdentity | WriteFacts)

    def run(self, step: Step) -> None:
        match step:
            case _ if self.skips(step):
                pass
            case ReadSource():
                self.intake.read(step)
            case Unite():
                self.intake.unite(step)
            case ResolveIdentity():
                self.intake.stop_if_blocked()
                self._resolve(step)
            case WriteFacts():
                self._fact_step.write(self.project.tables[step.subject])
            case ComputeTags():
                self._close_upstream()
                self._tags(step)
            case FormSegments():
                self._segments()
            case Portray():
                self._portray()
            case Validate():
                self._validate(step)
            case _:
                raise TypeError(type(step).__name__)

    def _close_upstream(self) -> None:
        """Close the account of what came in, or take all of it over from the former build."""
        if self.taken is not None:
            known = self.taken.figures["upstream"]
            take_over(self.engine, self.taken.folder, known["tables"], self.building.facts)
            self.upstream |= {name: known[name] for name in ("parts", "identity")}
            changes = {"quality_change"}
            # Segments and validations, which follow, tell theirs anew.
            found = (Finding.of_dict(row) for row in known["findings"])
            self.intake.findings += [finding for finding in found if finding.code not in changes]
        else:
            self.intake.close()
            write_live(self.engine, self.project, self.plan, self._owned)
            self.upstream["parts"] = self.intake.parts
        self.upstream["findings"] = [finding.as_dict() for finding in self.intake.findings]
        self.upstream["tables"] = self._kept_tables()
        self._remember_scores()

    def _kept_tables(self) -> list[str]:
        """The tables that stay in the snapshot, of those that there are now."""
        return [name for name in self.engine.names() if name.partition("_")[0] not in _WORKING]

    def _remember_scores(self) -> None:
        snapshot = Snapshot(self.building.id, self.building.folder)
        write_history(
            self.engine, build=snapshot.id, as_of=snapshot.as_of, built_at=snapshot.built_at, former=self.scores
        )

    # -- identity, facts ------------------------------------------------------------------------------------

    def _resolve(self, step: ResolveIdentity) -> None:
        tables = {name: self._known(name) for name in self._accepted()}
        before = {*self._kept_tables()}
        types = identifier_types(step.spec, mapped_types(tables))
        self.linking = {name: spec for name, spec in types.items() if spec.links}
        if self.base is not None and self.base.same_people:
            turnover, mixed = self.intake.turnover, self._mixed()
            self.same_people = nobody_changed(self.engine, tables, turnover, types, self.base.tables, mixed)
        if self.base is not None and self.same_people:
            take_tables(self.engine, self.base.alias, self.base.identity)
        else:
            self._resolve_anew(step, tables)
        self.upstream["identity"] = sorted({*self._kept_tables()} - before)

    def _mixed(self) -> list[str]:
        """The sources that say of several tables beside records whose their rows are."""
        fed: dict[str, set[str]] = {}
        for step in self.plan.steps:
            if isinstance(step, Unite) and step.subject != "records":
                for source in (source for source, _, feed in step.feeds if feed.identifiers):
                    fed.setdefault(source, set()).add(step.subject)
        return [source for source, tables in fed.items() if len(tables) > 1]

    def _resolve_anew(self, step: ResolveIdentity, tables: Mapping[str, ibis.Table]) -> None:
        snapshot = Snapshot(self.building.id, self.building.folder)
        mark = Mark(snapshot.id, snapshot.as_of, snapshot.built_at)
        decisions = read_decisions(self.project)
        resolve_identity(self.engine, tables, step.spec, self.previous, self.plan.moment, decisions, mark)
        write_health(self.engine, step.spec, tables.get("records"), self.previous, self.health)

    def _known(self, name: str) -> ibis.Table:
        """The accepted rows whose time is known: what happened only later must not change who is who."""
        rows, time = self.engine.table(f"accepted_{name}"), self.project.tables[name].time
        return rows if time is None else rows.filter(rows[time].notnull())

    def _owned(self, table: ibis.Table) -> ibis.Table:
        return with_customer(table, self.engine.table("identifiers"), self.linking)

    def _accepted(self) -> list[str]:
        return [step.subject for step in self.plan.steps if isinstance(step, Unite)]

    @cached_property
    def _fact_step(self) -> FactStep:
        renamed = None
        if self.base is not None and not self.same_people:
            renamed = changed_identifiers(self.engine, self.base.tables["identifiers"])
        folder, stored = self.building.facts, self._stored
        memory = memory_bytes(self.memory) if self.memory else None
        return FactStep(
            self.intake, self._accepted(), self._owned, folder, stored, self.base, renamed, self.threads, memory
        )

    def _stored(self, name: str, content: ibis.Table, *, step: str) -> ibis.Table:
        """Compute a working table into a file of the scratch folder, so that the snapshot itself stays small."""
        self.engine.write_parquet(content, self.scratch / f"{name}.parquet", step=step)
        return self.engine.view_parquet(name, f"{self.scratch.name}/{name}.parquet", step=step)

    # -- tags, segments, personas ---------------------------------------------------------------------------

    def _tags(self, step: ComputeTags) -> None:
        for name in dict.fromkeys(name for tag in step.tags.built for name in _sql_tables(tag)):
            if self.project.tables.get(name):
                self._sql_view(name)
        run = TagRun(
            step.tags,
            self.project.tables,
            self.project.dimensions,
            self.plan.moment,
            self.scratch,
            self.lists.imported,
            lambda table: FactFiles(self.building.facts / table),
            self.threads,
            self.estimate.within if self.estimate else None,
            memory_bytes(self.memory) if self.memory else None,
            self._former_tags(step.tags),
        )
        write_profiles(self.engine, run)

    def _former_tags(self, tags: Tags) -> FormerTags | None:
        """What holds of the tags of the build that this one goes on from."""
        now = self.upstream["tags"] = fingerprints(tags, self.plan.moment)
        if self.base is None:
            return None
        same = self.taken is not None or self.same_people
        touched = {} if self.taken is not None else self._fact_step.touched
        return former_tags(self.engine, self.base, tags, now, touched, same_people=same)

    def _segments(self) -> None:
        known = {tag.name: KnownTag(tag.type, tag.tags, tag.spec.privacy) for tag in self.plan.tags.built}
        history = History(lambda name: self.engine.table(f"fact_{name}"), self.project.tables, self.plan.moment)
        project = self.project
        clusters = ClusterBuild(
            self.engine, project.clusters, project.cluster_templates, self.plan.moment, self.former_clusters
        )
        run = SegmentRun(self.plan.segments, history, self.lists.uploaded, known, clusters)
        self.plan = self.plan.without(write_segments(self.engine, run), clusters.refusals)
        left_out = write_core(self.engine, project.core_customers, self.plan.moment, project.spec.minimum_group)
        self.plan = self.plan.leaving_out("core_customers", left_out)

    def _portray(self) -> None:
        specs = {spec.name: spec for spec in self.plan.personas}
        spec = self.project.spec
        snapshot = Snapshot(self.building.id, self.building.folder)
        write_personas(
            self.engine,
            specs,
            moment=self.plan.moment,
            threshold=spec.minimum_group,
            currency=spec.currency,
            limits=spec.limits,
            former=Former(BuildMark(snapshot.id, snapshot.as_of, snapshot.built_at), self.before),
            shelf=shelf_of(self.engine, snapshot, self.plan.moment),
        )

    def _validate(self, step: Validate) -> None:
        specs = {spec.name: spec for spec in step.validations}
        found = validate(
            self.engine,
            self.plan.personas,
            step.validations,
            read_evidence(self.engine, specs, self.lists),
            moment=self.plan.moment,
            threshold=self.project.spec.minimum_group,
            former=FormerBuild(self.before_at, self.before, self.before_shelf) if self.before_at is not None else None,
            shelf=shelf_of(self.engine, Snapshot(self.building.id, self.building.folder), self.plan.moment),
        )
        write_validation(self.engine, found.rows)
        self.intake.findings += found.findings

    def _sql_view(self, table: str) -> None:
        """The facts under their plain name, with `customer_id`: what a tag's SQL reads."""
        rows, customers = self.engine.table(f"fact_{table}"), self.engine.table("customers")
        joined = rows.join(customers.select("customer_no", "customer_id"), "customer_no")
        self.engine.view(table, joined, step=f"view {table}")

    # -- figures --------------------------------------------------------------------------------------------

    def tidy(self) -> None:
        """Write what could not be built, and remove what only the steps needed."""
        import pyarrow as pa

        columns = ("kind", "name", "reason", "reason_zh")
        rows = {name: [row[name] for row in self.plan.left_out] for name in columns}
        schema = pa.schema([(name, pa.string()) for name in columns])
        self.engine.create("left_out", pa.table(rows, schema=schema), step="left out")
        facts = {name for name, table in self.project.tables.items() if table.is_fact}
        for name in self.engine.names():
            if name.partition("_")[0] in _WORKING or name in facts:
                self.engine.drop(name)
        shutil.rmtree(self.scratch, ignore_errors=True)

    def figures(self) -> dict[str, Any]:
        """The figures of the build, as `build.json` holds them."""
        facts = [step.subject for step in self.plan.steps if isinstance(step, WriteFacts)]
        left_out = [row for row in self.plan.left_out if row["kind"] == "tag"]
        return {
            "project": self.project.spec.name,
            "version": __version__,
            "snapshot": self.building.id,
            "as_of": str(self.plan.moment),
            "moment": self.plan.moment.utc.isoformat(),
            "time_zone": self.plan.moment.zone,
            "customers": self._count("customers"),
            "records": self._count("identity"),
            "facts": {name: self._count(f"fact_{name}") for name in facts},
            "tags_built": len(self.plan.tags.built),
            "tags_left_out": {row["name"]: row["reason"] for row in left_out},
            "segments": len(self.plan.segments.built),
            "personas": len(self.plan.personas),
            "quarantined": self._count("quarantine"),
            "live": self.intake.segments,
            "quality": self._quality(),
            "findings": [finding.as_dict() for finding in self.intake.findings],
            "steps": [{"step": name, "seconds": seconds} for name, seconds in self.seconds.items()],
            "peak_memory_mib": peak_memory(),
            "upstream": self.upstream,
        }

    def _quality(self) -> dict[str, float | None]:
        """The overall scores by dimension."""
        scores = self.engine.table("quality_scores")
        rows = self.engine.rows(scores.filter(scores.source.isnull()), step="quality scores")
        return {row["dimension"]: row["score"] for row in rows}

    def _count(self, name: str) -> int:
        table = self.engine.table(name)
        return int(self.engine.rows(table.aggregate(n=table.count()), step=f"count {name}")[0]["n"])


def _remember(runner: _Runner, store: Store) -> None:
    """Let the build know who customers were, and how the data looked before."""
    former = store.current()
    if former is None:
        return
    tables = runner.engine.attach(former.file, "former")
    runner.former = read_state(runner.engine, tables)
    runner.before = tables
    runner.before_at = Moment(former.as_of, runner.plan.moment.zone)
    runner.before_shelf = shelf_there(former)
    runner.scores = tables.get(HISTORY)
    runner.former_clusters = tables.get(MODELS)
    # It decides about ids: a look back at an earlier moment must not make anyone forgotten.
    latest = store.latest() or former
    if latest.id != former.id:
        tables = runner.engine.attach(latest.file, "latest")
    groups = {name: tables[name] for name in GROUPS if name in tables}
    runner.previous = Previous(tables["customers"], tables["identity"], tables["identifiers"], groups, tables)
    runner.latest = latest, "former" if latest.id == former.id else "latest"
    runner.health = tables.get(HEALTH)


def _sql_tables(tag: CompiledTag) -> tuple[str, ...]:
    return sql_tables(tag.spec) if isinstance(tag.spec, SqlTag) else ()
