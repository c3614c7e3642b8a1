"""Why a tag of one customer has the value that it has now: the rows of the snapshot and the live ones behind it."""

from __future__ import annotations

from typing import Any

from huaxiang.core.moments import Moment
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.customers import Grounds, explained
from huaxiang.service.finder import Finder
from huaxiang.service.live.profiles import KEY, LiveProfiles
from huaxiang.store.engine import DuckEngine


def live_why(
    engine: DuckEngine,
    project: LoadedProject,
    profiles: LiveProfiles,
    finder: Finder,
    identifier: str,
    tag: str,
    at: Moment,
) -> dict[str, Any]:
    """How the value of `tag` at `at` came about for a customer: its rule, the values and rows behind it.

    Raises:
        NotFoundError: there is no such customer or tag.
        UsageError: `at` lies before the snapshot.
    """
    import pyarrow as pa

    found = finder.find(identifier)
    profile = {KEY: found.number, "customer_id": found.customer_id, **profiles.profile(found.number, at).tags}
    with DuckEngine.open(zone=project.spec.time_zone, threads=1) as facts:
        live = profiles.facts(found.number, at)
        for name, table in project.tables.items():
            if name in live:
                # Rows are in order: those of one moment are shown as they came.
                numbered = live[name].append_column("_seq", pa.array(range(live[name].num_rows), pa.int64()))
                facts.create(f"fact_{name}", numbered, step=f"live facts of {name}")
            elif table.time is not None and engine.has(f"fact_{name}"):
                stored = engine.table(f"fact_{name}")
                own = engine.arrow(stored.filter(stored[KEY] == found.number), step=f"facts of {name}")
                facts.create(f"fact_{name}", own, step=f"facts of {name}")
        return explained(engine, project, Grounds(profile, facts, at, live=True), tag)
