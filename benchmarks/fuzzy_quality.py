"""How good fuzzy matching is on public data, blind, and against the settings of splink's tutorial in one run.

    PYTHONPATH=src python benchmarks/fuzzy_quality.py [/work/shared/data]

The columns that hold the truth are never given to the matching; they are read here, after it, to score.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

Labels = Sequence[Hashable]


def main(folder: Path) -> None:
    print("FEBRL, `huaxiang link` as it comes, pairwise after clustering")
    for number in (1, 2, 3):
        febrl(folder / "febrl" / f"dataset{number}.csv", number)
    print("\nsplink's fake_1000: best F1 over all thresholds; ours blind to `cluster`")
    fake_1000(folder / "splink" / "fake_1000.csv")


def febrl(path: Path, number: int) -> None:
    begun = time.perf_counter()
    found, keys, customers = linked(path, "rec_id", {})
    precision, recall = pairwise(customers, [key.split("-")[1] for key in keys])
    print(
        f"  {number}: precision {precision:.4f}  recall {recall:.4f}  threshold {found['threshold']:.4f}  "
        f"estimated precision {found['expected_precision']:.4f}  {time.perf_counter() - begun:.0f} s"
    )


def fake_1000(path: Path) -> None:
    rows = pacsv.read_csv(path)
    truth = dict(zip(map(str, rows["unique_id"].to_pylist()), rows["cluster"].to_pylist(), strict=True))
    found, keys, customers = linked(path, "unique_id", {"ignore": ["cluster"]})
    precision, recall = pairwise(customers, [truth[key] for key in keys])
    f1 = 2 * precision * recall / (precision + recall)
    print(
        f"  ours, at the threshold it chose ({found['threshold']:.3f}):  F1 {f1:.4f}  P {precision:.4f}  R {recall:.4f}"
    )
    report("ours", *ours_scored(path), truth)
    tutorial = "tutorial"
    report(tutorial, *tutorial_scored(rows, ["first_name,city", "surname"]), truth)
    report(f"{tutorial}, loose rules", *tutorial_scored(rows, ["first_name", "city", "email", "dob"]), truth)


def linked(path: Path, key: str, mapping: dict[str, list[str]]) -> tuple[dict, list[str], list[str]]:
    from huaxiang.service.linking import link_files

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "identity.parquet"
        found = link_files([path], key=key, out=out, mapping=mapping)
        table = pq.read_table(out)
    return found, table["record_key"].to_pylist(), table["customer_id"].to_pylist()


def pairwise(found: Labels, true: Labels) -> tuple[float, float]:
    """Precision and recall over all pairs of records."""

    def pairs(labels: Iterable[Hashable]) -> int:
        return sum(count * (count - 1) // 2 for count in Counter(labels).values())

    right = pairs(zip(found, true, strict=True))
    return right / max(pairs(found), 1), right / max(pairs(true), 1)


Scored = tuple[list[str], np.ndarray, np.ndarray, np.ndarray, Callable[[float], Labels]]


def ours_scored(path: Path) -> Scored:
    """The scored pairs behind `huaxiang link`, and its clusters at any threshold."""
    from huaxiang.identity import fuzzy
    from huaxiang.identity.fuzzy.cluster import cluster
    from huaxiang.store.engine import DuckEngine

    with DuckEngine.open() as engine:
        rows = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(column_types={"dob": pa.string()}))
        blind = rows.drop_columns(["cluster"]).append_column("_row", pa.array(range(rows.num_rows)))
        table = engine.create("rows", blind, step="benchmark")
        texts = {name: [v for v in map(as_text, blind[name].to_pylist()) if v] for name in blind.column_names[:-1]}
        meanings = {g.meaning: g.column for g in fuzzy.guess_meanings(texts, key="unique_id") if g.meaning}
        source = fuzzy.SourceRecords("fake", table, "unique_id", "_row", meanings)
        prepared = fuzzy.write_records(engine, [source])
        pairs = fuzzy.match(engine, prepared, precision=0.995).scored.pairs
        keys = engine.arrow(engine.table(fuzzy.RECORDS).order_by("unique_id"), step="benchmark")[
            "record_key"
        ].to_pylist()

    def at(threshold: float) -> Labels:
        return cluster(len(keys), pairs, threshold).tolist()

    return keys, pairs.left, pairs.right, pairs.probability, at


def as_text(value: object) -> str:
    return "" if value is None else str(value)


def tutorial_scored(rows: pa.Table, blocking: list[str]) -> Scored:
    """What the tutorial of splink 5 does with this table, with its connected components at any threshold."""
    import logging

    import splink.comparison_library as compare
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from splink import ColumnExpression, DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.CRITICAL)
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            compare.NameComparison("first_name"),
            compare.NameComparison("surname"),
            compare.LevenshteinAtThresholds(ColumnExpression("dob").cast_to_string(), 1),
            compare.ExactMatch("city").configure(term_frequency_adjustments=True),
            compare.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[block_on(*rule.split(",")) for rule in blocking],
    )
    linker = Linker(DuckDBAPI().register(rows), settings, log_level=None)
    strict = [
        block_on("first_name", "dob"),
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        block_on("email"),
    ]
    linker.training.estimate_probability_two_random_records_match(strict, recall=0.7)
    linker.training.estimate_u_using_random_sampling(max_pairs=2e6, seed=1)
    for rule in (block_on("first_name", "surname"), block_on("dob")):
        linker.training.estimate_parameters_using_expectation_maximisation(rule)
    scored = linker.inference.predict().as_duckdbpyrelation().to_arrow_table()
    keys = [str(key) for key in rows["unique_id"].to_pylist()]
    place = {key: number for number, key in enumerate(keys)}
    left, right = (
        np.array([place[str(key)] for key in scored[name].to_pylist()]) for name in ("unique_id_l", "unique_id_r")
    )
    probability = pc.cast(scored["match_probability"], pa.float64()).to_numpy()

    def at(threshold: float) -> Labels:
        near = probability >= threshold
        graph = coo_array((np.ones(near.sum()), (left[near], right[near])), shape=(len(keys), len(keys)))
        return connected_components(graph, directed=False)[1].tolist()

    return keys, left, right, probability, at


def report(
    name: str,
    keys: list[str],
    left: np.ndarray,
    right: np.ndarray,
    probability: np.ndarray,
    at: Callable[[float], Labels],
    truth: dict[str, int],
) -> None:
    """Best F1 of the pairs themselves, and of the clusters, over a grid of match weights."""
    true = np.array([truth[key] for key in keys])
    weight = np.log2(np.clip(probability, 1e-12, 1 - 1e-12) / (1 - np.clip(probability, 1e-12, 1 - 1e-12)))
    total = sum(count * (count - 1) // 2 for count in Counter(true.tolist()).values())
    order = np.argsort(-weight)
    right_so_far = np.cumsum((true[left] == true[right])[order])
    f1 = 2 * right_so_far / (np.arange(1, len(order) + 1) + total)
    best = int(f1.argmax())
    print(f"  {name:22} pairs:    F1 {f1[best]:.4f}  P {right_so_far[best] / (best + 1):.4f}  "
          f"R {right_so_far[best] / total:.4f}  at weight {weight[order][best]:.1f}")  # fmt: skip
    curve = []
    for bits in np.arange(-8.0, 14.1, 0.5):
        p, r = pairwise(at(1 / (1 + 2.0**-bits)), true.tolist())
        curve.append((2 * p * r / max(p + r, 1e-9), p, r, bits))
    top = max(curve)
    print(f"  {'':22} clusters: F1 {top[0]:.4f}  P {top[1]:.4f}  R {top[2]:.4f}  at weight {top[3]:.1f}")
    print(f"  {'':22} curve:    " + "  ".join(f"{b:.0f}:{p:.3f}/{r:.3f}" for _, p, r, b in curve[::4]))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "/work/shared/data"))
