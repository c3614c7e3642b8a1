"""What changed in a base since an earlier moment: the same people, then and now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.placements import Z
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.studies.suppress import hidden_cells
from huaxiang.service.figures.catalog import row_labels
from huaxiang.service.studies.model import Change

if TYPE_CHECKING:
    import ibis
    import numpy as np

    Floats = np.ndarray[Any, np.dtype[np.float64]]

SAMPLE = 50_000
"""People whose past is computed at most: those with the smallest mark, which is as good as drawn by lot."""

TELLING = 3
"""Values of a tag that are shown: those whose share moved most."""


def changes(
    engine: Engine,
    base: ibis.Table,
    tags: Sequence[Mapping[str, Any]],
    then: Moment,
    tags_at: Callable[[Any, Sequence[str]], Any],
    threshold: int,
) -> tuple[list[Change], int]:
    """The changes of tags among members who were known at `then`, and how many people they rest on.

    Lists are left out, and so is what is the same for everybody, what rests on fewer than `threshold` people, and a
    share of fewer.
    """
    shown = [tag for tag in tags if tag["type"] in _MEASURES]
    names = [tag["name"] for tag in shown]
    drawn = base.mutate(_mark=base.customer_id.hexdigest("md5")).order_by("_mark").limit(SAMPLE)
    now = engine.arrow(drawn.select("customer_id", *names), step="study: the base now")
    if not now.num_rows or not names:
        return [], 0
    asked = now.select(["customer_id"]).append_column("moment", [[then.utc] * now.num_rows])
    past = tags_at(asked, names)
    found: list[Change] = []
    for tag in shown:
        before, after = past[tag["name"]].combine_chunks(), now[tag["name"]].combine_chunks()
        found += _MEASURES[tag["type"]](tag, before, after, threshold)
    return [change for change in found if change.low or change.high], now.num_rows


def _shares(tag: Mapping[str, Any], before: Any, after: Any, threshold: int) -> list[Change]:
    import numpy as np
    import pyarrow as pa

    both = np.asarray(before.is_valid()) & np.asarray(after.is_valid())
    was, is_ = (
        np.array(column.cast(pa.string()).filter(pa.array(both)).to_pylist(), object) for column in (before, after)
    )
    labels = row_labels(tag)
    values = sorted({*was.tolist(), *is_.tolist()})
    if not values:
        return []
    counts = np.array([[int((column == value).sum()) for value in values] for column in (was, is_)])
    then_hidden, now_hidden = hidden_cells(counts, threshold, columns_add_up=False).tolist()
    found = [
        _change(tag, labels.get(value, Text(value, value)), (was == value).astype(float), (is_ == value).astype(float))
        for value, then, now in zip(values, then_hidden, now_hidden, strict=True)
        if not (then or now)
    ]
    return sorted(found, key=lambda change: -abs(change.now - change.then))[:TELLING]


def _means(tag: Mapping[str, Any], before: Any, after: Any, threshold: int) -> list[Change]:
    import numpy as np
    import pyarrow as pa

    both = pa.array(np.asarray(before.is_valid()) & np.asarray(after.is_valid()))
    then, now = (column.filter(both).cast(pa.float64()).to_numpy(zero_copy_only=False) for column in (before, after))
    return [_change(tag, None, then, now)] if len(then) >= max(threshold, 2) else []


def _change(tag: Mapping[str, Any], value: Text | None, then: Floats, now: Floats) -> Change:
    """The same people twice: the interval is that of the mean of their differences."""
    difference = now - then
    reach = Z * float(difference.std(ddof=1)) / len(difference) ** 0.5
    centre = float(difference.mean())
    label = Text(tag["label_en"], tag["label_zh"])
    unit = tag["unit"] if value is None else "share"
    type_ = tag["type"] if value is None else str(Type.NUMBER)
    figures = float(then.mean()), float(now.mean()), centre - reach, centre + reach
    return Change(tag["name"], label, value, type_, unit, len(difference), *figures)


_MEASURES: dict[str, Callable[[Mapping[str, Any], Any, Any, int], list[Change]]] = {
    Type.TEXT: _shares,
    Type.BOOLEAN: _shares,
    Type.INTEGER: _means,
    Type.NUMBER: _means,
    Type.MONEY: _means,
}
"""How the change of a tag is measured, by its type."""
