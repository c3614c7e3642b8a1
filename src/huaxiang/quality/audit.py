"""The audit: what a reader should know about a source before trusting what is made from it. Rows of table `quality`.

Metrics of a whole source: `rows`, `rejected` (lines that were no rows), `duplicates` (share of rows that say the same
again, per feed), `freshness` (days from the newest row to the build's moment). Of a column of the source: `type` (in
`detail`). Of a column of the source, or of a standard table (written `orders.amount`): `completeness` (share of rows
with a value), `distinct` (number), `uniqueness` (distinct share of the values), `validity` (share of the values that
make sense), `min`, `max`, `outliers` (share of the numbers).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from huaxiang.core.engine import Engine
from huaxiang.core.findings import Finding, Location
from huaxiang.core.moments import Duration, Moment
from huaxiang.core.types import of_ibis
from huaxiang.quality.profile import EXACT_ROWS, ColumnProfile, FeedProfile

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

Metric = dict[str, Any]


def audit_source(
    engine: Engine,
    raw: ibis.Table,
    rejects: ibis.Table | None,
    *,
    source: str,
    null_values: Sequence[str] = (),
) -> list[Metric]:
    """Audit a source as it is: one pass that counts, one that looks at every column."""
    step = f"audit {source}"
    [count] = engine.rows(raw.aggregate(rows=raw.count()), step=step)
    refused = 0 if rejects is None else engine.rows(rejects.aggregate(n=rejects.count()), step=step)[0]["n"]
    total = count["rows"]
    found = [_metric(source, None, "rows", total + refused), _metric(source, None, "rejected", refused)]
    columns = [name for name in raw.columns if name not in ("_file", "_row")]
    measures: dict[str, Any] = {}
    for place, name in enumerate(columns):
        value = present(raw[name], null_values)
        measures[f"filled_{place}"] = value.count()
        measures[f"distinct_{place}"] = value.nunique() if total <= EXACT_ROWS else value.approx_nunique()
    figures = engine.rows(raw.aggregate(**measures), step=step)[0] if measures else {}
    for place, name in enumerate(columns):
        filled, distinct = figures[f"filled_{place}"], figures[f"distinct_{place}"]
        found += _shares(source, name, total, ColumnProfile(filled, 0, min(filled, distinct)))
    return found


def audit_types(raw: ibis.Table, *, source: str) -> list[Metric]:
    """The type of each column of a source, as definitions call it; costs nothing."""
    types = {name: of_ibis(dtype) for name, dtype in raw.schema().items() if name not in ("_file", "_row")}
    return [_metric(source, name, "type", None, str(type_)) for name, type_ in types.items()]


def audit_feed(profile: FeedProfile, balance: Mapping[str, Any]) -> list[Metric]:
    """Audit a mapped table by its profile and its row of `balance`."""
    source, target = balance["source"], balance["target"]
    usable = balance["used"] + balance["deduplicated"]
    doubled = balance["deduplicated"] / usable if usable else 0.0
    found = [_metric(source, None, "duplicates", doubled, target)]
    for name, column in profile.columns.items():
        shown = f"{target}.{name}"
        found += _shares(source, shown, profile.rows, column)
        if column.filled + column.invalid:
            validity = column.filled / (column.filled + column.invalid)
            detail = f"{column.invalid} make no sense" if column.invalid else ""
            found.append(_metric(source, shown, "validity", validity, detail))
        found += _range(source, shown, column)
        if column.outliers is not None:
            found.append(_metric(source, shown, "outliers", column.outliers / column.filled, str(column.outliers)))
    return found


def audit_freshness(profile: FeedProfile, column: str, *, source: str, moment: Moment) -> Metric | None:
    """How many days before the build's moment the newest value of a day or moment `column` lies; None: it has none."""
    seen = profile.columns.get(column)
    if seen is None or not isinstance(seen.high, date):
        return None
    return _metric(source, None, "freshness", _age(seen.high, moment), f"{column}: {_shown(seen.high)}")


def check_freshness(metric: Metric | None, warn_after: Duration, at: Location) -> Iterator[Finding]:
    """A warning where a source is older than its definition allows, or nobody can tell."""
    if metric is None:
        yield Finding("freshness_unknown", "The source has no value that says how fresh it is.", at, severity="warning")
    elif metric["value"] > warn_after.days:
        yield Finding(
            "stale_source",
            f"source '{metric['source']}' is {metric['value']:.0f} days old ({metric['detail']}), "
            f"more than {warn_after}.",
            at,
            "Fetch newer data, or raise 'warn_after'.",
            "warning",
        )


def present(column: Any, null_values: Sequence[str]) -> Any:
    """A column of a source, null where it holds one of the texts that mean nothing is there."""
    import ibis

    from huaxiang.expressions.functions.parsing import one_of

    if not column.type().is_string() or not null_values:
        return column
    return ibis.ifelse(one_of(column, null_values), ibis.null("string"), column)


def quality_table(metrics: Iterable[Metric]) -> pa.Table:
    """The table `quality`."""
    import pyarrow as pa

    schema = pa.schema(
        [
            ("source", pa.string()),
            ("column", pa.string()),
            ("metric", pa.string()),
            ("value", pa.float64()),
            ("detail", pa.string()),
        ]
    )
    return pa.Table.from_pylist(list(metrics), schema=schema)


def _shares(source: str, column: str, rows: int, profile: ColumnProfile) -> list[Metric]:
    found = [
        _metric(source, column, "completeness", profile.filled / rows if rows else 0.0),
        _metric(source, column, "distinct", profile.distinct),
    ]
    if profile.filled:
        found.append(_metric(source, column, "uniqueness", profile.distinct / profile.filled))
    return found


def _range(source: str, column: str, profile: ColumnProfile) -> list[Metric]:
    return [
        _metric(source, column, name, None if isinstance(value, date) else value, _shown(value))
        for name, value in (("min", profile.low), ("max", profile.high))
        if value is not None
    ]


def _age(newest: date | datetime, moment: Moment) -> float:
    if isinstance(newest, datetime):
        aware = newest if newest.tzinfo else newest.replace(tzinfo=ZoneInfo(moment.zone))
        return (moment.utc - aware).total_seconds() / 86_400
    return float((moment.day - newest).days)


def _shown(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else f"{value:g}"


def _metric(source: str, column: str | None, metric: str, value: float | None, detail: str = "") -> Metric:
    number = None if value is None else float(value)
    return {"source": source, "column": column, "metric": metric, "value": number, "detail": detail}
