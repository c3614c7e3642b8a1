"""Clusters as rules that people read: for each a shallow decision tree that imitates it, and how well it does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from huaxiang.core.moments import Moment
from huaxiang.core.types import NUMERIC
from huaxiang.segments.clusters.features import OTHER, Feature, numbers_of

if TYPE_CHECKING:
    import pyarrow as pa

DEPTH = 5
LEAVES = 8
"""Leaves of a tree at most: with more, nobody reads the rule."""

LEAST = 0.005
"""The share of customers that a leaf holds at least."""

LEAST_TAUGHT = 30
"""Fewer customers teach and judge nothing."""

NONE = -1
_EXACT = Context(prec=400)


@dataclass(frozen=True)
class Rule:
    """The condition that imitates a cluster; None where no leaf is mostly of it.

    `precision` is the share of the rule's customers who are in the cluster, `recall` the share of the cluster whom the
    rule finds: both of customers that the tree had not seen, None where there were none.
    """

    where: str | None
    precision: float | None
    recall: float | None

    def as_dict(self) -> dict[str, Any]:
        """The rule for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class _Column:
    """One thing that a tree may ask: whether a number is greater than something, or whether a value is there."""

    feature: Feature
    level: str | None = None


@dataclass(frozen=True)
class _Step:
    """An answer on the way to a leaf: `yes`, and the two values between which a number was parted.

    `nobody_below`: only those without a value are below.
    """

    column: _Column
    yes: bool
    below: float = 0.0
    above: float = 0.0
    nobody_below: bool = False


def rules(
    features: Sequence[Feature], rows: pa.Table, labels: np.ndarray, moment: Moment
) -> tuple[dict[int, Rule], float | None]:
    """The rule of each cluster of the sample `rows`, and the share of unseen customers of whom all are right.

    `labels` are the clusters, −1 for nobody's. Two thirds teach the trees, the others judge them: all rules are right
    of a customer of whom the rule of its own cluster holds and no other. Lists, days and moments are not asked about:
    the language has no short way to.
    """
    columns = [column for feature in features for column in _columns(feature)]
    clusters = sorted({int(label) for label in labels} - {NONE})
    if not columns or len(labels) < LEAST_TAUGHT:
        return {cluster: Rule(None, None, None) for cluster in clusters}, None
    asked = np.column_stack([_asked(column, rows, moment) for column in columns])
    judges = np.arange(len(labels)) % 3 == 2
    found, held = {}, np.zeros((len(labels), len(clusters)), dtype=np.bool_)
    for i, cluster in enumerate(clusters):
        tree = _grown(asked[~judges], labels[~judges] == cluster)
        held[:, i] = tree.predict(asked)
        found[cluster] = _rule(_ways(tree, columns, asked), held[judges, i], labels[judges] == cluster)
    own = labels[:, None] == np.array(clusters)
    return found, float((held == own).all(axis=1)[judges].mean())


def _columns(feature: Feature) -> list[_Column]:
    if feature.kind == "number":
        return [_Column(feature)] if feature.type in NUMERIC else []
    if feature.kind == "elements":
        return []
    levels = ("true",) if feature.kind == "flag" else feature.levels
    return [_Column(feature, level) for level in levels if level != OTHER]


def _asked(column: _Column, rows: pa.Table, moment: Moment) -> np.ndarray:
    """The column as the tree sees it: whoever has no value is not greater than anything, and has no level."""
    import pyarrow as pa
    import pyarrow.compute as pc

    values, feature = rows[column.feature.tag], column.feature
    if column.level is None:
        numbers = numbers_of(values, feature.type, moment).astype(np.float32)
        lowest = float(np.nanmin(numbers))
        return np.where(np.isnan(numbers), np.float32(lowest - max(1.0, abs(lowest) / 1000)), numbers)
    held = pc.equal(values.cast(pa.string()), column.level).fill_null(False)
    return np.asarray(held.to_numpy(), dtype=np.float32)


def _grown(asked: np.ndarray, members: np.ndarray) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, round(LEAST * len(members)))
    tree = DecisionTreeClassifier(max_depth=DEPTH, max_leaf_nodes=LEAVES, min_samples_leaf=least, random_state=0)
    return tree.fit(asked, members)


