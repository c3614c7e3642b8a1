"""Clusters as rules that people read: a shallow decision tree that imitates them, and how well it does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from huaxiang.core.moments import Moment
from huaxiang.core.types import NUMERIC
from huaxiang.segments.clusters.features import OTHER, Feature, numbers_of

if TYPE_CHECKING:
    import pyarrow as pa

DEPTH = 5
LEAVES = 3
"""Leaves per cluster at most, on average."""

LEAST = 0.005
"""The share of customers that a leaf holds at least."""

NONE = -1


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
    """An answer on the way to a leaf: `yes`, and the two values between which a number was parted."""

    column: _Column
    yes: bool
    below: float = 0.0
    above: float = 0.0


def rules(
    features: Sequence[Feature], rows: pa.Table, labels: np.ndarray, moment: Moment
) -> tuple[dict[int, Rule], float | None]:
    """The rule of each cluster of the sample `rows`, and the share of unseen customers of whom all rules are right.

    `labels` are the clusters, −1 for nobody's. Two thirds teach the tree, the others judge it. Lists, days and moments
    are not asked about: the language has no short way to.
    """
    columns = [column for feature in features for column in _columns(feature)]
    clusters = sorted({int(label) for label in labels} - {NONE})
    if not columns or len(labels) < 30:
        return {cluster: Rule(None, None, None) for cluster in clusters}, None
    asked = np.column_stack([_asked(column, rows, moment) for column in columns])
    judges = np.arange(len(labels)) % 3 == 2
    tree = _grown(asked[~judges], labels[~judges], len(clusters))
    said = tree.classes_[tree.tree_.value[tree.apply(asked), 0].argmax(axis=1)]
    leaves = _leaves(tree, columns, asked)
    found = {cluster: _rule(cluster, leaves, said[judges], labels[judges]) for cluster in clusters}
    return found, float((said[judges] == labels[judges]).mean())


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
        return np.where(np.isnan(numbers), np.nanmin(numbers) - np.float32(1), numbers)
    held = pc.equal(values.cast(pa.string()), column.level).fill_null(False)
    return np.asarray(held.to_numpy(), dtype=np.float32)


def _grown(asked: np.ndarray, labels: np.ndarray, clusters: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    least = max(5, round(LEAST * len(labels)))
    tree = DecisionTreeClassifier(
        max_depth=DEPTH, max_leaf_nodes=LEAVES * max(2, clusters), min_samples_leaf=least, random_state=0
    )
    return tree.fit(asked, labels)


def _leaves(tree: Any, columns: Sequence[_Column], asked: np.ndarray) -> dict[int, list[tuple[_Step, ...]]]:
    """The ways to the leaves of each cluster; leaves of the same cluster side by side are one."""
    nodes = tree.tree_

    def below(node: int, way: tuple[_Step, ...]) -> list[tuple[int, tuple[_Step, ...]]]:
        left, right = int(nodes.children_left[node]), int(nodes.children_right[node])
        if left < 0:
            return [(int(tree.classes_[nodes.value[node, 0].argmax()]), way)]
        column, limit = columns[nodes.feature[node]], float(nodes.threshold[node])
        values = asked[:, nodes.feature[node]]
        under = float(values[values <= limit].max(initial=-math.inf))
        over = float(values[values > limit].min(initial=math.inf))
        no, yes = (_Step(column, answer, under, over) for answer in (False, True))
        found = [*below(left, (*way, no)), *below(right, (*way, yes))]
        kinds = {cluster for cluster, _ in found}
        return [(kinds.pop(), way)] if len(kinds) == 1 else found

    ways: dict[int, list[tuple[_Step, ...]]] = {}
    for cluster, way in below(0, ()):
        ways.setdefault(cluster, []).append(way)
    return ways


def _rule(cluster: int, leaves: Mapping[int, Sequence[tuple[_Step, ...]]], said: np.ndarray, true: np.ndarray) -> Rule:
    ways = leaves.get(cluster)
    if not ways or not any(ways):
        return Rule(None, None, None)
    texts = [_condition(way) for way in ways]
    where = texts[0] if len(texts) == 1 else " or ".join(f"({text})" for text in texts)
    right = float(((said == cluster) & (true == cluster)).sum())
    named, members = float((said == cluster).sum()), float((true == cluster).sum())
    return Rule(where, right / named if named else None, right / members if members else None)


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
    parts = [] if lower is None else [f"{feature.tag} > {limit(lower.below, lower.above)}"]
    if upper is not None:
        under = f"{feature.tag} <= {limit(upper.below, upper.above)}"
        # Those without a value went this way too, unless a lower limit keeps them out.
        parts.append(f"({feature.tag} is null or {under})" if lower is None and feature.missing else under)
    return " and ".join(parts)


def limit(below: float, above: float) -> str:
    """The number with the fewest digits that parts `below` (at most it) from `above` (more than it)."""
    if not math.isfinite(below) or not math.isfinite(above):
        return f"{(below if math.isfinite(below) else above):.12g}"
    for power in range(12, -13, -1):
        step = 10.0**power
        number = math.ceil(below / step - 1e-9) * step
        # What is written is what counts, not the sum of its powers of two.
        text = f"{number:.{max(0, -power)}f}"
        if below <= float(text) < above:
            return text if float(text) else "0"
    return f"{below:.12g}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
