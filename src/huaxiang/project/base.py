"""The build that this one goes on from: the latest, where the same definitions made it.

What it found out about customers and facts holds but for what came and went since (`turnover.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision
from huaxiang.core.moments import Moment
from huaxiang.project.kept import asks_for_moment
from huaxiang.project.loaded import LoadedProject
from huaxiang.project.plan import Plan, ReadSource
from huaxiang.store.snapshots import Snapshot

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class Digests:
    """What tells whether two builds would make the same of the same rows.

    `definitions` is a digest of what decides about facts, `people` of what decides who is who.
    """

    definitions: str
    people: str

    @classmethod
    def of(
        cls, project: LoadedProject, plan: Plan, sources: Mapping[str, str], decisions: Sequence[Decision]
    ) -> Digests:
        """The digests of a build by `plan`; `sources` says by source what decides about its rows."""
        read = [step.source.name for step in plan.steps if isinstance(step, ReadSource)]
        identity = project.identity.model_dump_json()
        lines = [plan.moment.zone, project.spec.currency, repr(sorted(project.tables.items())), identity]
        definitions = _digest([*lines, *(f"{name} {sources[name]}" for name in read)])
        asked = plan.moment.utc.isoformat() if asks_for_moment([project.identity.model_dump(mode="json")]) else ""
        return cls(definitions, _digest([definitions, repr(list(decisions)), asked]))


@dataclass(frozen=True)
class Base:
    """The latest build, made by the same definitions: its folder, tables, moment and figures.

    `alias` is the name by which the engine knows its tables; `same_people` says whether the same decides who is who;
    `tags` are the fingerprints of its tags.
    """

    folder: Path
    alias: str
    tables: Mapping[str, ibis.Table]
    moment: str
    parts: Mapping[str, Sequence[str]]
    identity: tuple[str, ...]
    same_people: bool
    tags: Mapping[str, str]

    @classmethod
    def of(
        cls, latest: Snapshot, alias: str, tables: Mapping[str, ibis.Table], digests: Digests, moment: Moment
    ) -> Base | None:
        """The build `latest`, if `moment` is no look back and the same definitions made it."""
        if goes_on_from(latest, digests, moment) is None:
            return None
        figures = latest.figures
        known: Mapping[str, Any] = figures["upstream"]
        same = known["people"] == digests.people
        identity = tuple(known["identity"])
        return cls(latest.folder, alias, tables, figures["moment"], known["parts"], identity, same, known["tags"])


def goes_on_from(latest: Snapshot | None, digests: Digests, moment: Moment) -> Snapshot | None:
    """The build `latest`, if one at `moment` may go on from it: no look back, and the same definitions made it."""
    if latest is None or latest.as_of > moment.utc:
        return None
    known = latest.figures.get("upstream", {}).get("definitions")
    return latest if known == digests.definitions else None


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
