"""The model, trained without anybody's labels: Fellegi and Sunter (1969) by way of splink.

1. `u`, how often records of different people agree, from a seeded random sample of pairs (splink).
2. `m`, how often records of one person agree, by expectation maximisation over several blocking passes (`passes.py`).
3. Both again, with the share of true pairs, over the agreement patterns of all pairs that are compared. A random
   sample holds true pairs as well, so `u = (sampled - share * m) / (1 - share)`; small tables need this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.identity.fuzzy.blocking import SWAPPED, Rule, training_rules
from huaxiang.identity.fuzzy.candidates import Agreeing, count_pairs
from huaxiang.identity.fuzzy.comparisons import comparisons, equal_level, may_be_swapped
from huaxiang.identity.fuzzy.encoded import Encoded
from huaxiang.identity.fuzzy.passes import learn_m
from huaxiang.identity.fuzzy.score import Agreement, compare

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Numbers = npt.NDArray[np.float64]

SEED = 20_061
_SAMPLED_PAIRS = 1_000_000
_ITERATIONS = 200
_TOLERANCE = 1e-6
_STRICT_RECALL = 0.6
"""The share of true pairs that agree on the strictest rule: where the search for the share starts, no more."""
_SAME_AT_FIRST = 0.8
"""The `m` of the closest level where no pass could tell: where the search for it starts."""


@dataclass(frozen=True)
class Model:
    """What was learned: splink's settings with all parameters, and the share of true pairs among all pairs."""

    settings: dict[str, Any]
    share: float
    passes: tuple[str, ...]

    @property
    def prior_bits(self) -> float:
        """The weight of a pair of which nothing is known."""
        import math

        return math.log2(self.share / (1 - self.share))


def train(
    encoded: Encoded,
    columns: Sequence[str],
    rules: Sequence[Rule],
    records: int,
    more: Sequence[Agreeing] = (),
) -> tuple[Model, Agreement]:
    """Train on the prepared records, one row each with `unique_id`; the model, and all compared pairs.

    Pairs are compared on the `rules`, and on `more`. Equal data give an equal model.
    """
    settings: dict[str, Any] = {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "comparisons": comparisons(columns),
        "probability_two_random_records_match": _first_share(rules, records),
        "blocking_rules_to_generate_predictions": [rule.sql for rule in rules],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
    }
    engine, table = encoded.engine, encoded.table
    linker = open_linker(engine, table, settings)
    linker.training.estimate_u_using_random_sampling(max_pairs=_SAMPLED_PAIRS, seed=SEED, num_chunks=4)
    trained = linker.misc.save_model_to_json()
    _sweep(engine)
    swapped = [SWAPPED] if may_be_swapped(columns) else []
    wanted, passes = [*more, *(rule.agreeing for rule in rules), *swapped], training_rules(rules)
    agreement = compare(encoded, settings["comparisons"], wanted, [rule.agreeing for rule in passes])
    patterns = agreement.codes.read(agreement.patterns)
    worked = learn_m(trained, patterns, list(zip(passes, agreement.passes, strict=True)))
    equal = [_equal(encoded, name) for name in agreement.codes.names]
    share = _refine(trained, patterns, agreement.counts(), records, equal)
    return Model(trained, share, tuple(" & ".join(rule.keys).format(t="") for rule in worked)), agreement


_MOST_DIFFERENT = 0.4
"""How often two records of one person may differ in a column, at most. Without it, where few people are there twice,
the search ends at another kind of pairs, such as strangers in one town, for these are many more."""

_LEAST_DIFFERENT = 0.005
"""How often they differ at least, even where none was seen to: people move, marry and are mistyped, and no single
column shall outvote all others."""


def _first_share(rules: Sequence[Rule], records: int) -> float:
    """The share of true pairs to start with, from the rule that makes the fewest pairs."""
    share = min(rule.pairs for rule in rules) / _STRICT_RECALL / (records * (records - 1) / 2)
    return min(max(share, 1e-10), 0.1)


def open_linker(engine: Engine, table: str, settings: dict[str, Any]) -> Any:
    """Splink on the engine's own connection."""
    import logging

    from splink import DuckDBAPI, Linker

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    database = DuckDBAPI(engine.backend.con)
    return Linker(database.register(table), settings, log_level=None, validate_settings=False)


