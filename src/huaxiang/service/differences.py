"""Two snapshots side by side: who entered and left each segment, who is new or gone, which tags moved or changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import NotFoundError
from huaxiang.core.findings import near_miss
from huaxiang.service.builds import Build
from huaxiang.service.spreads import drift, level, tag_spreads
from huaxiang.store.snapshots import Snapshot

if TYPE_CHECKING:
    import ibis

Row = dict[str, Any]
Tables = dict[str, "ibis.Table"]


def difference(before: Build, after: Build, segment: str | None = None) -> Row:
    """What changed from the snapshot `before` to `after`. See `Project.diff`."""
    tables = after.engine.attach(before.snapshot.file, "before")
    found = {
        "before": _snapshot(before),
        "after": _snapshot(after),
        "customers": _customers(after, tables, before.snapshot.built_at),
        "segments": _segments(after, tables),
        "tags": _tags(before, after, tables),
        "definitions": _definitions(before, after),
    }
    return found if segment is None else found | {"members": _members(after, tables, segment)}


def snapshot_named(snapshots: Sequence[Snapshot], current: Snapshot | None, name: str) -> str:
    """The id of the snapshot that people call `name`: an id or the unique beginning of one, `current`, or `previous`.

    Raises:
        NotFoundError: there is none, or several ids begin so.
    """
    ids = [snapshot.id for snapshot in snapshots]
    if name == "current" and current is not None:
        return current.id
    if name == "previous" and current is not None and current.id in ids[1:]:
        return ids[ids.index(current.id) - 1]
    found = [each for each in ids if each.startswith(name)]
    if len(found) == 1:
        return found[0]
    many = "Several snapshots begin" if found else "No snapshot begins"
    raise NotFoundError(f"{many} with '{name}'. Snapshots: {', '.join(ids) or 'none'}, or current, previous.")


def _snapshot(build: Build) -> Row:
    return {
        "snapshot": build.snapshot.id,
        "as_of": build.summary["as_of"],
        "customers": build.summary["customers"],
    }


def _customers(after: Build, tables: Tables, since: datetime) -> Row:
    """How many customers stayed, are new, went into another, or are gone."""
    import ibis

    engine = after.engine
    former = _followed(after, tables["customers"], since)
    now = engine.table("customers").select("customer_id")
    there = former.join(now, former["present"] == now["customer_id"])
    moved = there["present"] != there["former"]
    counts = engine.rows(
        there.aggregate(stayed=(~moved).sum().fill_null(0), merged=moved.sum().fill_null(0)),
        step="customers that stayed",
    )[0]
    gone = former.anti_join(now, former["present"] == now["customer_id"])
    new = now.anti_join(former, now["customer_id"] == former["present"])
    return {key: int(value) for key, value in counts.items()} | {
        name: int(engine.rows(rows.aggregate(n=ibis._.count()), step=f"customers {name}")[0]["n"])
        for name, rows in (("gone", gone), ("new", new))
    }


def _followed(after: Build, former: ibis.Table, since: datetime) -> ibis.Table:
    """`former` ids (`customer_id`) with the id by which each is known now: `former`, `present`.

    An id that went into another is followed through all builds after `since`.
    """
    import pyarrow as pa

    moves = _moves(after, since)
    rows = {"former": list(moves), "into": list(moves.values())}
    table = pa.table(rows, schema=pa.schema(dict.fromkeys(rows, pa.string())))
    known = after.engine.create("_moves", table, step="customers that went into others")
    joined = former.left_join(known, former["customer_id"] == known["former"])
    followed = joined.select(former="customer_id", present=joined["into"].fill_null(joined["customer_id"]))
    return after.engine.create("_followed", followed, step="customers of the former snapshot")


def _moves(after: Build, since: datetime) -> dict[str, str]:
    """Former id → the id that it went into, over all builds after `since`."""
    engine = after.engine
    name = "identity_history" if engine.has("identity_history") else "identity_changes"
    table = engine.table(name)
    merged = table.filter(table.kind == "merged")
    order = ["records"]
    if "built_at" in table.columns:
        merged = merged.filter(merged.built_at > since)
        order = ["built_at", "records"]
    steps = {
        row["other"]: row["customer_id"]
        for row in engine.rows(merged.order_by(*order, "customer_id"), step="customers that went into others")
    }
    return {former: _end(former, steps) for former in steps}


def _end(customer: str, steps: dict[str, str]) -> str:
    seen: set[str] = set()
    while customer in steps and customer not in seen:
        seen.add(customer)
        customer = steps[customer]
    return customer


def _moved_members(after: Build, tables: Tables) -> ibis.Table:
    """Segments and their members in either snapshot: `was`, `now`, and whether the customer is `new` or `gone`."""
    import ibis

    engine = after.engine
    old = tables["segments"]
    followed = after.engine.table("_followed")
    was = (
        old.join(followed, old["customer_id"] == followed["former"]).select("segment", customer_id="present").distinct()
    )
    now = engine.table("segments").select("segment", "customer_id")
    known = engine.table("customers").select("customer_id", here=ibis.literal(True))
    formerly = followed.select(customer_id="present", there=ibis.literal(True)).distinct()
    sides = (was.mutate(was=ibis.literal(True)), now.mutate(now=ibis.literal(True)))
    united = ibis.union(was, now, distinct=True)
    keys = ["segment", "customer_id"]
    joined = united.left_join(sides[0], keys).drop("segment_right", "customer_id_right")
    joined = joined.left_join(sides[1], keys).drop("segment_right", "customer_id_right")
    joined = joined.left_join(known, "customer_id").drop("customer_id_right")
    joined = joined.left_join(formerly, "customer_id").drop("customer_id_right")
    return joined.select(
        "segment",
        "customer_id",
        was=joined["was"].notnull(),
        now=joined["now"].notnull(),
        new=joined["there"].isnull(),
        gone=joined["here"].isnull(),
    )


def _segments(after: Build, tables: Tables) -> list[Row]:
    """Segments with how many entered and left them, those with most movement first."""
    members = _moved_members(after, tables)
    entered, left = ~members.was & members["now"], members.was & ~members["now"]
    counted = members.group_by("segment").aggregate(
        stayed=(members.was & members["now"]).sum(),
        entered=entered.sum(),
        left=left.sum(),
        entered_new=(entered & members.new).sum(),
        left_gone=(left & members.gone).sum(),
    )
    found = {row["segment"]: row for row in after.engine.rows(counted, step="segments of two snapshots")}
    rows = []
    sides = {
        "before": _sizes(after, tables["segment_catalog"]),
        "after": _sizes(after, after.engine.table("segment_catalog")),
    }
    none = {"stayed": 0, "entered": 0, "left": 0, "entered_new": 0, "left_gone": 0}
    for name in dict.fromkeys([*sides["after"], *sides["before"]]):
        described = sides["after"].get(name) or sides["before"][name]
        sizes = {side: sides[side][name]["size"] if name in sides[side] else None for side in sides}
        counts = {key: int(found.get(name, none)[key]) for key in none}
        labels = {key: described[key] for key in ("label_en", "label_zh")}
        rows.append({"segment": name, **labels, **sizes, **counts})
    return sorted(rows, key=lambda row: (-(row["entered"] + row["left"]), row["segment"]))


def _sizes(after: Build, catalog: ibis.Table) -> dict[str, Row]:
    rows = after.engine.rows(catalog.select("name", "label_en", "label_zh", "size"), step="sizes of segments")
    return {row["name"]: row for row in rows}


def _members(after: Build, tables: Tables, segment: str) -> Row:
    """The ids of those who entered and left one segment."""
    known = {*_sizes(after, tables["segment_catalog"]), *_sizes(after, after.engine.table("segment_catalog"))}
    if segment not in known:
        guess = near_miss(segment, known)
        hint = f" Did you mean '{guess}'?" if guess else ""
        raise NotFoundError(f"There is no segment '{segment}' in either snapshot.{hint}")
    members = _moved_members(after, tables)
    changed = members.filter(members.segment == segment, members.was != members["now"]).order_by("customer_id")
    rows = after.engine.rows(changed.select("customer_id", "was"), step=f"who entered and left {segment}")
    return {
        "segment": segment,
        "entered": [row["customer_id"] for row in rows if not row["was"]],
        "left": [row["customer_id"] for row in rows if row["was"]],
    }


def _tags(before: Build, after: Build, tables: Tables) -> list[Row]:
    """Tags of both snapshots with how far their values moved, the farthest first."""
    described = {row["name"]: row for row in after.tags()}
    types = {row["name"]: row["type"] for row in before.tags()}
    both = {name: row["type"] for name, row in described.items() if types.get(name) == row["type"]}
    old = tag_spreads(after.engine, tables["profiles"], both, before.moment.utc)
    new = tag_spreads(after.engine, after.engine.table("profiles"), both, after.moment.utc)
    rows = []
    for name in both:
        index = drift(old[name], new[name])
        rows.append(
            {
                "tag": name,
                "label_en": described[name]["label_en"],
                "label_zh": described[name]["label_zh"],
                "psi": None if index is None else round(index, 4),
                "level": level(index),
                "coverage_before": round(old[name].coverage, 4),
                "coverage_after": round(new[name].coverage, 4),
                "mean_before": old[name].mean,
                "mean_after": new[name].mean,
            }
        )
    return sorted(rows, key=lambda row: (-(row["psi"] or 0.0), row["tag"]))


def _definitions(before: Build, after: Build) -> Row:
    """Tags that were added or removed, and those whose definition or type is another."""
    old, new = ({row["name"]: row for row in build.tags()} for build in (before, after))
    changed = []
    for name in sorted(old.keys() & new.keys()):
        pair = [(row["type"], json.loads(row["definition"])) for row in (old[name], new[name])]
        if pair[0] != pair[1]:
            changed.append({"tag": name, "before": pair[0][1], "after": pair[1][1]})
    return {"added": sorted(new.keys() - old.keys()), "removed": sorted(old.keys() - new.keys()), "changed": changed}
