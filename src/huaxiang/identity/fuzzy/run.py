"""Fuzzy matching from prepared records to clusters: choose rules, train, score, threshold, cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.core.threads import load_in_background
from huaxiang.identity.fuzzy.blocking import Rule, choose_rules
from huaxiang.identity.fuzzy.cluster import Pairs, cluster, threshold_for
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.identity.fuzzy.records import LINKED, RECORDS, Prepared
from huaxiang.identity.fuzzy.score import Agreement, weights
from huaxiang.identity.fuzzy.train import Model, train

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.floating]

CLUSTERS = "_fuzzy_clusters"
"""The result: `unique_id`, `cluster` (the smallest `unique_id` of the customer)."""


@dataclass(frozen=True)
class Learned:
    """What training came to: the model, and all compared pairs by their patterns, which take a third of scored ones.

    There is none of both without anything to compare.
    """

    rules: tuple[Rule, ...]
    model: Model | None = None
    agreement: Agreement | None = None

    @property
    def count(self) -> int:
        """How many pairs were compared."""
        return 0 if self.agreement is None else len(self.agreement.left)

    def pairs(self, at: slice | npt.NDArray[np.integer]) -> Pairs:
        """Some of the pairs, scored."""
        if self.model is None or self.agreement is None:
            return _no_pairs()
        part = self.agreement.part(at)
        weight = _weight(part, self.model)
        return Pairs(part.left, part.right, weight, _probability(weight))

    def ends(self, at: slice) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
        """The records of some of the pairs: the smaller and the larger of each."""
        pairs = _no_pairs() if self.agreement is None else self.agreement
        return pairs.left[at], pairs.right[at]

    def scored(self, at: slice | npt.NDArray[np.integer], threshold: tuple[float, float]) -> Scored:
        """Some of the pairs, scored, with what was learned; `threshold` is that of `threshold_for`."""
        agreement = None if self.agreement is None else self.agreement.part(at)
        return Scored(self.pairs(at), *threshold, self.rules, self.model, agreement)


@dataclass(frozen=True)
class Scored:
    """Compared pairs with their weights, the threshold for the wanted precision, the model and what it compared.

    Without a model (nothing to compare, or nobody to compare with) there are no pairs.
    """

    pairs: Pairs
    threshold: float
    expected_precision: float
    rules: tuple[Rule, ...]
    model: Model | None = None
    agreement: Agreement | None = None

    def likeness(self, at: npt.NDArray[np.integer]) -> Numbers:
        """What the names, birthdays and sexes of the pairs `at` say, in bits, without the prior."""
        import numpy as np

        if self.model is None or self.agreement is None:
            return np.empty(0, np.float64)
        agreement, settings = self.agreement, self.model.settings
        base = weights(agreement.codes, settings, agreement.patterns, lasting=True)
        return np.round(base[agreement.code[at]] + agreement.rarity[at], 6)


@dataclass(frozen=True)
class Matched:
    """The scored pairs, and the cluster of each record: its smallest record."""

    scored: Scored
    clusters: npt.NDArray[np.integer]


def learn(engine: Engine, prepared: Prepared) -> Learned:
    """Compare the prepared records of RECORDS that have anything in common, and those that are linked, and train."""
    load_in_background("huaxiang.identity.fuzzy.kernel", "huaxiang.identity.fuzzy.finding")
    encoded = Encoded(engine, RECORDS)
    rules = choose_rules(encoded, prepared.columns, prepared.records)
    if not rules:
        return Learned(())
    linked = [(LINKED, LINKED)]
    return Learned(tuple(rules), *train(encoded, prepared.columns, rules, prepared.records, (linked,)))


def match(engine: Engine, prepared: Prepared, *, precision: float) -> Matched:
    """Match the prepared records of RECORDS, by themselves; writes CLUSTERS."""
    import numpy as np
    import pyarrow as pa

    learned = learn(engine, prepared)
    pairs = learned.pairs(slice(None))
    threshold = threshold_for(pairs.probability, precision)
    scored = Scored(pairs, *threshold, learned.rules, learned.model, learned.agreement)
    clusters = cluster(
        prepared.records, scored.pairs, scored.threshold, same=prepared.same, exclusive=prepared.exclusive
    )
    content = pa.table({"unique_id": np.arange(len(clusters), dtype=np.int64), "cluster": clusters})
    engine.create(CLUSTERS, content, step="fuzzy: clusters")
    return Matched(scored, clusters)


def identity_table(engine: Engine) -> ibis.Table:
    """`customer_id`, `source`, `record_key`: an id is made of the smallest record, as everywhere."""
    from huaxiang.identity.ids import record_anchor

    records, clusters = engine.table(RECORDS), engine.table(CLUSTERS)
    smallest = records.select(cluster="unique_id", anchor=record_anchor(records.source, records.record_key))
    named = smallest.select("cluster", customer_id="c_" + smallest.anchor.hexdigest("md5").substr(0, 16))
    joined = records.join(clusters, "unique_id").join(named, "cluster")
    return joined.select("customer_id", "source", "record_key").distinct().order_by("source", "record_key")


def _weight(agreement: Agreement, model: Model) -> Numbers:
    """The weights of the pairs, to six digits: threads add in any order, and the last must not decide who is first."""
    import numpy as np

    weight = weights(agreement.codes, model.settings, agreement.patterns)[agreement.code]
    weight += agreement.rarity
    return np.round(weight, 6, out=weight)


def _probability(weight: Numbers) -> Numbers:
    """What follows from the weights: 1 / (1 + 2^-weight), in one array, for pairs are many."""
    import numpy as np

    found = np.negative(weight)
    np.power(2.0, found, out=found)
    found += 1
    return np.divide(1, found, out=found)


def _no_pairs() -> Pairs:
    import numpy as np

    integers, numbers = np.empty(0, np.int64), np.empty(0, np.float64)
    return Pairs(integers, integers, numbers, numbers)
