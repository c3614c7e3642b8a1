"""Tags of many customers at many moments: each pair as a build at its own moment would see it.

The pass over the facts takes a moment per pair, and so do the expressions over tags: the number of queries does not
grow with the number of moments. Two kinds of tags cost more, and are refused where that would be too much:

* bins by quantiles or by the most frequent values compare a customer with everybody else *at that moment*, so
  everybody is evaluated at each different moment;
* a tag's own SELECT is run once for each different moment, for nobody can look into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.errors import UsageError
from huaxiang.tags.atoms import passes
from huaxiang.tags.bins import compares
from huaxiang.tags.compiled import Tables, Tags
from huaxiang.tags.moments_facts import MOMENT, PAIR, PAIRS, atom_values, write_known_pairs
from huaxiang.tags.moments_given import given_values
from huaxiang.tags.profile import KEY, MomentColumn, base_layer, layers, next_layer
from huaxiang.tags.spec import AttributeTag, BinsTag, ImportTag, SqlTag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa

MOST_PAIRS = 200_000
"""Pairs evaluated together: bounds the memory whatever the number of pairs."""

MOST_COMPARED = 500_000_000
"""Customers times different moments beyond which comparing tags are refused: that is hours of work."""

MOST_SELECTS = 400
"""Different moments beyond which tags with a SELECT of their own are refused."""

AttributesAt = Callable[["ibis.Table"], "ibis.Table"]
"""From pairs (`pair`, `customer_no`, `_moment`) to their attributes, with `customer_no` standing for the pair."""


@dataclass(frozen=True)
class MomentRun:
    """What evaluating pairs needs besides the engine, which holds a snapshot.

    `zone` is the project's time zone, which is the engine's too.
    """

    tags: Tags
    tables: Tables
    zone: str
    attributes: AttributesAt


def tags_at(engine: Engine, run: MomentRun, pairs: pa.Table, wanted: Sequence[str]) -> Iterator[pa.Table]:
    """The values of the tags `wanted`, chunk by chunk in order of customer and moment.

    `pairs` has `pair` (a number, each once), `customer_no` and `_moment` (UTC, microseconds). The result has `pair`,
    `_known` and a column per tag; tags are null where the customer was not known yet at the moment.

    Raises:
        UsageError: comparing tags or SELECTs are asked for at too many different moments.
    """
    import numpy as np
    import pyarrow as pa

    ordered = pairs.sort_by([(KEY, "ascending"), (MOMENT, "ascending")])
    comparing = comparing_tags(run.tags)
    _affordable(engine, run, ordered, wanted, comparing)
    compared = [name for name in wanted if name in comparing]
    ranked = list(_compared(engine, run, ordered, compared)) if compared else []
    among = pa.concat_tables(ranked).sort_by(PAIR) if ranked else None
    plain = [name for name in wanted if name not in comparing]
    # Once also without any pair: an empty answer has its columns too.
    for low in range(0, max(1, ordered.num_rows), MOST_PAIRS):
        chunk = ordered.slice(low, MOST_PAIRS)
        numbers = chunk[PAIR].to_numpy()
        found = _evaluated(engine, run, chunk, plain)
        result = _aligned(found, numbers)
        if among is not None:
            beside = _aligned(among, numbers)
            result = pa.table({**_columns(result), **{name: beside[name] for name in compared}})
        known = pa.array(np.isin(numbers, found[PAIR].to_numpy()))
        yield pa.table({PAIR: numbers, "_known": known, **{name: result[name] for name in wanted}})


def needed_tags(tags: Tags, wanted: Sequence[str]) -> Tags:
    """`wanted` and all that they read, in order of dependency."""
    reads = {tag.name: tag.tags for tag in tags.built}
    found: set[str] = set()
    left = list(wanted)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += reads[name]
    return Tags(tuple(tag for tag in tags.built if tag.name in found))


def comparing_tags(tags: Tags) -> frozenset[str]:
    """The names of the tags that hang on the values of everybody else, by themselves or by a tag that they read."""
    found: set[str] = set()
    for tag in tags.built:
        if (isinstance(tag.spec, BinsTag) and compares(tag.spec.bins)) or found & set(tag.tags):
            found.add(tag.name)
    return frozenset(found)


def timeless_tags(tags: Tags) -> frozenset[str]:
    """The names of the tags that hold what a file says today, whatever the moment, or that read such a tag."""
    found: set[str] = set()
    for tag in tags.built:
        if isinstance(tag.spec, ImportTag) or found & set(tag.tags):
            found.add(tag.name)
    return frozenset(found)


def _affordable(
    engine: Engine, run: MomentRun, pairs: pa.Table, wanted: Sequence[str], comparing: frozenset[str]
) -> None:
    import pyarrow.compute as pc

    moments = pc.count_distinct(pairs[MOMENT]).as_py()
    mine = [name for name in wanted if name in comparing]
    if mine:
        customers = engine.table("customers")
        everybody = engine.rows(customers.aggregate(n=customers.count()), step="count customers")[0]["n"]
        if everybody * moments > MOST_COMPARED:
            raise UsageError(
                f"{', '.join(mine)}: compared with all {everybody:,} customers of each moment, which is too much at "
                f"{moments:,} different moments. Cut the moments to days or months, or leave these tags out."
            )
    selects = [tag.name for tag in needed_tags(run.tags, wanted).built if isinstance(tag.spec, SqlTag)]
    if selects and moments > MOST_SELECTS:
        raise UsageError(
            f"{', '.join(selects)}: a SELECT runs once for each moment, which is too much at {moments:,} different "
            f"moments (at most {MOST_SELECTS}). Cut the moments to days or months, or leave these tags out."
        )


def _compared(engine: Engine, run: MomentRun, pairs: pa.Table, wanted: Sequence[str]) -> Iterator[pa.Table]:
    """The values of comparing tags: everybody is evaluated at the moments of the pairs, whole moments at a time."""
    import numpy as np
    import pyarrow as pa

    customers = engine.table("customers")
    everybody = engine.arrow(customers.select(KEY).order_by(KEY), step="customers")[KEY].to_numpy()
    stamps = pairs[MOMENT].cast(pa.int64()).to_numpy()
    owners, numbers = pairs[KEY].to_numpy(), pairs[PAIR].to_numpy()
    moments = np.unique(stamps)
    together = max(1, MOST_PAIRS // max(1, len(everybody)))
    for low in range(0, len(moments), together):
        some = moments[low : low + together]
        grid = pa.table(
            {
                PAIR: np.arange(len(everybody) * len(some)),
                KEY: np.repeat(everybody, len(some)),
                MOMENT: pa.array(np.tile(some, len(everybody))).cast(pairs.schema.field(MOMENT).type),
            }
        )
        found = _evaluated(engine, run, grid, wanted)
        mine = np.flatnonzero(np.isin(stamps, some))
        place = np.searchsorted(everybody, owners[mine]) * len(some) + np.searchsorted(some, stamps[mine])
        yield pa.table({PAIR: numbers[mine], **_columns(_aligned(found, place))})


def _evaluated(engine: Engine, run: MomentRun, chunk: pa.Table, wanted: Sequence[str]) -> pa.Table:
    """The tags of a chunk of pairs whose customer was known, in order of `pair`."""
    needed = needed_tags(run.tags, wanted)
    known = write_known_pairs(engine, run.tables, chunk, run.zone)
    working = [PAIRS]

    def keep(name: str, content: ibis.Table | pa.Table) -> ibis.Table:
        working.append(name)
        return engine.create(name, content, step=f"tags at moments: {name}")

    pairs = engine.table(PAIRS)
    wide = pairs.select("customer_id", MOMENT, **{KEY: PAIR})
    if any(isinstance(tag.spec, AttributeTag) for tag in needed.built):
        attributes = keep("_at_attributes", run.attributes(pairs))
        named = {f"attribute_{name}": name for name in attributes.columns if name != KEY}
        wide = _beside(wide, attributes.rename(named))
    runs = passes(needed.built)
    for each in runs:
        values = atom_values(engine, each, run.tables[each.table], known)
        wide = _beside(wide, keep(f"_at_{each.table}", values))
    given = [tag for tag in needed.built if isinstance(tag.spec, SqlTag | ImportTag)]
    for tag in given:
        wide = _beside(wide, keep(f"_at_given_{tag.name}", given_values(engine, run.tables, tag, known)))
    ordered, moment = layers(needed), MomentColumn(run.zone)
    first = ordered[0] if ordered else []
    profiles = keep("_at_0", base_layer(first, wide, runs, {tag.name: tag.name for tag in given}, moment))
    for i, layer in enumerate(ordered[1:], 1):
        profiles = _beside(profiles, keep(f"_at_{i}", next_layer(layer, profiles, moment)))
    result = engine.arrow(profiles.select(*wanted, **{PAIR: KEY}).order_by(PAIR), step="tags at moments")
    for name in working:
        engine.drop(name)
    return result


def _beside(table: ibis.Table, other: ibis.Table) -> ibis.Table:
    """The columns of both, joined by customer; all rows of `table`."""
    keyed = other.rename(_key=KEY)
    return table.left_join(keyed, table[KEY] == keyed["_key"]).drop("_key")


def _aligned(found: pa.Table, numbers: np.ndarray) -> pa.Table:
    """The rows of `found` (in order of `pair`) for the pairs `numbers`, null where one is missing."""
    import numpy as np
    import pyarrow as pa

    there = found[PAIR].to_numpy()
    place = np.minimum(np.searchsorted(there, numbers), max(0, len(there) - 1))
    missing = there[place] != numbers if len(there) else np.ones(len(numbers), bool)
    return found.drop_columns([PAIR]).take(pa.array(place, mask=missing))


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return {name: table[name] for name in table.column_names}
