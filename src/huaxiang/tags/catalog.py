"""The catalog: what each tag is, in words, and how well it is covered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.tags.bins import break_labels
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.spec import BinsTag, DimensionSpec, RuleTag

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_TRUE_FALSE = {"true": Text("Yes", "是"), "false": Text("No", "否")}


def coverage_query(profiles: ibis.Table, tags: Tags) -> ibis.Table:
    """One row: for each tag the number of customers with a value (`n_<tag>`) and of different values (`d_<tag>`)."""
    counts = {f"n_{tag.name}": profiles[tag.name].count() for tag in tags.built}
    distinct = {f"d_{tag.name}": profiles[tag.name].approx_nunique() for tag in tags.built if tag.type is not Type.LIST}
    return profiles.aggregate(n=profiles.count(), **counts, **distinct)


def in_order(tags: Tags, dimensions: Mapping[str, DimensionSpec]) -> list[CompiledTag]:
    """The built tags as readers meet them: by dimension, category and name."""
    return sorted(
        tags.built,
        key=lambda tag: (dimensions[tag.spec.dimension].order, tag.spec.dimension, tag.spec.category, tag.name),
    )


def catalog_table(tags: Tags, dimensions: Mapping[str, DimensionSpec], coverage: Mapping[str, Any]) -> pa.Table:
    """The table `tag_catalog`: a row per built tag, in order of dimension, category and name."""
    import pyarrow as pa

    rows = [_row(tag, dimensions, coverage) for tag in in_order(tags, dimensions)]
    return pa.Table.from_pylist(rows, schema=_schema())


def value_labels(tag: CompiledTag) -> dict[str, Text]:
    """The labels of a tag's values: its own `values`, then those of its cases, then Yes and No."""
    labels = dict(_TRUE_FALSE) if tag.type is Type.BOOLEAN else {}
    if isinstance(tag.spec, RuleTag):
        labels |= {str(case.then): case.label for case in tag.spec.cases if case.label}
    return labels | tag.spec.values


def ordered_values(tag: CompiledTag) -> tuple[str, ...]:
    """The values in the order in which they make sense, where the definition says so."""
    if isinstance(tag.spec, BinsTag) and (tag.spec.bins.breaks or tag.spec.bins.labels):
        return break_labels(tag.spec.bins) if tag.spec.bins.breaks else tag.spec.bins.labels
    return tuple(value_labels(tag))


def labels_of_values(tag: CompiledTag) -> dict[str, dict[str, str]]:
    """For JSON: the values of a tag in their order with their labels, those without one as they are."""
    labels = value_labels(tag)
    return {value: labels.get(value, Text(value, value)).as_dict() for value in ordered_values(tag)}


def _row(tag: CompiledTag, dimensions: Mapping[str, DimensionSpec], coverage: Mapping[str, Any]) -> dict[str, Any]:
    spec = tag.spec
    dimension = dimensions[spec.dimension]
    category = dimension.categories[spec.category].label
    texts = {
        "label": spec.label or Text(tag.name, tag.name),
        "description": spec.description,
        "dimension": dimension.label,
        "category": category,
    }
    total = coverage["n"]
    return {
        "name": tag.name,
        "dimension": spec.dimension,
        "category": spec.category,
        "kind": tag.kind,
        "type": str(tag.type),
        **{f"{key}_en": text.en for key, text in texts.items()},
        **{f"{key}_zh": text.zh for key, text in texts.items()},
        "privacy": spec.privacy,
        "unit": spec.unit,
        "owner": spec.owner,
        "coverage": coverage[f"n_{tag.name}"] / total if total else 0.0,
        "distinct": coverage.get(f"d_{tag.name}"),
        "definition": json.dumps(definition_of(tag), ensure_ascii=False),
        "calibration": json.dumps(tag.calibration.as_dict()) if tag.calibration else None,
        "values": json.dumps(labels_of_values(tag), ensure_ascii=False),
        "origin": str(spec.at),
    }


def definition_of(tag: CompiledTag) -> dict[str, Any]:
    """The definition as it was written: all that makes the value, without labels and claims."""
    skipped = {"name", "label", "description", "dimension", "category", "values", "unit", "owner", "privacy", "claims"}
    return tag.spec.model_dump(mode="json", exclude=skipped, exclude_defaults=True, exclude_none=True)


def _schema() -> pa.Schema:
    import pyarrow as pa

    texts = ["name", "dimension", "category", "kind", "type"]
    texts += [f"{key}_{lang}" for key in ("label", "description", "dimension", "category") for lang in ("en", "zh")]
    texts += ["privacy", "unit", "owner", "definition", "calibration", "values", "origin"]
    fields = [pa.field(name, pa.string()) for name in texts]
    return pa.schema([*fields, pa.field("coverage", pa.float64()), pa.field("distinct", pa.int64())])
