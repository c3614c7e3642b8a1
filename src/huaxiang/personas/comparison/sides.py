"""Who is compared: customers of one build, or of several moments, as places in one long column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from huaxiang.core.text import Text
from huaxiang.personas.columns import Column, by_value, read_columns
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.placed import Basis, Placed
from huaxiang.personas.tags import Tag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment
    from huaxiang.personas.run import Portrayer


@dataclass(frozen=True, eq=False)
class Occasion:
    """The profiles of all customers at one moment: those of a build, or the same tags at an earlier moment.

    Customers with the same `customer_no` on two occasions are the same people. `portrayer` is that of the build, where
    it stays open: what it keeps of the profiles is not read again.
    """

    engine: Engine
    profiles: ibis.Table
    moment: Moment
    portrayer: Portrayer | None = None

    @cached_property
    def numbers(self) -> NDArray[np.int64]:
        """The `customer_no` of everybody, in order."""
        import numpy as np

        if self.portrayer is not None:
            return self.portrayer.population.numbers
        read = self.engine.arrow(self.profiles.select("customer_no"), step="comparison: customers")
        numbers: NDArray[np.int64] = np.sort(read["customer_no"].to_numpy())
        return numbers


@dataclass(frozen=True, eq=False)
class Side:
    """One of the groups that are compared. `members` are their `customer_no`s, None for everyone.

    `defining` are the tags that the group's rule rests on.
    """

    name: str
    label: Text
    occasion: Occasion
    members: NDArray[np.int64] | None
    defining: frozenset[str] = frozenset()


class Universe:
    """The customers of one or more occasions, one after the other: a person at two moments has two places."""

    def __init__(self, occasions: Sequence[Occasion]) -> None:
        import numpy as np

        self.occasions = tuple(occasions)
        self._starts = np.cumsum([0, *(len(one.numbers) for one in occasions)])
        self.people: NDArray[np.int64] = np.concatenate([one.numbers for one in occasions])

    @property
    def size(self) -> int:
        """How many places there are."""
        return len(self.people)

    @cached_property
    def everyone(self) -> Crowd:
        """Everybody, at every moment."""
        import numpy as np

        return Crowd(np.ones(self.size, dtype=np.bool_), self.people)

    def at(self, occasion: Occasion) -> slice:
        """The places of everybody on one occasion."""
        which = self.occasions.index(occasion)
        return slice(int(self._starts[which]), int(self._starts[which + 1]))

    def crowd(self, side: Side) -> Crowd:
        """The places of the members of a side."""
        import numpy as np

        there, mask = self.at(side.occasion), np.zeros(self.size, dtype=np.bool_)
        mask[there] = True if side.members is None else np.isin(side.occasion.numbers, side.members)
        return Crowd(mask, self.people)

    def placed(self, tags: Iterable[Tag]) -> Iterator[Placed]:
        """Each of `tags`, none of which is to be skipped at sight, on a scale that is made from everybody."""
        if len(self.occasions) == 1 and self.occasions[0].portrayer is not None:
            yield from self.occasions[0].portrayer.placed(tags)
            return
        basis = Basis()
        for column in self._columns(tags):
            yield basis.meet(column, self.everyone)

    def _columns(self, tags: Iterable[Tag]) -> Iterator[Column]:
        """The values of `tags`, those of each occasion after those of the one before."""
        listed = tuple(tags)
        parts = (
            read_columns(one.engine, one.profiles, len(one.numbers), listed, one.moment, step="comparison: profiles")
            for one in self.occasions
        )
        for columns in zip(*parts, strict=True):
            yield columns[0] if len(columns) == 1 else joined(columns, self._starts.tolist())


def joined(columns: Sequence[Column], starts: Sequence[int]) -> Column:
    """The columns of one tag on several occasions as one; customers of each begin at the place that `starts` says."""
    import numpy as np

    words = tuple(dict.fromkeys(word for column in columns for word in column.words))
    places = {word: i for i, word in enumerate(words)}
    # The last one is for those without a value, whose key is −1.
    keys = [np.array([*(places[word] for word in column.words), -1])[column.keys] for column in columns]
    first = columns[0]
    tag = replace(first.tag, distinct=len(words)) if by_value(first.tag) else first.tag
    owners = [
        column.owners + start for column, start in zip(columns, starts, strict=False) if column.owners is not None
    ]
    listed = [column.listed for column in columns if column.listed is not None]
    return Column(
        tag,
        np.concatenate([column.numbers for column in columns]),
        np.concatenate(keys),
        words,
        np.concatenate(owners) if owners else None,
        np.concatenate(listed) if listed else None,
    )
