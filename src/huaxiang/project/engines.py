"""What a project asks of its engine that the engine can't do, told before anything runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any

from huaxiang.core.findings import Finding, Location
from huaxiang.core.spec import Spec
from huaxiang.project.loaded import LoadedProject
from huaxiang.sources.readers.catalog import CATALOG
from huaxiang.store.spark.patterns import java_lacks
from huaxiang.tags.spec import SqlTag

NAMES: Mapping[str, str] = {"duckdb": "DuckDB", "spark": "Spark"}
"""What people call the engines."""


def check_engine(project: LoadedProject) -> Iterator[Finding]:
    """Yield a finding for each definition that the project's engine lacks something for. Never raises."""
    for check in _CHECKS.get(project.spec.engine, ()):
        yield from check(project)


def lacking(engine: str, owner: str, what: str, at: Location, remedy: str) -> Finding:
    """The finding about one definition."""
    return Finding("engine_lacks", f"{owner}: {NAMES[engine]} {what}.", at, remedy)


def _catalogs(project: LoadedProject) -> Iterator[Finding]:
    for name, source in project.sources.items():
        if source.url == CATALOG:
            remedy = "Set 'engine: spark', or read the files of the table by 'path'."
            yield lacking("duckdb", f"source '{name}'", "has no catalog of a cluster", source.place("url"), remedy)


def computed_anew(project: LoadedProject) -> Finding:
    """The note on a build of an engine that takes nothing over from the build before."""
    name = NAMES[project.spec.engine]
    message = f"{name} computed everything anew: only DuckDB takes over what has not changed since the build before."
    return Finding("computed_anew", message, project.spec.place("engine"), "Nothing is to be done.", "note")


def _master(project: LoadedProject) -> Iterator[Finding]:
    if project.spec.spark is None:
        remedy = "Add 'spark: {master: spark://HOST:7077}', or 'spark: {master: local[2]}' to try it here."
        yield Finding("no_master", "engine 'spark' needs to know where.", project.spec.place("engine"), remedy)


def _patterns(project: LoadedProject) -> Iterator[Finding]:
    definitions: Iterator[tuple[str, Spec]] = chain(
        ((f"source '{name}'", source) for name, source in project.sources.items()),
        ((f"tag '{name}'", tag) for name, tag in project.tags.items()),
        ((f"segment '{name}'", segment) for name, segment in project.segments.items()),
        [("identity.yml", project.identity)],
    )
    for owner, spec in definitions:
        for path, pattern in _regular(spec.model_dump(mode="json")):
            what = java_lacks(pattern)
            if what is not None:
                remedy = "Write the regular expression without it: both engines know '*?' and '.'."
                yield lacking("spark", owner, f"can't match with {what}", spec.place(*path), remedy)


def _regular(value: Any, *path: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The regular expressions of a definition, with the keys that lead to each."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _regular(part, *path, str(key))
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _regular(part, *path, str(number))
    elif isinstance(value, str) and path[-1] in ("pattern", "junk_pattern"):
        yield path, value
    elif isinstance(value, str):
        yield from ((path, found) for found in _EXTRACTED.findall(value))


_EXTRACTED = re.compile(r"\bextract\s*\([^']*'((?:[^']|'')*)'", re.IGNORECASE)
"""`extract(note, '[0-9]+')`, of which the pattern."""


def _sql_tags(project: LoadedProject) -> Iterator[Finding]:
    built = [tag for tag in project.tags.values() if isinstance(tag, SqlTag)]
    for tag in built:
        for what in _untranslated(tag.sql):
            remedy = f"Write it with functions that both engines have, or leave the tag out (leave_out: [{tag.name}])."
            yield lacking("spark", f"tag '{tag.name}'", what, tag.place("sql"), remedy)


def _untranslated(sql: str) -> Iterator[str]:
    """What of a SELECT in DuckDB's dialect has no counterpart in Spark's; nothing of one that can't be read at all."""
    from sqlglot import ErrorLevel, exp, parse_one
    from sqlglot.errors import ParseError, SqlglotError, UnsupportedError

    try:
        tree = parse_one(sql, dialect="duckdb")
        spark = tree.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE)
        calls = parse_one(spark, dialect="spark").find_all(exp.Anonymous)
    except UnsupportedError as error:
        yield f"can't do what its SQL asks: {str(error).splitlines()[0].rstrip('.')}"
    except ParseError as error:
        yield f"can't read its SQL: {str(error).splitlines()[0].rstrip('.')}"
    except SqlglotError:
        return
    else:
        names = sorted({call.name.lower() for call in calls})
        yield from (f"has no function '{name}'" for name in names if _lacks(name))


def _lacks(name: str) -> bool:
    """Whether Spark's Python side knows no such function. Where pyspark is missing, the build says so."""
    try:
        from pyspark.sql import functions
    except ModuleNotFoundError:
        return False
    return not hasattr(functions, name)


_CHECKS: Mapping[str, tuple[Callable[[LoadedProject], Iterator[Finding]], ...]] = {
    "duckdb": (_catalogs,),
    "spark": (_master, _patterns, _sql_tags),
}
"""Engine → what is checked for it."""
