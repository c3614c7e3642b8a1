"""The rows of `segment_catalog`: what each segment is called, what is done with it, how big it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.segments.spec import SegmentSpec

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


def sizes(segments: ibis.Table) -> ibis.Table:
    """The number of members per segment: `segment`, `size`. A segment without members has no row."""
    return segments.group_by("segment").aggregate(size=segments.count())


def catalog(
    specs: Mapping[str, SegmentSpec], built: Iterable[str], sizes: Mapping[str, int], customers: int
) -> pa.Table:
    """The table `segment_catalog` of the segments `built`, in the order of the definitions.

    `sizes` maps segments to members (0 where one is missing), `customers` is the number of all customers; `share`
    is null where there are none.
    """
    import pyarrow as pa

    names = set(built)
    rows = [_row(name, spec, sizes.get(name, 0), customers) for name, spec in specs.items() if name in names]
    columns = {column: [row[column] for row in rows] for column in _SCHEMA}
    return pa.table(columns, schema=pa.schema([(name, getattr(pa, kind)()) for name, kind in _SCHEMA.items()]))


_SCHEMA = {
    "name": "string",
    "label_en": "string",
    "label_zh": "string",
    "description_en": "string",
    "description_zh": "string",
    "action_en": "string",
    "action_zh": "string",
    "rule": "string",
    "size": "int64",
    "share": "float64",
    "group": "string",
}


def _row(name: str, spec: SegmentSpec, size: int, customers: int) -> dict[str, Any]:
    return {
        "name": name,
        "label_en": spec.label.en or name,
        "label_zh": spec.label.zh or name,
        "description_en": spec.description.en,
        "description_zh": spec.description.zh,
        "action_en": spec.action.en,
        "action_zh": spec.action.zh,
        "rule": spec.rule,
        "size": size,
        "share": size / customers if customers else None,
        "group": spec.group,
    }