def _sweep(engine: Engine) -> None:
    """Drop the tables that splink wrote for itself: they would stay in the snapshot."""
    for name in engine.names():
        if name.startswith("__splink__"):
            engine.drop(name)


def _equal(encoded: Encoded, name: str) -> tuple[float, float]:
    """How many pairs of records have the same value in a column, of how many that have any."""
    codes, _ = encoded.column(name)
    known = float((codes >= 0).sum())
    return float(count_pairs([codes])), max(known * (known - 1) / 2, 1.0)


def _refine(
    trained: dict[str, Any],
    patterns: npt.NDArray[np.integer],
    counts: npt.NDArray[np.floating],
    records: int,
    equal: Sequence[tuple[float, float]],
) -> float:
    """Expectation maximisation over all pairs; writes `m`, `u` and the share into `trained`, returns the share.

    `equal` says for each comparison how many pairs have the same value, of how many that have any: what a sample
    can't tell where values are rare.
    """
    import numpy as np

    total = records * (records - 1) / 2
    floor = 0.5 / min(total, _SAMPLED_PAIRS)
    names = [each["output_column_name"] for each in trained["comparisons"]]
    levels = [
        [level for level in each["comparison_levels"] if not level.get("is_null_level")]
        for each in trained["comparisons"]
    ]
    # Splink counts levels down to 0, the different.
    sampled = [
        np.array([max(_number(level.get("u_probability")), floor) for level in reversed(each)]) for each in levels
    ]
    m = [_first_m([_number(level.get("m_probability")) for level in reversed(each)], floor) for each in levels]
    u = [part / part.sum() for part in sampled]
    share = float(trained["probability_two_random_records_match"])
    for _ in range(_ITERATIONS):
        weight = np.full(len(counts), np.log(share / (1 - share)))
        for place in range(len(m)):
            ratio = np.append(np.log(m[place] / u[place]), 0.0)  # −1, a missing value, takes the last: no evidence
            weight += ratio[patterns[:, place]]
        expected = counts / (1 + np.exp(-weight))
        former, share = share, min(max(float(expected.sum()) / total, 1e-12), 0.5)
        for place in range(len(m)):
            seen = patterns[:, place] >= 0
            here = np.bincount(patterns[seen, place], expected[seen], len(m[place])) + _PSEUDO / len(m[place])
            m[place] = _capped(here / here.sum())
            same, (pairs, known) = equal_level(names[place]), equal[place]
            chance = max(pairs - here[same], _PSEUDO / 2) / known
            cleaned = np.maximum((sampled[place] - share * m[place]) / (1 - share), floor)
            cleaned[same] = 0.0
            u[place] = cleaned * (1 - chance) / cleaned.sum()
            u[place][same] = chance
        if abs(share - former) < _TOLERANCE * former:
            break
    for place, each in enumerate(levels):
        for level, agree, chance in zip(reversed(each), m[place], u[place], strict=True):
            level["m_probability"], level["u_probability"] = _rounded(agree), _rounded(chance)
    share = _rounded(share)
    trained["probability_two_random_records_match"] = share
    return share


_PSEUDO = 1.0
"""Pairs that were seen on top of the real ones, so that what was not seen stays possible."""


def _first_m(trained: Sequence[float], floor: float) -> Numbers:
    import numpy as np

    found = np.array(trained)
    if not found.sum():
        found[-1] = _SAME_AT_FIRST
        found[:-1] = (1 - _SAME_AT_FIRST) / max(len(found) - 1, 1)
    found = found + floor
    return _capped(found / found.sum())


def _capped(m: Numbers) -> Numbers:
    """`m` with at least _LEAST_DIFFERENT and at most _MOST_DIFFERENT on the level "different"."""
    different = min(max(m[0], _LEAST_DIFFERENT), _MOST_DIFFERENT)
    if different == m[0]:
        return m
    capped = m * (1 - different) / (1 - m[0])
    capped[0] = different
    return capped


def _rounded(value: float) -> float:
    """To nine digits: threads add in any order, and the last digits must not decide who is joined first."""
    return float(f"{value:.9g}")


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
