"""How the values of each tag fall into the rows of a portrait: values, ranges, elements of lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.columns import Column, by_value
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.likeness import Sketch
from huaxiang.personas.ranges import POSITIVE_QUANTILES, QUANTILES, Ranges, ranges
from huaxiang.personas.tags import BOOLEANS, UNKNOWN, Tag

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOP = 20
"""Values of a tag, or elements of its lists, that are shown by name; the others are one row."""

PROVINCES = 40
"""Provinces that are shown by name: all 34, for a map, and some spellings of them."""

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

    @property
    def has_all(self) -> bool:
        """Whether every value of the base surely has a row; a list has its elements anyway."""
        return self.kind in ("ranges", "elements") or OTHER in self.values or len(self.values) < _most(self.tag)

    def positions(self, column: Column) -> NDArray[np.int64]:
        """The row (from 0) that each customer falls into, or each element of their lists; −1 without one."""
        import numpy as np

        if self.kind == "ranges":
            found = np.searchsorted(self.ranges.edges, column.numbers, side="right")
            if self.ranges.zero:
                found = np.where(column.numbers <= 0, 0, found + 1)
            return np.where(np.isnan(column.numbers), -1, found)
        places = {value: i for i, value in enumerate(self.values) if value != OTHER}
        rest = len(places) if OTHER in self.values else -1
        # The last one is for those without a value, whose key is −1.
        return np.array([*(places.get(word, rest) for word in column.words), -1])[column.keys]

    def sketch(self, column: Column, places: NDArray[np.int64], positions: NDArray[np.int64]) -> Sketch:
        """The rows of the customers at `places`; `positions` are those of `column`."""
        import numpy as np

        rows = np.zeros((len(places), len(self.values)), dtype=np.bool_)
        if column.owners is None:
            who, positions = np.arange(len(places)), positions[places]
        else:
            who = np.searchsorted(places, column.owners)
            chosen = np.isin(column.owners, places)
            who, positions = who[chosen], positions[chosen]
        told = [value != UNKNOWN for value in self.values]
        rows[who[positions >= 0], positions[positions >= 0]] = True
        return Sketch(rows[:, told], self.kind == "elements")


def skipped(tag: Tag) -> Scale | None:
    """The scale of a tag that is not portrayed, whatever its values; None where they decide."""
    if tag.privacy == "L4":
        return Scale(tag, "skipped", reason=SENSITIVE)
    if tag.type is Type.TEXT and tag.distinct > max(50, tag.known / 2):
        return Scale(tag, "skipped", reason=UNIQUE)
    if tag.known == 0 or tag.type is Type.NULL:
        return Scale(tag, "skipped", reason=EMPTY)
    return None


def scale(column: Column, base: Crowd) -> Scale:
    """The scale of a tag, made from its values among the customers of `base`."""
    tag = column.tag
    if tag.type is Type.BOOLEAN:
        return Scale(tag, "values", tuple(BOOLEANS), tuple(tag.value_label(value) for value in BOOLEANS))
    if not by_value(tag):
        cut = _ranges(column, base)
        return Scale(tag, "ranges", cut.names, tuple(_range_label(tag, name) for name in cut.names), cut)
    values = _top_values(column, base)
    if not values:
        return Scale(tag, "skipped", reason=EMPTY)
    labels = tuple(tag.value_label(value) for value in values)
    if tag.type is Type.LIST:
        return Scale(tag, "elements", tuple(values), labels)
    if tag.distinct > len(values):
        return Scale(tag, "values", (*values, OTHER), (*labels, _OTHER))
    return Scale(tag, "values", tuple(values), labels)


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


def _top_values(column: Column, base: Crowd) -> list[str]:
    """The most frequent values as texts, in order of display."""
    import numpy as np

    sizes = base.sizes(column, column.keys, len(column.words))
    found = np.flatnonzero(sizes)
    top = sorted((-int(sizes[i]), column.words[i]) for i in found)
    top = top[: _most(column.tag)]
    return _ordered(column.tag, [word for _, word in top])


def _most(tag: Tag) -> int:
    """How many values are shown by name."""
    return PROVINCES if tag.is_province else TOP


def _ordered(tag: Tag, values: list[str]) -> list[str]:
    if tag.type is Type.INTEGER:
        return sorted(values, key=int)
    if set(values) <= set(tag.values):
        order = list(tag.values)
        return sorted(values, key=order.index)
    return values


def _ranges(column: Column, base: Crowd) -> Ranges:
    import numpy as np

    numbers = column.ordered(base.sample)
    whole = column.tag.type not in (Type.NUMBER, Type.MONEY)
    if len(numbers) == 0:
        return ranges(None, None, (), (), whole=whole)
    positive = numbers[np.searchsorted(numbers, 0, side="right") :]
    return ranges(
        float(numbers[0]),
        float(numbers[-1]),
        _quantiles(numbers, QUANTILES),
        _quantiles(positive, POSITIVE_QUANTILES),
        whole=whole,
    )


def _quantiles(ordered: NDArray[np.float64], shares: Sequence[float]) -> list[float]:
    """Quantiles between the two nearest values (Hyndman and Fan 1996, definition 7)."""
    found = []
    for share in shares if len(ordered) else ():
        place = (len(ordered) - 1) * share
        low = int(place)
        high = min(low + 1, len(ordered) - 1)
        found.append(float(ordered[low] + (ordered[high] - ordered[low]) * (place - low)))
    return found
