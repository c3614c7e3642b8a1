"""Which segments can be built, in which order, and why others can't."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from huaxiang.core.errors import ProjectError
from huaxiang.core.messages import in_both
from huaxiang.core.tables import Table
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.facts import facts_table
from huaxiang.expressions.parse import parse
from huaxiang.segments.compile import CompiledSegment, compile_segment
from huaxiang.segments.spec import SegmentSpec


@dataclass(frozen=True)
class SegmentPlan:
    """What can be built: `levels` of segments, each resting on earlier ones only; and why others are `left_out`."""

    levels: tuple[tuple[str, ...], ...]
    segments: Mapping[str, CompiledSegment]
    left_out: Mapping[str, Text]

    @property
    def built(self) -> tuple[str, ...]:
        """The segments to be built, in order of dependency."""
        return tuple(name for level in self.levels for name in level)

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """The tags that the rules read, each once."""
        return tuple(dict.fromkeys(name for name in self.built for name in self.segments[name].tags))

    @cached_property
    def behind(self) -> Mapping[str, frozenset[str]]:
        """The segments that each one speaks of, also through others, and itself."""
        found: dict[str, frozenset[str]] = {}
        for name in self.built:
            found[name] = frozenset({name}).union(*(found[other] for other in self.segments[name].uses))
        return found

    def tags_behind(self, name: str) -> frozenset[str]:
        """The tags that a segment rests on: those that it names, or that segments behind it name."""
        return frozenset(tag for each in self.behind[name] for tag in self.segments[each].tags_named)

    @property
    def standing(self) -> tuple[str, ...]:
        """The segments whose members one customer's tags can't tell: lists, facts, comparisons, lookalikes."""
        return tuple(name for name in self.built if not self.segments[name].alone)

    def only(self, names: Collection[str]) -> SegmentPlan:
        """The plan of those among `names`."""
        levels = (tuple(name for name in level if name in names) for level in self.levels)
        return SegmentPlan(tuple(level for level in levels if level), self.segments, self.left_out)


def plan_segments(
    specs: Mapping[str, SegmentSpec],
    tag_types: Mapping[str, Type],
    uploaded: Collection[str] = (),
    tables: Mapping[str, Table] | None = None,
) -> SegmentPlan:
    """Say which segments can be built and in which order.

    `tag_types` are the tags that are built, `uploaded` the segments whose list is there, `tables` those that are fed.
    """
    segments: dict[str, CompiledSegment] = {}
    left_out: dict[str, Text] = {}
    for name, spec in specs.items():
        if spec.file is not None and name not in uploaded:
            left_out[name] = Text(f"its list '{spec.file}' was not read", f"未读取到名单“{spec.file}”")
        elif missing := _missing_tags(spec, tag_types):
            left_out[name] = lacking("tag", "标签", missing)
        elif missing := _missing_tables(spec, tables or {}):
            left_out[name] = lacking("table", "数据表", missing)
        else:
            try:
                segments[name] = compile_segment(name, spec, tag_types, specs, tables or {})
            except ProjectError as error:
                left_out[name] = in_both(str(error.findings[0]))
    levels: list[tuple[str, ...]] = []
    done: set[str] = set()
    waiting = list(segments)
    while ready := tuple(name for name in waiting if set(segments[name].uses) <= done):
        levels.append(ready)
        done.update(ready)
        waiting = [name for name in waiting if name not in done]
    for name in waiting:
        left_out[name] = lacking("segment", "分群", [used for used in segments[name].uses if used not in done])
    return SegmentPlan(tuple(levels), {name: segments[name] for name in segments if name in done}, left_out)


def lacking(kind: str, kind_zh: str, names: list[str]) -> Text:
    """The reason why a definition is left out: what it needs is not built."""
    many = len(names) > 1
    quoted = [f"'{name}'" for name in names]
    listed = " and ".join([", ".join(quoted[:-1]), quoted[-1]] if many else quoted)
    return Text(
        f"the {kind}{'s' if many else ''} {listed} {'are' if many else 'is'} not built",
        f"所需{kind_zh} {'、'.join(names)} 未构建",
    )


def _missing_tags(spec: SegmentSpec, tag_types: Mapping[str, Type]) -> list[str]:
    """The names that a segment reads and that are no built tag; none where its rule can't be read at all."""
    from sqlglot import exp

    named = set(spec.lookalike.tags) if spec.lookalike is not None else set()
    try:
        tree = parse(spec.where, owner="", at=spec.at) if spec.where is not None else None
    except ProjectError:
        return []
    if tree is not None:
        named |= {column.name for column in tree.find_all(exp.Column)}
    return sorted(named - set(tag_types))


def _missing_tables(spec: SegmentSpec, tables: Mapping[str, Table]) -> list[str]:
    texts = [did.what for did in spec.did] + [step for sequence in spec.sequence for step in sequence.steps]
    return sorted({name for text in texts if (name := facts_table(text)) is not None and name not in tables})
