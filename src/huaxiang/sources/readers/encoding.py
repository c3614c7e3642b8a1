"""Which encoding a text file is in, and its lines as UTF-8, whatever it is in.

Bytes that mean nothing in the encoding become characters of a private area of Unicode (U+10FF00 plus the byte),
so that they survive until the line they stand in is rejected, and are shown as `\\xNN`.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from huaxiang.sources.readers.base import Reading
from huaxiang.sources.readers.files import chunks, open_bytes

_ESCAPE = 0x10FF00
_MARK = chr(_ESCAPE + 0x80).encode()[:2]
_ESCAPED = re.compile(f"[{chr(_ESCAPE)}-{chr(_ESCAPE + 0xFF)}]")
_HANDLER = "huaxiang.escape"


@dataclass(frozen=True)
class Encoding:
    """A file's encoding. `clean`: it is UTF-8 (perhaps with BOM) throughout, so that it can be read where it lies."""

    name: str
    clean: bool


def detect(reading: Reading, path: Path) -> Encoding:
    """The encoding of a text file: the one given, else UTF-8, UTF-16 by its BOM, or GB18030.

    A file that is mostly UTF-8 stays UTF-8; its broken lines are rejected later.

    Raises:
        SourceError: the encoding given does not exist, or the file is in none of those.
    """
    given = reading.spec.encoding
    if given:
        try:
            name = codecs.lookup(given).name
        except LookupError:
            remedy = "Use utf-8, gb18030, gbk, big5 or utf-16, or leave it out to have it found."
            raise reading.error(path, f"has an unknown encoding '{given}'", remedy) from None
        return Encoding(name, name in ("utf-8", "utf-8-sig") and _is_utf8(path))
    head = next(chunks(path, 4), b"")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16", False)
    if _is_utf8(path):
        return Encoding("utf-8-sig", True)
    good, bad = _count(path, "utf-8")
    if head.startswith(codecs.BOM_UTF8) or good >= bad:
        return Encoding("utf-8-sig", False)
    good, bad = _count(path, "gb18030")
    if good > bad:
        return Encoding("gb18030", False)
    raise reading.error(
        path, "is neither UTF-8 nor GB18030 text", "Set 'encoding' to what it is in, or export it again as UTF-8."
    )


def lines(path: Path, encoding: Encoding) -> Iterator[bytes]:
    """The lines of the file with their endings, in UTF-8 without BOM, undecodable bytes escaped."""
    with open_bytes(path) as file:
        if encoding.clean:
            yield file.readline().removeprefix(codecs.BOM_UTF8)
            yield from file
        else:
            text = io.TextIOWrapper(cast(io.BytesIO, file), encoding.name, errors=_HANDLER, newline="\n")
            for line in text:
                yield line.encode()


def has_undecodable(line: bytes) -> bool:
    """Whether the line holds a byte that the encoding does not know, or a NUL."""
    return (_MARK in line and _ESCAPED.search(line.decode()) is not None) or b"\x00" in line


def readable(line: bytes) -> str:
    """The line as a person may see it."""
    text = _ESCAPED.sub(lambda found: f"\\x{ord(found[0]) - _ESCAPE:02x}", line.decode())
    return text.replace("\x00", "\\x00").rstrip("\r\n")


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for chunk in chunks(path):
            if b"\x00" in chunk:
                return False
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _count(path: Path, encoding: str) -> tuple[int, int]:
    """How many lines with other than ASCII characters are good in `encoding`, and how many are not."""
    good = bad = 0
    with open_bytes(path) as file:
        for line in file:
            if not line.isascii():
                try:
                    line.decode(encoding)
                    good += 1
                except UnicodeDecodeError:
                    bad += 1
    return good, bad


def _escape(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return "".join(chr(_ESCAPE + byte if byte >= 0x80 else byte) for byte in broken), error.end


codecs.register_error(_HANDLER, _escape)
