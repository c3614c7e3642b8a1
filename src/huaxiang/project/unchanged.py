"""What a build takes over as a whole where nothing has changed that facts and customers come from.

Whoever edits a tag, a segment or a persona builds again on the same files and definitions of sources and identity: then
the tables up to the facts are those of the former build. Tables are copied, the files of facts get a second name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision
from huaxiang.core.engine import Engine
from huaxiang.core.files import link_file
from huaxiang.project.again import Again
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, ReadSource
from huaxiang.store.snapshots import Snapshot

if TYPE_CHECKING:
    import ibis

FORMER = "former"
"""The name by which the engine knows the snapshot before."""

CHANGES = ("identity_changes", "quality_changes")
"""Tables about what changed since the former build: nothing did."""

_BEFORE = {"quality_scores": "score", "identity_health": "value"}
"""Tables that hold a figure beside what it was `before`."""


def upstream_digest(project: LoadedProject, plan: Plan, again: Again, decisions: Sequence[Decision]) -> str | None:
    """A digest of everything that customers and facts come from; None where nobody can tell whether it is the same."""
    sources = [step.source for step in plan.steps if isinstance(step, ReadSource)]
    if not all(again.is_told_by_files(source) for source in sources):
        return None
    digest = hashlib.sha256()
    digest.update(f"{plan.moment.utc.isoformat()} {plan.moment.zone} {project.spec.currency}\n".encode())
    digest.update(project.identity.model_dump_json().encode())
    digest.update(repr(sorted(project.tables.items())).encode())
    digest.update(repr(list(decisions)).encode())
    for source in sources:
        digest.update(
            f"\n{source.name} {again.definitions[source.name]} {sorted(again.files(source).items())}".encode()
        )
    return digest.hexdigest()


def same_upstream(digest: str | None, former: Snapshot | None) -> Snapshot | None:
    """The former build, where customers and facts come from the same as now."""
    known = former.figures.get("upstream", {}).get("digest") if former is not None else None
    return former if digest is not None and digest == known else None


def take_over(engine: Any, former: Path, tables: Sequence[str], facts: Path) -> None:
    """Make the tables of the former snapshot in folder `former` those of this build; its facts go to folder `facts`."""
    for file in sorted((former / facts.name).glob("*/*.parquet")):
        link_file(file, facts / file.relative_to(former / facts.name))
    engine.take(FORMER, tables, step="take over what has not changed")
    for name in CHANGES:
        if name in tables:
            _rewrite(engine, name, engine.table(name).limit(0))
    for name, figure in _BEFORE.items():
        if name in tables:
            rows = engine.table(name)
            _rewrite(engine, name, rows.mutate(before=rows[figure].cast(rows["before"].type())))


def _rewrite(engine: Engine, name: str, content: ibis.Table) -> None:
    engine.create(name, engine.arrow(content, step=name), step=name)
