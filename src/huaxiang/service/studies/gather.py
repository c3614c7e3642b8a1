"""Gather a study from a build: the groups, a figure for each tag, and what changed since an earlier moment."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.studies.suppress import hidden_cells
from huaxiang.project.spec import ProjectSpec
from huaxiang.service.studies.changes import changes
from huaxiang.service.studies.model import Group, NumberFigure, Section, ShareFigure, ShareRow, Study

if TYPE_CHECKING:
    import ibis
    import numpy as np

Row = dict[str, Any]
TagsAt = Callable[[Any, Sequence[str]], Any]
"""`Build.tags_at`."""

MOST_GROUPS = 8
MOST_VALUES = 10
OTHER = Text("Other", "其他")
_Z = 1.959963984540054
"""The 97.5 % quantile of the standard normal distribution."""
NUMERIC = frozenset({Type.INTEGER, Type.NUMBER, Type.MONEY})
VALUED = frozenset({Type.TEXT, Type.BOOLEAN, Type.LIST})


def gather(
    engine: Engine, spec: StudySpec, project: ProjectSpec, moment: Moment, snapshot: str, tags_at: TagsAt
) -> Study:
    """The figures of the study `spec`.

    Raises:
        NotFoundError: the build lacks the segment or the tag that makes the groups.
    """
    catalog = {row["name"]: row for row in engine.rows(engine.table("tag_catalog"), step="study: tags")}
    segments = {row["name"]: row for row in engine.rows(engine.table("segment_catalog"), step="study: segments")}
    if spec.by not in catalog or spec.segment not in {EVERYONE, *segments}:
        missing = f"tag '{spec.by}'" if spec.by not in catalog else f"segment '{spec.segment}'"
        raise NotFoundError(f"The study '{spec.name}' needs the {missing}, which this build does not have.")
    base = _members(engine, spec.segment)
    groups, size = _groups(engine, base, spec, catalog[spec.by], project.minimum_group)
    shown = [catalog[name] for name in spec.tags if name in catalog]
    figures = _figures(engine, base, spec.by, groups, shown, project.minimum_group)
    sections = [
        Section(_text(catalog[part[0].tag], "dimension"), tuple(part))
        for part in (list(each) for _, each in groupby(figures, key=lambda figure: catalog[figure.tag]["dimension"]))
    ]
    then = None if spec.change is None else Moment.parse(moment.back(spec.change), moment.zone)
    found, change_base = ((), 0) if then is None else changes(engine, base, shown, then, tags_at, project.minimum_group)
    return Study(
        name=spec.name,
        project=project.label or Text(project.name, project.name),
        label=spec.label or Text(spec.name, spec.name),
        description=spec.description,
        segment=Text("All customers", "全体客户")
        if spec.segment == EVERYONE
        else _text(segments[spec.segment], "label"),
        by=_text(catalog[spec.by], "label"),
        moment=moment.local.date().isoformat(),
        then=None if then is None else then.local.date().isoformat(),
        size=size,
        left=size - sum(group.size for group in groups),
        groups=groups,
        sections=tuple(sections),
        changes=tuple(found),
        change_base=change_base,
        changes_figure=len(figures) + 1,
        unknown=tuple(name for name in spec.tags if name not in catalog),
        threshold=project.minimum_group,
        currency=project.currency,
        snapshot=snapshot,
    )


def _members(engine: Engine, segment: str) -> ibis.Table:
    """The profiles of the members of a segment."""
    profiles = engine.table("profiles")
    if segment == EVERYONE:
        return profiles
    members = engine.table("segments")
    return profiles.semi_join(members.filter(members.segment == segment), "customer_no")


def _groups(
    engine: Engine, base: ibis.Table, spec: StudySpec, tag: Row, threshold: int
) -> tuple[tuple[Group, ...], int]:
    """The groups in their order, and the number of all members. Groups below the threshold are not shown."""
    value = base[spec.by].cast("string")
    counted = engine.rows(base.group_by(value=value).aggregate(n=base.count()), step="study: groups")
    sizes = {row["value"]: row["n"] for row in counted}
    labels = _labels(tag)
    known = [value for value in sizes if value is not None and sizes[value] >= threshold]
    if spec.groups:
        chosen = [value for value in spec.groups if value in known]
    else:
        largest = sorted(known, key=lambda value: (-sizes[value], value))[:MOST_GROUPS]
        order = {value: place for place, value in enumerate(labels)}
        chosen = sorted(largest, key=lambda value: (order.get(value, len(order)), value))
    groups = tuple(Group(value, labels.get(value, Text(value, value)), sizes[value]) for value in chosen)
    return groups, sum(sizes.values())


def _figures(
    engine: Engine, base: ibis.Table, by: str, groups: Sequence[Group], tags: Sequence[Row], threshold: int
) -> list[ShareFigure | NumberFigure]:
    """A figure for each tag of a kind that can be shown, by dimension in the order of the first tag of each."""
    first = {tag["dimension"]: place for place, tag in reversed([*enumerate(tags)])}
    figures: list[ShareFigure | NumberFigure] = []
    for tag in sorted(tags, key=lambda tag: first[tag["dimension"]]):
        make = _share_figure if tag["type"] in VALUED else _number_figure if tag["type"] in NUMERIC else None
        if make is not None and tag["name"] != by:
            figures.append(make(engine, base, by, groups, tag, threshold, len(figures) + 1))
    return figures


def _share_figure(
    engine: Engine, base: ibis.Table, by: str, groups: Sequence[Group], tag: Row, threshold: int, number: int
) -> ShareFigure:
    import numpy as np

    several = tag["type"] == Type.LIST
    known = base.filter(base[tag["name"]].notnull()).select(group=base[by].cast("string"), value=base[tag["name"]])
    bases = _counts(engine, known.group_by("group").aggregate(n=known.count()), groups, "group")
    values = known.mutate(value=known.value.unnest()) if several else known.mutate(value=known.value.cast("string"))
    counted = engine.rows(
        values.group_by("group", "value").aggregate(n=values.count()), step=f"study: shares of {tag['name']}"
    )
    total: dict[str, int] = {}
    for row in counted:
        total[row["value"]] = total.get(row["value"], 0) + row["n"]
    labels = _labels(tag)
    shown = sorted(total, key=lambda value: (-total[value], value))[:MOST_VALUES]
    order = {value: place for place, value in enumerate(labels)}
    shown.sort(key=lambda value: order.get(value, len(order)))
    # The last column is the base as a whole; the last row is everything else, so that sums are what they seem.
    columns = [*(group.value for group in groups), None]
    table = np.zeros((len(shown) + 1, len(columns)), np.int64)
    rows = {value: place for place, value in enumerate(shown)}
    for row in counted:
        place = rows.get(row["value"], len(shown))
        table[place, -1] += row["n"]
        if row["group"] in columns[:-1]:
            table[place, columns.index(row["group"])] += row["n"]
    sizes = np.array([*bases, sum(row["n"] for row in _all(engine, known))])
    hidden = np.column_stack(
        (hidden_cells(table[:, :-1], threshold, columns_add_up=not several), table[:, -1] < threshold)
    )
    texts = [*(labels.get(value, Text(value, value)) for value in shown), OTHER]
    kept = [place for place in range(len(texts)) if place < len(shown) or table[place].any()]
    return ShareFigure(
        number, tag["name"], _text(tag, "label"), _text(tag, "description"), tuple(bases), int(sizes[-1]),
        tuple(_share_row(texts[place], table[place], hidden[place], sizes) for place in kept), several,
    )  # fmt: skip


def _share_row(label: Text, counts: np.ndarray[Any, Any], hidden: np.ndarray[Any, Any], sizes: Any) -> ShareRow:
    shares = [
        None if concealed or not size else float(count) / float(size)
        for count, concealed, size in zip(counts, hidden, sizes, strict=True)
    ]
    base = shares[-1]
    index = tuple(None if share is None or not base else share / base * 100 for share in shares[:-1])
    return ShareRow(label, tuple(shares[:-1]), base, index)


def _number_figure(
    engine: Engine, base: ibis.Table, by: str, groups: Sequence[Group], tag: Row, threshold: int, number: int
) -> NumberFigure:
    import ibis

    known = base.filter(base[tag["name"]].notnull())
    value = known.select(group=known[by].cast("string"), value=known[tag["name"]].cast("float64"))
    figures = {"n": value.count(), "mean": value.value.mean(), "spread": value.value.std(how="sample")}
    parts = engine.rows(value.group_by("group").aggregate(**figures), step=f"study: means of {tag['name']}")
    [whole] = engine.rows(value.aggregate(**figures).mutate(group=ibis.null("string")), step=f"study: {tag['name']}")
    by_group = {row["group"]: row for row in parts}
    found = [by_group.get(group.value, {"n": 0}) for group in groups]
    means, lows, highs = zip(*(_interval(row, threshold) for row in found), strict=True) if found else ((), (), ())
    return NumberFigure(
        number, tag["name"], _text(tag, "label"), _text(tag, "description"), tuple(row["n"] for row in found),
        whole["n"], tag["type"], tag["unit"], means, lows, highs, whole["mean"] if whole["n"] >= threshold else None,
    )  # fmt: skip


def _interval(row: Row, threshold: int) -> tuple[float | None, float | None, float | None]:
    """The mean with the bounds of its interval by the normal approximation; nothing of small groups."""
    if row["n"] < max(threshold, 2):
        return None, None, None
    reach = _Z * row["spread"] / float(row["n"]) ** 0.5
    return row["mean"], row["mean"] - reach, row["mean"] + reach


def _counts(engine: Engine, counted: ibis.Table, groups: Sequence[Group], key: str) -> list[int]:
    found = {row[key]: row["n"] for row in engine.rows(counted, step="study: bases")}
    return [found.get(group.value, 0) for group in groups]


def _all(engine: Engine, known: ibis.Table) -> list[Row]:
    return engine.rows(known.aggregate(n=known.count()), step="study: base")


def _labels(tag: Mapping[str, Any]) -> dict[str, Text]:
    """The labels of a tag's values, in their order."""
    return {value: Text.of(label) for value, label in json.loads(tag["values"] or "{}").items()}


def _text(row: Mapping[str, Any], name: str) -> Text:
    return Text(row[f"{name}_en"] or "", row[f"{name}_zh"] or "")
