"""Rules that nobody has saved, on a snapshot: how many they hold, how a tag is spread among them, how they overlap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard
from huaxiang.core.tables import SENSITIVE
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.portrait import too_small
from huaxiang.segments.algebra import HELD, Rules, overlaps
from huaxiang.segments.done import KEY
from huaxiang.service.counts import Counts
from huaxiang.service.figures.groups import protect
from huaxiang.service.figures.model import GroupFigures
from huaxiang.store.engine import DuckEngine

if TYPE_CHECKING:
    import ibis

MOST_VALUES = 30
"""Values of a text that are told apart; all others count as one."""

PARTS = 10
"""Stretches that numbers and days are cut into, at the deciles of everyone."""

MOST_RULES = 20
"""Rules whose overlaps are looked at at once."""

MOST_COUNTED = 2_000
"""Rules whose count is remembered."""

_OTHER = Text("all others", "其他")
_NONE = Text("no value", "无取值")
_ANY = Text("any value", "有取值")
_VALUE, _PART, _KEY = "value", "part", "_key"
_DAY = 86_400


@dataclass(frozen=True)
class Size:
    """How many a rule holds. None: they may be too few to be shown. The truth is within `margin` (0: it is exact)."""

    size: int | None
    margin: int


class Audiences:
    """Answers for one opened build. `guard` says how sizes are told (`core.small_groups`).

    What is asked of a rule that is no more than a saved segment is told exactly, as it is wherever segments are listed;
    with `exact` everything is: for those who may know. Groups below the threshold are withheld either way.
    """

    def __init__(self, engine: DuckEngine, moment: Moment, guard: Guard) -> None:
        self._engine, self._moment, self._guard = engine, moment, guard
        self._counted: dict[str, tuple[int, int]] = {}

    @cached_property
    def rules(self) -> Rules:
        """What reads rules.

        Raises:
            NotFoundError: the snapshot is older than its table of flags.
        """
        return Rules(self._engine, self._moment)

    @cached_property
    def counts(self) -> Counts:
        """What counts whom they hold."""
        return Counts(self._engine, self.rules, self._guard)

    def size(self, rule: str, *, exact: bool = False) -> Size:
        """The number of customers of whom `rule` holds.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        guard = self._guard_of(rule, exact)
        plain = rule.strip()
        # Nothing changes in a build: who looks at the same rule as somebody else gets the same answer at once.
        counted = self._counted.get(plain) or self.counts.count(rule)
        if len(self._counted) >= MOST_COUNTED:
            self._counted.clear()
        self._counted[plain] = counted
        return Size(guard.size(*counted), guard.margin)

    def overlap(self, rules: Sequence[str], *, exact: bool = False) -> list[dict[str, Any]]:
        """The overlap of every two of `rules`, as rows of `segments.algebra.Overlap`.

        Raises:
            ProjectError: a rule holds a mistake.
            UsageError: they are fewer than two, or more than MOST_RULES.
        """
        texts = list(dict.fromkeys(rules))
        if not 2 <= len(texts) <= MOST_RULES:
            raise UsageError(f"Overlaps are those of 2 to {MOST_RULES} rules, not of {len(texts)}.")
        names = {f"rule_{i}": text for i, text in enumerate(texts)}
        held = self.rules.holds(names)
        saved = [name for name, text in names.items() if exact or self.rules.is_saved(text)]
        found = overlaps(self._engine, held, list(names), self._guard, saved)
        return [asdict(row) | {"a": names[row.a], "b": names[row.b]} for row in found]

    def distribution(self, rule: str, tag: str, *, exact: bool = False) -> dict[str, Any]:
        """How the values of `tag` are spread among those of whom `rule` holds, beside everyone.

        `size` is how many they are (None: they may be too few, and nothing else is told), `known` how many of them have
        a value, `margin` how far each of these numbers may lie from the truth, `mean` and `base_mean` those of numbers;
        None where they would speak of too few. `values` have `value`, `label`, `count`, `share` (of all who are held),
        `base_share` (of everyone), `hidden`: values of texts by frequency, numbers and days cut at the deciles of
        everyone (days by how long before as_of they lie), then all others, among them values of too few that the tag's
        definition does not name, no value at the end.

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
        guard = self._guard_of(rule, exact)
        rows = self.rules.holds({HELD: rule}, [tag])
        valued = rows.select(HELD, value=_comparable(rows[tag], measured, self._moment), **{_KEY: guard.key(rows[KEY])})
        parted, stretches = self._parted(valued, tag, measured)
        groups = parted.group_by(_PART).aggregate(
            base=parted.count(), held=parted[HELD].sum(), key=_of_held(parted, _KEY).sum()
        )
        counted = {
            row[_PART]: _Part(int(row["held"] or 0), int(row["key"] or 0), int(row["base"]))
            for row in self._engine.rows(groups, step=f"distribution of {tag}")
        }
        whole, with_value = _all(counted.values()), _all(part for name, part in counted.items() if name is not None)
        size = guard.size(whole.held, whole.key)
        told = {"rule": rule, "tag": tag, "margin": guard.margin}
        if not size:
            return {**told, "size": size, "values": []}
        known = guard.size(with_value.held, with_value.key)
        # The exact number of those who have a value gives away those who have none.
        few = guard.exact and too_small(whole.held - with_value.held, guard.threshold)
        return {
            **told,
            "size": size,
            "known": None if few else known,
            **self._means(valued, measured, guard),
            "values": _values(counted, stretches or labels, size, guard),
        }

    def _guard_of(self, rule: str, exact: bool) -> Guard:
        return self._guard.exactly() if exact or self.rules.is_saved(rule) else self._guard

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
        if too_small(row.pop("known"), self._guard.threshold):
            return []
        return sorted({float(edge) for edge in row.values() if edge is not None})

    def _means(self, valued: ibis.Table, type_: Type, guard: Guard) -> dict[str, float | None]:
        """The means of numbers. Neither is told where too few are known: those who are held, everyone, or the rest.

        The rest count only where means are exact: a moved one gives them away by no subtraction, but to withhold it
        would tell a few from nobody.
        """
        if not _is_number(type_):
            return {}
        import ibis

        mine = _of_held(valued, _VALUE)
        keys = ibis.ifelse(valued[_VALUE].notnull(), _of_held(valued, _KEY), ibis.null("int64"))
        wanted = {"mean": mine.mean(), "base_mean": valued[_VALUE].mean(), "low": mine.min(), "high": mine.max()}
        counts = {"known": mine.count(), "base_known": valued[_VALUE].count(), "key": keys.sum()}
        (row,) = self._engine.rows(valued.aggregate(**wanted, **counts), step="means")
        known, everyone = row["known"], row["base_known"]
        groups = (everyone, everyone - known) if guard.exact else (everyone,)
        if guard.size(known, row["key"] or 0) is None or any(too_small(size, guard.threshold) for size in groups):
            return {"mean": None, "base_mean": None}
        if not known:
            return {name: row[name] for name in ("mean", "base_mean")}
        reach = max(row["high"] - row["mean"], row["mean"] - row["low"])
        return {"mean": guard.mean(row["mean"], reach, known, row["key"] or 0), "base_mean": row["base_mean"]}

    def _labels(self, tag: str) -> dict[Any, Text]:
        """What the values of a tag are called by its definition."""
        catalog = self._engine.table("tag_catalog")
        wanted = catalog.filter(catalog.name == tag).select("values", "privacy")
        (row,) = self._engine.rows(wanted, step="labels of values")
        if row["privacy"] == SENSITIVE:
            raise UsageError(f"'{tag}' is sensitive personal data ({SENSITIVE}): how it is spread is not told.")
        values: Mapping[str, Any] = json.loads(row["values"] or "{}")
        return {value: Text.of(label) for value, label in values.items()}


class _Part(NamedTuple):
    """Customers who share a value: those who are held with the sum of their keys, and all of them."""

    held: int
    key: int
    base: int


def _all(parts: Iterable[_Part]) -> _Part:
    return _Part(*map(sum, zip(_Part(0, 0, 0), *parts, strict=True)))


def _of_held(rows: ibis.Table, column: str) -> Any:
    """A column, null for who is not held."""
    import ibis

    return ibis.ifelse(rows[HELD], rows[column], ibis.null(rows[column].type()))


def _values(counted: Mapping[Any, _Part], labels: Mapping[Any, Text], size: int, guard: Guard) -> list[dict[str, Any]]:
    """The rows of a distribution; `size` is the number of all who are held, as it is told."""
    everyone = _all(counted.values()).base
    sizes = {part: guard.size(found.held, found.key) for part, found in counted.items()}
    ranked = sorted((part for part in counted if part is not None), key=lambda part: (-(sizes[part] or 0), str(part)))
    listed = [part for part in labels if part in counted]
    free = [part for part in ranked if part not in labels]
    # A value that nobody has defined may be that of one person, such as an address: its very name would tell.
    few = {part for part in free if sizes[part] is None or too_small(counted[part].base, guard.threshold)}
    shown = [*listed, *(part for part in free if part not in few)]
    rest = [*shown[MOST_VALUES:], *(part for part in free if part in few)]
    rows = [(str(part), labels.get(part, Text.of(str(part))), counted[part]) for part in shown[:MOST_VALUES]]
    if rest:
        rows.append(("", _OTHER, _all(counted[part] for part in rest)))
    if None in counted:
        rows.append(("", _NONE, counted[None]))
    mine = _counts(rows, size, guard)
    whole = [GroupFigures(name, label, part.base, part.base / everyone) for name, label, part in rows]
    return [
        {
            "value": one.name or None,
            "label": one.label.as_dict(),
            "count": one.count,
            "share": one.share,
            "base_share": other.share,
            "hidden": one.hidden,
        }
        for one, other in zip(mine, protect(whole, guard.threshold), strict=True)
    ]


def _counts(rows: Sequence[tuple[str, Text, _Part]], size: int, guard: Guard) -> Sequence[GroupFigures]:
    """How many are held, row by row. Sizes that are moved add up to no whole, so none is found by subtraction."""
    if not guard.margin:
        exact = [GroupFigures(name, label, part.held, part.held / size) for name, label, part in rows]
        return protect(exact, guard.threshold)
    told = ((name, label, guard.size(part.held, part.key)) for name, label, part in rows)
    return [
        GroupFigures(name, label, n, None if n is None else min(1.0, n / size), hidden=n is None)
        for name, label, n in told
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
