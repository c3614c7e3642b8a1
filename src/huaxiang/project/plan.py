"""The plan of a build: which steps, in which order, on which tables. A plan is data; making it touches nothing."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from huaxiang.core.moments import Moment
from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.identity.spec import IdentitySpec
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.spec import ValidationSpec
from huaxiang.personas.write import TABLES as PERSONA_TABLES
from huaxiang.project.loaded import LoadedProject
from huaxiang.segments.clusters.spec import ClusterSegment
from huaxiang.segments.plan import SegmentPlan, plan_segments
from huaxiang.sources.spec import FeedSpec, SourceSpec
from huaxiang.tags.calibration import Calibration
from huaxiang.tags.compile import sound
from huaxiang.tags.compiled import Tags
from huaxiang.tags.select import fed_columns, mapped_columns, select_tags
from huaxiang.tags.spec import AggregateTag


@dataclass(frozen=True)
class Step:
    """One step of a build: a subject, and the names of the tables it reads and writes."""

    subject: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What the step is called in plans, logs and progress: `read crm`."""
        return self.title.en

    @property
    def title(self) -> Text:
        """What people call the step."""
        verb = _VERBS[type(self)]
        return Text(f"{verb.en} {self.subject}".strip(), f"{verb.zh} {self.subject}".strip())

    def as_dict(self) -> dict[str, Any]:
        """The step for JSON."""
        return {"step": self.name, "reads": list(self.reads), "writes": list(self.writes)}


@dataclass(frozen=True)
class ReadSource(Step):
    """Open a source as it is, audit it, and map each of its feeds onto a standard table."""

    source: SourceSpec


@dataclass(frozen=True)
class Unite(Step):
    """Put the usable rows of all feeds of one table together."""

    feeds: tuple[tuple[str, int, FeedSpec], ...]


@dataclass(frozen=True)
class ResolveIdentity(Step):
    """Find out which records are the same customer."""

    spec: IdentitySpec


@dataclass(frozen=True)
class WriteFacts(Step):
    """Give the rows of one table their customers and what other tables know, and store them sorted."""


@dataclass(frozen=True)
class ComputeTags(Step):
    """One pass over each fact table, then the profile layer by layer."""

    tags: Tags


@dataclass(frozen=True)
class FormSegments(Step):
    """Evaluate the rules of all segments over the profiles."""

    segments: SegmentPlan


@dataclass(frozen=True)
class Portray(Step):
    """Compare each persona's segment with its base."""

    personas: tuple[PersonaSpec, ...]


@dataclass(frozen=True)
class Validate(Step):
    """Hold the portraits against evidence from outside and against the build before, and grade them."""

    validations: tuple[ValidationSpec, ...]


_VERBS: dict[type[Step], Text] = {
    ReadSource: Text("read", "读取"),
    Unite: Text("unite", "合并"),
    ResolveIdentity: Text("resolve identity", "识别客户"),
    WriteFacts: Text("write facts", "写入事实"),
    ComputeTags: Text("compute tags", "计算标签"),
    FormSegments: Text("form segments", "生成分群"),
    Portray: Text("portray personas", "生成画像"),
    Validate: Text("validate personas", "检验画像"),
}


def title_of(name: str) -> Text:
    """What people call the step that logs and figures hold as `name`; one that is not known stays as it is."""
    for verb in _VERBS.values():
        if f"{name} ".startswith(f"{verb.en} "):
            return Text(name, f"{verb.zh}{name.removeprefix(verb.en)}")
    return Text(name, name)


