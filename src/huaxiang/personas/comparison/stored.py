"""Sides from the tables of a build: its segments, and everyone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.personas.comparison.sides import Occasion, Side
from huaxiang.personas.groups import Group, group, read_groups
from huaxiang.personas.tags import Tag, defining, read_tags

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment
    from huaxiang.personas.run import Portrayer


@dataclass(frozen=True, eq=False)
class StoredBuild:
    """The tables of one build, evaluated at `moment`; `portrayer` is its own, where it stays open."""

    engine: Engine
    moment: Moment
    portrayer: Portrayer | None = None

    @cached_property
    def occasion(self) -> Occasion:
        """The build's profiles at its moment."""
        return Occasion(self.engine, self.engine.table("profiles"), self.moment, self.portrayer)

    @cached_property
    def tags(self) -> dict[str, Tag]:
        """The built tags."""
        return read_tags(self.engine)

    @cached_property
    def groups(self) -> dict[str, Group]:
        """The built segments, and everyone."""
        return read_groups(self.engine)

    def segment(self, name: str) -> Side:
        """The members of a segment, or everyone.

        Raises:
            NotFoundError: there is no such segment in the build.
        """
        found = group(self.groups, name)
        if name == EVERYONE:
            return Side(name, found.label, self.occasion, None)
        table = self.engine.table("segments")
        return self.side(name, found.label, table.filter(table["segment"] == name), found.rule)

    def side(self, name: str, label: Text, members: ibis.Table, rule: str, at: Occasion | None = None) -> Side:
        """The `members` (`customer_no`) as a side, on the build's own occasion unless another is given."""
        read = self.engine.arrow(members.select("customer_no"), step=f"comparison: members of {name}")
        rules = {name: one.rule for name, one in self.groups.items()}
        return Side(name, label, at or self.occasion, read["customer_no"].to_numpy(), defining(rule, rules, self.tags))


def common_tags(one: StoredBuild, other: StoredBuild) -> tuple[dict[str, Tag], list[str]]:
    """The tags that two builds define alike, and the names of those in both that they don't.

    How many people have a value is the larger number, and so is that of different values.
    """
    found, changed = {}, []
    for name, tag in one.tags.items():
        twin = other.tags.get(name)
        if twin is None:
            continue
        if (twin.type, twin.defined) != (tag.type, tag.defined):
            changed.append(name)
            continue
        found[name] = replace(tag, known=max(tag.known, twin.known), distinct=max(tag.distinct, twin.distinct))
    return found, changed


def at_moments(sides: Sequence[Side]) -> list[Side]:
    """Sides of one name at several moments, told apart by their day."""
    return [
        replace(
            side, label=Text(f"{side.label.en} ({side.occasion.moment})", f"{side.label.zh}（{side.occasion.moment}）")
        )
        for side in sides
    ]
