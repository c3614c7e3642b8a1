"""The step `tags` of a build: bucket after bucket of customers from facts to tags, then what compares customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huaxiang.core.buckets import BUCKET
from huaxiang.core.engine import Engine, Renewing, Spreading
from huaxiang.core.errors import EngineError, ProjectError
from huaxiang.core.findings import Finding
from huaxiang.core.keeping import keeping_memory
from huaxiang.core.types import Type, ibis_type
from huaxiang.tags.buckets import IDENTITY, Layers, own_and_common, stacked
from huaxiang.tags.catalog import catalog_table, coverage_query, in_order
from huaxiang.tags.compared import compare, joined, with_common
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.parts import KEY, People, TagRun, Work, own_parts
from huaxiang.tags.renewal import renew, renewable
from huaxiang.tags.spec import ImportTag, SqlTag
from huaxiang.tags.sql import sql_at

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


def write_profiles(engine: Engine, run: TagRun) -> None:
    """Write `profiles` and `tag_catalog` from `customers`, `attributes`, `identifiers` and the facts."""
    given = _write_given(engine, run)
    own, common = own_and_common(run.tags, run.known)
    schema = _narrow(_schema(run))
    if isinstance(engine, Spreading):
        written = _spread(engine, engine, run, own, common, given)
    elif renewable(engine, run, schema):
        written = renew(engine, run, given, schema)
    else:
        parts = own_parts(engine, run, own, People(engine, given))
        if any(common):
            parts = with_common(engine, run, parts, own, common)
        ordered = (stacked([part], schema.names) for part in parts)
        if isinstance(engine, Renewing):
            engine.discard_copy("profiles")
        with keeping_memory():
            written = engine.fill("profiles", ordered, schema, step="profiles")
    for name in given:
        engine.drop(f"given_{name}")
    coverage = engine.rows(coverage_query(written, run.tags), step="tag coverage")[0]
    engine.create("tag_catalog", catalog_table(run.tags, run.dimensions, coverage), step="tag catalog")
    if run.progress:
        run.progress(1.0)


def _spread(
    engine: Engine, workers: Spreading, run: TagRun, own: Layers, common: Layers, given: list[str]
) -> ibis.Table:
    """Write `profiles` where the engine has workers: each computes the tags of its buckets, from the facts that it
    reads itself, and what compares customers is joined to them."""
    import pyarrow as pa

    people = People(engine, given)
    work = Work.of(engine, run, own, people)
    names = [tag.name for layer in own for tag in layer]
    schema = _schema(run)
    alone = pa.schema([schema.field(name) for name in (*IDENTITY, *names)])
    table = "profiles_own" if any(common) else "profiles"
    written = workers.spread(table, people.everyone, work.do, alone, size=BUCKET, step="tags of buckets")
    if any(common):
        home = compare(engine, run, dict.fromkeys(names, table), common)
        wanted = joined(engine, home, list(home), written.select(*IDENTITY))
        content = wanted.select(*schema.names).order_by(KEY)
        written = engine.create("profiles", content, step="profiles")
        for name in dict.fromkeys((table, *home.values())):
            engine.drop(name)
    return written


def _schema(run: TagRun) -> pa.Schema:
    import pyarrow as pa

    tags = in_order(run.tags, run.dimensions)
    types = {tag.name: ibis_type(tag.type).to_pyarrow() for tag in tags}
    return pa.schema([(IDENTITY[0], pa.string()), (IDENTITY[1], pa.int64()), *types.items()])


def _narrow(schema: pa.Schema) -> pa.Schema:
    """The schema with money as the kernel makes it and the engine stores it, in 64 bits, whatever expressions give."""
    import pyarrow as pa

    money = ibis_type(Type.MONEY).to_pyarrow()
    narrow = pa.decimal64(money.precision, money.scale)
    return pa.schema([field.with_type(narrow) if field.type == money else field for field in schema])


def _write_given(engine: Engine, run: TagRun) -> list[str]:
    """Compute the tags that come from SQL and from files; their names."""
    names = []
    for tag in run.tags.built:
        if isinstance(tag.spec, SqlTag | ImportTag):
            query = _from_sql(engine, run, tag) if isinstance(tag.spec, SqlTag) else _from_file(run, tag)
            engine.create(f"given_{tag.name}", query, step=f"tag {tag.name}")
            names.append(tag.name)
    return names


def _from_sql(engine: Engine, run: TagRun, tag: CompiledTag) -> ibis.Table:
    assert isinstance(tag.spec, SqlTag)  # noqa: S101
    customers = engine.table("customers")
    try:
        rows = engine.sql(sql_at(tag.spec, run.moment), step=f"tag {tag.name}")
    except EngineError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        remedy = "Facts have customer_id beside their own columns; try the SELECT on a small snapshot."
        at = tag.spec.place("sql")
        raise ProjectError([Finding("sql_refused", f"tag '{tag.name}': {reason}", at, remedy)]) from error
    joined = customers.select(KEY, "customer_id").join(rows, "customer_id")
    value = joined["value"].cast(ibis_type(tag.type))
    return joined.group_by(KEY).aggregate(**{tag.name: value.max()})


def _from_file(run: TagRun, tag: CompiledTag) -> ibis.Table:
    spec = tag.spec
    assert isinstance(spec, ImportTag)  # noqa: S101
    rows = run.imported(spec)
    value = rows["value"].try_cast(ibis_type(tag.type))
    return rows.group_by(KEY).aggregate(**{tag.name: value.max()})
