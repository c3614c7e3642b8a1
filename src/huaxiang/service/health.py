"""The catalog in depth: where each tag comes from, who uses it, and what is wrong with it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.core.text import LANGUAGES
from huaxiang.core.types import Type
from huaxiang.project.plan import Plan, make_plan
from huaxiang.service.backtests import kept_backtests, reliability
from huaxiang.service.builds import Build
from huaxiang.service.spreads import PARTS, drift, level, sampled_columns, tag_spreads
from huaxiang.tags.catalog import definition_of
from huaxiang.tags.compiled import Tables, Tags
from huaxiang.tags.cost import cost_shares
from huaxiang.tags.health import columns_behind, near_copies, read_by, tables_behind

Row = dict[str, Any]

THIN = 0.01
"""The share of customers below which a tag is thinly covered."""

OLD = 30
"""Days without a new fact after which a tag is stale."""


def _no_better(measured: Row | None) -> bool:
    """Whether the interval of a measured tag holds what chance alone would give."""
    if not measured or measured.get("warnings") or measured.get("low") is None:
        return False
    return bool(measured["low"] <= measured["even"] <= measured["high"])


FLAGS: dict[str, Callable[[Row], bool]] = {
    "empty": lambda row: not row["coverage"],
    "thin": lambda row: 0 < row["coverage"] < THIN,
    "constant": lambda row: row["coverage"] > 0 and row["distinct"] is not None and row["distinct"] <= 1,
    "stale": lambda row: row["fact_age_days"] is not None and row["fact_age_days"] > OLD,
    "drifted": lambda row: row["drift"] == "changed",
    "copy": lambda row: bool(row["copies"]),
    "unused": lambda row: not row["used_by"] and not row["claims"],
    "unmeasured": lambda row: bool(row["claims"]) and row["reliability"] is None,
    "outdated": lambda row: row["reliability"] is not None and row["reliability"]["stale"],
    "no_better": lambda row: _no_better(row["reliability"]),
}
"""What the health of a tag is looked at for: each remark by name, and when it is due."""


def health(build: Build, former: Build | None) -> list[Row]:
    """A row per tag of the snapshot with all that the catalog knows. See `Project.health`."""
    plan = make_plan(build.project, build.moment)
    catalog = build.tags()
    types = {row["name"]: row["type"] for row in catalog}
    defined = {tag.name for tag in plan.tags.built}
    users = _users(build, plan)
    copies = _copies(build, types)
    moved = _moved(build, former, types)
    newest = _newest(build, build.project.tables)
    costs = cost_shares(build.engine, _as_built(plan.tags, catalog), build.project.tables, build.moment)
    spent = _seconds(build)
    measured = kept_backtests(build.snapshot.folder.parents[1], plan.tags)
    rows = []
    for row in catalog:
        name = row["name"]
        tables = tables_behind(plan.tags, name, build.project.tables) if name in defined else []
        latest = max((newest[table] for table in tables if newest.get(table)), default=None)
        spec = build.project.tags.get(name)
        share = costs.get(name)
        found = {
            **{key: row[key] for key in _DESCRIBED},
            "coverage": row["coverage"],
            "distinct": row["distinct"],
            "newest_fact": latest,
            "fact_age_days": None if latest is None else round((build.moment.utc - latest).total_seconds() / 86_400, 1),
            "ttl": None if spec is None or spec.ttl is None else str(spec.ttl),
            "psi": moved.get(name),
            "drift": level(moved.get(name)),
            "copies": copies.get(name, []),
            "used_by": users.get(name, []),
            "claims": None if spec is None or spec.claims is None else spec.claims.event,
            "cost_share": share,
            "cost_seconds": None if share is None or spent is None else round(share * spent, 4),
            "reliability": _short(measured.get(name)),
        }
        rows.append(found | {"flags": [flag for flag, holds in FLAGS.items() if holds(found)]})
    return rows


_TEXTS = tuple(f"{key}_{language}" for key in ("description", "dimension", "category") for language in LANGUAGES)
_DESCRIBED = ("name", "label_en", "label_zh", "dimension", "category", "kind", "type", "privacy", "owner", "origin")


def tag_health(build: Build, found: Sequence[Row], name: str) -> Row:
    """Everything about one tag: its health, its definition, and its lineage both ways; `found` is the `health` of all.

    Raises:
        NotFoundError: the snapshot has no such tag.
    """
    rows = {row["name"]: row for row in found}
    if name not in rows:
        guess = near_miss(name, rows)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise NotFoundError(f"There is no tag '{name}' in this build.{hint}")
    described = next(row for row in build.tags() if row["name"] == name)
    tags = make_plan(build.project, build.moment).tags
    known = {tag.name for tag in tags.built}
    return rows[name] | {
        **{key: described[key] for key in _TEXTS},
        "unit": described["unit"],
        "definition": json.loads(described["definition"]),
        "values": _values(build, name, Type(described["type"])),
        "value_labels": json.loads(described["values"]),
        "reads": list(tags[name].tags) if name in known else [],
        "columns": _sources(build, columns_behind(tags, name, build.project.tables)) if name in known else [],
        "backtest": kept_backtests(build.snapshot.folder.parents[1], tags).get(name),
    }


def _short(result: Row | None) -> Row | None:
    """The figures of a backtest with the interval that must not hold `even`: what chance alone would give."""
    if result is None:
        return None
    found = reliability(result)
    if result.get("auc"):
        return found | {"even": 0.5}
    if result.get("rule") and result["rule"]["precision"]["rate"] is not None:
        precision = result["rule"]["precision"]
        return found | {"low": precision["low"], "high": precision["high"], "even": result["base"]["rate"]}
    return found


def _as_built(tags: Tags, catalog: Iterable[Row]) -> Tags:
    """The tags that are still defined as they were when the snapshot was built: it may lack what others read."""
    built = {row["name"]: json.loads(row["definition"]) for row in catalog}
    return Tags(tuple(tag for tag in tags.built if built.get(tag.name) == definition_of(tag)))


def _users(build: Build, plan: Plan) -> dict[str, list[str]]:
    """Who uses each tag: `tag:x`, `segment:y` (also through other segments) and `persona:z`."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, readers in read_by(plan.tags).items():
        found[name] += [f"tag:{reader}" for reader in readers]
    rests_on = {segment: plan.segments.tags_behind(segment) for segment in plan.segments.built}
    for segment, names in rests_on.items():
        for name in sorted(names):
            found[name].append(f"segment:{segment}")
    for persona in plan.personas:
        for name in sorted(rests_on.get(persona.segment, frozenset()).union(persona.tags)):
            found[name].append(f"persona:{persona.name}")
    return found


