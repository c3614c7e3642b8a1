"""Rules that nobody has saved, on a snapshot: how many they hold, how a tag is spread among them, how they overlap."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.core.tables import SENSITIVE
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.portrait import too_small
from huaxiang.segments.algebra import Rules, count, overlaps
from huaxiang.service.figures.groups import protect
from huaxiang.service.figures.model import GroupFigures

if TYPE_CHECKING:
    import ibis

MOST_VALUES = 30
"""Values of a text that are told apart; all others count as one."""

PARTS = 10
"""Stretches that numbers and days are cut into, at the deciles of everyone."""

MOST_RULES = 20
"""Rules whose overlaps are looked at at once."""

_OTHER = Text("all others", "其他")
_NONE = Text("no value", "无取值")
_ANY = Text("any value", "有取值")
_HELD, _VALUE, _PART = "_held", "value", "part"
_DAY = 86_400


class Audiences:
    """Answers for one opened build. `threshold` is the size of the smallest group that is shown."""

    def __init__(self, engine: Engine, moment: Moment, threshold: int) -> None:
        self._engine, self._moment, self._threshold = engine, moment, threshold

    @cached_property
    def rules(self) -> Rules:
        """What reads rules.

        Raises:
            NotFoundError: the snapshot is older than its table of flags.
        """
        return Rules(self._engine, self._moment)

    def count(self, rule: str) -> int | None:
        """The number of customers of whom `rule` holds; None where they are too few to be shown.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        size = count(self._engine, self.rules, rule)
        return None if 0 < size < self._threshold else size

    def overlap(self, rules: Sequence[str]) -> list[dict[str, Any]]:
        """The overlap of every two of `rules`: `a`, `b`, `both`, `share_of_a`, `share_of_b`, `jaccard`, `hidden`.

        Raises:
            ProjectError: a rule holds a mistake.
            UsageError: they are fewer than two, or more than MOST_RULES.
        """
        texts = list(dict.fromkeys(rules))
        if not 2 <= len(texts) <= MOST_RULES:
            raise UsageError(f"Overlaps are those of 2 to {MOST_RULES} rules, not of {len(texts)}.")
        names = {f"rule_{i}": text for i, text in enumerate(texts)}
        held = self.rules.holds(names)
        found = overlaps(self._engine, held, list(names), self._threshold)
        return [asdict(row) | {"a": names[row.a], "b": names[row.b]} for row in found]

    def distribution(self, rule: str, tag: str) -> dict[str, Any]:
        """How the values of `tag` are spread among those of whom `rule` holds, beside everyone.

        `size` is how many they are (None: too few, and nothing else is told), `known` how many of them have a value,
        `mean` and `base_mean` those of numbers; None where they would speak of too few. `values` have `value`, `label`,
        `count`, `share` (of all who are held), `base_share` (of everyone), `hidden`: values of texts by frequency,
        numbers and days cut at the deciles of everyone (days by how long before as_of they lie), then all others, among
        them values of too few that the tag's definition does not name, no value at the end.

        Raises:
            ProjectError: the rule holds a mistake.
            NotFoundError: there is no such tag.
            UsageError: it is a list, or sensitive.
        """
        if tag not in self.rules.tags:
            guess = near_miss(tag, self.rules.tags)
            hint = f" Did you mean '{guess}'?" if guess else ""
            raise NotFoundError(f"There is no tag '{tag}' in this build.{hint}")
        measured, labels = self.rules.tags[tag], self._labels(tag)
        rows = self.rules.holds({_HELD: rule}, [tag])
        valued = rows.select(_HELD, value=_comparable(rows[tag], measured, self._moment))
        parted, stretches = self._parted(valued, tag, measured)
        groups = parted.group_by(_PART).aggregate(base=parted.count(), held=parted[_HELD].sum())
        counted = self._engine.rows(groups, step=f"distribution of {tag}")
        size = sum(int(row["held"] or 0) for row in counted)
        if size < self._threshold:
            return {"rule": rule, "tag": tag, "size": None if size else 0, "values": []}
        known = sum(int(row["held"] or 0) for row in counted if row[_PART] is not None)
        few = any(too_small(part, self._threshold) for part in (known, size - known))
        return {
            "rule": rule,
            "tag": tag,
            "size": size,
            "known": None if few else known,
            **self._means(valued, measured),
            "values": self._values(counted, stretches or labels, size),
        }

    def _parted(self, valued: ibis.Table, tag: str, type_: Type) -> tuple[ibis.Table, dict[Any, Text]]:
        """The rows with their part, and what the stretches of numbers are called, in their order."""
        import ibis

        if _is_number(type_):
            edges = self._edges(valued)
            reached = sum(((valued[_VALUE] >= edge).cast("int64") for edge in edges), ibis.literal(0, "int64"))
            part = ibis.ifelse(valued[_VALUE].notnull(), reached, ibis.null("int64"))
            return valued.mutate(**{_PART: part}), _stretches(edges)
        if type_ is Type.LIST:
            raise UsageError(f"'{tag}' is a list: its values are not spread over customers one each.")
        return valued.mutate(**{_PART: valued[_VALUE].cast("string")}), {}

    def _edges(self, valued: ibis.Table) -> list[float]:
        """Where a number is cut: the deciles of everyone, each once; nowhere, where it is known of too few."""
        value = valued[_VALUE]
        wanted = {f"e{i}": value.quantile(i / PARTS) for i in range(1, PARTS)}
        (row,) = self._engine.rows(valued.aggregate(known=value.count(), **wanted), step="deciles")
        if too_small(row.pop("known"), self._threshold):
            return []
        return sorted({float(edge) for edge in row.values() if edge is not None})

    def _means(self, valued: ibis.Table, type_: Type) -> dict[str, float | None]:
        """The means of numbers. Neither is told where too few are known: those who are held, everyone, or the rest."""
        if not _is_number(type_):
            return {}
        import ibis

        mine = ibis.ifelse(valued[_HELD], valued[_VALUE], ibis.null("float64"))
        wanted = {"mean": mine.mean(), "base_mean": valued[_VALUE].mean()}
        counts = {"known": mine.count(), "base_known": valued[_VALUE].count()}
        (row,) = self._engine.rows(valued.aggregate(**wanted, **counts), step="means")
        groups = row["known"], row["base_known"], row["base_known"] - row["known"]
        few = any(too_small(count, self._threshold) for count in groups)
        return {name: None if few else row[name] for name in wanted}

    def _labels(self, tag: str) -> dict[Any, Text]:
        """What the values of a tag are called by its definition."""
        catalog = self._engine.table("tag_catalog")
        wanted = catalog.filter(catalog.name == tag).select("values", "privacy")
        (row,) = self._engine.rows(wanted, step="labels of values")
        if row["privacy"] == SENSITIVE:
            raise UsageError(f"'{tag}' is sensitive personal data ({SENSITIVE}): how it is spread is not told.")
        values: Mapping[str, Any] = json.loads(row["values"] or "{}")
        return {value: Text.of(label) for value, label in values.items()}

    def _values(self, counted: list[dict[str, Any]], labels: Mapping[Any, Text], size: int) -> list[dict[str, Any]]:
        found = {row[_PART]: (int(row["held"] or 0), int(row["base"])) for row in counted}
        everyone = sum(base for _, base in found.values())
        ranked = sorted((part for part in found if part is not None), key=lambda part: (-found[part][0], str(part)))
        listed = [part for part in labels if part in found]
        free = [part for part in ranked if part not in labels]
        # A value that nobody has defined may be that of one person, such as an address: its very name would tell.
        few = {part for part in free if any(too_small(count, self._threshold) for count in found[part])}
        shown = [*listed, *(part for part in free if part not in few)]
        rest = [*shown[MOST_VALUES:], *few]
        rows = [(str(part), labels.get(part, Text.of(str(part))), *found[part]) for part in shown[:MOST_VALUES]]
        if rest:
            rows.append(("", _OTHER, sum(found[part][0] for part in rest), sum(found[part][1] for part in rest)))
        if None in found:
            rows.append(("", _NONE, *found[None]))
        mine = protect([GroupFigures(name, label, held, held / size) for name, label, held, _ in rows], self._threshold)
        base = protect([GroupFigures(name, label, n, n / everyone) for name, label, _, n in rows], self._threshold)
        return [
            {
                "value": one.name or None,
                "label": one.label.as_dict(),
                "count": one.count,
                "share": one.share,
                "base_share": other.share,
                "hidden": one.hidden,
            }
            for one, other in zip(mine, base, strict=True)
        ]


def _is_number(type_: Type) -> bool:
    return type_.is_numeric or type_.is_temporal


def _comparable(value: Any, type_: Type, moment: Moment) -> Any:
    """Numbers as floats, days and moments as days before as_of, all others as they are."""
    import ibis

    if type_.is_numeric:
        return value.cast("float64")
    if type_ is Type.DATE:
        return ibis.literal(moment.day).delta(value, unit="day").cast("float64")
    if type_ is Type.MOMENT:
        return (ibis.literal(moment.utc.timestamp()) - value.epoch_seconds().cast("float64")) / _DAY
    return value


def _stretches(edges: list[float]) -> dict[Any, Text]:
    """What the stretches between `edges` are called; the first and the last one are open."""
    if not edges:
        return {0: _ANY}
    shown = [f"{edge:,.6g}" for edge in edges]
    closed = [f"{low} – < {high}" for low, high in pairwise(shown)]
    return {i: Text.of(name) for i, name in enumerate([f"< {shown[0]}", *closed, f"≥ {shown[-1]}"])}
