"""The step `tags` of a build: bucket after bucket of customers from facts to tags, then what compares customers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.buckets import BUCKET, BucketReader
from huaxiang.core.engine import Engine, Spreading
from huaxiang.core.errors import EngineError, ProjectError
from huaxiang.core.findings import Finding
from huaxiang.core.keeping import keeping_memory
from huaxiang.core.moments import Moment
from huaxiang.core.types import Type, ibis_type
from huaxiang.tags.aggregate import Aggregator
from huaxiang.tags.atoms import passes
from huaxiang.tags.buckets import IDENTITY, Layers, OwnTags, among, own_and_common, stacked
from huaxiang.tags.carried import Carried
from huaxiang.tags.catalog import catalog_table, coverage_query, in_order
from huaxiang.tags.compiled import CompiledTag, Tables, Tags
from huaxiang.tags.former import FormerTags
from huaxiang.tags.portions import Load, portions
from huaxiang.tags.profile import next_layer, read_by
from huaxiang.tags.spec import DimensionSpec, ImportTag, SqlTag
from huaxiang.tags.sql import sql_at
from huaxiang.tags.view import ViewReader

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

KEY = "customer_no"
Progress = Callable[[float], None]
ReadImport = Callable[[ImportTag], "ibis.Table"]

_PARTS = 0.95
"""The share of the work that the parts make up; the rest is counting what came out."""


@dataclass(frozen=True)
class TagRun:
    """What the step needs besides the engine.

    `scratch` is a folder for what no later step needs; `imported` opens the file of an import tag as a table of
    `customer_no` and `value` (text); `facts` gives the reader of a fact table, without which it is read through the
    engine. `progress` is told the share of the work that is done. `memory` is how many bytes the build may take, where
    somebody said so. `former` is what a former build knows, where anything of it holds.
    """

    tags: Tags
    tables: Tables
    dimensions: Mapping[str, DimensionSpec]
    moment: Moment
    scratch: Path
    imported: ReadImport
    facts: Callable[[str], BucketReader] | None = None
    threads: int = 1
    progress: Progress | None = None
    memory: int | None = None
    former: FormerTags | None = None

    @property
    def known(self) -> frozenset[str]:
        """The tags that the former build knows."""
        return self.former.tags if self.former else frozenset()


def write_profiles(engine: Engine, run: TagRun) -> None:
    """Write `profiles` and `tag_catalog` from `customers`, `attributes`, `identifiers` and the facts."""
    given = _write_given(engine, run)
    own, common = own_and_common(run.tags, run.known)
    if isinstance(engine, Spreading):
        written = _spread(engine, engine, run, own, common, given)
    else:
        parts = _own_parts(engine, run, own, given)
        if any(common):
            parts = _with_common(engine, run, parts, own, common)
        schema = _narrow(_schema(run))
        ordered = (stacked([part], schema.names) for part in parts)
        with keeping_memory():
            written = engine.fill("profiles", ordered, schema, step="profiles")
    for name in given:
        engine.drop(f"given_{name}")
    coverage = engine.rows(coverage_query(written, run.tags), step="tag coverage")[0]
    engine.create("tag_catalog", catalog_table(run.tags, run.dimensions, coverage), step="tag catalog")
    if run.progress:
        run.progress(1.0)


def _own_parts(engine: Engine, run: TagRun, own: Layers, given: list[str]) -> Iterator[pa.Table]:
    """The tags that concern a customer alone, a table per bucket in order; computed by `run.threads` threads."""
    people = _People(engine, given)
    work = _Work.of(engine, run, own, people)
    carried = work.carried
    aggregators = (*work.aggregators, *(carried.aggregators if carried else ()))
    loads = [Load(each.facts, len(each.rows.stored)) for each in aggregators]
    waiting: deque[tuple[int, Future[pa.Table]]] = deque()
    tags = len(run.tags.built)
    todo = portions(people.number, loads, tags=tags, threads=run.threads, memory=run.memory)
    weights = [
        tags * len(numbers) + sum(load.reader.rows(numbers) * load.columns for load in loads) for numbers in todo
    ]
    done = 0
    with ThreadPoolExecutor(run.threads) as pool:
        for place, numbers in enumerate([*todo, None]):
            if numbers is not None:
                before = carried.read(engine, numbers) if carried else None
                waiting.append((place, pool.submit(work.do, people.of(numbers), numbers, before)))
            # Threads never work far ahead of who takes the results: memory stays that of a few buckets.
            while len(waiting) > run.threads or (waiting and numbers is None):
                finished, result = waiting.popleft()
                yield result.result()
                done += weights[finished]
                if run.progress and done:
                    run.progress(_PARTS * done / sum(weights))


def _spread(
    engine: Engine, workers: Spreading, run: TagRun, own: Layers, common: Layers, given: list[str]
) -> ibis.Table:
    """Write `profiles` where the engine has workers: each computes the tags of its buckets, from the facts that it
    reads itself, and what compares customers is joined to them."""
    import pyarrow as pa

    people = _People(engine, given)
    work = _Work.of(engine, run, own, people)
    names = [tag.name for layer in own for tag in layer]
    schema = _schema(run)
    alone = pa.schema([schema.field(name) for name in (*IDENTITY, *names)])
    table = "profiles_own" if any(common) else "profiles"
    written = workers.spread(table, people.everyone, work.do, alone, size=BUCKET, step="tags of buckets")
    if any(common):
        home = _compare(engine, run, dict.fromkeys(names, table), common)
        wanted = _joined(engine, home, list(home), written.select(*IDENTITY))
        content = wanted.select(*schema.names).order_by(KEY)
        written = engine.create("profiles", content, step="profiles")
        for name in dict.fromkeys((table, *home.values())):
            engine.drop(name)
    return written


@dataclass(frozen=True)
class _Work:
    """What one thread or worker does with one bucket. It is fit to travel."""

    aggregators: tuple[Aggregator, ...]
    own: OwnTags
    carried: Carried | None = None

    @classmethod
    def of(cls, engine: Engine, run: TagRun, own: Layers, people: _People) -> _Work:
        """The work that the tags of `own` make."""
        if run.former is None:
            return cls(*_computed(engine, run, own, people))
        known = among(own, run.known)
        names = [tag.name for layer in known for tag in layer]
        theirs = known if len(run.former.touched) else []
        carried = Carried(run.former, names, *_computed(engine, run, theirs, people))
        return cls(*_computed(engine, run, among(own, run.known, wanted=False), people, known), carried)

    def do(self, people: pa.Table, numbers: range, before: pa.Table | None = None) -> pa.Table:
        """The identity and tags of `people`, who are the customers of a bucket; `before` are their former tags."""
        known = self.carried.make(people, before, numbers) if self.carried and before is not None else None
        return self.own.make(people, [each.aggregate(numbers) for each in self.aggregators], numbers.start, known)


def _computed(
    engine: Engine, run: TagRun, layers: Layers, people: _People, known: Layers | None = None
) -> tuple[tuple[Aggregator, ...], OwnTags]:
    """What computes the tags of `layers` from facts and from the tags that are `known`."""
    runs = passes(tag for layer in layers for tag in layer)
    readers = [run.facts(each.table) if run.facts else ViewReader(engine, each.table) for each in runs]
    aggregators = tuple(
        Aggregator.of(engine, each, facts, time=_time(run, each.table), moment=run.moment)
        for each, facts in zip(runs, readers, strict=True)
    )
    return aggregators, OwnTags.of(layers, people.types, runs, engine, run.moment, known)


class _People:
    """What is known of customers besides their facts: identity, attributes, and what SQL and files gave."""

    def __init__(self, engine: Engine, given: list[str]) -> None:
        self._engine = engine
        attributes = engine.table("attributes")
        self._customers = engine.table("customers").select(KEY, "customer_id")
        self._others = [
            attributes.rename({f"attribute_{name}": name for name in attributes.columns if name != KEY}),
            *(engine.table(f"given_{name}") for name in given),
        ]
        last = engine.rows(self._customers.aggregate(last=self._customers[KEY].max()), step="count customers")[0]
        self.number = 0 if last["last"] is None else int(last["last"]) + 1

    @property
    def types(self) -> dict[str, ibis.DataType]:
        return dict(self._wide(range(0)).schema().items())

    def of(self, numbers: range) -> pa.Table:
        """The customers among `numbers`, in order."""
        import pyarrow as pa

        wide = self._wide(numbers)
        found = list(self._engine.batches(wide.order_by(KEY), step="customers of a bucket"))
        empty = wide.schema().to_pyarrow().empty_table()
        return pa.Table.from_batches(found).combine_chunks() if found else empty

    @property
    def everyone(self) -> ibis.Table:
        """All customers."""
        return self._wide(None)

    def _wide(self, numbers: range | None) -> ibis.Table:
        wide = _among(self._customers, numbers)
        for other in self._others:
            # Each side is cut to the bucket: the engine would read all of the other side to join a few of it.
            keyed = _among(other, numbers).rename(_key=KEY)
            wide = wide.left_join(keyed, wide[KEY] == keyed["_key"]).drop("_key")
        return wide


def _with_common(
    engine: Engine, run: TagRun, parts: Iterator[pa.Table], own: Layers, common: Layers
) -> Iterator[pa.Table]:
    """The parts with the tags that compare customers.

    These need all parts at once, but few of their columns: the others wait in files until all are joined by position.
    """
    import pyarrow as pa
    from pyarrow import feather

    names = {tag.name for layer in own for tag in layer}
    read = [name for name in read_by(tag for layer in common for tag in layer) if name in names]
    folder = run.scratch / "own"
    folder.mkdir(parents=True, exist_ok=True)
    needed = []
    for place, part in enumerate(parts):
        feather.write_feather(part, folder / f"{place}.arrow", compression="lz4")
        needed.append(part.select([KEY, *read]))
    if not needed:
        return
    engine.create("profiles_own", pa.concat_tables(needed), step="tags that others read")
    sizes = [part.num_rows for part in needed]
    del needed
    compared = _write_common(engine, run, dict.fromkeys(read, "profiles_own"), common)
    first = 0
    for place, size in enumerate(sizes):
        own_part = feather.read_table(folder / f"{place}.arrow", memory_map=True)
        beside = compared.slice(first, size)
        yield stacked([own_part, beside], [*own_part.column_names, *(n for n in beside.column_names if n != KEY)])
        first += size


def _write_common(engine: Engine, run: TagRun, home: dict[str, str], common: Layers) -> pa.Table:
    """The tags of `common` by customer, in order. `home` says which table holds the tags that they read."""
    home = _compare(engine, run, home, common)
    wanted = [tag.name for layer in common for tag in layer]
    result = engine.arrow(_joined(engine, home, wanted).order_by(KEY), step="tags that compare customers")
    for name in dict.fromkeys(home.values()):
        engine.drop(name)
    return result


def _compare(engine: Engine, run: TagRun, home: dict[str, str], common: Layers) -> dict[str, str]:
    """Write the tags of `common`, a table per layer, and tell which table holds each tag."""
    for number, layer in enumerate(common):
        if layer:
            name = f"profiles_common_{number}"
            content = next_layer(layer, _joined(engine, home, read_by(layer)), run.moment)
            engine.create(name, content, step=f"tags that compare customers {number}")
            home = home | {tag.name: name for tag in layer}
    return home


def _joined(
    engine: Engine, home: Mapping[str, str], tags: Sequence[str], begin: ibis.Table | None = None
) -> ibis.Table:
    """The columns `tags`, each from the table that `home` names, joined by customer behind those of `begin`."""
    for name in dict.fromkeys(home[tag] for tag in tags):
        layer = engine.table(name)
        mine = [tag for tag in tags if home[tag] == name]
        if begin is None:
            begin = layer.select(KEY, *mine)
        else:
            keyed = layer.select(*mine, _key=KEY)
            begin = begin.join(keyed, begin[KEY] == keyed["_key"]).drop("_key")
    assert begin is not None  # noqa: S101 - a tag that compares customers reads something
    return begin


def _among(table: ibis.Table, numbers: range | None) -> ibis.Table:
    return table if numbers is None else table.filter(table[KEY] >= numbers.start, table[KEY] < numbers.stop)


def _time(run: TagRun, table: str) -> str:
    time = run.tables[table].time
    assert time is not None  # noqa: S101 - only fact tables have passes
    return time


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
