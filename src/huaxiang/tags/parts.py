"""Bucket after bucket of customers from facts to tags: what concerns a customer alone, computed by several threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.buckets import BucketReader
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.tags.aggregate import Aggregator
from huaxiang.tags.atoms import passes
from huaxiang.tags.buckets import Layers, OwnTags, among
from huaxiang.tags.carried import Carried
from huaxiang.tags.compiled import Tables, Tags
from huaxiang.tags.former import FormerTags
from huaxiang.tags.portions import Load, portions
from huaxiang.tags.spec import DimensionSpec, ImportTag
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
    somebody said so. `former` is what a former build knows, where anything of it holds; `carries` are the tags that are
    read of it, where not all are wanted.
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
    carries: frozenset[str] | None = None

    @property
    def known(self) -> frozenset[str]:
        """The tags that the former build knows."""
        return self.former.tags if self.former else frozenset()


def own_parts(engine: Engine, run: TagRun, own: Layers, people: People) -> Iterator[pa.Table]:
    """The tags that concern a customer alone, a table per bucket in order; computed by `run.threads` threads."""
    work = Work.of(engine, run, own, people)
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


@dataclass(frozen=True)
class Work:
    """What one thread or worker does with one bucket. It is fit to travel.

    `few` says that only some of the customers of a bucket are asked for.
    """

    aggregators: tuple[Aggregator, ...]
    own: OwnTags
    carried: Carried | None = None
    few: bool = False

    @classmethod
    def of(cls, engine: Engine, run: TagRun, own: Layers, people: People) -> Work:
        """The work that the tags of `own` make."""
        if run.former is None:
            return cls(*computed(engine, run, own, people), few=people.few)
        known = among(own, run.known)
        names = [tag.name for layer in known for tag in layer if run.carries is None or tag.name in run.carries]
        theirs = known if len(run.former.touched) else []
        carried = Carried(run.former, names, *computed(engine, run, theirs, people))
        return cls(*computed(engine, run, among(own, run.known, wanted=False), people, known), carried)

    def do(self, people: pa.Table, numbers: range, before: pa.Table | None = None) -> pa.Table:
        """The identity and tags of `people`, who are the customers of a bucket; `before` are their former tags."""
        known = self.carried.make(people, before, numbers) if self.carried and before is not None else None
        only = people[KEY].to_numpy() if self.few else None
        return self.own.make(people, [each.aggregate(numbers, only) for each in self.aggregators], numbers.start, known)


def computed(
    engine: Engine, run: TagRun, layers: Layers, people: People, known: Layers | None = None
) -> tuple[tuple[Aggregator, ...], OwnTags]:
    """What computes the tags of `layers` from facts and from the tags that are `known`."""
    runs = passes(tag for layer in layers for tag in layer)
    readers = [run.facts(each.table) if run.facts else ViewReader(engine, each.table) for each in runs]
    aggregators = tuple(
        Aggregator.of(engine, each, facts, time=_time(run, each.table), moment=run.moment)
        for each, facts in zip(runs, readers, strict=True)
    )
    return aggregators, OwnTags.of(layers, people.types, runs, engine, run.moment, known)


class People:
    """What is known of customers besides their facts: identity, attributes, and what SQL and files gave.

    `only` is a table of those (`customer_no`) who are asked for, where they are few; `attributes` are those that are
    asked for, where not all are.
    """

    def __init__(
        self,
        engine: Engine,
        given: Sequence[str],
        only: ibis.Table | None = None,
        attributes: Collection[str] | None = None,
    ) -> None:
        self._engine = engine
        self._only = only
        known = engine.table("attributes")
        names = [name for name in known.columns if name != KEY and (attributes is None or name in attributes)]
        self._customers = engine.table("customers").select(KEY, "customer_id")
        self._others = [
            *([known.select(KEY, **{f"attribute_{name}": known[name] for name in names})] if names else []),
            *(engine.table(f"given_{name}") for name in given),
        ]
        last = engine.rows(self._customers.aggregate(last=self._customers[KEY].max()), step="count customers")[0]
        self.number = 0 if last["last"] is None else int(last["last"]) + 1

    @property
    def few(self) -> bool:
        """Whether only some of the customers are asked for."""
        return self._only is not None

    @property
    def types(self) -> dict[str, ibis.DataType]:
        """What is known of them, by column."""
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
        wide = self._cut(self._customers, numbers)
        for other in self._others:
            # Each side is cut to the bucket: the engine would read all of the other side to join a few of it.
            keyed = self._cut(other, numbers).rename(_key=KEY)
            wide = wide.left_join(keyed, wide[KEY] == keyed["_key"]).drop("_key")
        return wide

    def _cut(self, table: ibis.Table, numbers: range | None) -> ibis.Table:
        """The rows of a table about the customers among `numbers` who are asked for."""
        mine = table if numbers is None else table.filter(table[KEY] >= numbers.start, table[KEY] < numbers.stop)
        return mine if self._only is None else mine.semi_join(self._only, KEY)


def _time(run: TagRun, table: str) -> str:
    time = run.tables[table].time
    assert time is not None  # noqa: S101 - only fact tables have passes
    return time
