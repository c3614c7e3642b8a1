"""The tags that compare customers with each other, put beside those that concern a customer alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.tags.buckets import Layers, stacked
from huaxiang.tags.parts import KEY, TagRun
from huaxiang.tags.profile import next_layer, read_by

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


def with_common(
    engine: Engine, run: TagRun, parts: Iterator[pa.Table], own: Layers, common: Layers
) -> Iterator[pa.Table]:
    """The parts with the tags that compare customers.

    These need all parts at once, but few of their columns: the parts wait in files until all are joined by position.
    """
    import pyarrow as pa
    from pyarrow import feather

    names = {tag.name for layer in own for tag in layer}
    read = [name for name in read_by(tag for layer in common for tag in layer) if name in names]
    folder = run.scratch / "own"
    folder.mkdir(parents=True, exist_ok=True)
    files = [_put_aside(part, folder / f"{place}.arrow") for place, part in enumerate(parts)]
    if not files:
        return
    # Of what the engine handed over, a column keeps all others in memory: so the few are read from the files.
    needed = pa.concat_tables(feather.read_table(file, columns=[KEY, *read]) for file in files)
    engine.create("profiles_own", needed, step="tags that others read")
    del needed
    compared = compared_tags(engine, run, dict.fromkeys(read, "profiles_own"), common)
    engine.drop("profiles_own")
    first = 0
    for file in files:
        own_part = feather.read_table(file, memory_map=True)
        beside = compared.slice(first, own_part.num_rows)
        yield stacked([own_part, beside], [*own_part.column_names, *(n for n in beside.column_names if n != KEY)])
        first += own_part.num_rows


def _put_aside(part: pa.Table, file: Path) -> Path:
    from pyarrow import feather

    feather.write_feather(part, file, compression="lz4")
    return file


def compared_tags(engine: Engine, run: TagRun, home: Mapping[str, str], common: Layers) -> pa.Table:
    """The tags of `common` by customer, in order. `home` says which table holds the tags that they read."""
    found = compare(engine, run, {**home}, common)
    wanted = [tag.name for layer in common for tag in layer]
    result = engine.arrow(joined(engine, found, wanted).order_by(KEY), step="tags that compare customers")
    for name in {*found.values()} - {*home.values()}:
        engine.drop(name)
    return result


def compare(engine: Engine, run: TagRun, home: dict[str, str], common: Layers) -> dict[str, str]:
    """Write the tags of `common`, a table per layer, and tell which table holds each tag."""
    for number, layer in enumerate(common):
        if layer:
            name = f"profiles_common_{number}"
            content = next_layer(layer, joined(engine, home, read_by(layer)), run.moment)
            engine.create(name, content, step=f"tags that compare customers {number}")
            home = home | {tag.name: name for tag in layer}
    return home


def joined(engine: Engine, home: Mapping[str, str], tags: Sequence[str], begin: ibis.Table | None = None) -> ibis.Table:
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
