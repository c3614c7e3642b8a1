"""What a build takes over as a whole where nothing has changed that facts and customers come from.

Whoever edits a tag, a segment or a persona builds again on the same files and definitions of sources and identity: then
the tables up to the facts are those of the former build. The build begins with a copy of the former
snapshot's file, in which tables are renamed, and the files of facts get a second name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.files import link_file
from huaxiang.identity.health import HEALTH, carry_health
from huaxiang.project.again import Again
from huaxiang.project.base import Digests
from huaxiang.project.plan import Plan, ReadSource
from huaxiang.store.snapshots import Snapshot

if TYPE_CHECKING:
    import ibis

FORMER = "former"
"""The name by which the engine knows the snapshot before."""

CHANGES = ("identity_changes", "quality_changes")
"""Tables about what changed since the former build: nothing did."""

SCORES = "quality_scores"


def upstream_digest(digests: Digests, plan: Plan, again: Again) -> str | None:
    """A digest of everything that customers and facts come from; None where nobody can tell whether it is the same."""
    sources = [step.source for step in plan.steps if isinstance(step, ReadSource)]
    if not all(again.is_told_by_files(source) for source in sources):
        return None
    digest = hashlib.sha256()
    digest.update(f"{plan.moment.utc.isoformat()} {digests.people}\n".encode())
    for source in sources:
        digest.update(f"\n{source.name} {sorted(again.files(source).items())}".encode())
    return digest.hexdigest()


def same_upstream(digest: str | None, former: Snapshot | None) -> Snapshot | None:
    """The former build, where customers and facts come from the same as now."""
    known = former.figures.get("upstream", {}) if former is not None else {}
    # Builds of earlier versions did not keep their findings.
    return former if digest is not None and digest == known.get("digest") and "findings" in known else None


def take_over(engine: Any, former: Path, tables: Sequence[str], facts: Path) -> None:
    """Make the tables of the former snapshot in folder `former` those of this build; its facts go to folder `facts`."""
    for file in sorted((former / facts.name).rglob("*.parquet")):
        link_file(file, facts / file.relative_to(former / facts.name))
    take_tables(engine, FORMER, tables)


def take_tables(engine: Any, alias: str, tables: Sequence[str]) -> None:
    """Make tables of the snapshot that the engine knows as `alias` those of this build: nothing changed since."""
    engine.take(alias, tables, step="take over what has not changed")
    for name in CHANGES:
        if name in tables:
            _rewrite(engine, name, engine.table(name).limit(0))
    if SCORES in tables:
        rows = engine.table(SCORES)
        _rewrite(engine, SCORES, rows.mutate(before=rows["score"].cast(rows["before"].type())))
    if HEALTH in tables:
        carry_health(engine, engine.table(HEALTH))


def _rewrite(engine: Engine, name: str, content: ibis.Table) -> None:
    engine.create(name, engine.arrow(content, step=name), step=name)
