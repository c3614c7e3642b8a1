"""How the values of each tag fall into the rows of a portrait: values, ranges, elements of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.ranges import POSITIVE_QUANTILES, QUANTILES, Ranges, ranges
from huaxiang.personas.tags import BOOLEANS, Tag

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

TOP = 20
"""Values of a tag, or elements of its lists, that are shown by name; the others are one row."""

FEW = 8
"""Whole numbers with at most as many values are shown value by value."""

SAMPLE = 100_000
"""Customers from which quantiles are taken: exact up to here, beyond it from every n-th by `customer_no`."""

OTHER = "(other)"
_OTHER = Text("others", "其他")

SENSITIVE = Text("Not shown: sensitive personal data.", "属于敏感个人信息，不作展示。")
UNIQUE = Text("Not shown: nearly every customer has a value of their own.", "几乎每位客户取值都不同，不作分布统计。")
EMPTY = Text("Nobody has a value.", "没有客户有该标签的数据。")

_UNCUT = Ranges(())
_NO_REASON = Text("", "")

Kind = Literal["values", "ranges", "elements", "skipped"]


@dataclass(frozen=True)
class Scale:
    """The rows of one tag: `values` in order of display, with labels. `reason` says why a tag is `skipped`."""

    tag: Tag
    kind: Kind
    values: tuple[str, ...] = ()
    labels: tuple[Text, ...] = ()
    ranges: Ranges = _UNCUT
    reason: Text = _NO_REASON

    def number(self, column: Any, moment: Moment) -> Any:
        """The Ibis value that ranges are cut on: the number, or how many days ago a day or moment was."""
        return _number(column, self.tag.type, moment)

    def position(self, column: Any, moment: Moment) -> Any:
        """The Ibis value of the row that a customer falls into (from 0), null without a value. Not for lists."""
        import ibis

        if self.kind == "ranges":
            number = self.number(column, moment)
            first = [(number <= 0, 0)] if self.ranges.zero else []
            cases = [*first, *((number < edge, i + len(first)) for i, edge in enumerate(self.ranges.edges))]
            found = ibis.cases(*cases, else_=len(cases)) if cases else ibis.literal(0)
            return ibis.ifelse(number.notnull(), found, ibis.null("int64")).cast("int32")
        return ibis.ifelse(column.notnull(), self.element(column), ibis.null("int32"))

    def element(self, value: Any) -> Any:
        """The Ibis value of the row of a value, or of one element of a list; null for values without a row."""
        import ibis

        named = [name for name in self.values if name != OTHER]
        rest: Any = len(named) if OTHER in self.values else ibis.null("int32")
        return ibis.cases(*((value == self._stored(name), i) for i, name in enumerate(named)), else_=rest).cast("int32")

    def _stored(self, name: str) -> Any:
        """The value behind the name of a row."""
        if self.tag.type is Type.INTEGER:
            return int(name)
        return name == "true" if self.tag.type is Type.BOOLEAN else name


def scales(engine: Engine, base: ibis.Table, tags: Iterable[Tag], moment: Moment) -> tuple[Scale, ...]:
    """The scale of each tag, from the customers of `base`: two queries, whatever the number of tags."""
    chosen = tuple(tags)
    reasons = {tag.name: reason for tag in chosen if (reason := _reason(tag))}
    shown = [tag for tag in chosen if tag.name not in reasons]
    texts = _top_values(engine, base, [tag for tag in shown if _by_value(tag)])
    numbers = _ranges(engine, base, [tag for tag in shown if _by_range(tag)], moment)
    return tuple(_scale(tag, reasons.get(tag.name), texts, numbers) for tag in chosen)


def _scale(tag: Tag, reason: Text | None, texts: Mapping[str, list[str]], numbers: Mapping[str, Ranges]) -> Scale:
    if reason:
        return Scale(tag, "skipped", reason=reason)
    if tag.type is Type.BOOLEAN:
        return Scale(tag, "values", tuple(BOOLEANS), tuple(tag.value_label(value) for value in BOOLEANS))
    if tag.name in numbers:
        names = numbers[tag.name].names
        return Scale(tag, "ranges", names, tuple(_range_label(tag, name) for name in names), numbers[tag.name])
    values = texts.get(tag.name, [])
    if not values:
        return Scale(tag, "skipped", reason=EMPTY)
    if tag.type is Type.LIST:
        return Scale(tag, "elements", tuple(values), tuple(tag.value_label(value) for value in values))
    more = [OTHER] if tag.distinct > len(values) else []
    labels = (*(tag.value_label(value) for value in values), *(_OTHER for _ in more))
    return Scale(tag, "values", (*values, *more), labels)


def _reason(tag: Tag) -> Text | None:
    if tag.privacy == "L4":
        return SENSITIVE
    if tag.type is Type.TEXT and tag.distinct > max(50, tag.known / 2):
        return UNIQUE
    return EMPTY if tag.known == 0 or tag.type is Type.NULL else None


def _by_value(tag: Tag) -> bool:
    few_numbers = tag.type is Type.INTEGER and tag.distinct <= FEW
    return tag.type in (Type.TEXT, Type.LIST) or few_numbers


def _by_range(tag: Tag) -> bool:
    return (tag.type.is_numeric or tag.type.is_temporal) and not _by_value(tag)


def _range_label(tag: Tag, name: str) -> Text:
    if name == "all":
        return Text("any", "任意")
    if not tag.type.is_temporal:
        return Text(name, name)
    if name.startswith("<"):
        return Text(f"less than {name[1:]} days ago", f"不到 {name[1:]} 天前")
    if name.startswith("≥"):
        return Text(f"{name[1:]} days ago or longer", f"{name[1:]} 天前或更早")
    return Text(f"{name} days ago", f"{name} 天前")


def _top_values(engine: Engine, base: ibis.Table, tags: list[Tag]) -> dict[str, list[str]]:
    """The most frequent values of each tag as texts, in order of display."""
    import ibis

    if not tags:
        return {}
    queries = []
    for tag in tags:
        column = base[tag.name]
        value = elements(column) if tag.type is Type.LIST else _text(column)
        rows = base.select(value=value).filter(ibis._.value.notnull())
        counted = rows.group_by("value").aggregate(size=ibis._.count())
        top = counted.order_by(ibis.desc("size"), "value").limit(TOP)
        queries.append(top.select(ibis.literal(tag.name).name("tag"), "value", "size"))
    rows = engine.rows(ibis.union(*queries) if len(queries) > 1 else queries[0], step="personas: top values")
    found: dict[str, list[str]] = {}
    for row in sorted(rows, key=lambda row: (-row["size"], row["value"])):
        found.setdefault(row["tag"], []).append(row["value"])
    return {tag.name: _ordered(tag, found[tag.name]) for tag in tags if tag.name in found}


def _ordered(tag: Tag, values: list[str]) -> list[str]:
    if tag.type is Type.INTEGER:
        return sorted(values, key=int)
    if set(values) <= set(tag.values):
        order = list(tag.values)
        return sorted(values, key=order.index)
    return values


def _ranges(engine: Engine, base: ibis.Table, tags: list[Tag], moment: Moment) -> dict[str, Ranges]:
    if not tags:
        return {}
    size = engine.rows(base.aggregate(size=base.count()), step="personas: size")[0]["size"]
    sample = base.filter(in_sample(base, size))
    figures: dict[str, Any] = {}
    for i, tag in enumerate(tags):
        number = _number(sample[tag.name], tag.type, moment)
        figures |= {f"least_{i}": number.min(), f"most_{i}": number.max()}
        figures[f"cuts_{i}"] = number.quantile(list(QUANTILES))
        figures[f"positive_{i}"] = only(number, number > 0).quantile(list(POSITIVE_QUANTILES))
    row = engine.rows(sample.aggregate(**figures), step="personas: quantiles")[0]
    return {
        tag.name: ranges(
            row[f"least_{i}"],
            row[f"most_{i}"],
            row[f"cuts_{i}"] or (),
            row[f"positive_{i}"] or (),
            whole=tag.type not in (Type.NUMBER, Type.MONEY),
        )
        for i, tag in enumerate(tags)
    }


def elements(column: Any) -> Any:
    """The elements of a list column, each once per list, one to a row."""
    import ibis

    # Ibis writes `unique()` with the lambda arrow that DuckDB 2 refuses; this function is known to DuckDB and Spark.
    @ibis.udf.scalar.builtin(name="array_distinct", signature=((column.type(),), column.type()))
    def distinct(values):  # type: ignore[no-untyped-def]
        """Each element once."""

    found: Any = distinct(column)
    return found.unnest()


def only(number: Any, condition: Any) -> Any:
    """`number` where `condition` holds, else null. Ten times as fast as an aggregate with FILTER."""
    import ibis

    return ibis.ifelse(condition, number, ibis.null("float64"))


def in_sample(members: ibis.Table, size: int) -> Any:
    """Which of `size` members quantiles are taken from: about `SAMPLE` at most, every n-th, always the same ones."""
    import ibis

    step = -(-size // SAMPLE)
    return members.customer_no % step == 0 if step > 1 else ibis.literal(True)


def _number(column: Any, type_: Type, moment: Moment) -> Any:
    import ibis

    if type_.is_temporal:
        day = column if type_ is Type.DATE else column.date()
        today: Any = ibis.literal(moment.day)
        return today.delta(day, unit="day").cast("float64")
    number = column.cast("float64")
    if type_ is Type.NUMBER:
        return ibis.ifelse(number.isnan() | number.isinf(), ibis.null("float64"), number)
    return number


def _text(column: Any) -> Any:
    return column if column.type().is_string() else column.cast("string")
