"""Finding a source's files, and finding out what they really are."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from huaxiang.core.findings import near_miss
from huaxiang.sources.readers.base import Reading
from huaxiang.sources.spec import Format

_SUFFIXES: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".parquet": "parquet", ".pq": "parquet", ".jsonl": "jsonl",
    ".ndjson": "jsonl", ".json": "jsonl", ".xlsx": "excel", ".xls": "excel", ".xlsm": "excel", ".xlsb": "excel",
    ".ods": "excel",
}  # fmt: skip

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "a Parquet file"),
    (b"PK\x03\x04", "an Excel workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"SQLite format 3", "a SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)
_EXPECTED: dict[Format, tuple[str, ...]] = {
    "csv": ("text",),
    "jsonl": ("text", "JSON"),
    "parquet": ("a Parquet file",),
    "excel": ("an Excel workbook or zip archive", "an old Excel workbook"),
}
_MEANT: dict[str, Format] = {
    "a Parquet file": "parquet",
    "an Excel workbook or zip archive": "excel",
    "an old Excel workbook": "excel",
    "JSON": "jsonl",
    "text": "csv",
}


def find_files(reading: Reading) -> list[Path]:
    """The files of the source in the order of their names.

    Raises:
        SourceError: there are none, or one of them can't be read.
    """
    pattern = cast(str, reading.spec.path)
    found = source_files(pattern, reading.folder)
    if not found and _is_pattern(pattern):
        raise reading.error(
            pattern, "matches no file", f"Put the files there or correct 'path'; looked in {reading.folder}."
        )
    if not found:
        raise reading.error(pattern, "does not exist", _where(reading.folder / pattern))
    if found[0].is_dir():
        raise reading.error(pattern, "is a folder", f"Name its files: '{pattern.rstrip('/')}/*.csv'.")
    for path in found:
        _check_readable(reading, path)
    return found


def exists(spec_path: str, folder: Path) -> bool:
    """Whether `path` of a source matches anything."""
    if any(sign in spec_path for sign in "*?["):
        anchor = Path(spec_path).anchor
        return any((Path(anchor) if anchor else folder).glob(spec_path.removeprefix(anchor)))
    return (folder / spec_path).exists()


def format_of(reading: Reading, path: Path) -> Format:
    """The format that the definition or the file's name says, once its content was seen to agree.

    Raises:
        SourceError: the name says nothing, or the content is something else.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] == ".gz":
        suffixes.pop()
    named = reading.spec.format or (_SUFFIXES.get(suffixes[-1]) if suffixes else None)
    if named is None:
        known = ", ".join(sorted(_SUFFIXES))
        raise reading.error(path, "has a name that tells no format", f"Set 'format', or use one of {known}.")
    content = _content(path)
    if content not in _EXPECTED[named] and not (named == "csv" and content == "JSON"):
        meant = _MEANT.get(content)
        remedy = f"Set 'format: {meant}', or fetch" if meant else "Fetch"
        raise reading.error(path, f"is not {_ARTICLE[named]}: its content is {content}", f"{remedy} the file again.")
    return named


_ARTICLE: dict[Format, str] = {
    "csv": "CSV",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
    "excel": "an Excel workbook",
}


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes, unpacked where its name ends in .gz."""
    return cast(IO[bytes], gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb"))


def chunks(path: Path, size: int = 1 << 20) -> Iterator[bytes]:
    """The file's bytes in pieces."""
    with open_bytes(path) as file:
        while chunk := file.read(size):
            yield chunk


def source_files(pattern: str, folder: Path) -> list[Path]:
    """The files that a source's path names, in the order of their names; `folder` is the project's."""
    if not _is_pattern(pattern):
        path = folder / pattern
        return [path] if path.exists() else []
    anchor = Path(pattern).anchor
    base = Path(anchor) if anchor else folder
    return sorted(path for path in base.glob(pattern.removeprefix(anchor)) if path.is_file())


def _is_pattern(pattern: str) -> bool:
    return any(sign in pattern for sign in "*?[")


def _check_readable(reading: Reading, path: Path) -> None:
    try:
        head = next(chunks(path, 4096), b"")
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise reading.error(path, f"can't be read: {reason}", "Check its rights and that it is complete.") from error
    if not head.strip(b" \t\r\n\xef\xbb\xbf\x00"):
        raise reading.error(path, "is empty", "Fetch the file again, or set 'optional: true' and remove it.")


def _content(path: Path) -> str:
    """What the first bytes say that the file is."""
    head = next(chunks(path, 4096), b"")
    for magic, content in _MAGIC:
        if head.startswith(magic):
            return content
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "an HTML page (often an error page or a log-in page)"
    if text.startswith(b"<?xml"):
        return "XML"
    if text.startswith((b"{", b"[{")):
        return "JSON"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" not in head:
        return "text"
    return "binary data of an unknown kind"


def _where(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder {folder}: correct 'path', or set 'optional: true'."
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    guess = near_miss(path.name, names)
    if guess:
        return f"Did you mean '{guess}'?"
    listed = ", ".join(names[:10]) or "no files"
    return f"Correct 'path', or set 'optional: true' if it may be absent. {folder} holds {listed}."
