"""The groups of a study: the values of a tag, or of several tags together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.personas.studies.spec import BETWEEN, MOST_GROUPS, StudySpec
from huaxiang.service.figures.catalog import row_labels
from huaxiang.service.studies.model import Group

if TYPE_CHECKING:
    import ibis

Row = dict[str, Any]

GROUP = "_group"
"""The column that says which group somebody is in."""

BESIDE = Text(" · ", " · ")


def grouped(base: ibis.Table, by: Sequence[str]) -> ibis.Table:
    """`base` with the group of everybody; null for who lacks one of the tags `by`."""
    values = [base[tag].cast("string") for tag in by]
    return base.mutate(**{GROUP: reduce(lambda group, value: group + BETWEEN + value, values)})


def read_groups(
    engine: Engine, base: ibis.Table, spec: StudySpec, by: Sequence[Row], threshold: int
) -> tuple[tuple[Group, ...], int]:
    """The groups in their order, and the number of all members. Groups below the threshold are not shown."""
    tags = [tag["name"] for tag in by]
    counted = engine.rows(base.group_by(GROUP, *tags).aggregate(n=base.count()), step="study: groups")
    known = {row[GROUP]: row for row in counted if row[GROUP] is not None and row["n"] >= threshold}
    labels = [row_labels(tag) for tag in by]
    values = {group: [_plain(row[tag]) for tag in tags] for group, row in known.items()}
    if spec.groups:
        chosen = [group for group in spec.groups if group in known]
    else:
        largest = sorted(known, key=lambda group: (-known[group]["n"], group))[:MOST_GROUPS]
        chosen = sorted(largest, key=lambda group: [*map(_place, labels, values[group])])
    groups = tuple(
        Group(
            group,
            joined([named.get(value, Text(value, value)) for named, value in zip(labels, values[group], strict=True)]),
            known[group]["n"],
        )
        for group in chosen
    )
    size = sum(row["n"] for row in counted)
    return without_small_rest(groups, size, threshold), size


def without_small_rest(groups: tuple[Group, ...], size: int, threshold: int) -> tuple[Group, ...]:
    """`groups`, without the smallest one where all others of the `size` members are too few: who subtracts has them."""
    rest = size - sum(group.size for group in groups)
    if not groups or not 0 < rest < threshold:
        return groups
    smallest = min(groups, key=lambda group: group.size)
    return tuple(group for group in groups if group is not smallest)


def _plain(value: Any) -> str:
    """A value of a tag as the catalog writes it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _place(labels: Mapping[str, Text], value: str) -> tuple[int, str]:
    """What orders the values of a tag: their places; those that it does not define come last, by name."""
    return next((place for place, known in enumerate(labels) if known == value), len(labels)), value


def joined(texts: Sequence[Text], between: Text = BESIDE) -> Text:
    """Texts as one, with `between` between them."""
    return Text(between.en.join(text.en for text in texts), between.zh.join(text.zh for text in texts))


def text_of(row: Mapping[str, Any], name: str) -> Text:
    """The columns `<name>_en` and `<name>_zh` of a catalog."""
    return Text(row[f"{name}_en"] or "", row[f"{name}_zh"] or "")
