"""Scores of data quality, 0 to 100, per dimension, source and overall. Rows of table `quality_scores`.

The six dimensions are those of DAMA UK (2013), "The six primary dimensions for data quality assessment". A score is
100 × the mean of its parts, each part a share:

| dimension | parts |
|---|---|
| completeness | per mapped column: rows with a value ÷ rows |
| uniqueness | per feed that can tell duplicates: 1 − duplicates ÷ usable rows |
| validity | per mapped column: values that make sense ÷ values |
| consistency | per feed: 1 − quarantined ÷ rows that are wanted; a fact without a customer is quarantined, too |
| timeliness | min(1, allowed age ÷ age of the newest row), for a source with `freshness` |
| accuracy | none by itself: truth is known only to rules of the user's own |

A rule of the user's own (`expect:`) is a part of the dimension that it names: the share of rows on which it holds.
Where there is no part, there is no score. `total` is the mean of a source's scores; the overall score of a dimension is
the mean over the sources that have one, the overall total that of the overall scores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.quality.audit import Metric
from huaxiang.quality.expect import Outcome

if TYPE_CHECKING:
    import pyarrow as pa

TOTAL = "total"

Part = tuple[str, float]
"""What a share is about, and the share."""

DIMENSIONS: dict[str, Text] = {
    "completeness": Text("Completeness", "完整性"),
    "uniqueness": Text("Uniqueness", "唯一性"),
    "validity": Text("Validity", "有效性"),
    "consistency": Text("Consistency", "一致性"),
    "timeliness": Text("Timeliness", "及时性"),
    "accuracy": Text("Accuracy", "准确性"),
    TOTAL: Text("Total", "总分"),
}
"""The dimensions in order of display, and the mean of them."""

_SIX = tuple(name for name in DIMENSIONS if name != TOTAL)

UNMEASURED: dict[str, Text] = {
    "completeness": Text("no row or no mapped column", "没有数据行或未映射任何列"),
    "uniqueness": Text("nothing tells duplicates: add 'key' or 'duplicates'", "无法判断重复：请设置 key 或 duplicates"),
    "validity": Text("no value", "没有任何取值"),
    "consistency": Text("no row", "没有数据行"),
    "timeliness": Text("no newest row to go by: add 'freshness'", "无法判断数据新旧：请设置 freshness"),
    "accuracy": Text(
        "only a rule of your own knows the truth: 'expect' with 'dimension: accuracy'",
        "只有自定义规则才能判断真实性：请在 expect 中设置 dimension: accuracy",
    ),
    TOTAL: Text("nothing was measured", "没有可计算的维度"),
}
"""Why there is no score."""

_LOWEST = Text("{parts} parts, lowest {name}: {share:.1%}", "共 {parts} 项，最低为 {name}：{share:.1%}")
_MEAN = Text("mean of {parts}", "{parts}的平均值")


@dataclass(frozen=True)
class Measured:
    """What is known about one source: its rows of `quality`, `balance`, `data_map`, and the outcomes of its rules.

    `compared` are the numbers of the feeds whose duplicates can be told; `allowed_days` is the age that `freshness`
    allows.
    """

    name: str
    metrics: Sequence[Metric] = ()
    balance: Sequence[Mapping[str, Any]] = ()
    columns: Sequence[Mapping[str, Any]] = ()
    outcomes: Sequence[Outcome] = ()
    compared: frozenset[int] = field(default_factory=frozenset)
    allowed_days: float | None = None


@dataclass(frozen=True)
class Score:
    """A row of `quality_scores`. `source` is None for the overall score, `score` where nothing was measured."""

    source: str | None
    dimension: str
    score: float | None
    detail: Text
    before: float | None = None


def scores(sources: Iterable[Measured], before: Mapping[tuple[str | None, str], float | None]) -> list[Score]:
    """The scores overall and of each source. `before` are those of the former build by source and dimension."""
    found: dict[str, list[Score]] = {source.name: _of_source(source) for source in sources}
    overall = []
    for place, dimension in enumerate(_SIX):
        known = {name: row[place].score for name, row in found.items()}
        overall.append(_mean(None, dimension, known))
    overall.append(_mean(None, TOTAL, {row.dimension: row.score for row in overall}))
    rows = [*overall, *(score for row in found.values() for score in row)]
    return [
        Score(row.source, row.dimension, row.score, row.detail, before.get((row.source, row.dimension))) for row in rows
    ]


def scores_table(rows: Iterable[Score]) -> pa.Table:
    """The table `quality_scores`."""
    import pyarrow as pa

    texts, numbers = ("source", "dimension", "detail_en", "detail_zh"), ("score", "before")
    schema = pa.schema([(name, pa.string()) for name in texts] + [(name, pa.float64()) for name in numbers])
    listed = [
        {
            "source": row.source,
            "dimension": row.dimension,
            "score": row.score,
            "before": row.before,
            "detail_en": row.detail.en,
            "detail_zh": row.detail.zh,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(listed, schema=schema)


def _of_source(source: Measured) -> list[Score]:
    found = []
    for dimension in _SIX:
        rules = [
            (outcome.rule.name, outcome.share) for outcome in source.outcomes if outcome.rule.dimension == dimension
        ]
        known = [(name, share) for name, share in rules if share is not None]
        found.append(_score(source.name, dimension, [*_PARTS[dimension](source), *known]))
    return [*found, _mean(source.name, TOTAL, {row.dimension: row.score for row in found})]


def _score(source: str, dimension: str, parts: Sequence[Part]) -> Score:
    if not parts:
        return Score(source, dimension, None, UNMEASURED[dimension])
    share, name = min((share, name) for name, share in parts)
    values = {"parts": len(parts), "name": name, "share": share}
    detail = Text(_LOWEST.en.format(**values), _LOWEST.zh.format(**values))
    return Score(source, dimension, 100 * fmean(share for _, share in parts), detail)


def _mean(source: str | None, dimension: str, known: Mapping[str, float | None]) -> Score:
    measured = {name: score for name, score in known.items() if score is not None}
    if not measured:
        return Score(source, dimension, None, UNMEASURED[dimension])
    labels = [DIMENSIONS.get(name, Text.of(name)) for name in measured]
    detail = Text(
        _MEAN.en.format(parts=", ".join(label.en for label in labels)),
        _MEAN.zh.format(parts="、".join(label.zh for label in labels)),
    )
    return Score(source, dimension, fmean(measured.values()), detail)


def _completeness(source: Measured) -> list[Part]:
    rows = [row for row in source.columns if row["rows"]]
    return [(_column(row), min(1.0, row["filled"] + row["invalid"] / row["rows"])) for row in rows]


def _validity(source: Measured) -> list[Part]:
    counted = [(_column(row), row["filled"] * row["rows"], row["invalid"]) for row in source.columns]
    return [(name, good / (good + bad)) for name, good, bad in counted if good + bad]


def _uniqueness(source: Measured) -> list[Part]:
    found = []
    for row in source.balance:
        usable = row["read"] - row["set_aside"] - row["quarantined"]
        if row["feed"] in source.compared and usable:
            found.append((row["target"], 1 - row["deduplicated"] / usable))
    return found


def _consistency(source: Measured) -> list[Part]:
    wanted = [(row, row["read"] - row["set_aside"]) for row in source.balance]
    return [(row["target"], 1 - row["quarantined"] / rows) for row, rows in wanted if rows]


def _timeliness(source: Measured) -> list[Part]:
    ages = [row["value"] for row in source.metrics if row["metric"] == "freshness"]
    if source.allowed_days is None or not ages:
        return []
    age = max(ages)
    return [("freshness", 1.0 if age <= source.allowed_days else source.allowed_days / age)]


def _accuracy(source: Measured) -> list[Part]:
    """Nothing in the data says what is true."""
    return []


def _column(row: Mapping[str, Any]) -> str:
    return f"{row['target']}.{row['column']}"


_PARTS: dict[str, Callable[[Measured], list[Part]]] = {
    "completeness": _completeness,
    "uniqueness": _uniqueness,
    "validity": _validity,
    "consistency": _consistency,
    "timeliness": _timeliness,
    "accuracy": _accuracy,
}
"""Each dimension → the shares that the audit has for it."""
