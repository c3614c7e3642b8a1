"""Matching the records of files, without a project: read, guess, match, write, report."""

from __future__ import annotations

import os
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import UsageError
from huaxiang.core.findings import near_miss

if TYPE_CHECKING:
    import ibis

    from huaxiang.core.engine import Engine
    from huaxiang.identity.fuzzy import Guess, SourceRecords

Progress = Callable[[str, int, int], None]

PRECISION = 0.995
"""Of a thousand pairs of records that are joined, five may be wrong."""
_SUFFIXES = (".parquet", ".csv")
_SAMPLED = 2000
_STEPS = 5


@dataclass(frozen=True)
class _File:
    """A file that was opened: its source, its table, its key, and how many of its lines could not be read."""

    source: str
    path: Path
    table: ibis.Table
    columns: tuple[str, ...]
    key: str
    rejected: int


def link_files(
    files: Sequence[str | Path],
    *,
    key: str | Sequence[str],
    out: str | Path,
    mapping: Mapping[str, Sequence[str]] | None = None,
    precision: float = PRECISION,
    exclusive: Sequence[str] = (),
    pairs: str | Path | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Match the records of one or several tables, and write `customer_id`, `source`, `record_key` to `out`.

    `key` is the column that names a row within its file; of several, the first that a file has. `mapping` corrects
    what columns mean: meaning → columns (`ignore` for columns that must not be used). `precision` is the wanted share
    of right pairs among the joined. `exclusive` names sources in which everybody is once only. `pairs` takes the
    explanation of every likely pair.
    Returns the figures of the report. Equal files give equal results.

    Raises:
        UsageError: a column, meaning, source or suffix that does not exist, or splink is not installed.
        SourceError: a file is missing or can't be read.
    """
    from huaxiang.identity import fuzzy
    from huaxiang.store.engine import DuckEngine

    said = {meaning: tuple(columns) for meaning, columns in (mapping or {}).items()}
    targets = [Path(target) for target in (out, pairs) if target is not None]
    _check(targets, said, precision)
    tell = progress or (lambda step, done, total: None)
    with tempfile.TemporaryDirectory(prefix="huaxiang-link-") as scratch, DuckEngine.open() as engine:
        tell("read", 0, _STEPS)
        opened = _open(engine, files, [key] if isinstance(key, str) else key, Path(scratch))
        _check_columns(opened, said, exclusive)
        guesses = {file.source: _guess(engine, file, said) for file in opened}
        tell("prepare", 1, _STEPS)
        prepared = fuzzy.write_records(engine, [_records(file, guesses[file.source], exclusive) for file in opened])
        tell("match", 2, _STEPS)
        matched = fuzzy.match(engine, prepared, precision=precision)
        tell("write", 4, _STEPS)
        _write(engine, fuzzy.identity_table(engine), targets[0])
        if pairs is not None:
            _write(engine, fuzzy.explanations(engine, matched), targets[1])
        tell("write", _STEPS, _STEPS)
        found = fuzzy.figures(prepared, matched, precision=precision)
    return {
        **found,
        "file": str(targets[0].resolve()),
        "pairs_file": str(targets[1].resolve()) if pairs is not None else None,
        "sources": [
            {
                "source": file.source,
                "file": str(file.path),
                "rejected_lines": file.rejected,
                "columns": [_shown(guess) for guess in guesses[file.source]],
            }
            for file in opened
        ],
    }


def _check(targets: Sequence[Path], said: Mapping[str, Sequence[str]], precision: float) -> None:
    from huaxiang.identity.fuzzy import IGNORED, MEANINGS

    if find_spec("splink") is None:
        raise UsageError("Matching needs splink. Install it: pip install 'huaxiang[matching]'.")
    if not 0.5 <= precision < 1:
        raise UsageError(
            f"precision {precision} makes no sense; it is a share from 0.5 to below 1, such as {PRECISION}."
        )
    for target in targets:
        if target.suffix not in _SUFFIXES:
            raise UsageError(f"{target}: write a file that ends in {' or '.join(_SUFFIXES)}.")
        if not target.absolute().parent.is_dir():
            raise UsageError(f"{target}: there is no folder {target.parent}.")
    known = [meaning.name for meaning in MEANINGS] + [IGNORED]
    for meaning in said:
        if meaning not in known:
            raise UsageError(
                f"'{meaning}' is no meaning of a column.{_hint(meaning, known)} Meanings: {', '.join(known)}."
            )


def _open(engine: Engine, files: Sequence[str | Path], keys: Sequence[str], scratch: Path) -> list[_File]:
    from huaxiang.sources.readers import open_source
    from huaxiang.sources.spec import SourceSpec

    if not files:
        raise UsageError("Name at least one file.")
    opened: list[_File] = []
    taken: Counter[str] = Counter()
    for path in map(Path, files):
        name = re.sub(r"\W+", "_", path.name.split(".")[0]).strip("_") or "table"
        taken[name] += 1
        source = name if taken[name] == 1 else f"{name}_{taken[name]}"
        raw = open_source(engine, SourceSpec(name=source, path=str(path.absolute())), Path.cwd(), scratch)
        if raw is None:
            continue
        rejected = (
            0 if raw.rejects is None else engine.rows(raw.rejects.aggregate(n=raw.rejects.count()), step="link")[0]["n"]
        )
        opened.append(_File(source, path, raw.table, raw.columns, _key(path, raw.columns, keys), int(rejected)))
    return opened


def _key(path: Path, columns: Sequence[str], keys: Sequence[str]) -> str:
    for key in keys:
        if key in columns:
            return key
    wanted = " or ".join(f"'{key}'" for key in keys) or "given"
    hint = _hint(keys[0], columns) if keys else ""
    raise UsageError(f"{path} has no column {wanted} for its key.{hint} Columns: {', '.join(columns)}.")


def _check_columns(opened: Sequence[_File], said: Mapping[str, Sequence[str]], exclusive: Sequence[str]) -> None:
    every = list(dict.fromkeys(column for file in opened for column in file.columns))
    for meaning, columns in said.items():
        for column in columns:
            if column not in every:
                raise UsageError(
                    f"No file has the column '{column}' that is mapped to {meaning}.{_hint(column, every)} "
                    f"Columns: {', '.join(every)}."
                )
    sources = [file.source for file in opened]
    for name in exclusive:
        if name not in sources:
            raise UsageError(f"No source is named '{name}'.{_hint(name, sources)} Sources: {', '.join(sources)}.")


def _hint(name: str, known: Sequence[str]) -> str:
    guess = near_miss(name, known)
    return f" Did you mean '{guess}'?" if guess else ""


def _guess(engine: Engine, file: _File, said: Mapping[str, Sequence[str]]) -> list[Guess]:
    from huaxiang.identity.fuzzy import correct, guess_meanings

    texts = file.table.select(**{name: file.table[name].cast("string").strip().nullif("") for name in file.columns})
    sample = engine.arrow(texts.limit(_SAMPLED), step="link: look at values")
    values = {name: [value for value in sample[name].to_pylist() if value is not None] for name in file.columns}
    return correct(guess_meanings(values, key=file.key), said)


def _records(file: _File, guesses: Sequence[Guess], exclusive: Sequence[str]) -> SourceRecords:
    from huaxiang.identity.fuzzy import SourceRecords

    meanings = {guess.meaning: guess.column for guess in guesses if guess.meaning}
    return SourceRecords(file.source, file.table, file.key, "_row", meanings, file.source in exclusive)


def _shown(guess: Guess) -> dict[str, Any]:
    from huaxiang.identity.fuzzy import MEANINGS

    labels = {meaning.name: meaning.label.as_dict() for meaning in MEANINGS}
    return {
        "column": guess.column,
        "meaning": guess.meaning,
        "label": labels.get(guess.meaning or ""),
        "confidence": guess.confidence,
        "reason": guess.reason.as_dict(),
    }


def _write(engine: Engine, content: ibis.Table, path: Path) -> None:
    """Write the file whole or not at all."""
    from pyarrow import csv, parquet

    table = engine.arrow(content, step="link: result")
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if path.suffix == ".csv":
            csv.write_csv(table, partial)
        else:
            parquet.write_table(table, partial, compression="zstd")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
