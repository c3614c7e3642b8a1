"""Live sources in a build: the log is sealed, and its segments are read like any files of JSON lines."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from huaxiang.core.engine import Engine
from huaxiang.sources.live import expected_columns
from huaxiang.sources.readers import RawSource, open_source
from huaxiang.sources.spec import SourceSpec
from huaxiang.store.live_log import SEALED, LiveLog
from huaxiang.store.snapshots import Store


def live_log(folder: Path, source: SourceSpec) -> LiveLog:
    """The log of a live source of the project in `folder`."""
    return LiveLog(Store(folder).folder / "live" / source.name, source.key[0])


def open_live(engine: Engine, source: SourceSpec, folder: Path, scratch: Path) -> RawSource:
    """Open the messages that a live source has now; those that come later are not seen.

    Columns that the definition speaks of and that no message has had yet are null.
    """
    segments = live_log(folder, source).seal()
    if segments:
        place = segments[0].parent.relative_to(folder).as_posix()
        raw = open_source(engine, source.model_copy(update=_files(f"{place}/*{SEALED}")), folder, scratch)
        assert raw is not None  # noqa: S101 - the log that was sealed is there
    else:
        raw = _nothing(source)
    missing = [name for name in expected_columns(source) if name not in raw.columns]
    columns = (*raw.columns, *missing)
    table = raw.table.mutate(**dict.fromkeys(missing, _null())).select(*columns, "_file", "_row")
    # That messages differ in their keys is how messages are.
    findings = tuple(finding for finding in raw.findings if finding.code != "schema_drift")
    return replace(raw, table=table, columns=columns, findings=findings)


def _files(pattern: str) -> dict[str, object]:
    return {"live": False, "path": pattern, "format": "jsonl"}


def _nothing(source: SourceSpec) -> RawSource:
    import ibis
    import pyarrow as pa

    empty = pa.table({"_file": pa.array([], pa.string()), "_row": pa.array([], pa.int64())})
    return RawSource(source.name, ibis.memtable(empty), None, (), ())


def _null() -> object:
    import ibis

    return ibis.null("string")
