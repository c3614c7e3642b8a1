"""What changed since the former build: columns, rows, gaps, spreads and scores. Rows of table `quality_changes`.

Growth is what data do; what is told as a warning passes the threshold of its kind (`KINDS`). Shares and spreads are
compared where both builds have enough rows for chance not to look like a change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import NOWHERE, Finding, Location, Severity
from huaxiang.core.text import Text
from huaxiang.quality.audit import Metric
from huaxiang.quality.distribution import Distribution, spread_of, stability
from huaxiang.quality.scores import DIMENSIONS, TOTAL, Score

if TYPE_CHECKING:
    import pyarrow as pa

ENOUGH = 100
"""Rows that both builds must have for shares and spreads to be compared."""


@dataclass(frozen=True)
class Kind:
    """A kind of change: from which size on it is told, how it is told, and how serious it is."""

    threshold: float
    severity: Severity
    statement: Text


KINDS: dict[str, Kind] = {
    "source_new": Kind(0, "note", Text("{source} is a new source.", "新增数据源 {source}。")),
    "source_gone": Kind(0, "warning", Text("Source {source} is gone.", "数据源 {source} 已不存在。")),
    "column_new": Kind(0, "note", Text("{source} has a new column, {column}.", "{source} 新增列 {column}。")),
    "column_gone": Kind(
        0, "warning", Text("{source} has lost its column {column}.", "{source} 缺少原有的列 {column}。")
    ),
    "column_retyped": Kind(
        0,
        "warning",
        Text(
            "Column {column} of {source} was {before} and is {after}.",
            "{source} 的列 {column} 类型由 {before} 变为 {after}。",
        ),
    ),
    "rows_fewer": Kind(
        0.1,
        "warning",
        Text(
            "{source} has {after:,.0f} rows, {size:.1%} fewer than before ({before:,.0f}).",
            "{source} 现有 {after:,.0f} 行，比上次（{before:,.0f} 行）减少 {size:.1%}。",
        ),
    ),
    "rows_more": Kind(
        1.0,
        "warning",
        Text(
            "{source} has {after:,.0f} rows, {size:.1%} more than before ({before:,.0f}).",
            "{source} 现有 {after:,.0f} 行，比上次（{before:,.0f} 行）增加 {size:.1%}。",
        ),
    ),
    "quarantined_more": Kind(
        0.05,
        "warning",
        Text(
            "Of the rows of {source} for {column}, {after:.1%} are in quarantine (before: {before:.1%}).",
            "{source} 写入 {column} 的数据有 {after:.1%} 被隔离（上次为 {before:.1%}）。",
        ),
    ),
    "completeness": Kind(
        0.05,
        "warning",
        Text(
            "{column} of {source} has a value in {after:.1%} of the rows (before: {before:.1%}).",
            "{source} 的 {column} 填充率为 {after:.1%}（上次为 {before:.1%}）。",
        ),
    ),
    "validity": Kind(
        0.02,
        "warning",
        Text(
            "{after:.1%} of the values of {column} of {source} make sense (before: {before:.1%}).",
            "{source} 的 {column} 有 {after:.1%} 的取值有效（上次为 {before:.1%}）。",
        ),
    ),
    "distribution": Kind(
        0.25,
        "warning",
        Text(
            "The values of {column} of {source} are spread differently than before (PSI {size:.2f}).",
            "{source} 的 {column} 取值分布与上次明显不同（PSI {size:.2f}）。",
        ),
    ),
    "score": Kind(
        5,
        "warning",
        Text(
            "The score of {source} for {column_en} fell from {before:.1f} to {after:.1f}.",
            "{source} 的{column_zh}得分由 {before:.1f} 降至 {after:.1f}。",
        ),
    ),
}
"""Each kind of change. Thresholds are shares, but for `distribution` (PSI) and `score` (points)."""


@dataclass(frozen=True)
class State:
    """What a build knows about its data: the rows of its tables on quality. Empty for a build that was not."""

    metrics: Sequence[Metric] = ()
    balance: Sequence[Mapping[str, Any]] = ()
    distributions: Sequence[Distribution] = ()
    scores: Mapping[tuple[str | None, str], float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """A row of `quality_changes`. `size` is what was held against the threshold of its kind."""

    kind: str
    source: str
    column: str | None = None
    before: float | str | None = None
    after: float | str | None = None
    size: float | None = None

    @property
    def severity(self) -> Severity:
        """How serious it is."""
        return KINDS[self.kind].severity

    @property
    def statement(self) -> Text:
        """The change in words."""
        dimension = DIMENSIONS.get(self.column or "", Text("", ""))
        values = {"source": self.source, "column": self.column, "before": self.before, "after": self.after}
        values |= {"size": self.size, "column_en": dimension.en.lower(), "column_zh": dimension.zh}
        template = KINDS[self.kind].statement
        return Text(template.en.format(**values), template.zh.format(**values))


def changes(before: State, after: State) -> list[Change]:
    """All changes between two builds that are worth a word; none where there was no former build."""
    if not before.metrics:
        return []
    found = [
        *_sources(before, after),
        *_columns(before, after),
        *_rows(before, after),
        *_quarantined(before, after),
        *_shares(before, after),
        *_spreads(before, after),
        *_scores(before, after),
    ]
    return [change for change in found if change.size is None or change.size >= KINDS[change.kind].threshold]


def check_changes(found: Iterable[Change], places: Mapping[str, Location]) -> Iterator[Finding]:
    """A finding for each change. `places` are where the sources are defined."""
    for change in found:
        message = f"Since the former build: {change.statement.en}"
        yield Finding("quality_change", message, places.get(change.source, NOWHERE), severity=change.severity)


def changes_table(found: Iterable[Change]) -> pa.Table:
    """The table `quality_changes`."""
    import pyarrow as pa

    texts = ("kind", "source", "column", "before", "after")
    schema = pa.schema(
        [
            *((name, pa.string()) for name in texts),
            ("size", pa.float64()),
            ("threshold", pa.float64()),
            *((name, pa.string()) for name in ("severity", "statement_en", "statement_zh")),
        ]
    )
    rows = [
        {
            "kind": change.kind,
            "source": change.source,
            "column": change.column,
            "before": _shown(change.before),
            "after": _shown(change.after),
            "size": change.size,
            "threshold": None if change.size is None else KINDS[change.kind].threshold,
            "severity": change.severity,
            "statement_en": change.statement.en,
            "statement_zh": change.statement.zh,
        }
        for change in found
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def scores_by_key(rows: Iterable[Score]) -> dict[tuple[str | None, str], float | None]:
    """Scores by source and dimension."""
    return {(row.source, row.dimension): row.score for row in rows}


def _sources(before: State, after: State) -> Iterator[Change]:
    old, new = _of(before, "rows"), _of(after, "rows")
    yield from (Change("source_gone", source) for source, _ in old if (source, None) not in new)
    yield from (Change("source_new", source) for source, _ in new if (source, None) not in old)


def _columns(before: State, after: State) -> Iterator[Change]:
    old = {(row["source"], row["column"]): row["detail"] for row in before.metrics if row["metric"] == "type"}
    new = {(row["source"], row["column"]): row["detail"] for row in after.metrics if row["metric"] == "type"}
    both = {source for source, _ in old} & {source for source, _ in new}
    for (source, column), type_ in old.items():
        if source in both and (source, column) not in new:
            yield Change("column_gone", source, column, type_)
    for (source, column), type_ in new.items():
        if source in both and (source, column) not in old:
            yield Change("column_new", source, column, None, type_)
        elif source in both and old[source, column] != type_:
            yield Change("column_retyped", source, column, old[source, column], type_)


def _rows(before: State, after: State) -> Iterator[Change]:
    new = _of(after, "rows")
    for (source, _), rows in _of(before, "rows").items():
        now = new.get((source, None))
        if now is not None and rows:
            share = (now - rows) / rows
            yield Change("rows_more" if share > 0 else "rows_fewer", source, None, rows, now, abs(share))


def _quarantined(before: State, after: State) -> Iterator[Change]:
    old = {_feed(row): row for row in before.balance}
    for row in after.balance:
        former = old.get(_feed(row))
        if former is not None and min(_wanted(former), _wanted(row)) >= ENOUGH:
            was, now = (part["quarantined"] / _wanted(part) for part in (former, row))
            yield Change("quarantined_more", row["source"], row["target"], was, now, now - was)


def _shares(before: State, after: State) -> Iterator[Change]:
    """Gaps and nonsense in mapped columns: what a source has beside them is nobody's concern."""
    raw = {(row["source"], row["column"]) for row in (*before.metrics, *after.metrics) if row["metric"] == "type"}
    old_rows, new_rows = _of(before, "rows"), _of(after, "rows")
    for metric in ("completeness", "validity"):
        new = _of(after, metric)
        for (source, column), was in _of(before, metric).items():
            now, rows = new.get((source, column)), (old_rows.get((source, None), 0), new_rows.get((source, None), 0))
            if now is not None and (source, column) not in raw and min(rows) >= ENOUGH:
                yield Change(
                    metric, source, column, was, now, abs(now - was) if metric == "completeness" else was - now
                )


