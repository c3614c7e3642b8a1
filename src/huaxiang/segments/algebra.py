"""Rules that nobody has saved, over what a build has written: set algebra of segments, tags, or both together.

`champions and not night_owls`, `spend_total > 1000 and in_segment('champions')`: a name is a tag or a segment; where
both have it, it is the tag, and `in_segment('…')` the segment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError
from huaxiang.core.moments import Moment
from huaxiang.core.narrow import narrowed
from huaxiang.core.small_groups import Guard
from huaxiang.core.spec import EVERYONE
from huaxiang.core.types import Type, of_ibis
from huaxiang.expressions import Expression, Scope, compile_expression
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.done import KEY
from huaxiang.segments.flags import flag_of

if TYPE_CHECKING:
    import ibis

FLAGS = "segment_flags"
"""The table of members with a row per customer and a column per segment."""

HELD = "_held"
"""The column that says whether a rule holds for a customer."""

CONDITION = frozenset({Type.BOOLEAN})

MOST_READ = 500
"""Rules that are read once, as long as no more are asked for."""

_WORD = 62
"""Rules per integer column: whether one holds is one bit."""


@dataclass(frozen=True)
class Overlap:
    """How much two groups overlap. Figures are None where they would give away fewer people than the threshold.

    `share_of_a` is the share of the members of `a` that are also in `b`; `jaccard` is both ÷ either. `both` is within
    `margin` of the truth, which is 0 where it is exact.
    """

    a: str
    b: str
    both: int | None
    share_of_a: float | None
    share_of_b: float | None
    jaccard: float | None
    hidden: bool
    margin: int = 0


class Rules:
    """Evaluates rules over the tables of a build. What is the same for all of them is read once.

    Raises:
        NotFoundError: the build is older than its table of flags.
    """

    def __init__(self, engine: Engine, moment: Moment) -> None:
        if not engine.has(FLAGS):
            raise NotFoundError("This snapshot was built before segments could be combined. Run 'huaxiang build'.")
        self._engine, self._moment = engine, moment
        # Whether somebody may ask for a rule is looked at before it is asked for.
        self._compiled = lru_cache(MOST_READ)(self._compile)

    @cached_property
    def profiles(self) -> ibis.Table:
        """The profiles of the build."""
        return self._engine.table("profiles")

    @cached_property
    def flags(self) -> ibis.Table:
        """Who is in which segment."""
        return self._engine.table(FLAGS)

    @cached_property
    def tags(self) -> dict[str, Type]:
        """The type of each tag."""
        types = self.profiles.schema().items()
        return {name: of_ibis(dtype) for name, dtype in types if name not in (KEY, CUSTOMER_ID)}

    @cached_property
    def segments(self) -> frozenset[str]:
        """The segments of the build."""
        return frozenset(self.flags.columns) - {KEY}

    @cached_property
    def types(self) -> dict[str, Type]:
        """The type of all that a rule may name."""
        return dict.fromkeys((*self.segments, EVERYONE), Type.BOOLEAN) | self.tags

    def read(self, text: str, wanted: frozenset[Type] = CONDITION) -> Expression:
        """Check a rule, or an expression of another type.

        Raises:
            ProjectError: a name is neither tag nor segment, or the type is not `wanted`.
        """
        return self._compiled(text, wanted)

    def speaks_of(self, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The tags and the segments that a rule reads.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        names = self.read(text).columns
        segments = tuple(segment for name in names if (segment := self._segment(name)))
        return tuple(name for name in names if name in self.tags), segments

    def is_saved(self, text: str) -> bool:
        """Whether a rule is no more than the name of a segment, or of everyone: what the build itself tells exactly."""
        plain = text.strip()
        known = {EVERYONE, *(self.segments - self.tags.keys()), *(f"in_segment('{name}')" for name in self.segments)}
        return plain in known

    def holds(self, rules: Mapping[str, str], columns: Sequence[str] = ()) -> ibis.Table:
        """Whether each of `rules` (name → text) holds for each customer: `customer_no`, a column per rule.

        `columns` are tags that are handed through. Only the columns that are asked for are read.

        Raises:
            ProjectError: a rule holds a mistake.
        """
        read = {name: self.read(text) for name, text in rules.items()}
        names = (name for rule in read.values() for name in rule.columns)
        rows, values = self._rows((*names, *columns))
        held = {name: rule.ibis(values, self._moment).fill_null(False) for name, rule in read.items()}
        return rows.select(KEY, *columns, **held)

    def values(self, expressions: Mapping[str, tuple[str, frozenset[Type]]]) -> ibis.Table:
        """What expressions (name → text and wanted types) are for each customer: `customer_no`, a column each.

        Raises:
            ProjectError: one of them holds a mistake.
        """
        read = {name: self.read(text, wanted) for name, (text, wanted) in expressions.items()}
        rows, values = self._rows([name for each in read.values() for name in each.columns])
        return rows.select(KEY, **{name: each.ibis(values, self._moment) for name, each in read.items()})

    def held(self, text: str) -> ibis.Table:
        """Whether the rule `text` holds for each customer: `customer_no`, and `_held`, null where nobody knows.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        rule = self.read(text)
        rows, values = self._rows(rule.columns)
        # Engines leave out rows before they read the next column, as long as nothing is wrapped around the rule.
        return rows.select(KEY, **{HELD: rule.ibis(values, self._moment)})

    def of_whom(self, text: str) -> ibis.Table:
        """The customers (`customer_no`) of whom the rule `text` holds.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        held = self.held(text)
        return held.filter(held[HELD]).select(KEY)

    def _compile(self, text: str, wanted: frozenset[Type]) -> Expression:
        scope = Scope(self.types, owner=f"'{text}'", kind="name", segments=self.segments)
        return compile_expression(text, scope, wanted=wanted)

    def _segment(self, name: str) -> str:
        """The segment that a column of a rule stands for; empty for tags."""
        if name.startswith(flag_of("")):
            return name.removeprefix(flag_of(""))
        return name if name in self.segments and name not in self.tags else ""

    def _rows(self, names: Sequence[str]) -> tuple[ibis.Table, Mapping[str, Any]]:
        """A table of all customers, and what each of `names` – tags, segments – means over it."""
        import ibis

        tags = [name for name in dict.fromkeys(names) if name in self.tags or name == CUSTOMER_ID]
        sets = {name: segment for name in names if (segment := self._segment(name))}
        if tags:
            profiles = narrowed(self.profiles, (KEY, *tags))
            # To look a number up among the members costs a third of joining the flags.
            member = {flag_of(name): profiles[KEY].isin(self._members(name)) for name in dict.fromkeys(sets.values())}
            rows = profiles.select(KEY, *tags, **member) if member else profiles
        else:
            flags = narrowed(self.flags, (KEY, *sets.values()))
            rows = flags.select(KEY, **{flag_of(name): flags[name] for name in dict.fromkeys(sets.values())})
        values: dict[str, Any] = {EVERYONE: ibis.literal(True)} | {name: rows[name] for name in tags}
        return rows, values | {name: rows[flag_of(segment)] for name, segment in sets.items()}

    def _members(self, segment: str) -> Any:
        flags = narrowed(self.flags, (KEY, segment))
        return flags.filter(flags[segment])[KEY]


def overlaps(
    engine: Engine, held: ibis.Table, names: Sequence[str], guard: Guard, saved: Collection[str] = ()
) -> list[Overlap]:
    """The overlap of every two of `names`, conditions in `held`: one pass that gathers customers by what they meet.

    Two that are `saved` are told exactly, but for what would give away fewer than the threshold.
    """
    sets = _sets(engine, held, names, guard)
    everyone = _sum(group for _, group in sets)
    alone = [_sum(group for members, group in sets if i in members) for i in range(len(names))]
    both: dict[tuple[int, int], _Group] = {}
    for positions, group in sets:
        for pair in combinations(positions, 2):
            both[pair] = _sum((both.get(pair, _NOBODY), group))
    found = []
    for i, j in combinations(range(len(names)), 2):
        shared, a, b = both.get((i, j), _NOBODY), names[i], names[j]
        if guard.margin and not (a in saved and b in saved):
            size_a, size_b = (
                (guard.exactly() if names[each] in saved else guard).size(*alone[each]) for each in (i, j)
            )
            found.append(_overlap(a, b, guard.size(*shared), size_a, size_b, guard.margin))
        else:
            sizes = alone[i].size, alone[j].size
            found.append(_overlap(a, b, _fourfold(shared.size, *sizes, everyone.size, guard.threshold), *sizes, 0))
    return found


class _Group(NamedTuple):
    """Customers: how many they are, and the sum of their keys."""

    size: int
    key: int


_NOBODY = _Group(0, 0)


def _sum(groups: Iterable[_Group]) -> _Group:
    return _Group(*map(sum, zip(_NOBODY, *groups, strict=True)))


def _sets(engine: Engine, held: ibis.Table, names: Sequence[str], guard: Guard) -> list[tuple[tuple[int, ...], _Group]]:
    """Each set of positions in `names` that occurs together, with the customers who are in just these."""
    import ibis

    if not names:
        return []
    words: dict[str, Any] = {}
    for start in range(0, len(names), _WORD):
        bits = (
            ibis.ifelse(held[name], ibis.literal(1 << i, "int64"), ibis.literal(0, "int64"))
            for i, name in enumerate(names[start : start + _WORD])
        )
        words[f"word_{start}"] = sum(bits, ibis.literal(0, "int64"))
    masks = held.select(**words, key=guard.key(held[KEY]))
    wanted = masks.group_by(list(words)).aggregate(size=masks.count(), keys=masks["key"].sum())
    return [
        (
            tuple(
                int(word.removeprefix("word_")) + bit for word in words for bit in range(_WORD) if row[word] >> bit & 1
            ),
            _Group(int(row["size"]), int(row["keys"])),
        )
        for row in engine.rows(wanted, step="overlaps")
    ]


def _fourfold(both: int, size_a: int, size_b: int, everyone: int, threshold: int) -> int | None:
    """`both`, unless one of the four groups that two make is too small: sizes are known, and who subtracts has it."""
    cells = (both, size_a - both, size_b - both, everyone - size_a - size_b + both)
    return None if any(0 < cell < threshold for cell in cells) else both


def _overlap(a: str, b: str, both: int | None, size_a: int | None, size_b: int | None, margin: int) -> Overlap:
    if both is None or size_a is None or size_b is None:
        return Overlap(a, b, None, None, None, None, hidden=True, margin=margin)
    of_a, of_b, of_either = (
        min(1.0, both / whole) if whole else None for whole in (size_a, size_b, size_a + size_b - both)
    )
    return Overlap(a, b, both, of_a, of_b, of_either, hidden=False, margin=margin)