def _ways(tree: Any, columns: Sequence[_Column], asked: np.ndarray) -> list[tuple[_Step, ...]]:
    """The ways to the leaves that hold mostly members; such leaves side by side are one."""
    nodes = tree.tree_

    def below(node: int, way: tuple[_Step, ...]) -> list[tuple[bool, tuple[_Step, ...]]]:
        left, right = int(nodes.children_left[node]), int(nodes.children_right[node])
        if left < 0:
            return [(bool(tree.classes_[nodes.value[node, 0].argmax()]), way)]
        column, limit = columns[nodes.feature[node]], float(nodes.threshold[node])
        values = asked[:, nodes.feature[node]]
        under = float(values[values <= limit].max(initial=-math.inf))
        over = float(values[values > limit].min(initial=math.inf))
        nobody = column.level is None and column.feature.missing > 0 and under == values.min()
        no, yes = (_Step(column, answer, under, over, nobody) for answer in (False, True))
        found = [*below(left, (*way, no)), *below(right, (*way, yes))]
        kinds = {member for member, _ in found}
        return [(kinds.pop(), way)] if len(kinds) == 1 else found

    return [way for member, way in below(0, ()) if member]


def _rule(ways: Sequence[tuple[_Step, ...]], held: np.ndarray, members: np.ndarray) -> Rule:
    if not any(ways):
        return Rule(None, None, None)
    texts = [_condition(way) for way in ways]
    where = texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
    right, named, there = (float(each.sum()) for each in (held & members, held, members))
    return Rule(where, right / named if named else None, right / there if there else None)


def _condition(way: Sequence[_Step]) -> str:
    """The answers on the way to a leaf as one condition, tag by tag in the order in which they were asked."""
    by_tag: dict[str, list[_Step]] = {}
    for step in way:
        by_tag.setdefault(step.column.feature.tag, []).append(step)
    return " and ".join(_about(steps) for steps in by_tag.values())


def _about(steps: Sequence[_Step]) -> str:
    feature = steps[0].column.feature
    if feature.kind == "number":
        return _bounds(steps)
    yes = [step.column.level for step in steps if step.yes]
    if feature.kind == "flag":
        return feature.tag if yes else f"not coalesce({feature.tag}, false)"
    if yes:
        return f"{feature.tag} = {_quoted(str(yes[0]))}"
    no = [_quoted(str(step.column.level)) for step in steps]
    value = f"coalesce({feature.tag}, '')" if feature.missing else feature.tag
    return f"{value} <> {no[0]}" if len(no) == 1 else f"{value} not in ({', '.join(no)})"


def _bounds(steps: Sequence[_Step]) -> str:
    feature = steps[0].column.feature
    lower = max((step for step in steps if step.yes), key=lambda step: step.below, default=None)
    upper = min((step for step in steps if not step.yes), key=lambda step: step.above, default=None)
    parts = [] if lower is None else [_above(lower)]
    if upper is not None and upper.nobody_below:
        parts.append(f"{feature.tag} is null")
    elif upper is not None:
        under = f"{feature.tag} <= {limit(upper.below, upper.above)}"
        # Those without a value went this way too, unless a lower limit keeps them out.
        parts.append(f"({feature.tag} is null or {under})" if lower is None and feature.missing else under)
    return " and ".join(parts)


def _above(step: _Step) -> str:
    tag = step.column.feature.tag
    return f"{tag} is not null" if step.nobody_below else f"{tag} > {limit(step.below, step.above)}"


def limit(below: float, above: float) -> str:
    """The number with the fewest digits that parts `below` (at most it) from `above` (more than it)."""
    if not math.isfinite(below) or not math.isfinite(above):
        return f"{(below if math.isfinite(below) else above):.12g}"
    for power in range(15, -16, -1):
        number = Decimal(below).quantize(Decimal((0, (1,), power)), ROUND_CEILING, _EXACT) + 0
        if below <= number < above:
            return f"{number:f}"
    return f"{Decimal(below):f}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
