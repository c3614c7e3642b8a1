"""The step `tags` of a build: one pass per fact table, then the profile layer by layer, then the catalog."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.buckets import BucketReader
from huaxiang.core.engine import Engine
from huaxiang.core.errors import EngineError, ProjectError
from huaxiang.core.findings import Finding
from huaxiang.core.moments import Moment
from huaxiang.core.types import ibis_type
from huaxiang.tags.aggregate import aggregate_table, atom_types
from huaxiang.tags.atoms import Pass, passes
from huaxiang.tags.catalog import catalog_table, coverage_query, in_order
from huaxiang.tags.compiled import CompiledTag, Tables, Tags
from huaxiang.tags.profile import base_layer, layers, next_layer, read_by
from huaxiang.tags.spec import DimensionSpec, ImportTag, SqlTag
from huaxiang.tags.sql import sql_at

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY = "customer_no"
Progress = Callable[[str, float], None]
ReadImport = Callable[[ImportTag], "ibis.Table"]


@dataclass(frozen=True)
class TagRun:
    """What the step needs besides the engine.

    `scratch` is a folder below the engine's own that outlives the step; `imported` opens the file of an import tag as a
    table with its key and value columns as text; `facts` the stored facts of a table.
    """

    tags: Tags
    tables: Tables
    dimensions: Mapping[str, DimensionSpec]
    moment: Moment
    scratch: Path
    imported: ReadImport
    facts: Callable[[str], BucketReader]
    threads: int = 1
    progress: Progress | None = None


def write_profiles(engine: Engine, run: TagRun) -> None:
    """Write `profiles` and `tag_catalog` from `customers`, `attributes`, `identifiers` and the facts."""
    customers = engine.table("customers")
    number = int(engine.rows(customers.aggregate(n=customers.count()), step="count customers")[0]["n"])
    runs = passes(run.tags.built)
    for each in runs:
        _write_pass(engine, run, each, number)
    given = _write_given(engine, run)
    written = _write_layers(engine, run, runs, given)
    for name in (*(f"aggregates_{each.table}" for each in runs), *(f"given_{name}" for name in given)):
        engine.drop(name)
    coverage = engine.rows(coverage_query(written, run.tags), step="tag coverage")[0]
    engine.create("tag_catalog", catalog_table(run.tags, run.dimensions, coverage), step="tag catalog")


def _write_layers(engine: Engine, run: TagRun, runs: tuple[Pass, ...], given: list[str]) -> ibis.Table:
    """Write `profiles`: each layer as a table of its own tags only, then all of them in the order of the catalog."""
    ordered = layers(run.tags)
    home: dict[str, str] = {}
    for i, layer in enumerate(ordered):
        if i == 0:
            content = base_layer(layer, _wide(engine, runs, given), runs, {name: name for name in given}, run.moment)
        else:
            content = next_layer(layer, _joined(engine, home, read_by(layer)), run.moment)
        engine.create(f"profiles_{i}", content, step=f"tags layer {i}")
        home |= {tag.name: f"profiles_{i}" for tag in layer}
    everyone = engine.table("customers").select("customer_id", KEY)
    final = _joined(engine, home, sorted(home), everyone) if home else everyone
    names = [tag.name for tag in in_order(run.tags, run.dimensions)]
    written = engine.create("profiles", final.select("customer_id", KEY, *names).order_by(KEY), step="profiles")
    for i in range(len(ordered)):
        engine.drop(f"profiles_{i}")
    return written


def _joined(
    engine: Engine, home: Mapping[str, str], tags: Sequence[str], begin: ibis.Table | None = None
) -> ibis.Table:
    """The columns `tags`, each from its layer's table (`home`), behind those of `begin`, joined by customer."""
    for name in dict.fromkeys(home[tag] for tag in tags):
        layer = engine.table(name)
        mine = [tag for tag in tags if home[tag] == name]
        if begin is None:
            begin = layer.select(KEY, *mine)
        else:
            keyed = layer.select(*mine, _key=KEY)
            begin = begin.join(keyed, begin[KEY] == keyed["_key"]).drop("_key")
    assert begin is not None  # noqa: S101 - a layer above the first reads something
    return begin


def _write_pass(engine: Engine, run: TagRun, each: Pass, customers: int) -> None:
    import pyarrow.parquet as pq

    def report(done: float) -> None:
        if run.progress:
            run.progress(each.table, done)

    time = run.tables[each.table].time
    assert time is not None  # noqa: S101 - only fact tables have passes
    parts = aggregate_table(
        engine,
        each,
        facts=run.facts(each.table),
        time=time,
        moment=run.moment,
        customers=customers,
        threads=run.threads,
        progress=report,
    )
    name = f"aggregates_{each.table}"
    run.scratch.mkdir(parents=True, exist_ok=True)
    schema = _schema(each)
    with pq.ParquetWriter(run.scratch / f"{name}.parquet", schema, compression="lz4") as writer:
        for part in parts:
            writer.write_table(part.cast(schema))
    engine.view_parquet(name, f"{run.scratch.name}/{name}.parquet", step=name)


def _schema(each: Pass) -> pa.Schema:
    import pyarrow as pa

    types = {name: ibis_type(type_).to_pyarrow() for name, type_ in atom_types(each).items()}
    return pa.schema([(KEY, pa.int64()), *types.items()])


def _write_given(engine: Engine, run: TagRun) -> list[str]:
    """Compute the tags that come from SQL and from files; their names."""
    names = []
    for tag in run.tags.built:
        if isinstance(tag.spec, SqlTag | ImportTag):
            query = _from_sql(engine, run, tag) if isinstance(tag.spec, SqlTag) else _from_file(engine, run, tag)
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


def _from_file(engine: Engine, run: TagRun, tag: CompiledTag) -> ibis.Table:
    spec = tag.spec
    assert isinstance(spec, ImportTag)  # noqa: S101
    rows = run.imported(spec).select(key=spec.key, value=spec.column)
    if spec.identifier == "customer_id":
        customers = engine.table("customers")
        owners = customers.select(KEY, key=customers.customer_id)
    else:
        identifiers = engine.table("identifiers")
        owners = identifiers.filter(identifiers.type == spec.identifier).select(KEY, key=identifiers["value"])
    joined = owners.join(rows, "key")
    value = joined["value"].try_cast(ibis_type(tag.type))
    return joined.group_by(KEY).aggregate(**{tag.name: value.max()})


def _wide(engine: Engine, runs: tuple[Pass, ...], given: list[str]) -> ibis.Table:
    """One row per customer: identity, attributes, all atoms, and what SQL and files gave."""
    wide = engine.table("customers").select(KEY, "customer_id")
    attributes = engine.table("attributes")
    others = [attributes.rename({f"attribute_{name}": name for name in attributes.columns if name != KEY})]
    others += [engine.table(f"aggregates_{each.table}") for each in runs]
    others += [engine.table(f"given_{name}") for name in given]
    for other in others:
        keyed = other.rename(_key=KEY)
        wide = wide.left_join(keyed, wide[KEY] == keyed["_key"]).drop("_key")
    return wide