@dataclass(frozen=True)
class Plan:
    """What a build at `moment` will do."""

    moment: Moment
    steps: tuple[Step, ...]
    tags: Tags
    segments: SegmentPlan
    personas: tuple[PersonaSpec, ...]
    left_out: tuple[dict[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """The plan for JSON."""
        return {
            "as_of": str(self.moment),
            "steps": [step.as_dict() for step in self.steps],
            "tags": [tag.name for tag in self.tags.built],
            "segments": list(self.segments.built),
            "personas": [persona.name for persona in self.personas],
            "left_out": list(self.left_out),
        }

    def without(self, refused: Mapping[str, Text], clusters: Mapping[str, Text] | None = None) -> Plan:
        """The plan without the segments that a build has `refused` for these reasons, and without their personas.

        `clusters` are those that none were found of: their reasons are told once for all of their segments.
        """
        kept = tuple(p for p in self.personas if not {p.segment, p.base} & refused.keys())
        told = {
            name: reason
            for name, reason in refused.items()
            if not isinstance(self.segments.segments[name].spec, ClusterSegment)
        }
        rows = [
            *_left_out_rows("clusters", clusters or {}),
            *_left_out_rows("segment", told),
            *_left_out_personas(refused, [p for p in self.personas if p not in kept]),
        ]
        segments = self.segments.only([name for name in self.segments.built if name not in refused])
        return replace(self, segments=segments, personas=kept, left_out=(*self.left_out, *rows))

    def leaving_out(self, kind: str, reasons: Mapping[str, Text]) -> Plan:
        """The plan with the definitions of a `kind` that a build has left out, for these reasons."""
        return replace(self, left_out=(*self.left_out, *_left_out_rows(kind, reasons)))


Calibrated = Callable[[Tags], Mapping[str, Calibration]]
"""Which of the tags have a calibration that a build applies."""


def make_plan(project: LoadedProject, moment: Moment, calibrated: Calibrated | None = None) -> Plan:
    """The plan of a build of `project` at `moment`.

    Raises:
        ProjectError: the tags hold mistakes.
    """
    sources = [source for source in project.sources.values() if not _absent(project, source)]
    feeds = [(feed.table, feed.columns) for source in sources for feed in source.feeds]
    compiled = sound(project.compiled)
    mapped = mapped_columns(feeds, project.tables)
    given = project.identity.given
    tags = select_tags(compiled, fed_columns(mapped, project.tables) | given, mapped | given, project.spec.leave_out)
    if calibrated is not None:
        corrections = calibrated(tags)
        tags = replace(tags, built=tuple(replace(tag, calibration=corrections.get(tag.name)) for tag in tags.built))
    uploaded = {name for name, segment in project.segments.items() if segment.file is not None}
    fed = {table: project.tables[table] for table, _ in feeds}
    segments = plan_segments(project.possible_segments, tags.types, uploaded, fed)
    known = {*segments.built, EVERYONE}
    wanted = [p.model_copy(update={"segment": p.segment or p.name}) for p in project.personas.values()]
    personas = tuple(p for p in wanted if p.segment in known and p.base in known)
    left_out = _left_out(tags, segments, [p for p in wanted if p not in personas])
    steps = tuple(_steps(project, sources, tags, segments, personas))
    return Plan(moment, steps, tags, segments, personas, tuple(left_out))


def _steps(
    project: LoadedProject,
    sources: list[SourceSpec],
    tags: Tags,
    segments: SegmentPlan,
    personas: tuple[PersonaSpec, ...],
) -> Iterator[Step]:
    by_table: dict[str, list[tuple[str, int, FeedSpec]]] = {}
    for source in sources:
        mapped = tuple(f"mapped_{source.name}_{i}" for i in range(len(source.feeds)))
        for i, feed in enumerate(source.feeds):
            by_table.setdefault(feed.table, []).append((source.name, i, feed))
        yield ReadSource(source.name, (source.path or _place(source),), (*mapped, "quarantine", "quality"), source)
    for table, feeds in by_table.items():
        reads = tuple(f"mapped_{source}_{i}" for source, i, _ in feeds)
        yield Unite(table, reads, (f"accepted_{table}",), tuple(feeds))
    accepted = tuple(f"accepted_{table}" for table in by_table)
    yield ResolveIdentity(
        "", accepted, ("customers", "identity", "identifiers", "attributes", *project.identity.given), project.identity
    )
    facts = [table for table in by_table if project.tables[table].is_fact]
    for table in facts:
        lookups = tuple(f"accepted_{x.table}" for x in project.tables[table].lookups if x.table in by_table)
        yield WriteFacts(table, (f"accepted_{table}", *lookups, "identifiers"), (f"fact_{table}",))
    read = {tag.spec.table for tag in tags.built if isinstance(tag.spec, AggregateTag)}
    fact_tables = tuple(f"fact_{table}" for table in sorted(read))
    yield ComputeTags("", ("customers", "attributes", *fact_tables), ("profiles", "tag_catalog"), tags)
    yield FormSegments("", ("profiles",), ("segments", "segment_catalog", "segment_flags"), segments)
    told = ("events", "orders", "order_lines")
    reads = ("profiles", "segments", "tag_catalog", *(f"fact_{table}" for table in told if table in facts))
    yield Portray("", reads, PERSONA_TABLES, personas)
    validations = tuple(project.validations.values())
    files = tuple(spec.file for spec in validations if spec.file is not None)
    grades = ("persona_grades", "persona_validation", "validation_figures")
    yield Validate("", ("profiles", "segments", *PERSONA_TABLES, *files), grades, validations)


def _left_out(tags: Tags, segments: SegmentPlan, personas: Iterable[PersonaSpec]) -> Iterator[dict[str, str]]:
    for tag in tags.left_out:
        yield {"kind": "tag", "name": tag.name, "reason": tag.reason.en, "reason_zh": tag.reason.zh}
    yield from _left_out_rows("segment", segments.left_out)
    yield from _left_out_personas(segments.left_out, personas)


def _left_out_personas(gone: Container[str], personas: Iterable[PersonaSpec]) -> Iterator[dict[str, str]]:
    """The rows of `left_out` for the `personas` of, or against, segments that are `gone`."""
    for persona in personas:
        missing = persona.segment if persona.segment in gone else persona.base
        told = Text(f"its segment {missing} is not built", f"所需分群 {missing} 未构建")
        yield {"kind": "persona", "name": persona.name, "reason": told.en, "reason_zh": told.zh}


def _left_out_rows(kind: str, reasons: Mapping[str, Text]) -> Iterator[dict[str, str]]:
    for name, reason in reasons.items():
        yield {"kind": kind, "name": name, "reason": reason.en, "reason_zh": reason.zh}


def _absent(project: LoadedProject, source: SourceSpec) -> bool:
    """Whether an optional source has no files."""
    from huaxiang.sources.readers.files import exists

    return source.optional and source.path is not None and not exists(source.path, project.folder)


def _place(source: SourceSpec) -> str:
    return "live log" if source.live else source.table or "query"
