"""Functions of segments: who stands where among all customers, who falls into which bucket, who is in another segment.

`in_segment` and `bucket` read what no one writes: the checker hands them the membership and the customer's id.
"""

from __future__ import annotations

from typing import Any

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.expressions.functions.base import NUMBERS, TEXT, Function, Parameter

MOST_BUCKETS = 100

_DIGITS = 8
"""Hexadecimal digits of the hash that are looked at."""


def _percentile(value: Any, member: Any = None) -> Any:
    import ibis

    known = _counted(value, member)
    below = ibis.rank().over(group_by=known, order_by=ibis.asc(value))
    share = below.cast("float64") * 100 / known.sum().over().nullif(0)
    return ibis.ifelse(known, share, ibis.null("float64"))


def _top_percent(value: Any, percent: float, member: Any = None) -> Any:
    import ibis

    known = _counted(value, member)
    above = ibis.rank().over(group_by=known, order_by=ibis.desc(value))
    return known & (above.cast("float64") * 100 < known.sum().over() * float(percent))


def _counted(value: Any, member: Any) -> Any:
    return value.notnull() if member is None else value.notnull() & member.fill_null(False)


def _bucket(customer_id: Any, salt: str, buckets: int) -> Any:
    """Into which of so many equal parts the first 32 bits of MD5 of `salt:customer_id` fall.

    Hexadecimal digits sort as the numbers do, so that every engine compares texts and none has to count.
    """
    import ibis

    digest = (ibis.literal(f"{salt}:") + customer_id).hexdigest("md5").substr(0, _DIGITS)
    borders = (f"{-(-i * 16**_DIGITS // buckets):0{_DIGITS}x}" for i in range(1, buckets))
    return sum(((digest >= border).cast("int64") for border in borders), ibis.literal(0, "int64"))


AUDIENCE: tuple[Function, ...] = (
    Function(
        "in_segment", "segment", (Parameter("segment", TEXT, literal=True),), Type.BOOLEAN,
        Text("Is in a segment", "属于分群"),
        Text("Whether the customer is a member of another segment.", "客户是否属于另一个分群。"),
        lambda segment: segment, example="in_segment('champions')",
    ),
    Function(
        "percentile", "segment",
        (Parameter("value", NUMBERS), Parameter("segment", TEXT, optional=True, literal=True)), Type.NUMBER,
        Text("Percentile", "百分位"),
        Text(
            "The share, in per cent, of those with a value whose value is lower: from 0 to below 100. Equal values have "
            "the same percentile, that of the lowest of them, so `percentile(x) >= 90` never holds more than a tenth. "
            "With a segment, among its members; null for others and for those without a value.",
            "在有取值的客户中，数值低于该客户者所占的百分比，0 到不足 100。数值相同者百分位相同，按其中最低的计，"
            "因此 `percentile(x) >= 90` 不会多于一成。填写分群时只在其成员中比较；非成员及无取值者为空。",
        ),
        _percentile, example="percentile(amount) >= 90", compares=True,
    ),
    Function(
        "top_percent", "segment",
        (
            Parameter("value", NUMBERS),
            Parameter("percent", NUMBERS, literal=True),
            Parameter("segment", TEXT, optional=True, literal=True),
        ),
        Type.BOOLEAN,
        Text("Is among the top n %", "位列前 n%"),
        Text(
            "Whether less than so many per cent of those with a value have a higher one. All who tie with the last one "
            "are in, so it never holds fewer than n %. With a segment, among its members.",
            "在有取值的客户中，数值更高者是否不足 n%。与末位并列者全部计入，因此不会少于 n%。填写分群时只在其成员中比较。",
        ),
        _top_percent, example="top_percent(amount, 10)", compares=True,
    ),
    Function(
        "bucket", "segment", (Parameter("salt", TEXT, literal=True), Parameter("buckets", NUMBERS, literal=True)),
        Type.INTEGER,
        Text("Random bucket", "随机桶"),
        Text(
            "A number from 0 to `buckets` − 1, as good as random, that depends on `customer_id` and `salt` alone: the same "
            "at every build and on every engine. Another salt deals anew.",
            "0 到 `buckets` − 1 之间的整数，近似随机，只取决于 `customer_id` 与 `salt`：每次构建、每种引擎都相同。换一个 salt "
            "即重新分配。",
        ),
        _bucket, example="bucket('spring', 10) in (0, 1)",
    ),
)  # fmt: skip
