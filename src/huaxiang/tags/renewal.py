"""Profiles that stay where a former build wrote them: only what is new of them is written.

Rows of customers whom something touched are removed and added again behind all others, and of tags that are computed
for everybody the values that changed are put in their places. What that costs is in proportion to what is new. Rows
thus get out of order; once many have, the table is written as a whole again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from huaxiang.core.engine import Engine, Renewing
from huaxiang.core.types import ibis_type
from huaxiang.tags.buckets import IDENTITY, Layers, among, own_and_common, stacked
from huaxiang.tags.compared import compared_tags
from huaxiang.tags.compiled import CompiledTag
from huaxiang.tags.former import FormerTags
from huaxiang.tags.parts import KEY, People, TagRun, own_parts
from huaxiang.tags.profile import read_by
from huaxiang.tags.spec import AttributeTag

if TYPE_CHECKING:
    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

MOVED = 0.1
"""When more than this share of the rows would be out of order, profiles are written as a whole."""

ANEW = 0.1
"""When more than this share of the tags is to be computed for everybody, profiles are written as a whole."""

_TOUCHED = "profiles_touched"


def renewable(engine: Engine, run: TagRun, schema: pa.Schema) -> bool:
    """Whether the profiles of a former build can become those of `schema` without being written as a whole."""
    former = run.former
    if former is None or not isinstance(engine, Renewing) or not engine.has_copy(former.alias, "profiles"):
        return False
    then, anew = former.profiles.schema(), _anew(run)
    if list(then.names) != schema.names or len(anew) > ANEW * len(run.tags.built):
        return False
    if any(then[tag.name].copy(nullable=True) != ibis_type(tag.type) for tag in anew):
        return False
    numbers = _numbers(engine, former.profiles)
    return _moved(numbers) + len(former.touched) <= MOVED * len(numbers)


def renew(engine: Engine, run: TagRun, given: Sequence[str], schema: pa.Schema) -> ibis.Table:
    """Make the former `profiles` those of this build, and return them. `given` are the tags from SQL and files."""
    former = run.former
    assert former is not None  # noqa: S101 - renewable
    assert isinstance(engine, Renewing)  # noqa: S101 - renewable
    engine.take(former.alias, ["profiles"], step="profiles that stay")
    _replace(engine, engine, run, former, schema)
    _update(engine, engine, run, former, given, schema)
    return engine.table("profiles")


def _replace(engine: Engine, profiles: Renewing, run: TagRun, former: FormerTags, schema: pa.Schema) -> None:
    """Remove the rows of customers who are touched or gone, and add those of who is touched: tags that are known."""
    import numpy as np
    import pyarrow as pa

    before, now = (_numbers(engine, engine.table(name)) for name in ("profiles", "customers"))
    gone = np.union1d(former.touched, np.setdiff1d(before, now))
    if len(gone):
        profiles.remove_rows("profiles", KEY, pa.table({KEY: gone}), step="profiles that go")
    if not len(former.touched):
        return
    touched = engine.create(_TOUCHED, pa.table({KEY: former.touched}), step="touched customers")
    own, _ = own_and_common(run.tags, run.known)
    known = among(own, run.known)
    names = [name for name in schema.names if name in IDENTITY or name in run.known]
    parts = own_parts(engine, replace(run, former=None, progress=None), known, People(engine, [], touched))
    for part in _cast(parts, names, schema):
        profiles.add_rows("profiles", part, step="profiles of touched customers")
    engine.drop(_TOUCHED)


def _update(
    engine: Engine, profiles: Renewing, run: TagRun, former: FormerTags, given: Sequence[str], schema: pa.Schema
) -> None:
    """Compute the tags that are not known for everybody, from what the profiles hold of the others by now."""
    own, common = own_and_common(run.tags, run.known)
    mine = among(own, run.known, wanted=False)
    if any(mine):
        _put(engine, profiles, _own_anew(engine, run, former, mine, own, given), mine, schema)
    if any(common):
        later = {tag.name for layer in common for tag in layer}
        home = {name: "profiles" for name in schema.names if name not in later}
        _put(engine, profiles, iter([compared_tags(engine, run, home, common)]), common, schema)


def _own_anew(
    engine: Engine, run: TagRun, former: FormerTags, anew: Layers, own: Layers, given: Sequence[str]
) -> Iterator[pa.Table]:
    """The tags `anew`, which concern a customer alone."""
    import numpy as np

    tags = [tag for layer in anew for tag in layer]
    attributes = {tag.spec.attribute for tag in tags if isinstance(tag.spec, AttributeTag)}
    rows = FormerTags(engine.table("profiles"), former.tags, np.empty(0, np.int64))
    asked = replace(run, former=rows, carries=frozenset(read_by(tags)))
    return own_parts(engine, asked, own, People(engine, given, attributes=attributes))


def _put(engine: Engine, profiles: Renewing, parts: Iterator[pa.Table], layers: Layers, schema: pa.Schema) -> None:
    """Put the values of some tags in their places, where they are others than those that stand there."""
    names = [KEY, *(tag.name for layer in layers for tag in layer)]
    for part in _cast(parts, names, schema):
        profiles.update_columns("profiles", KEY, part, step="tags of everybody")


def _anew(run: TagRun) -> list[CompiledTag]:
    """The tags that are computed for everybody."""
    return [tag for tag in run.tags.built if tag.name not in run.known]


def _cast(parts: Iterable[pa.Table], names: Sequence[str], schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    wanted = pa.schema([schema.field(name) for name in names])
    return (stacked([part], names).cast(wanted) for part in parts)


def _numbers(engine: Engine, rows: ibis.Table) -> NDArray[np.int64]:
    """The numbers of customers, in the order of the rows."""
    return engine.arrow(rows.select(KEY), step="numbers of customers")[KEY].to_numpy()


def _moved(numbers: NDArray[np.int64]) -> int:
    """How many rows stand behind the first one that is out of order."""
    import numpy as np

    falls = np.flatnonzero(numbers[1:] < numbers[:-1])
    return len(numbers) - int(falls[0]) - 1 if len(falls) else 0
