"""The segments of a build: how they are called, and what to do with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text

if TYPE_CHECKING:
    from huaxiang.core.engine import Engine


_NONE = Text("", "")


@dataclass(frozen=True)
class Group:
    """A segment of a build, or everyone."""

    name: str
    label: Text
    action: Text = _NONE
    rule: str = ""


ALL = Group(EVERYONE, Text("All customers", "全部客户"))


def read_groups(engine: Engine) -> dict[str, Group]:
    """The segments of a build by name, and `everyone`."""
    rows = engine.rows(engine.table("segment_catalog"), step="personas: segment catalog")
    found = {
        row["name"]: Group(
            row["name"],
            Text(row["label_en"] or row["name"], row["label_zh"] or row["name"]),
            Text(row["action_en"] or "", row["action_zh"] or ""),
            row["rule"] or "",
        )
        for row in rows
    }
    return {EVERYONE: ALL} | found


def group(groups: Mapping[str, Group], name: str) -> Group:
    """The group `name`.

    Raises:
        NotFoundError: there is no such segment in the build.
    """
    if name in groups:
        return groups[name]
    guess = near_miss(name, groups)
    hint = f" Did you mean '{guess}'?" if guess else f" Segments: {', '.join(sorted(groups))}."
    raise NotFoundError(f"segment '{name}' is not in this build.{hint}")
