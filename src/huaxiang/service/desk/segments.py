"""Segments and rules that nobody has saved: who is in them, how many, how they differ and overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import ConflictError, UsageError
from huaxiang.segments.spec import PARTS
from huaxiang.service.desk import definition_files, definitions
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.cursors import cursor, page_size, place
from huaxiang.service.desk.customers import masked_batch
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row, Shown, must_be, one_of
from huaxiang.service.desk.small_segments import listed, may_list

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.service.builds import Build

KEY = "customer_no"


@allowed("segments.read")
def segments(desk: Desk) -> list[Row]:
    """All segments: the columns of `segment_catalog`, and `hidden`.

    Of a segment of fewer members than the project's `minimum_group` – but not of nobody – `size` and `share` are None
    and `hidden` is true, unless the actor may see exact counts.
    """
    with desk.build() as build:
        return listed(desk, build)


@allowed("segments.read")
def segment(desk: Desk, name: str) -> Row:
    """One segment: as in `segments`, with `warnings` (list of `code`, `severity`, `reason_en`, …).

    Raises:
        NotFoundError: there is none of this name.
    """
    with desk.build() as build:
        found = one_of(listed(desk, build), "segment", name)
        warnings = [row for row in build.warnings()["segments"] if row["segment"] == name]
        return found | {"warnings": [] if found["hidden"] else warnings}


@allowed("segments.members")
def members(desk: Desk, name: str, *, limit: int = 100, after: str | None = None) -> Row:
    """The ids of a segment's members, a page at a time: `items` (list of customer_id) and `next`.

    Raises:
        NotFoundError: there is none of this name.
        ForbiddenError: it has too few members, or rests on what is masked for the actor.
        UsageError: `limit` or `after` makes no sense.
    """
    page_size(limit)
    with desk.build() as build:
        rows = _members(desk, build, name)
        question = ["members", build.snapshot.id, name]
        if after is not None:
            rows = rows.filter(rows[KEY] > place(desk, question, after))
        found = build.engine.rows(rows.order_by(KEY).limit(limit + 1), step="a page of members")
        more = len(found) > limit
        found = found[:limit]
        return {
            "items": [row["customer_id"] for row in found],
            "next": cursor(desk, question, found[-1][KEY]) if more else None,
        }


@allowed("segments.members")
def all_members(desk: Desk, name: str) -> Iterator[pa.RecordBatch]:
    """The members of a segment in order of their number: batches of `customer_id`.

    The batches come while the build is held: write them to a file, not to somebody's network.

    Raises:
        NotFoundError: there is none of this name.
        ForbiddenError: it has too few members, or rests on what is masked for the actor.
    """
    return _batches(desk, name, ())


@allowed("profiles.export")
def members_with_tags(desk: Desk, name: str, tags: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """As `all_members`, with the columns `tags` as the actor sees them: what is masked is text.

    Raises:
        NotFoundError: there is no such segment or tag.
        ForbiddenError: it has too few members, or rests on what is masked for the actor.
    """
    return _batches(desk, name, tags)


def _batches(desk: Desk, name: str, tags: Sequence[str]) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    with desk.build() as build:
        rows, shown = _members(desk, build, name), desk.shown(build)
        profiles = build.engine.table("profiles")
        for tag in tags:
            must_be(tag, set(profiles.columns) & shown.classes.tags.keys(), "tag")
        wanted = rows.join(profiles.select(KEY, *tags), KEY) if tags else rows
        ordered = wanted.order_by(KEY).select("customer_id", *tags)
        schema = ordered.schema().to_pyarrow()
        yield masked_batch(shown, pa.RecordBatch.from_pylist([], schema), schema)
        for batch in build.engine.batches(ordered, step=f"members of {name}"):
            yield masked_batch(shown, batch, schema)


def _members(desk: Desk, build: Build, name: str) -> ibis.Table:
    one_of(listed(desk, build), "segment", name)
    may_list(desk, build, [name])
    desk.shown(build).may_choose_by(segments=[name])
    table = build.engine.table("segments")
    return table.filter(table.segment == name).select(KEY, "customer_id")


@allowed("segments.count")
def count(desk: Desk, rule: str) -> Row:
    """How many customers a rule holds: `rule`, `count` (None: they may be too few to be told), `margin`, `share`, `of`.

    The truth is within `margin` of `count` (0: it is exact); `of` is the number of all customers. Counts are exact for
    saved segments and for actors who may see exact counts.

    Raises:
        ProjectError: the rule holds a mistake.
        ForbiddenError: it reads a sensitive tag.
    """
    with desk.build() as build:
        _may_group_by(build, desk.shown(build), rule)
        told, everyone = build.audiences.size(rule, exact=_exact(desk)), build.summary["customers"]
        share = None if told.size is None or not everyone else min(1.0, told.size / everyone)
        return {"rule": rule, "count": told.size, "margin": told.margin, "share": share, "of": everyone}


@allowed("segments.count")
def distribution(desk: Desk, rule: str, tag: str) -> Row:
    """How the values of a tag are spread among those whom a rule holds, beside everyone.

    `rule`, `tag`, `size`, `known`, `margin`, `mean` and `base_mean` of numbers, `values`: list of `value`, `label`,
    `count`, `share`, `base_share`, `hidden`. Groups that are too small are hidden.

    Raises:
        ProjectError: the rule holds a mistake.
        NotFoundError: there is no such tag.
        UsageError: the tag is a list, or sensitive.
    """
    with desk.build() as build:
        _may_group_by(build, desk.shown(build), rule)
        return build.distribution(rule, tag, exact=_exact(desk))


@allowed("segments.count")
def overlap(desk: Desk, rules: Sequence[str]) -> list[Row]:
    """How much every two of these rules or segments overlap, a row each pair.

    `a`, `b`, `both`, `share_of_a`, `share_of_b`, `jaccard`, `hidden`, `margin`.

    Raises:
        ProjectError: a rule holds a mistake.
        UsageError: they are fewer than two, or too many.
    """
    with desk.build() as build:
        for rule in rules:
            _may_group_by(build, desk.shown(build), rule)
        return build.overlap(rules, exact=_exact(desk))


@allowed("segments.read")
def flow(desk: Desk, before: str = "previous", after: str = "current") -> list[Row]:
    """How each segment changed between two builds: `segment`, and how many `entered`, `left`, `stayed`, with sizes.

    Figures of groups that are too small are None.

    Raises:
        NotFoundError: there is no such build.
    """
    from huaxiang.service.desk.builds import shown_difference

    return list(shown_difference(desk, before, after)["segments"])


@allowed("segments.read")
def source(desk: Desk, name: str) -> Row:
    """Where a segment is written: `file`, `etag` and `text` (YAML), all None for those of a library.

    `rule` is the rule among its parts, None where it has none; `parts` are the keys of all that say who is in it
    (`where`, `did`, …), `label` is `{en, zh}`.

    Raises:
        NotFoundError: the project defines none of this name.
        ProjectError: its file was edited since, and holds mistakes there.
        ConflictError: its file is no YAML at the moment.
    """
    loaded = desk.workspace.project.loaded
    must_be(name, loaded.segments, "segment")
    written = definitions.source_of(loaded, "segments", name)
    spec = definitions.as_written(loaded, "segments", name, written["text"])
    parts = [part for part in PARTS if getattr(spec, part)]
    about = {"rule": spec.where, "parts": parts, "label": spec.label.as_dict()}
    return written | about


@allowed("segments.write")
def save(desk: Desk, name: str, text: str, *, file: str = "own.yml", etag: str | None = None) -> Row:
    """Save a definition – the YAML of a segment without its name – below `segments/`: `file`, `etag`, `findings`.

    The next build forms it. `etag` is that of the file as the writer saw it (`source`); None: the segment is new.

    Raises:
        ProjectError: it holds mistakes; then nothing is written.
        ConflictError: the file was changed since.
        ForbiddenError: it names a file, or a sensitive tag that the actor does not see.
        UsageError: `file` is no place for it.
    """
    return _save(desk, name, text, file, etag)


@allowed("segments.write")
def save_rule(
    desk: Desk,
    name: str,
    rule: str,
    *,
    label: Mapping[str, str] | None = None,
    description: Mapping[str, str] | None = None,
    file: str = "own.yml",
    etag: str | None = None,
) -> Row:
    """Save a rule as the segment `name`; `label` and `description` are `{en, zh}`. As `save` in all else."""
    texts = {"label": label, "description": description}
    given = {key: dict(text) for key, text in texts.items() if text}
    return _save(desk, name, definition_files.written({**given, "where": rule}), file, etag)


@allowed("segments.write")
def change_rule(
    desk: Desk, name: str, rule: str, *, label: Mapping[str, str] | None = None, etag: str | None = None
) -> Row:
    """Give a saved segment another rule, and other texts of its `label`: all else of it and of its file stays.

    As `save` in all else; `etag` is that of `source`.

    Raises:
        NotFoundError: the project defines none of this name.
        UsageError: it is one of a library.
    """
    loaded = desk.workspace.project.loaded
    must_be(name, loaded.segments, "segment")
    written = definitions.source_of(loaded, "segments", name)
    if written["file"] is None:
        raise UsageError(f"'{name}' comes from a library. Save its rule under a name of your own.")
    if written["text"] is None:
        raise ConflictError(f"segments/{written['file']} was changed since you opened it. Look again before you save.")
    changes: dict[str, Any] = {"where": rule} | ({"label": dict(label)} if label else {})
    return _save(desk, name, definition_files.changed(written["text"], changes), written["file"], etag, changes)


def _save(
    desk: Desk, name: str, text: str, file: str, etag: str | None, changes: Mapping[str, Any] | None = None
) -> Row:
    found = definitions.draft(desk, "segments", name, text)
    if not found.errors:
        with desk.build() as build:
            desk.shown(build).may_group_by(definitions.tags_of_segment(found))
    return definitions.save(desk, "segments", name, text, file, etag, changes)


def _exact(desk: Desk) -> bool:
    return desk.actor.may("segments.count_exactly")


def _may_group_by(build: Build, shown: Shown, rule: str) -> None:
    tags, _ = build.audiences.rules.speaks_of(rule)
    shown.may_group_by(tags)
