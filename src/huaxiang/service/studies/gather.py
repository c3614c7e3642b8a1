"""Gather a study from a build: the groups, a figure for each tag, and what changed since an earlier moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.core.placements import Z
from huaxiang.core.spec import EVERYONE
from huaxiang.core.tables import SENSITIVE
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.studies.suppress import hidden_cells
from huaxiang.project.spec import ProjectSpec
from huaxiang.service.figures.catalog import row_labels
from huaxiang.service.studies.changes import changes
from huaxiang.service.studies.groups import GROUP, grouped, joined, read_groups, text_of
from huaxiang.service.studies.model import OTHER, Group, NumberFigure, Section, ShareFigure, ShareRow, Study
from huaxiang.service.studies.story import highlights, told_changes

if TYPE_CHECKING:
    import ibis
    import numpy as np

Row = dict[str, Any]
TagsAt = Callable[[Any, Sequence[str]], Any]
"""`Build.tags_at`."""

MOST_VALUES = 10
NUMERIC = frozenset({Type.INTEGER, Type.NUMBER, Type.MONEY})
VALUED = frozenset({Type.TEXT, Type.BOOLEAN, Type.LIST})


def gather(
    engine: Engine, spec: StudySpec, project: ProjectSpec, moment: Moment, snapshot: str, tags_at: TagsAt
) -> Study:
    """The figures of the study `spec`.

    Raises:
        NotFoundError: the build lacks the segment or the tag that makes the groups.
    """
    rows = engine.rows(engine.table("tag_catalog"), step="study: tags")
    # What is sensitive is in no document; checks say so before.
    catalog = {row["name"]: row for row in rows if row["privacy"] != SENSITIVE}
    segments = {row["name"]: row for row in engine.rows(engine.table("segment_catalog"), step="study: segments")}
    missing = [f"tag '{tag}'" for tag in spec.by if tag not in catalog]
    missing += [f"segment '{spec.segment}'"] if spec.segment not in {EVERYONE, *segments} else []
    if missing:
        raise NotFoundError(f"The study '{spec.name}' needs the {missing[0]}, which this build does not have.")
    by = [catalog[tag] for tag in spec.by]
    base = grouped(_members(engine, spec.segment), spec.by)
    groups, size = read_groups(engine, base, spec, by, project.minimum_group)
    shown = [catalog[name] for name in spec.tags if name in catalog and name not in spec.by]
    figures = _figures(engine, base, groups, shown, project.minimum_group)
    told = {*spec.by, *(figure.tag for figure in figures)}
    sections = [
        Section(text_of(catalog[part[0].tag], "dimension"), tuple(part))
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
        else text_of(segments[spec.segment], "label"),
        by=joined([text_of(tag, "label") for tag in by], Text(" and ", "与")),
        moment=moment.local.date().isoformat(),
        then=None if then is None else then.local.date().isoformat(),
        size=size,
        left=size - sum(group.size for group in groups),
        groups=groups,
        sections=tuple(sections),
        changes=tuple(found),
        change_base=change_base,
        changes_figure=len(figures) + 1,
        unknown=tuple(name for name in spec.tags if name not in told),
        threshold=project.minimum_group,
        currency=project.currency,
        snapshot=snapshot,
        highlights=highlights(figures),
        told_changes=told_changes(found),
    )


def _members(engine: Engine, segment: str) -> ibis.Table:
    """The profiles of the members of a segment."""
    profiles = engine.table("profiles")
    if segment == EVERYONE:
        return profiles
    members = engine.table("segments")
    return profiles.semi_join(members.filter(members.segment == segment), "customer_no")


def _figures(
    engine: Engine, base: ibis.Table, groups: Sequence[Group], tags: Sequence[Row], threshold: int
) -> list[ShareFigure | NumberFigure]:
    """A figure for each tag of a kind that can be shown, by dimension in the order of the first tag of each."""
    first = {tag["dimension"]: place for place, tag in reversed([*enumerate(tags)])}
    figures: list[ShareFigure | NumberFigure] = []
    for tag in sorted(tags, key=lambda tag: first[tag["dimension"]]):
        make = _share_figure if tag["type"] in VALUED else _number_figure if tag["type"] in NUMERIC else None
        if make is not None:
            made = make(engine, base, groups, tag, threshold, len(figures) + 1)
            figures += [made] if made is not None else []
    return figures


def _share_figure(
    engine: Engine, base: ibis.Table, groups: Sequence[Group], tag: Row, threshold: int, number: int
) -> ShareFigure | None:
    """The shares of a tag's values; None where too few have one.

    All is everybody in the groups of whom enough have the tag: what is shown then adds up, and gives nobody away.
    """
    import numpy as np

    several = tag["type"] == Type.LIST
    known = base.filter(base[tag["name"]].notnull())
    known = known.select("customer_no", group=known[GROUP], value=known[tag["name"]])
    bases = _bases(engine, known, groups, threshold)
    kept = [group.value for group, size in zip(groups, bases, strict=True) if size]
    known = known.filter(known.group.isin(kept))
    # A list may hold a value twice, and a person counts once.
    one = known.mutate(value=known.value.unnest() if several else known.value.cast("string")).distinct()
    total = {
        row["value"]: row["n"]
        for row in engine.rows(one.group_by("value").aggregate(n=one.count()), step=f"study: values of {tag['name']}")
    }
    labels = row_labels(tag)
    enough = sorted((value for value in total if total[value] >= threshold), key=lambda value: (-total[value], value))
    order = {value: place for place, value in enumerate(labels)}
    shown = sorted(enough[:MOST_VALUES], key=lambda value: order.get(value, len(order)))
    if not shown:
        return None
    named = one.mutate(value=one.value.isin(shown).ifelse(one.value, None)).distinct()
    rows, columns = {value: place for place, value in enumerate(shown)}, {name: i for i, name in enumerate(kept)}
    # The last row is everything else, so that sums are what they seem.
    table = np.zeros((len(shown) + 1, len(kept)), np.int64)
    counted = named.group_by("group", "value").aggregate(n=named.count())
    for row in engine.rows(counted, step=f"study: shares of {tag['name']}"):
        table[rows.get(row["value"], len(shown)), columns[row["group"]]] = row["n"]
    hidden = hidden_cells(table, threshold, columns_add_up=not several)
    whole = table.sum(axis=1)
    everybody = sum(size or 0 for size in bases)
    texts = [*(labels.get(value, Text(value, value)) for value in shown), OTHER]
    shares = [
        _share_row(texts[place], table[place], hidden[place], int(whole[place]), bases, everybody, threshold)
        for place in range(len(texts))
        if whole[place]
    ]
    return ShareFigure(
        number,
        tag["name"],
        text_of(tag, "label"),
        text_of(tag, "description"),
        bases,
        everybody,
        tuple(shares),
        several,
    )


def _share_row(
    label: Text,
    counts: np.ndarray[Any, Any],
    hidden: np.ndarray[Any, Any],
    whole: int,
    bases: Sequence[int | None],
    everybody: int,
    threshold: int,
) -> ShareRow:
    """The shares of a value. `counts` and `hidden` are of the groups with a base, `bases` of all groups."""
    cells = iter(zip(counts.tolist(), hidden.tolist(), strict=True))
    shares: list[float | None] = []
    for size in bases:
        count, concealed = next(cells) if size else (0, True)
        shares.append(None if concealed or not size else count / size)
    base = whole / everybody if whole >= threshold else None
    index = tuple(None if share is None or not base else share / base * 100 for share in shares)
    return ShareRow(label, tuple(shares), base, index)


def _number_figure(
    engine: Engine, base: ibis.Table, groups: Sequence[Group], tag: Row, threshold: int, number: int
) -> NumberFigure | None:
    """The means of a tag; None where too few have a value. All is everybody in the groups that are shown."""
    known = base.filter(base[tag["name"]].notnull())
    known = known.select(group=known[GROUP], value=known[tag["name"]].cast("float64"))
    bases = _bases(engine, known, groups, threshold)
    everybody = sum(size or 0 for size in bases)
    if not everybody:
        return None
    figures = {"mean": known.value.mean(), "spread": known.value.std(how="sample")}
    counted = engine.rows(known.group_by("group").aggregate(**figures), step=f"study: means of {tag['name']}")
    found = {row["group"]: row for row in counted}
    intervals = [_interval(found.get(group.value, {}), size) for group, size in zip(groups, bases, strict=True)]
    means, lows, highs = zip(*intervals, strict=True)
    whole = sum(mean * size for mean, size in zip(means, bases, strict=True) if size) / everybody
    return NumberFigure(
        number, tag["name"], text_of(tag, "label"), text_of(tag, "description"), bases, everybody,
        tag["type"], tag["unit"], means, lows, highs, whole,
    )  # fmt: skip


def _interval(row: Row, size: int | None) -> tuple[float | None, float | None, float | None]:
    """The mean with the bounds of its interval by the normal approximation; nothing of groups that are too small."""
    if not size:
        return None, None, None
    reach = Z * (row["spread"] or 0.0) / size**0.5
    return row["mean"], row["mean"] - reach, row["mean"] + reach


def _bases(engine: Engine, known: ibis.Table, groups: Sequence[Group], threshold: int) -> tuple[int | None, ...]:
    """Of how many in each group a tag is known: 0 for nobody, None for fewer than may be told."""
    counted = engine.rows(known.group_by("group").aggregate(n=known.count()), step="study: bases")
    found = {row["group"]: row["n"] for row in counted}
    sizes = (found.get(group.value, 0) for group in groups)
    return tuple(None if 0 < size < threshold else size for size in sizes)
