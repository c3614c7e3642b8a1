"""Finding clusters in a sample: how many, are they stable, which number and name each gets – or why there are none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.segments.clusters.choose import Choice, choose
from huaxiang.segments.clusters.drift import drift
from huaxiang.segments.clusters.encode import Encoded, learn_all
from huaxiang.segments.clusters.explain import unused
from huaxiang.segments.clusters.features import Candidate, Feature
from huaxiang.segments.clusters.methods import METHODS, Fit, surely
from huaxiang.segments.clusters.model import Cluster, Model, numbered
from huaxiang.segments.clusters.rules import Rule, rules
from huaxiang.segments.clusters.spec import AUTO, COUNTED, ClustersSpec
from huaxiang.segments.clusters.stability import Stability, measure
from huaxiang.segments.clusters.traits import names, traits

if TYPE_CHECKING:
    import pyarrow as pa

LEAST = 50
"""Customers below which no resampling says anything."""

STARTS = {"mixture": 60, "kmeans": 20, "hdbscan": 1}


@dataclass(frozen=True)
class Found:
    """What came of one search: a `model`, or the `refusal`; and what was seen on the way.

    `unused` says why tags are not among the `features`.
    """

    features: tuple[Feature, ...] = ()
    unused: Mapping[str, Text] = field(default_factory=dict)
    choice: Choice | None = None
    stability: Stability | None = None
    model: Model | None = None
    refusal: Text | None = None


@dataclass(frozen=True)
class Search:
    """What is looked for: a definition and its method, the tags to compare by, and others that rules may speak of."""

    spec: ClustersSpec
    method: str
    tags: Sequence[Candidate]
    spoken: Sequence[Candidate] = ()


def find(search: Search, rows: pa.Table, moment: Moment, digest: str, former: Model | None = None) -> Found:
    """Look for clusters in the sample `rows`, in an order that does not hang on where customers come from.

    Clusters that are those of the `former` model keep its numbers and names.
    """
    spec, method, tags, size = search.spec, search.method, search.tags, len(rows)
    if size < LEAST:
        return Found(refusal=_too_few(size, LEAST))
    if spec.clusters != AUTO and size < 2 * int(spec.clusters):
        return Found(refusal=_too_few(size, 2 * int(spec.clusters)))
    used, others = learn_all(tags, rows, moment)
    found = Found(tuple(used), {tag: unused(reason) for tag, reason in others.items()})
    if not used:
        return replace(found, refusal=Text("none of its tags tells customers apart", "所选标签均无法区分客户"))
    encoded, way = Encoded.of(used, rows, moment), METHODS[method]
    if method in COUNTED and len(spec.numbers) > 1:
        found = replace(found, choice=choose(encoded, method, way, spec))
    wanted = found.choice.size if found.choice else spec.numbers[0]
    fit = way.fit(encoded, wanted, spec.smallest, np.random.default_rng([spec.seed, 0]), STARTS[method])
    labels = surely(fit, encoded, spec.certainty)
    before = None if former is None else former.place(rows, moment, 0.0)[0]
    numbers = numbered(labels, fit.size, before, spec.smallest * size, spec.most)
    if len({number for number in numbers if number}) < 2:
        return replace(found, refusal=_NO_GROUPS)
    stability = measure(encoded, fit, way, spec)
    found = replace(found, stability=stability)
    if (refusal := _unstable(stability, spec)) is not None:
        return replace(found, refusal=refusal)
    placed = _placed(fit, encoded, numbers, spec)
    # Who asks for something else gets new names, even where the people are much the same.
    kept = former.clusters if former is not None and former.digest == digest else ()
    clusters, agreement = _described(search, encoded, rows, placed, moment, kept)
    choice = found.choice or Choice(wanted, {}, {})
    model = Model(
        digest,
        moment.utc,
        method,
        found.features,
        found.unused,
        fit,
        numbers,
        clusters,
        stability,
        size,
        agreement,
        choice.values,
        choice.votes,
    )
    return replace(found, model=model)


def usable(former: Model | None, spec: ClustersSpec, digest: str, rows: pa.Table, moment: Moment) -> Text | None:
    """Why the former model can't serve any longer; None where it can. Without one, there is a reason too."""
    if former is None:
        return Text("found for the first time", "首次发现")
    if former.digest != digest:
        return Text("the definition has changed", "定义已修改")
    if former.moment > moment.utc:
        return Text("the former clusters were found later than this moment", "原聚类的发现时点晚于本次计算时点")
    if former.moment <= moment.back(spec.refit):
        return Text(f"the former clusters are older than {spec.refit}", f"原聚类已超过 {spec.refit}")
    if len(rows) == 0:
        return None
    moved, tag = drift(Encoded.of(former.features, rows, moment), former.sample)
    if moved > spec.drift:
        return Text(
            f"'{tag}' has drifted by {moved:.2f}, more than {spec.drift:g}",
            f"{tag} 的漂移为 {moved:.2f}，超过 {spec.drift:g}",
        )
    return None


def _placed(fit: Fit, encoded: Encoded, numbers: Sequence[int], spec: ClustersSpec) -> np.ndarray:
    """The number of each customer's cluster, −1 for those who are surely in none."""
    # The last one is for those whom the fit puts nowhere.
    placed = np.array([*numbers, 0])[surely(fit, encoded, spec.certainty)]
    return np.where(placed > 0, placed, -1)


def _described(
    search: Search, encoded: Encoded, rows: pa.Table, labels: np.ndarray, moment: Moment, former: Sequence[Cluster]
) -> tuple[tuple[Cluster, ...], float | None]:
    """The clusters by number with their traits, names and rules, and the agreement of the rules.

    `labels` are the numbers, −1 for nobody's. A cluster that is one of the `former` ones keeps its name.
    """
    present = sorted({int(number) for number in labels} - {-1})
    told = {number: traits(encoded, labels, number) for number in present}
    taken = {cluster.number: cluster.label for cluster in former if cluster.number in told}
    called = names(told, {tag.name: tag for tag in search.tags}, encoded, taken)
    further, _ = learn_all(search.spoken, rows, moment)
    spoken = {feature.tag: feature for feature in (*encoded.features, *further)}
    imitated, agreement = rules(list(spoken.values()), rows, labels, moment)
    none = Rule(None, None, None)
    clusters = (Cluster(number, called[number], tuple(told[number]), imitated.get(number, none)) for number in present)
    return tuple(clusters), agreement


def _unstable(stability: Stability, spec: ClustersSpec) -> Text | None:
    if not stability.structured:
        return Text(
            "its tags show no groups: shuffled at random, they give clusters just as good",
            "所选标签未呈现分群结构：将各标签随机打乱后，得到的聚类同样好",
        )
    if stability.index < spec.stability:
        index, low, high = stability.index, stability.low, stability.high
        return Text(
            f"its clusters are not stable: other samples agree with them to {index:.2f} ({low:.2f} to {high:.2f}; "
            f"adjusted Rand index), wanted are {spec.stability:g}",
            f"聚类不稳定：其他样本与之的一致性（调整兰德指数）为 {index:.2f}（{low:.2f}–{high:.2f}），"
            f"要求 {spec.stability:g}",
        )
    return None


def _too_few(size: int, least: int) -> Text:
    people = "customer" if size == 1 else "customers"
    return Text(
        f"it has {size} {people} to group, {least} are needed", f"可供聚类的客户只有 {size} 位，至少需要 {least} 位"
    )


_NO_GROUPS = Text("fewer than two groups are large enough to be clusters", "达到最小规模的分群不足两个")
