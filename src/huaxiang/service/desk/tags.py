"""The catalog of tags, each in depth, and writing new ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import ForbiddenError
from huaxiang.core.tables import SENSITIVE, Privacy
from huaxiang.core.types import Type
from huaxiang.personas.portrait import hidden_rows, too_small
from huaxiang.service import first_looks
from huaxiang.service.desk import definitions
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, must_be, one_of

if TYPE_CHECKING:
    import pyarrow as pa

    from huaxiang.core.small_groups import Guard
    from huaxiang.project.loaded import LoadedProject
    from huaxiang.service.builds import Build
    from huaxiang.tags.compiled import CompiledTag

KEY = "customer_no"
SAMPLE = 2000
"""Customers that a definition is tried on, at most: every n-th by number."""

EXAMPLES = 20
"""Customers of the sample that are shown with their value."""


@allowed("tags.read")
def tags(desk: Desk) -> list[Row]:
    """The catalog: the columns of `tag_catalog`, in its order; JSON columns (`definition`, …) as they are stored."""
    return first_looks.tags(desk.workspace)


@allowed("tags.read")
def tree(desk: Desk) -> list[Row]:
    """The tags by dimension and category, in the order of the catalog.

    A dimension has `name`, `label`, `categories`; a category `name`, `label`, `tags`; a tag `name`, `label`, `kind`,
    `type`, `unit`, `privacy`, `coverage`.
    """
    found: dict[str, Row] = {}
    for row in tags(desk):
        home = found.setdefault(
            row["dimension"], {"name": row["dimension"], "label": _text(row, "dimension"), "categories": {}}
        )
        category = home["categories"].setdefault(
            row["category"], {"name": row["category"], "label": _text(row, "category"), "tags": []}
        )
        told = ("name", "kind", "type", "unit", "privacy", "coverage")
        category["tags"].append({key: row[key] for key in told} | {"label": _text(row, "label")})
    return [home | {"categories": list(home["categories"].values())} for home in found.values()]


@allowed("tags.read")
def tag(desk: Desk, name: str) -> Row:
    """Everything about one tag: health, definition, how its values are spread, lineage both ways, backtest.

    As `Project.tag` has it, and `source`: where it is written (`file`, `etag`, `text`). How the values of a sensitive
    tag are spread is told to nobody, and `values` that only few customers have are left out.

    Raises:
        NotFoundError: there is none of this name.
    """
    from huaxiang.service.health import tag_health

    with desk.build() as build:
        one_of(build.tags(), "tag", name)
    rows = first_looks.health(desk.workspace)
    with desk.build() as build:
        found = tag_health(build, rows, name)
    loaded = desk.workspace.project.loaded
    source = definitions.source_of(loaded, "tags", name) if name in loaded.tags else None
    hidden = found["privacy"] == SENSITIVE
    return found | {"values": None if hidden else _common(desk, found), "source": source}


@allowed("tags.read")
def health(desk: Desk) -> list[Row]:
    """How each tag is: a row per tag, in the order of the catalog, as `Project.health` has it. Takes seconds."""
    return first_looks.health(desk.workspace)


def _text(row: Mapping[str, Any], name: str) -> Row:
    return {"en": row[f"{name}_en"], "zh": row[f"{name}_zh"]}


def _common(desk: Desk, found: Row) -> Row:
    """The spread of a tag without the values of too few, and without bounds that are single customers."""
    with desk.build() as build:
        known, threshold = round(found["coverage"] * build.summary["customers"]), build.project.spec.minimum_group
    spread: Row = found["values"]
    if too_small(known, threshold):
        return dict.fromkeys(spread)
    shares, bounds = spread["shares"], spread["bounds"]
    if shares is not None:
        counts = [(round(share * known),) for share in shares.values()]
        # Whoever has all values but one knows that one too; of lists somebody may have several.
        hidden = hidden_rows(counts, threshold, parts=found["type"] != Type.LIST)
        shares = {value: share for i, (value, share) in enumerate(shares.items()) if i not in hidden}
    # The lowest and the highest value are those of one person each.
    return spread | {"shares": shares, "bounds": bounds if bounds is None else [None, *bounds[1:-1], None]}


# -- writing ------------------------------------------------------------------------------------------------------


@allowed("tags.write")
def preview(desk: Desk, name: str, text: str) -> Row:
    """Try a definition that nobody has saved on a sample of customers.

    `text` is the YAML of the definition without its name. `findings`: list of `code`, `severity`, `message`, `remedy`,
    `line` (in `text`), …; where an error is among them all else is None. `type`; `privacy`: its own class or the
    highest among what its values come from; `sample`: customers it was tried on; `known`: those with a value; `mean` of
    numbers; `values`: list of `value`, `count` (values of too few count as `value` None), most frequent first; `rows`:
    list of `customer_id`, `value`, for those only who may see single customers. Numbers of customers lie within
    `margin` of the truth, and are None where they may be too few.

    Raises:
        ForbiddenError: the definition reads more than the project's tables, or what is masked for the actor.
        UsageError: it is too long, or reads tags that are not in the snapshot yet.
    """
    draft = definitions.draft(desk, "tags", name, text)
    found = {"name": name, "findings": [finding.as_dict() for finding in draft.findings]}
    if draft.errors:
        return found | dict.fromkeys(("type", "privacy", "sample", "known", "margin", "mean", "values", "rows"))
    with desk.build() as build:
        project, compiled, shown = draft.project, _compiled(draft), desk.shown(build)
        carries = carried(shown, project, compiled)
        _may_read(desk, shown, name, carries)
        privacy = max(compiled.spec.privacy, carries)
        guard = build.guard.exactly() if desk.actor.may("segments.count_exactly") else build.guard
        sampled = _sampled(build, project, compiled, guard)
        rows = sampled.slice(0, EXAMPLES).select(["customer_id", "value"]).to_pylist()
        seen = desk.actor.may("profiles.read")
        return {
            **found,
            "type": str(compiled.type),
            "privacy": privacy,
            **_told(sampled, privacy, guard),
            "rows": [row | {"value": shown.value(row["value"], privacy)} for row in rows] if seen else [],
        }


@allowed("tags.write")
def save(desk: Desk, name: str, text: str, *, file: str = "own.yml", etag: str | None = None) -> Row:
    """Save a definition as YAML below `tags/`: `file`, `etag`, `findings`. The next build computes it.

    `etag` is that of the file as the writer saw it (`tag(…)["source"]`); None: the definition is new.

    Raises:
        ProjectError: it holds mistakes; then nothing is written.
        ConflictError: the file was changed since.
        ForbiddenError: it reads more than the project's tables, or what is masked for the actor.
        UsageError: `file` is no place for it.
    """
    draft = definitions.draft(desk, "tags", name, text)
    if not draft.errors:
        with desk.build() as build:
            shown = desk.shown(build)
            _may_read(desk, shown, name, carried(shown, draft.project, _compiled(draft)))
    return definitions.save(desk, "tags", name, text, file, etag)


def _compiled(draft: definitions.Draft) -> CompiledTag:
    from huaxiang.tags.compile import sound

    return next(each for each in sound(draft.project.compiled) if each.name == draft.name)


def _may_read(desk: Desk, shown: Shown, name: str, carries: Privacy) -> None:
    """See that nobody defines a tag over what is masked for them.

    Masking its values would not do: who has one at all tells whose hidden value a condition names.

    Raises:
        ForbiddenError: it reads values of a class that the actor does not see.
    """
    if not shown.sees(carries):
        raise ForbiddenError(f"Tag '{name}' reads what is masked for {desk.actor.role}s ({carries}).")


def carried(shown: Shown, project: LoadedProject, tag: CompiledTag) -> Privacy:
    """The highest privacy class among the columns and tags whose values a tag may hand through."""
    found: list[Privacy] = ["L1"]
    for column in tag.columns:
        table, _, name = column.partition(".")
        known = project.tables[table].names if table in project.tables else ()
        found.append(project.tables[table][name].privacy if name in known else shown.classes.columns.get(name, "L2"))
    found += [shown.classes.tags.get(name, "L3") for name in tag.tags]
    return max(found)


def _sampled(build: Build, project: LoadedProject, tag: CompiledTag, guard: Guard) -> pa.Table:
    """The `customer_id`, `value` and `key` (of `guard`) of every n-th customer."""
    import pyarrow as pa

    from huaxiang.tags.profile import next_layer

    customers = build.engine.table("customers")
    every = max(1, -(-int(build.summary["customers"]) // SAMPLE))
    some = customers.filter(customers[KEY] % every == 0).order_by(KEY)
    some = some.select(KEY, "customer_id", key=guard.key(customers[KEY]))
    people = build.engine.arrow(some, step="sample of customers")
    if tag.tags:
        profiles = build.engine.table("profiles")
        for name in tag.tags:
            must_be(name, profiles.columns, "tag")
        values = next_layer([tag], profiles, build.moment).rename(value=tag.name)
        joined = some.join(values, KEY).order_by(KEY).select("customer_id", "value", "key")
        return build.engine.arrow(joined, step="preview of a tag")
    from huaxiang.service.moments import table_at

    asked = pa.table(
        {
            "customer_id": people["customer_id"],
            "moment": pa.array([build.moment.utc] * people.num_rows, pa.timestamp("us", "UTC")),
        }
    )
    found = table_at(build.engine, project, build.moment, asked, [tag.name])
    keys = dict(zip(people["customer_id"].to_pylist(), people["key"].to_pylist(), strict=True))
    key = pa.array([keys[customer] for customer in found["customer_id"].to_pylist()], pa.int64())
    return pa.table({"customer_id": found["customer_id"], "value": found[tag.name], "key": key})


def _told(sampled: pa.Table, privacy: Privacy, guard: Guard) -> Row:
    """How the values of a sample are spread, as `guard` tells the sizes of groups."""
    import pyarrow as pa
    import pyarrow.compute as pc

    type_ = sampled["value"].type
    valued = sampled.filter(pc.is_valid(sampled["value"]))
    number = pa.types.is_integer(type_) or pa.types.is_floating(type_) or pa.types.is_decimal(type_)
    key = int(pc.sum(valued["key"]).as_py() or 0)
    known, mean = guard.size(valued.num_rows, key), None
    if number and known and privacy != SENSITIVE:
        numbers = valued["value"].cast("float64")
        plain, low, high = (each(numbers).as_py() for each in (pc.mean, pc.min, pc.max))
        mean = guard.mean(plain, max(high - plain, plain - low), valued.num_rows, key)
    return {
        "sample": sampled.num_rows,
        "known": known if known is None else min(known, sampled.num_rows),
        "margin": guard.margin,
        "mean": mean,
        "values": [] if privacy == SENSITIVE or pa.types.is_list(type_) else _counted(valued, guard),
    }


def _counted(valued: pa.Table, guard: Guard) -> list[Row]:
    """How many have each value, the most frequent first; those of too few together, as `value` None."""
    grouped = valued.group_by("value").aggregate([("key", "sum"), ("key", "count")]).to_pylist()
    told: list[Row] = []
    few = few_keys = 0
    for row in grouped:
        count = guard.size(row["key_count"], row["key_sum"])
        if count is None:
            few, few_keys = few + row["key_count"], few_keys + row["key_sum"]
        else:
            told.append({"value": row["value"], "count": count})
    told.sort(key=lambda row: (-row["count"], str(row["value"])))
    rest = guard.size(few, few_keys)
    return [*told[:EXAMPLES], *([{"value": None, "count": rest}] if rest else [])]
