"""Closing the account of a build: metrics, scores and rules of all sources, and what changed since the former build."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.findings import Finding, Location
from huaxiang.quality.audit import quality_table
from huaxiang.quality.changes import State, changes, changes_table, check_changes, scores_by_key
from huaxiang.quality.distribution import Distribution, distributions_table
from huaxiang.quality.expect import rules_table
from huaxiang.quality.scores import Measured, scores, scores_table

if TYPE_CHECKING:
    import ibis


@dataclass(frozen=True)
class Account:
    """Everything that a build learnt about its sources. `places` are where they are defined."""

    sources: Sequence[Measured]
    distributions: Sequence[Distribution]
    places: Mapping[str, Location]


def read_state(engine: Engine, tables: Mapping[str, ibis.Table]) -> State:
    """What a finished build knew about its data; `tables` are those of its snapshot, some of which it may lack."""

    def rows(name: str) -> list[dict[str, Any]]:
        return engine.rows(tables[name], step=f"former {name}") if name in tables else []

    scored = {(row["source"], row["dimension"]): row["score"] for row in rows("quality_scores")}
    return State(rows("quality"), rows("balance"), rows("quality_distributions"), scored)


def write_quality(engine: Engine, account: Account, before: State) -> list[Finding]:
    """Write `quality` and `quality_scores`, `_rules`, `_distributions`, `_changes`; return findings about changes."""
    scored = scores(account.sources, before.scores)
    metrics = [metric for source in account.sources for metric in source.metrics]
    balance = [row for source in account.sources for row in source.balance]
    after = State(metrics, balance, account.distributions, scores_by_key(scored))
    changed = changes(before, after)
    engine.create("quality", quality_table(metrics), step="quality")
    engine.create("quality_scores", scores_table(scored), step="quality scores")
    outcomes = [outcome for source in account.sources for outcome in source.outcomes]
    engine.create("quality_rules", rules_table(outcomes), step="quality rules")
    engine.create("quality_distributions", distributions_table(account.distributions), step="quality distributions")
    engine.create("quality_changes", changes_table(changed), step="quality changes")
    return list(check_changes(changed, account.places))
