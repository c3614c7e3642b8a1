"""The SQL of a plan's steps: what an engine is asked, in words a person can read. Touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from huaxiang.core.tables import PROVENANCE, Table
from huaxiang.core.types import Type, ibis_type
from huaxiang.facts.build import facts, joined_rows
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import ComputeTags, FormSegments, Plan, Step, WriteFacts
from huaxiang.segments.done import History, Part
from huaxiang.segments.flags import flag_of, memberships, with_level
from huaxiang.segments.run import SegmentRun, level_rows, lookalikes, parts_of
from huaxiang.tags.atoms import Pass, passes
from huaxiang.tags.profile import IDENTITY, base_layer, layers, next_layer
from huaxiang.tags.reference import atom_query
from huaxiang.tags.spec import AttributeTag, ImportTag, SqlTag

if TYPE_CHECKING:
    import ibis

DIALECT = "duckdb"
KEY = "customer_no"


def sql_of(project: LoadedProject, plan: Plan, step: Step) -> str:
    """The SQL of one step; empty for steps that ask the engine nothing by themselves.

    The tag kernel computes aggregates in one pass over the facts; what is shown for them is the query that it equals.
    """
    match step:
        case WriteFacts():
            return _facts(project, plan, project.tables[step.subject])
        case ComputeTags():
            return "\n\n".join(_tags(project, plan))
        case FormSegments():
            return "\n\n".join(_segments(project, plan))
        case _:
            return ""


def _facts(project: LoadedProject, plan: Plan, table: Table) -> str:
    targets = {name for step in plan.steps for name in step.writes}
    accepted = {
        name: _accepted(project, known) for name, known in project.tables.items() if f"accepted_{name}" in targets
    }

    def owned(rows: ibis.Table) -> ibis.Table:
        import ibis

        owners = ibis.table({"_row": "int64", "customer_no": "int64"}, name=f"owners_of_{rows.get_name()}")
        return rows.join(owners, "_row")

    return _shown(facts(joined_rows(table, accepted, {}, owned, plan.moment), table))


def _accepted(project: LoadedProject, table: Table) -> ibis.Table:
    import ibis

    provenance = dict.fromkeys(PROVENANCE, "string") | {"_row": "int64"}
    return ibis.table({**_schema(table.types), **provenance}, name=f"accepted_{table.name}")


def _tags(project: LoadedProject, plan: Plan) -> Iterator[str]:
    runs = passes(plan.tags.built)
    for run in runs:
        table = project.tables[run.table]
        rows = _unbound(
            f"fact_{run.table}", {**table.types, "customer_no": Type.INTEGER, "_seq": Type.INTEGER, "_day": Type.DATE}
        )
        assert table.time is not None  # noqa: S101 - aggregates read fact tables only
        for name, atom in run.atoms.items():
            query = atom_query(run, atom, rows, table.time, plan.moment)
            yield f"-- {name}: {', '.join(_readers(run, name))}\n{_shown(query)}"
    for tag in plan.tags.built:
        if isinstance(tag.spec, SqlTag):
            yield f"-- {tag.name}\n{tag.spec.sql.strip()}"
    ordered = layers(plan.tags)
    profiles = base_layer(ordered[0] if ordered else [], _wide(plan, runs), runs, _given(plan), plan.moment)
    yield f"-- profiles, layer 0\n{_shown(profiles)}"
    known = {tag.name: tag.type for tag in ordered[0]} if ordered else {}
    for i, layer in enumerate(ordered[1:]):
        before = _unbound("profiles_so_far", {"customer_no": Type.INTEGER, **known})
        yield f"-- profiles, layer {i + 1}\n{_shown(next_layer(layer, before, plan.moment))}"
        known |= {tag.name: tag.type for tag in layer}


def _readers(run: Pass, atom: str) -> list[str]:
    return list(dict.fromkeys(tag for (tag, _), name in run.atom_of.items() if name == atom))


def _wide(plan: Plan, runs: tuple[Pass, ...]) -> ibis.Table:
    columns = dict(zip(IDENTITY, (Type.INTEGER, Type.TEXT), strict=True))
    for tag in plan.tags.built:
        if isinstance(tag.spec, AttributeTag):
            columns[f"attribute_{tag.spec.attribute}"] = tag.type
        elif isinstance(tag.spec, SqlTag | ImportTag):
            columns[tag.name] = tag.type
    for run in runs:
        columns |= {name: atom.type for name, atom in run.atoms.items()}
    return _unbound("customers_attributes_and_aggregates", columns)


def _given(plan: Plan) -> dict[str, Any]:
    return {tag.name: tag.name for tag in plan.tags.built if isinstance(tag.spec, SqlTag | ImportTag)}


def _segments(project: LoadedProject, plan: Plan) -> Iterator[str]:
    """A query per level: each reads what the one before it has written."""
    import ibis

    ids = {KEY: Type.INTEGER, "customer_id": Type.TEXT}
    profiles, former = _unbound("profiles", ids | plan.tags.types), _unbound("customers", ids)

    def listed(name: str) -> ibis.Table:
        return ibis.table({KEY: "int64"}, name=name)

    def facts(name: str) -> ibis.Table:
        return _unbound(f"fact_{name}", {KEY: Type.INTEGER, **project.tables[name].types})

    history = History(facts, project.tables, plan.moment)
    run = SegmentRun(plan.segments, history, lambda spec: listed(f"list_{spec.name}"))
    written: list[str] = []
    for number, names in enumerate(plan.segments.levels):
        alike = {name: Part(listed(f"alike_{name}")) for name, _ in lookalikes(plan.segments, names)}
        parts = {name: [*parts_of(run, name), *(alike[each] for each in alike if each == name)] for name in names}
        rows = level_rows(profiles, former, plan.segments, names, written)
        flagged = with_level(rows, plan.segments, names, plan.moment, parts)
        yield f"-- level {number}: {', '.join(names)}\n{_shown(flagged)}"
        written += names
        flags = {flag_of(name): Type.BOOLEAN for name in written}
        former = _unbound(f"segments_of_level_{number}", ids | flags)
    yield f"-- members\n{_shown(memberships(former, written))}"


def _unbound(name: str, columns: dict[str, Type]) -> ibis.Table:
    import ibis

    return ibis.table(_schema(columns), name=name)


def _schema(columns: dict[str, Type]) -> dict[str, Any]:
    return {name: ibis_type(type_) for name, type_ in columns.items()}


def _shown(query: ibis.Table) -> str:
    import ibis

    return str(ibis.to_sql(query, dialect=DIALECT))
