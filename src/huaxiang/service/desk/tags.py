"""The catalog of tags, each in depth, and writing new ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import ForbiddenError
from huaxiang.core.tables import SENSITIVE, Privacy
from huaxiang.service.desk import definitions
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, must_be, one_of

if TYPE_CHECKING:
    import pyarrow as pa

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
    with desk.build() as build:
        rows: list[Row] = desk.workspace.remembered(build.snapshot.id, "tags", build.tags)
        return rows


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
    rows = _health(desk)
    with desk.build() as build:
        found = tag_health(build, rows, name)
    loaded = desk.workspace.project.loaded
    source = definitions.source_of(loaded, "tags", name) if name in loaded.tags else None
    hidden = found["privacy"] == SENSITIVE
    return found | {"values": None if hidden else _common(desk, found["values"]), "source": source}


@allowed("tags.read")
def health(desk: Desk) -> list[Row]:
    """How each tag is: a row per tag, in the order of the catalog, as `Project.health` has it. Takes seconds."""
    return _health(desk)


def _health(desk: Desk) -> list[Row]:
    """The health of all tags, found out once per build and whenever tags were measured since."""
    from huaxiang.service.backtests import FOLDER

    def find() -> list[Row]:
        with desk.workspace.turn():
            return desk.workspace.project_of_snapshot().health()

    with desk.build() as build:
        measured = build.snapshot.folder.parents[1] / FOLDER
    return desk.workspace.worked_out(f"health {measured.stat().st_mtime_ns if measured.is_dir() else ''}", find)


def _text(row: Mapping[str, Any], name: str) -> Row:
    return {"en": row[f"{name}_en"], "zh": row[f"{name}_zh"]}


def _common(desk: Desk, spread: Row) -> Row:
    """A spread without the values of too few, and without bounds that are single customers."""
    with desk.build() as build:
        customers, threshold = build.summary["customers"], build.project.spec.minimum_group
    shares = spread["shares"]
    if shares is not None:
        shares = {value: share for value, share in shares.items() if share * customers >= threshold}
    # The lowest and the highest value are those of one person each.
    bounds = spread["bounds"]
    return spread | {"shares": shares, "bounds": bounds if bounds is None else [None, *bounds[1:-1], None]}


# -- writing ------------------------------------------------------------------------------------------------------


@allowed("tags.write")
def preview(desk: Desk, name: str, text: str) -> Row:
    """Try a definition that nobody has saved on a sample of customers.

    `text` is the YAML of the definition without its name. `findings`: list of `code`, `severity`, `message`, `remedy`,
    `line` (in `text`), …; where an error is among them all else is None. `type`; `privacy`: its own class or the
    highest among what its values come from; `sample`: customers it was tried on; `known`: those with a value; `mean` of
    numbers; `values`: list of `value`, `count` (values of too few count as `value` None), most frequent first; `rows`:
    list of `customer_id`, `value`, for those only who may see single customers.

    Raises:
        ForbiddenError: the definition reads more than the project's tables, or what is masked for the actor.
        UsageError: it is too long, or reads tags that are not in the snapshot yet.
    """
    draft = definitions.draft(desk, "tags", name, text)
    found = {"name": name, "findings": [finding.as_dict() for finding in draft.findings]}
    if draft.errors:
        return found | dict.fromkeys(("type", "privacy", "sample", "known", "mean", "values", "rows"))
    with desk.build() as build:
        project, compiled, shown = draft.project, _compiled(draft), desk.shown(build)
        carries = carried(shown, project, compiled)
        _may_read(desk, shown, name, carries)
        privacy = max(compiled.spec.privacy, carries)
        sampled = _sampled(build, project, compiled)
        return found | {"type": str(compiled.type), "privacy": privacy} | _told(desk, shown, build, sampled, privacy)


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
    from huaxiang.tags.compile import compile_tags

    project = draft.project
    return next(each for each in compile_tags(project.tags, project.tables) if each.name == draft.name)


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


def _sampled(build: Build, project: LoadedProject, tag: CompiledTag) -> pa.Table:
    """The `customer_id` and `value` of every n-th customer."""
    import pyarrow as pa

    from huaxiang.tags.profile import next_layer

    customers = build.engine.table("customers")
    every = max(1, -(-int(build.summary["customers"]) // SAMPLE))
    some = customers.filter(customers[KEY] % every == 0).order_by(KEY).select(KEY, "customer_id")
    people = build.engine.arrow(some, step="sample of customers")
    if tag.tags:
        profiles = build.engine.table("profiles")
        for name in tag.tags:
            must_be(name, profiles.columns, "tag")
        values = next_layer([tag], profiles, build.moment).rename(value=tag.name)
        joined = some.join(values, KEY).order_by(KEY).select("customer_id", "value")
        return build.engine.arrow(joined, step="preview of a tag")
    from huaxiang.service.moments import table_at

    asked = pa.table(
        {
            "customer_id": people["customer_id"],
            "moment": pa.array([build.moment.utc] * people.num_rows, pa.timestamp("us", "UTC")),
        }
    )
    found = table_at(build.engine, project, build.moment, asked, [tag.name])
    return pa.table({"customer_id": found["customer_id"], "value": found[tag.name]})


def _told(desk: Desk, shown: Shown, build: Build, sampled: pa.Table, privacy: Privacy) -> Row:
    import pyarrow as pa
    import pyarrow.compute as pc

    values, threshold = sampled["value"], build.project.spec.minimum_group
    known = sampled.num_rows - values.null_count
    number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type) or pa.types.is_decimal(values.type)
    mean = pc.mean(values.cast("float64")).as_py() if number and known >= threshold else None
    counts: dict[Any, int] = {}
    if privacy != SENSITIVE and not pa.types.is_list(values.type):
        for entry in pc.value_counts(values.drop_null()).to_pylist():
            value = entry["values"] if entry["counts"] >= threshold else None
            counts[value] = counts.get(value, 0) + entry["counts"]
    listed = sorted(counts.items(), key=lambda item: (item[0] is None, -item[1], str(item[0])))
    rows = sampled.slice(0, EXAMPLES).to_pylist() if desk.actor.may("profiles.read") else []
    return {
        "sample": sampled.num_rows,
        "known": known if known >= threshold or not known else None,
        "mean": mean if shown.sees(privacy) or privacy != SENSITIVE else None,
        "values": [{"value": value, "count": count} for value, count in listed[:EXAMPLES]],
        "rows": [row | {"value": shown.value(row["value"], privacy)} for row in rows],
    }