def _copies(build: Build, types: Mapping[str, str]) -> dict[str, list[Row]]:
    columns = sampled_columns(build.engine, build.engine.table("profiles"), list(types))
    found: dict[str, list[Row]] = defaultdict(list)
    for copy in near_copies((name, column, Type(types[name])) for name, column in columns):
        for one, other in ((copy.one, copy.other), (copy.other, copy.one)):
            found[one].append({"tag": other, "information": copy.information, "equal": copy.equal})
    return found


def _moved(build: Build, former: Build | None, types: Mapping[str, str]) -> dict[str, float | None]:
    """The population stability index of each tag against the former snapshot; empty where there is none."""
    if former is None:
        return {}
    before = {row["name"]: row["type"] for row in former.tags()}
    both = {name: type_ for name, type_ in types.items() if before.get(name) == type_}
    old = tag_spreads(former.engine, former.engine.table("profiles"), both, former.moment.utc)
    new = tag_spreads(build.engine, build.engine.table("profiles"), both, build.moment.utc)
    return {name: drift(old[name], new[name]) for name in both}


def _newest(build: Build, tables: Tables) -> dict[str, datetime]:
    """The time of the newest fact of each table."""
    found = {}
    for name, table in tables.items():
        if table.is_fact and build.engine.has(f"fact_{name}"):
            facts = build.engine.table(f"fact_{name}")
            newest = facts.aggregate(newest=facts[table.time].max())
            found[name] = build.engine.rows(newest, step=f"newest of {name}")[0]["newest"]
    return found


def _seconds(build: Build) -> float | None:
    """How long the build computed tags."""
    steps = build.summary.get("steps", ())
    return next((step["seconds"] for step in steps if step["step"] == "compute tags"), None)


def _sources(build: Build, columns: Iterable[str]) -> list[Row]:
    """Each table column with the source columns that it is mapped from."""
    mapped: dict[str, list[Row]] = defaultdict(list)
    for row in build.engine.rows(build.engine.table("data_map"), step="data map"):
        told = {key: row[key] for key in ("source", "source_column", "cleaning", "filled")}
        mapped[f"{row['target']}.{row['column']}"].append(told)
    return [{"column": column, "sources": mapped.get(column, [])} for column in columns]


def _values(build: Build, name: str, type_: Type) -> Row:
    """How the values of a tag are spread: `shares` of the most frequent, or `bounds` (minimum, deciles, maximum)."""
    profiles = build.engine.table("profiles")
    found = tag_spreads(build.engine, profiles, {name: str(type_)}, build.moment.utc)[name]
    spread = found.spread
    shares = None if spread is None or spread.shares is None else dict(spread.shares)
    bounds = None if spread is None or spread.bounds is None else list(spread.bounds[:: PARTS // 10])
    return {"mean": found.mean, "shares": shares, "bounds": bounds}
