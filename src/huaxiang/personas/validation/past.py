"""The build before, as validations compare with it: its members, and its tags on the scales of now.

What it left on its shelf is not read from its profiles: numbers lie there as they were, and a tag that is shown value
by value can be told from the rows of its scale where these are still the same ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from huaxiang.core.moments import Moment
from huaxiang.core.types import of_ibis
from huaxiang.personas.columns import Column, by_value, read_columns
from huaxiang.personas.placed import Coded, Placed, PlacedColumn, rows_of
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import Scale
from huaxiang.personas.shelf import Shelf

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

_STEP = "validate: former profiles"


@dataclass(frozen=True)
class Former:
    """The build before: its moment, its tables `profiles` and `segments`, and the folder of its shelf."""

    moment: Moment
    tables: Mapping[str, ibis.Table]
    shelf: Path | None = None


def same_tags(portrayer: Portrayer, former: Former) -> frozenset[str]:
    """The tags that the former build had, of the same type."""
    schema = former.tables["profiles"].schema()
    return frozenset(
        name for name, tag in portrayer.tags.items() if name in schema and of_ibis(schema[name]) is tag.type
    )


def members_then(portrayer: Portrayer, former: Former, segments: Collection[str]) -> dict[str, NDArray[np.int64]]:
    """The former members of each segment, in order; none where it was not there."""
    import numpy as np
    import pyarrow.compute as pc

    rows = former.tables["segments"]
    chosen = rows.filter(rows.segment.isin(sorted(segments))).select("segment", "customer_no")
    read = portrayer.engine.arrow(chosen, step="validate: former members")
    return {name: np.sort(read.filter(pc.equal(read["segment"], name))["customer_no"].to_numpy()) for name in segments}


def customers_then(portrayer: Portrayer, former: Former) -> NDArray[np.int64]:
    """The numbers of the customers of that time, in order."""
    import numpy as np

    read = portrayer.engine.arrow(former.tables["profiles"].select("customer_no"), step=_STEP)
    return np.sort(read["customer_no"].to_numpy())


def tags_then(
    portrayer: Portrayer, former: Former, scales: Mapping[str, Mapping[str, Scale]], size: int
) -> Iterator[tuple[str, Placed]]:
    """Former values of tags on the `scales` that they have now (by tag and base), of so many customers."""
    tags = {name: portrayer.tags[name] for name in scales}
    shelf: Mapping[str, Placed] = {} if former.shelf is None else Shelf(former.shelf, tags)
    unread: dict[str, list[str]] = {}
    for name in scales:
        kept = shelf.get(name)
        for base, shown in scales[name].items():
            found = None if kept is None else _moved_to(shown, kept)
            if found is None:
                unread.setdefault(name, []).append(base)
            else:
                yield base, found
    wanted = [tags[name] for name in unread]
    for column in read_columns(portrayer.engine, former.tables["profiles"], size, wanted, former.moment, step=_STEP):
        for base in unread[column.tag.name]:
            shown = scales[column.tag.name][base]
            yield base, PlacedColumn.of(shown, column)


def _moved_to(shown: Scale, kept: Placed) -> Placed | None:
    """What lies on the shelf of its own build on another scale; None where its values have to be read."""
    import numpy as np

    if isinstance(kept, Coded) and len(kept.numbers) and (shown.kind == "ranges" or by_value(shown.tag)):
        at = rows_of(shown, kept.numbers[:-1])
        rows = np.append(np.where(at < 0, len(shown.values), at), -1)
        return Coded(shown, kept.codes, rows, kept.numbers, None, ())
    if isinstance(kept, Coded) and kept.single is not None and shown.kind == "ranges":
        return PlacedColumn.of(shown, Column(shown.tag, kept.single, np.empty(0, np.int64)))
    same = kept.scale.kind == shown.kind != "ranges" and kept.scale.values == shown.values and kept.scale.has_all
    return kept if same and not shown.tag.type.is_numeric else None