def _spreads(before: State, after: State) -> Iterator[Change]:
    old = {(row["source"], row["column"]): spread_of(row) for row in before.distributions}
    for row in after.distributions:
        former, spread = old.get((row["source"], row["column"])), spread_of(row)
        if former is None or min(former.rows, spread.rows) < ENOUGH:
            continue
        index = stability(former, spread)
        if index is not None:
            yield Change("distribution", row["source"], row["column"], None, None, index)


def _scores(before: State, after: State) -> Iterator[Change]:
    for (source, dimension), now in after.scores.items():
        was = before.scores.get((source, dimension))
        if source is not None and dimension != TOTAL and was is not None and now is not None:
            yield Change("score", source, dimension, was, now, was - now)


def _of(state: State, metric: str) -> dict[tuple[str, str | None], float]:
    """The values of one metric by source and column."""
    return {
        (row["source"], row["column"]): row["value"]
        for row in state.metrics
        if row["metric"] == metric and row["value"] is not None
    }


def _feed(row: Mapping[str, Any]) -> tuple[str, int, str]:
    return row["source"], row["feed"], row["target"]


def _wanted(row: Mapping[str, Any]) -> int:
    return int(row["read"] - row["set_aside"])


def _shown(value: float | str | None) -> str | None:
    return f"{value:.12g}" if isinstance(value, float) else value
