"""What a former build knows of tags: values that hold for all customers whom nothing has touched since.

A tag of such a customer has its former value where everything but facts and attributes is the same: its definition,
those of the tags that it reads, its correction, and, where it asks for it, the moment.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from huaxiang.core.moments import Moment
from huaxiang.expressions.nodes import Aggregate, Call, Node, walk
from huaxiang.tags.compiled import CompiledTag, Tags
from huaxiang.tags.spec import AggregateTag, ImportTag, SqlTag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class FormerTags:
    """The `profiles` of a former build, where the values of `tags` hold of all customers but those `touched`.

    `touched` are numbers, rising. Where there are any, `tags` are such that concern a customer alone. Whatever `tags`
    read is among them. `alias` is the name by which the engine knows the snapshot that has the profiles.
    """

    profiles: ibis.Table
    tags: frozenset[str]
    touched: NDArray[np.int64]
    alias: str = ""


def fingerprints(tags: Tags, moment: Moment) -> dict[str, str]:
    """By tag a digest of all that decides its value besides facts and attributes.

    Tags whose value may come from elsewhere – SQL, files – have none, nor have those that read such.
    """
    found: dict[str, str] = {}
    for tag in tags.built:
        if isinstance(tag.spec, SqlTag | ImportTag) or not found.keys() >= {*tag.tags}:
            continue
        at = moment.utc.isoformat() if _asks_for_moment(tag) else ""
        read = [f"{name} {found[name]}" for name in tag.tags]
        lines = [tag.spec.model_dump_json(), tag.type.value, repr(tag.calibration), at, *read]
        found[tag.name] = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]
    return found


def _asks_for_moment(tag: CompiledTag) -> bool:
    """Whether the value of a customer without new facts may be another one at a later moment."""
    windowed = isinstance(tag.spec, AggregateTag) and (tag.spec.window or tag.spec.ttl)
    return bool(windowed) or tag.calibration is not None or any(_hangs_on_moment(node) for node in _nodes(tag))


def _nodes(tag: CompiledTag) -> Iterator[Node]:
    for expression in (tag.value, tag.where, *tag.cases):
        if expression is not None:
            yield from walk(expression.node)


def _hangs_on_moment(node: Node) -> bool:
    if isinstance(node, Aggregate) and node.window is not None:
        return True
    return isinstance(node, Call | Aggregate) and node.function.uses_moment
