"""What an actor sees of a value: the privacy class of everything that has one, and its masking, in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from huaxiang.access.masking import masked
from huaxiang.access.people import Actor
from huaxiang.core.decisions import Reference
from huaxiang.core.errors import ForbiddenError, NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.tables import PROVENANCE, SENSITIVE, Privacy
from huaxiang.identity.defaults import identifier_types
from huaxiang.project.loaded import LoadedProject

if TYPE_CHECKING:
    from huaxiang.service.builds import Build
    from huaxiang.sources.spec import SourceSpec

Row = dict[str, Any]

UNNAMED: Privacy = "L3"
"""The class of what a definition says nothing of: about a person, until somebody says otherwise."""

_PLAIN = frozenset(
    {*PROVENANCE, "customer_no", "customer_id", "_seq", "_day", "source", "record_key", "role", "shares", "account_key"}
)
"""Columns that say where a row came from and whose it is, not what is in it."""


@dataclass(frozen=True)
class Classes:
    """The privacy classes of a build: of `tags`, `segments`, `attributes`, `identifiers`, and `columns` of all tables.

    A segment is of the highest class of what tells its members, also through other segments; a tag counts by its own
    class, not by that of what it reads. A column that several tables have is of the highest class that it has in one of
    them. `sources` holds the classes of each source's own columns, by what they are mapped onto, and `records` those of
    the keys of its rows: of a source of members that is the number by which a member is known.
    """

    tags: Mapping[str, Privacy]
    segments: Mapping[str, Privacy]
    attributes: Mapping[str, Privacy]
    identifiers: Mapping[str, Privacy]
    columns: Mapping[str, Privacy]
    sources: Mapping[str, Mapping[str, Privacy]]
    records: Mapping[str, Privacy]

    @cached_property
    def masked_tags(self) -> Mapping[Privacy, frozenset[str]]:
        """The tags whose values are masked for those who see up to a class."""
        return {
            level: frozenset(name for name, privacy in self.tags.items() if privacy > level)
            for level in get_args(Privacy)
        }

    @classmethod
    def of(cls, build: Build) -> Classes:
        """The classes of `build` and of the definitions that it was opened with; of both where they differ."""
        project = build.project
        tags: dict[str, Privacy] = {name: spec.privacy for name, spec in project.tags.items()}
        for row in build.tags():
            tags[row["name"]] = max(row["privacy"], tags.get(row["name"], "L1"))
        columns: dict[str, Privacy] = {}
        for table in project.tables.values():
            for column in table.columns:
                columns[column.name] = max(column.privacy, columns.get(column.name, "L1"))
        records = {column.name: column.privacy for column in project.tables["records"].columns}
        sources = source_classes(project)
        keys: dict[str, Privacy] = {
            name: max((sources[name].get(column, "L2") for column in source.key), default="L1")
            for name, source in project.sources.items()
        }
        return cls(tags, segment_classes(build, tags), records, identifier_classes(project), columns, sources, keys)

    def of_columns(self, table: str | None, project: LoadedProject) -> Mapping[str, Privacy]:
        """The classes of the columns of one table; of all together where it is not known which."""
        if table is None:
            return self.columns
        return {column.name: column.privacy for column in project.tables[table].columns}


def segment_classes(build: Build, tags: Mapping[str, Privacy]) -> dict[str, Privacy]:
    """The class of each segment of a build, by the classes of `tags` and of the columns of facts that it rests on."""
    from huaxiang.project.plan import make_plan

    plan, tables = make_plan(build.project, build.moment).segments, build.project.tables
    stored = {row["name"]: row["rule"] for row in build.segments()}
    own: dict[str, Privacy] = {}
    for name in plan.built:
        segment = plan.segments[name]
        read = [tags.get(tag, UNNAMED) for tag in segment.tags_named]
        read += [tables[table][column].privacy for table, column in segment.columns if column in tables[table].names]
        # The members of one that was defined anew are still those of the former definition.
        own[name] = max([*read, *([] if stored.get(name) == segment.spec.rule else [UNNAMED])], default="L1")
    found = {name: max(own[each] for each in behind) for name, behind in plan.behind.items()}
    return {name: found.get(name, UNNAMED) for name in stored}


def identifier_classes(project: LoadedProject) -> dict[str, Privacy]:
    """The privacy class of each type of identifier that the project maps."""
    types = identifier_types(project.identity, project.identifier_names)
    return {name: spec.privacy for name, spec in types.items()}


def source_classes(project: LoadedProject) -> dict[str, dict[str, Privacy]]:
    """The class of each column of each source: the highest among what it is mapped onto."""
    found: dict[str, dict[str, Privacy]] = {}
    for source in project.sources.values():
        classes = found.setdefault(source.name, {})
        for column, privacy in _mapped(source, project):
            classes[column] = max(privacy, classes.get(column, "L1"))
    return found


def class_of_target(table: str, column: str, project: LoadedProject) -> Privacy:
    """The class of a column that sources fill, which may be `id_<type of identifier>`."""
    if table in project.tables and column in project.tables[table].names:
        return project.tables[table][column].privacy
    return identifier_classes(project).get(column.removeprefix("id_"), SENSITIVE)


def _mapped(source: SourceSpec, project: LoadedProject) -> Iterator[tuple[str, Privacy]]:
    from huaxiang.sources.live import names_in

    types = identifier_classes(project)
    for feed in source.feeds:
        for column, entry in feed.columns.items():
            for name in names_in(entry.value):
                yield name, class_of_target(feed.table, column, project)
        for type_, identifier in feed.identifiers.items():
            for name in names_in(identifier.value):
                yield name, types.get(type_, SENSITIVE)


class Shown:
    """What `actor` sees of the values of a build with these `classes`."""

    def __init__(self, classes: Classes, actor: Actor) -> None:
        self.classes, self._actor = classes, actor

    def sees(self, privacy: Privacy) -> bool:
        """Whether values of this class are shown in clear."""
        return privacy <= self._actor.sees

    def value(self, value: Any, privacy: Privacy, column: str = "") -> Any:
        """A value as it is shown; None stays None. `column` is what it is called where it comes from."""
        return masked(value, privacy, self._actor, column)

    def tag(self, name: str, value: Any) -> Any:
        """The value of a tag."""
        return self.value(value, self.classes.tags.get(name, UNNAMED), name)

    def tags(self, values: Mapping[str, Any]) -> Row:
        """The values of tags by name."""
        hidden = self.classes.masked_tags[self._actor.sees]
        masked_here = (values.keys() & hidden) | (values.keys() - self.classes.tags.keys())
        return {**values, **{name: self.tag(name, values[name]) for name in masked_here}}

    def segments(self, names: Iterable[str]) -> list[str]:
        """Those of the segments of one customer that tell nothing that is masked."""
        return [name for name in names if self.sees(self.classes.segments.get(name, UNNAMED))]

    def attribute(self, name: str, value: Any) -> Any:
        """The value of an attribute of `records`, or one that households and accounts give."""
        return self.value(value, self.classes.attributes.get(name, "L2"), name)

    def identifiers(self, rows: Iterable[Mapping[str, Any]]) -> list[Row]:
        """Rows with `type` and `value`, the values as they are shown."""
        known = self.classes.identifiers
        return [{**row, "value": self.value(row["value"], known.get(row["type"], UNNAMED))} for row in rows]

    def fact(self, row: Mapping[str, Any], columns: Mapping[str, Privacy], least: Privacy = "L1") -> Row:
        """A row of facts; `least` is the class that all of its values have at least, whatever their columns'."""

        def shown(name: str, value: Any) -> Any:
            return value if name in _PLAIN else self.value(value, max(columns.get(name, UNNAMED), least), name)

        return {name: shown(name, value) for name, value in row.items()}

    def keys_of_records(self, value: Any) -> Any:
        """Nested lists and mappings with the keys of records as they are shown, wherever they name one."""
        return changed(value, self._keys)

    def bridge(self, row: Row) -> Row:
        """A row of `identity_bridges`: where a record or a match is what holds two groups together, `value` is keys."""
        if row["kind"] not in ("record", "match"):
            return row
        return row | {"value": self.value(row["value"], max(self.classes.records.values(), default=UNNAMED))}

    def reference(self, text: str) -> str:
        """What a decision speaks of: `source/record_key`, or `type:value`, perhaps with a scope."""
        reference = Reference.parse(text)
        classes = self.classes.records if reference.is_record else self.classes.identifiers
        value = self.value(reference.value, classes.get(reference.name, UNNAMED))
        return f"{reference.name}{'/' if reference.is_record else ':'}{value}"

    def _keys(self, row: Row) -> Row:
        for source, key in (("source", "record_key"), ("_source", "_record_key")):
            if row.get(key) is not None and source in row:
                row = row | {key: self.value(row[key], self.classes.records.get(row[source], UNNAMED))}
        for name in ("records", "others", "with"):
            listed = row.get(name)
            if isinstance(listed, list | tuple) and all(isinstance(text, str) for text in listed):
                row = row | {name: [self.reference(text) for text in listed]}
        return row

    def may_choose_by(self, tags: Iterable[str] = (), segments: Iterable[str] = ()) -> None:
        """See that single customers are chosen or put in order by nothing that the actor does not see.

        Whoever lists the customers of whom a masked tag is this or that has read it, and so has who lists the members
        of a segment that rests on it.

        Raises:
            ForbiddenError: one of the tags is masked, or one of the segments rests on what is.
        """
        for names, classes in ((tags, self.classes.tags), (segments, self.classes.segments)):
            hidden = sorted(name for name in names if not self.sees(classes.get(name, UNNAMED)))
            if hidden:
                told = "is masked" if classes is self.classes.tags else "rests on what is masked"
                raise ForbiddenError(
                    f"'{hidden[0]}' {told} for {self._actor.role}s ({classes.get(hidden[0], UNNAMED)}): "
                    "customers can't be listed or sorted by it. Count them, or form a segment."
                )

    def may_group_by(self, names: Iterable[str]) -> None:
        """See that groups are formed by no sensitive tag that the actor does not see.

        Raises:
            ForbiddenError: one of the tags is.
        """
        hidden = sorted(name for name in names if self.classes.tags.get(name) == SENSITIVE and not self.sees(SENSITIVE))
        if hidden:
            raise ForbiddenError(
                f"'{hidden[0]}' is sensitive personal data ({SENSITIVE}): {self._actor.role}s can't use it."
            )


def one_of(rows: Iterable[Row], noun: str, name: str) -> Row:
    """The row of this name.

    Raises:
        NotFoundError: there is none; says the near miss.
    """
    by_name = {row["name"]: row for row in rows}
    if name not in by_name:
        must_be(name, by_name, noun)
    return by_name[name]


def must_be(name: str, known: Iterable[str], noun: str) -> None:
    """See that `name` is known.

    Raises:
        NotFoundError: it is not; says the near miss.
    """
    names = set(known)
    if name not in names:
        guess = near_miss(name, names)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise NotFoundError(f"There is no {noun} '{name[:100]}' in this build.{hint}")


def changed(value: Any, change: Callable[[Row], Row]) -> Any:
    """Nested lists and mappings with `change` applied to every mapping, the innermost first."""
    match value:
        case list():
            return [changed(part, change) for part in value]
        case dict():
            return change({key: changed(part, change) for key, part in value.items()})
        case _:
            return value
