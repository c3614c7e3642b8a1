"""A table of the cluster's own catalog, read where it lies."""

from __future__ import annotations

from huaxiang.core.engine import Spreading
from huaxiang.sources.readers.base import RawSource, Reading, check_header

CATALOG = "spark:"
"""The `url` of a source whose `table` is one of the catalog of the Spark cluster that builds."""


def read_catalog(reading: Reading) -> RawSource:
    """Read a table of the cluster's catalog. Its rows have no order: their number is made of what they say.

    Raises:
        SourceError: the project does not build on a cluster, or there is no such table.
    """
    import ibis

    engine, table = reading.engine, str(reading.spec.table)
    if not isinstance(engine, Spreading):
        raise reading.error("its url", "names the catalog of a cluster", "Set 'engine: spark' in huaxiang.yml.")
    rows = engine.open_catalog(f"raw_{reading.name}", table, step=f"read {reading.name}")
    if rows is None:
        raise reading.error(f"table '{table}'", "is not in the catalog of the cluster", "Correct 'table'.")
    columns = check_header(reading, table, [name for name in rows.columns if name != "_row"])
    return RawSource(reading.name, rows.mutate(_file=ibis.literal(table)), None, columns, (table,))
