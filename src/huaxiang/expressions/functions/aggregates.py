"""Aggregates: from the facts of one customer, in order of time, to one value.

Each row holds the Ibis form, which is the reference, and names the step of the tag kernel that computes the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import (
    ANY,
    BOOL,
    NUMBERS,
    ORDERED,
    TEXT,
    AggregateFunction,
    Parameter,
    Returns,
    same_as_first,
)

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.moments import Moment

KEY = "customer_no"
UNITS = ("day", "week", "month")


def _counted(rows: ibis.Table, *, weighted: bool) -> ibis.Table:
    """One row per customer and value with its weight: the number of rows, or the sum of `v1`."""
    import ibis

    weight = ibis.coalesce(rows.v1.sum(), 0) if weighted else rows.count()
    return rows.group_by(KEY, "v0").aggregate(weight=weight)


def _weighted(rows: ibis.Table) -> bool:
    return "v1" in rows.columns


def _top(rows: ibis.Table) -> ibis.Table:
    import ibis

    counted = _counted(rows, weighted=_weighted(rows))
    rank = ibis.row_number().over(group_by=KEY, order_by=[ibis.desc("weight"), ibis.asc("v0")])
    ranked = counted.mutate(rank=rank)
    return ranked.filter(ranked.rank == 0).select(KEY, value="v0")


def _top_list(rows: ibis.Table, size: int) -> ibis.Table:
    import ibis

    counted = _counted(rows, weighted=_weighted(rows))
    rank = ibis.row_number().over(group_by=KEY, order_by=[ibis.desc("weight"), ibis.asc("v0")])
    ranked = counted.mutate(rank=rank)
    kept = ranked.filter(ranked.rank < size)
    return kept.group_by(KEY).aggregate(value=kept.v0.collect(order_by=kept["rank"]))


def _top_share(rows: ibis.Table) -> ibis.Table:
    counted = _counted(rows, weighted=_weighted(rows))
    total = counted.weight.sum().cast("float64").nullif(0.0)
    return counted.group_by(KEY).aggregate(value=counted.weight.max().cast("float64") / total)


def _entropy(rows: ibis.Table) -> ibis.Table:
    import ibis

    counted = _counted(rows, weighted=False)
    total = counted.weight.sum().over(group_by=counted[KEY])
    shared = counted.mutate(p=counted.weight.cast("float64") / total.cast("float64"))
    bits = -(shared.p * shared.p.log2()).sum()
    return shared.group_by(KEY).aggregate(value=ibis.greatest(bits, 0.0))


def _gaps(rows: ibis.Table) -> ibis.Table:
    """One row per gap between successive active days, in days."""
    days = rows.select(KEY, "_day").distinct()
    before = days["_day"].lag().over(group_by=days[KEY], order_by=days["_day"])
    with_gap = days.mutate(gap=days["_day"].delta(before, unit="day"))
    return with_gap.filter(with_gap.gap.notnull())


def _typical_interval(rows: ibis.Table) -> ibis.Table:
    gaps = _gaps(rows)
    return gaps.group_by(KEY).aggregate(value=gaps.gap.quantile(0.5).cast("float64"))


def _interval_variation(rows: ibis.Table) -> ibis.Table:
    import ibis

    gaps = _gaps(rows)
    figures = gaps.group_by(KEY).aggregate(n=gaps.count(), mean=gaps.gap.mean(), spread=gaps.gap.std(how="sample"))
    return figures.select(KEY, value=ibis.ifelse(figures.n > 1, figures.spread / figures["mean"], None))


def _period(day: Any, unit: str) -> Any:
    """The number of the period that a day lies in; successive periods have successive numbers."""
    import ibis

    if unit == "month":
        return (day.year().cast("int64") * 12 + day.month()).cast("int64")
    # 1969-12-29 was a Monday, so weeks are cut there and days are counted from there.
    days = day.delta(ibis.date(1969, 12, 29), unit="day").cast("int64")
    return (days / 7).floor().cast("int64") if unit == "week" else days


def _streaks(rows: ibis.Table, unit: str) -> ibis.Table:
    """One row per unbroken run of active periods: its length and its last period."""
    import ibis

    periods = rows.select(KEY, period=_period(rows["_day"], unit)).distinct()
    position = ibis.row_number().over(group_by=periods[KEY], order_by=periods.period)
    runs = periods.mutate(run=periods.period - position)
    return runs.group_by(KEY, "run").aggregate(length=runs.count(), last=runs.period.max())


def _longest_streak(rows: ibis.Table, unit: str = "day") -> ibis.Table:
    streaks = _streaks(rows, unit)
    return streaks.group_by(KEY).aggregate(value=streaks.length.max())


def _current_streak(moment: Moment, rows: ibis.Table, unit: str = "day") -> ibis.Table:
    """The run that is still alive: it reaches the last full period before `as_of`, or the one running."""
    import ibis

    streaks = _streaks(rows, unit)
    alive = streaks.last >= _period(ibis.literal(moment.day), unit) - 1
    return streaks.group_by(KEY).aggregate(value=ibis.coalesce(streaks.length.sum(where=alive), 0))


def _nth(rows: ibis.Table, position: int) -> ibis.Table:
    import ibis

    numbered = rows.mutate(number=ibis.row_number().over(group_by=KEY, order_by="_seq"))
    return numbered.filter(numbered.number == position - 1).select(KEY, value="v0")


def _a(
    name: str,
    parameters: tuple[Parameter, ...],
    returns: Returns,
    label: tuple[str, str],
    documentation: tuple[str, str],
    form: Callable[..., Any],
    example: str,
    *,
    step: str = "",
    empty: Any = None,
    skips_nulls: bool = True,
    takes_by: bool = False,
    uses_moment: bool = False,
) -> AggregateFunction:
    return AggregateFunction(
        name, "aggregate", parameters, returns, Text(*label), Text(*documentation), form, example, uses_moment,
        step=step or name, empty=empty, skips_nulls=skips_nulls, takes_by=takes_by,
    )  # fmt: skip


_NUMBER = Parameter("x", NUMBERS)
_VALUE = Parameter("value", TEXT | NUMBERS | BOOL)
_UNIT = Parameter("unit", TEXT, optional=True, literal=True)
_WHOLE = frozenset({Type.INTEGER})

AGGREGATES: tuple[AggregateFunction, ...] = (
    _a("count", (Parameter("x", ANY, optional=True),), Type.INTEGER, ("Count", "计数"),
       ("The number of rows; with an argument, of rows where it has a value.", "行数；带参数时为该参数非空的行数。"),
       lambda rows: rows.count(), "count()", empty=0),
    _a("distinct", (Parameter("x", TEXT | NUMBERS | BOOL | frozenset({Type.DATE, Type.MOMENT})),), Type.INTEGER,
       ("Different values", "去重计数"), ("The number of different values; also written count(distinct x).", "不同取值的个数，也可写作 count(distinct x)。"),
       lambda rows: rows.v0.nunique(), "distinct(brand)", empty=0),
    _a("sum", (_NUMBER,), same_as_first, ("Sum", "求和"), ("The sum; of money, exact. Null without rows.", "求和；金额为精确值。无记录时为空。"),
       lambda rows: rows.v0.sum(), "sum(amount)"),
    _a("avg", (_NUMBER,), Type.NUMBER, ("Mean", "平均"), ("The arithmetic mean.", "算术平均值。"),
       lambda rows: rows.v0.cast("float64").mean(), "avg(rating)"),
    _a("mean", (_NUMBER,), Type.NUMBER, ("Mean", "平均"), ("The arithmetic mean, as avg.", "算术平均值，同 avg。"),
       lambda rows: rows.v0.cast("float64").mean(), "mean(rating)", step="avg"),
    _a("min", (Parameter("x", ORDERED),), same_as_first, ("Smallest", "最小值"), ("The smallest value.", "最小的取值。"),
       lambda rows: rows.v0.min(), "min(amount)"),
    _a("max", (Parameter("x", ORDERED),), same_as_first, ("Largest", "最大值"), ("The largest value.", "最大的取值。"),
       lambda rows: rows.v0.max(), "max(amount)"),
    _a("median", (_NUMBER,), Type.NUMBER, ("Median", "中位数"), ("The middle value; between two, their mean.", "居中的取值；有两个时取平均。"),
       lambda rows: rows.v0.cast("float64").quantile(0.5), "median(amount)"),
    _a("quantile", (_NUMBER, Parameter("share", NUMBERS, literal=True)), Type.NUMBER, ("Quantile", "分位数"),
       ("The value below which that share lies, interpolated linearly (Hyndman & Fan 1996, type 7).", "该比例处的分位数，线性插值（Hyndman & Fan 1996 第 7 类）。"),
       lambda rows, share: rows.v0.cast("float64").quantile(share), "quantile(amount, 0.9)"),
    _a("stddev", (_NUMBER,), Type.NUMBER, ("Standard deviation", "标准差"),
       ("The sample standard deviation; null for fewer than two rows.", "样本标准差；少于两行时为空。"),
       lambda rows: rows.v0.cast("float64").std(how="sample"), "stddev(amount)"),
    _a("share", (Parameter("condition", BOOL),), Type.NUMBER, ("Share of rows", "占比"),
       ("The share of rows for which the condition holds; null counts as not holding.", "满足条件的行所占比例；空值视为不满足。"),
       lambda rows: rows.v0.fill_null(False).cast("float64").mean(), "share(channel = 'app')", skips_nulls=False),
    _a("any", (Parameter("condition", BOOL),), Type.BOOLEAN, ("Ever", "是否有过"),
       ("Whether the condition holds for any row.", "是否有任一行满足条件。"),
       lambda rows: rows.v0.fill_null(False).any(), "any(status = 'returned')", empty=False, skips_nulls=False),
    _a("first", (Parameter("x", ANY),), same_as_first, ("First", "首个"),
       ("The earliest value that is not null.", "最早的非空取值。"), lambda rows: rows.v0.argmin(rows["_seq"]),
       "first(channel)"),
    _a("last", (Parameter("x", ANY),), same_as_first, ("Last", "最近一个"),
       ("The latest value that is not null.", "最近的非空取值。"), lambda rows: rows.v0.argmax(rows["_seq"]),
       "last(occurred_at)"),
    _a("nth", (Parameter("x", ANY), Parameter("position", _WHOLE, literal=True)), same_as_first,
       ("n-th", "第 n 个"), ("The n-th value in order of time that is not null, counted from 1.", "按时间顺序的第 n 个非空取值（从 1 数起）。"),
       _nth, "nth(occurred_at, 2)"),
    _a("top", (_VALUE,), same_as_first, ("Most frequent value", "出现最多的取值"),
       ("The value with the most rows, or the largest `by => sum(x)`; ties go to the smaller value.", "出现次数最多（或 by => sum(x) 合计最大）的取值；并列时取较小者。"),
       _top, "top(category, by => sum(amount))", takes_by=True),
    _a("top_list", (Parameter("value", TEXT), Parameter("size", _WHOLE, literal=True)), Type.LIST,
       ("Most frequent values", "前 N 个取值"), ("The `size` top values, strongest first.", "排名靠前的若干取值，由强到弱。"),
       _top_list, "top_list(category, 3)", takes_by=True),
    _a("top_share", (_VALUE,), Type.NUMBER, ("Share of the top value", "首位占比"),
       ("The share of the top value in the rows, or in the sum given by `by`.", "首位取值在行数（或 by 合计）中的占比。"),
       _top_share, "top_share(brand)", takes_by=True),
    _a("entropy", (_VALUE,), Type.NUMBER, ("Diversity", "多样性"),
       ("Shannon entropy of the values in bits: 0 where all are the same (Shannon 1948).", "取值分布的香农熵（比特）：全部相同时为 0（Shannon 1948）。"),
       _entropy, "entropy(category)"),
    _a("active_days", (), Type.INTEGER, ("Active days", "活跃天数"), ("The number of civil days with a row.", "有记录的自然日数。"),
       lambda rows: rows["_day"].nunique(), "active_days()", empty=0),
    _a("typical_interval", (), Type.NUMBER, ("Typical interval", "典型间隔"),
       ("The median number of days between successive active days; null for fewer than two.", "相邻活跃日间隔天数的中位数；少于两个活跃日时为空。"),
       _typical_interval, "typical_interval()"),
    _a("interval_variation", (), Type.NUMBER, ("Variation of intervals", "间隔波动"),
       ("Standard deviation of these intervals over their mean; null for fewer than three active days.", "间隔的标准差与均值之比；少于三个活跃日时为空。"),
       _interval_variation, "interval_variation()"),
    _a("longest_streak", (_UNIT,), Type.INTEGER, ("Longest streak", "最长连续"),
       ("The longest run of successive active days, weeks or months ('day', 'week', 'month').", "连续活跃的最长天、周或月数（'day'、'week'、'month'）。"),
       _longest_streak, "longest_streak('month')", empty=0),
    _a("current_streak", (_UNIT,), Type.INTEGER, ("Current streak", "当前连续"),
       ("The run of active periods that reaches the current period or the one before; 0 where it is broken.", "延续至当前或上一周期的连续活跃数；已中断则为 0。"),
       _current_streak, "current_streak('week')", empty=0, uses_moment=True),
)  # fmt: skip
