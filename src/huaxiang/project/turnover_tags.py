"""Which tags of which customers are as they were in the build that this one goes on from."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine
from huaxiang.project.base import Base
from huaxiang.project.turnover import only_in
from huaxiang.tags.bins import compares
from huaxiang.tags.compiled import Tags
from huaxiang.tags.former import FormerTags
from huaxiang.tags.spec import AggregateTag, BinsTag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray

KEY = "customer_no"

MOST = 0.2
"""When more than this share of the customers is touched, all tags are computed anew."""

_PEOPLE = {"customers": (KEY, "customer_id"), "attributes": None}
"""What tags read of customers beside their facts: tables with those of their columns (None: all) that matter."""


def former_tags(
    engine: Engine,
    base: Base,
    tags: Tags,
    fingerprints: Mapping[str, str],
    facts: Mapping[str, NDArray[np.int64] | None],
    *,
    same_people: bool,
) -> FormerTags | None:
    """What holds of the profiles of `base`; None where nothing does, or so many are touched that it is not worth it.

    `fingerprints` are those of `tags`; `facts` the customers who may have other facts of a table now (None: nobody
    knows; a table that is not there has not changed). `same_people` says that customers and their attributes are
    those of before.
    """
    changed = [] if same_people else _changed_people(engine, base.tables)
    if changed is None:
        return None
    touched = _together([*changed, *(each for each in facts.values() if each is not None)])
    customers = engine.table("customers")
    count = int(engine.rows(customers.aggregate(n=customers.count()), step="count customers")[0]["n"])
    same = {name for name, digest in fingerprints.items() if base.tags.get(name) == digest}
    unknown = {name for name, each in facts.items() if each is None}
    held = _held(tags, same, unknown, alike=same_people and not len(touched) and not unknown)
    if not held or len(touched) > MOST * count:
        return None
    return FormerTags(base.tables["profiles"], held, touched, base.alias)


def _held(tags: Tags, same: Container[str], unknown: Container[str], *, alike: bool) -> frozenset[str]:
    """The tags, of those that are the `same`, whose values hold of whom nothing touched.

    What has happened to facts in tables `unknown` nobody knows. Tags that compare customers hold where all are `alike`.
    """
    held: set[str] = set()
    for tag in tags.built:
        read = isinstance(tag.spec, AggregateTag) and tag.spec.table in unknown
        compared = isinstance(tag.spec, BinsTag) and compares(tag.spec.bins)
        if tag.name in same and held >= {*tag.tags} and not read and (alike or not compared):
            held.add(tag.name)
    return frozenset(held)


def _changed_people(engine: Engine, before: Mapping[str, ibis.Table]) -> list[NDArray[np.int64]] | None:
    """The customers who are new or have other attributes; None where attributes are not the same ones."""
    found = []
    for name, columns in _PEOPLE.items():
        now, then = engine.table(name), before[name]
        names = columns or tuple(now.columns)
        if not {*names} <= {*then.columns}:
            return None
        changed = only_in(now.select(*names), then.select(*names)).select(KEY)
        found.append(engine.arrow(changed, step=f"changed {name}")[KEY].to_numpy())
    return found


def _together(numbers: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """All numbers, each once, rising."""
    import numpy as np

    return np.unique(np.concatenate([np.empty(0, np.int64), *numbers]))
