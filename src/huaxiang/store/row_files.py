"""Row files: tables of a snapshot once more, for whoever asks for the rows with one key. Derived (`store/derived.py`).

    derived/rows/
      rows.json                   what is there: each set of rows with what its cells are read by
      <number>.blocks             compressed blocks of rows, in a few runs in order of the key
      <number>.index.npy          of each block its first key, place, sizes and stretch
      <number>.stretches.json     what the cells of each stretch mean (`row_codes.py`)

A table of hundreds of columns lies by columns: for one customer an engine opens and decodes as many pieces of its file.
Here all of a customer is in one piece.
"""

from __future__ import annotations

import hashlib
import json
import os
import weakref
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import StoreError
from huaxiang.store import row_codes
from huaxiang.store.derived import Derived
from huaxiang.store.failures import engine_failures, storage_failures

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from huaxiang.store.engine import DuckEngine

KIND, LAYOUT = "rows", 2

STRETCH = 61_440
"""Rows whose cells mean the same."""

BLOCK = 16 << 10
"""Bytes of a block before it is compressed, about: all of them are read for one row."""

MOST = 256
"""Rows of a block at most."""

RUNS = 16
"""Runs of rows in order of the key up to which a table is taken as it lies: builds that go on append rows of few."""

_SHARE = 1.5
"""Times the size of the snapshot that row files take at most, as measured."""

CODEC = "lz4_raw"

_CATALOG = "rows.json"
_HASH = "_hash"
_BETWEEN = "\x1f"

Row = dict[str, Any]


@dataclass(frozen=True)
class RowSet:
    """The `columns` of a table or view of a snapshot, found by `keys`, which are never null: a number, or texts."""

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """What tells it from other sets of the snapshot."""
        return json.dumps([self.table, self.keys, self.columns])


def row_files(snapshot: Path) -> Derived:
    """The row files of the snapshot in a folder."""
    return Derived(snapshot, snapshot.name, KIND, LAYOUT)


# -- writing ----------------------------------------------------------------------------------------------------


def write_row_files(engine: DuckEngine, wanted: Sequence[RowSet]) -> None:
    """Write row files of the snapshot that `engine` is opened on; somebody holds it open meanwhile.

    Sets that row files can't hold, because of the type of a column or key, are left out.

    Raises:
        BusyError: somebody else writes them.
        StoreError: the disk refused, or has too little room.
    """
    catalog: dict[str, Any] = {}
    derived, needed = row_files(Path(engine.path).parent), int(_SHARE * Path(engine.path).stat().st_size)
    if derived.room(needed) < needed:
        raise StoreError(
            f"Row files may take {needed / 1e9:.1f} GB, more than half of what is free on the disk of {derived.folder}."
        )
    with derived.making() as folder:
        if folder is None:
            return
        for number, each in enumerate(wanted):
            with storage_failures(folder):
                found = _write(engine, each, folder / str(number))
            if found is not None:
                catalog[each.name] = {"number": number, **found}
        with storage_failures(folder):
            (folder / _CATALOG).write_text(json.dumps(catalog), encoding="utf-8")


def _write(engine: DuckEngine, wanted: RowSet, path: Path, *, sort: bool = False) -> dict[str, Any] | None:
    """Write one set of rows; what is to be known of it. None where row files can't hold it."""
    import numpy as np
    import pyarrow as pa

    index: list[tuple[int, ...]] = []
    stretches: list[Any] = []
    runs: list[int] = []
    codec = pa.Codec(CODEC)
    size, last = 0, None
    try:
        source = _Source.of(engine, wanted, sort=sort)
        with _part(path, "blocks").open("wb") as file, source.stretches() as read:
            for keys, cells in read:
                if last is None or keys[0] < last:
                    runs.append(len(index))
                    if len(runs) > RUNS:
                        raise _UnsortedError
                last = keys[-1]
                size = size or max(1, min(MOST, BLOCK // row_codes.width_of(cells)))
                first = 0
                for block in row_codes.blocks(keys, cells, size):
                    packed = codec.compress(block, asbytes=True)
                    rows = min(size, len(keys) - first)
                    index.append((int(keys[first]), file.tell(), len(packed), len(block), rows, len(stretches)))
                    file.write(packed)
                    first += rows
                stretches.append(row_codes.plan_of(cells))
    except row_codes.UnknownTypeError:
        _part(path, "blocks").unlink(missing_ok=True)
        return None
    except _UnsortedError:
        # To sort hundreds of columns costs more than all the rest: only for rows in no order at all, or in many pieces.
        return _write(engine, wanted, path, sort=True)
    with _part(path, "index.npy").open("wb") as file:
        np.save(file, np.array(index, np.int64).reshape(-1, len(_INDEX)).T)
    _part(path, "stretches.json").write_text(json.dumps(stretches, ensure_ascii=False), encoding="utf-8")
    return {"readings": source.readings, "hashed": source.hashed, "runs": runs}


_INDEX = ("key", "place", "packed", "bytes", "rows", "stretch")
"""The rows of the index, a column per block."""


class _UnsortedError(Exception):
    """A table is in no order of the key."""


def _part(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name}.{suffix}")


@dataclass(frozen=True)
class _Source:
    """The rows of a set in order of their key, as the engine hands them over."""

    engine: DuckEngine
    statement: str
    readings: dict[str, str]
    hashed: bool

    @classmethod
    def of(cls, engine: DuckEngine, wanted: RowSet, *, sort: bool) -> _Source:
        """What reads a set. Raises `UnknownTypeError`."""
        import pyarrow as pa

        columns = list(dict.fromkeys((*wanted.columns, *wanted.keys)))
        table = engine.table(wanted.table).select(columns)
        types = {field.name: field.type for field in table.schema().to_pyarrow()}
        readings = {name: row_codes.reading(type_)[0] for name, type_ in types.items()}
        kinds = [types[name] for name in wanted.keys]
        hashed = all(map(pa.types.is_string, kinds))
        if not hashed and not (len(kinds) == 1 and pa.types.is_integer(kinds[0])):
            raise row_codes.UnknownTypeError(f"keys of {wanted.table}")
        return cls(engine, _statement(wanted, readings, hashed=hashed, sort=sort or hashed), readings, hashed)

    @contextmanager
    def stretches(self) -> Iterator[Iterator[tuple[NDArray[np.int64], list[row_codes.Coded]]]]:
        """The rows, a stretch in order of the key after the other: their keys, and their columns."""
        failures = engine_failures("write row files", self.engine.path, lambda: self.statement)
        with failures, self.engine.backend.con.cursor() as cursor:
            rows = _gathered(cursor.sql(self.statement).to_arrow_reader(STRETCH))
            yield (self._coded(run) for table in rows for run in _in_order(table))

    def _coded(self, rows: pa.Table) -> tuple[NDArray[np.int64], list[row_codes.Coded]]:
        keys = rows[_HASH].combine_chunks().to_numpy(zero_copy_only=False)
        return keys, [row_codes.coded(name, rows[name].combine_chunks()) for name in self.readings]


def _statement(wanted: RowSet, readings: Mapping[str, str], *, hashed: bool, sort: bool) -> str:
    import sqlglot.expressions as sge
    from sqlglot import select

    def column(name: str) -> sge.Column:
        return sge.column(sge.to_identifier(name, quoted=True))

    keys: list[sge.Expression] = [column(name) for name in wanted.keys]
    key = keys[0]
    if hashed:
        joined = sge.Anonymous(this="concat_ws", expressions=[sge.convert(_BETWEEN), *keys])
        digest = sge.Anonymous(this="md5_number_lower", expressions=[joined])
        # A whole number with a sign has one bit less.
        key = sge.BitwiseRightShift(this=digest, expression=sge.convert(1))
    cells = [
        sge.alias_(sge.cast(sge.Anonymous(this="to_json", expressions=[column(name)]), "text"), name, quoted=True)
        if read == "list"
        else column(name)
        for name, read in readings.items()
    ]
    query = select(sge.alias_(sge.cast(key, "bigint"), _HASH), *cells).from_(
        sge.to_identifier(wanted.table, quoted=True)
    )
    query = query.where(*(sge.not_(sge.Is(this=each, expression=sge.null())) for each in keys))
    return (query.order_by(sge.to_identifier(_HASH)) if sort else query).sql("duckdb")


def _digest(key: Sequence[str]) -> int:
    """What `_statement` makes of keys that are texts."""
    found = hashlib.md5(_BETWEEN.join(key).encode(), usedforsecurity=False).digest()
    return int.from_bytes(found[8:], "little") >> 1


def _gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows of batches in tables of `STRETCH` rows; the last has fewer."""
    import pyarrow as pa

    waiting: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        waiting.append(batch)
        rows += batch.num_rows
        while rows >= STRETCH:
            table = pa.Table.from_batches(waiting)
            yield table.slice(0, STRETCH)
            waiting = table.slice(STRETCH).to_batches()
            rows -= STRETCH
    if rows:
        yield pa.Table.from_batches(waiting)


def _in_order(rows: pa.Table) -> Iterator[pa.Table]:
    """The rows in parts that are in order of the key each."""
    import numpy as np

    keys = rows[_HASH].to_numpy()
    bounds = [0, *(np.flatnonzero(keys[1:] < keys[:-1]) + 1).tolist(), len(keys)]
    return (rows.slice(low, high - low) for low, high in pairwise(bounds))


# -- reading ----------------------------------------------------------------------------------------------------


class RowFiles:
    """The row files of one snapshot, opened for reading. Any thread may ask."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with storage_failures(folder):
            self._catalog: dict[str, Any] = json.loads((folder / _CATALOG).read_text(encoding="utf-8"))

    @classmethod
    def of(cls, snapshot: Path) -> RowFiles | None:
        """Those of the snapshot in a folder; None where there are none."""
        folder = row_files(snapshot).find()
        return None if folder is None else cls(folder)

    def find(self, wanted: RowSet) -> RowFile | None:
        """What finds the rows of a set; None where it is not among them."""
        known = self._catalog.get(wanted.name)
        return None if known is None else RowFile(self._folder / str(known["number"]), wanted, known)


class RowFile:
    """Finds the rows of one set by their key. The file is open as long as this lives. Any thread may ask."""

    def __init__(self, path: Path, wanted: RowSet, known: Mapping[str, Any]) -> None:
        import numpy as np
        import pyarrow as pa

        self._wanted, self._path, self._hashed = wanted, path, known["hashed"]
        with storage_failures(path):
            index = np.load(_part(path, "index.npy"))
            stretches = json.loads(_part(path, "stretches.json").read_text(encoding="utf-8"))
            self._file = os.open(_part(path, "blocks"), os.O_RDONLY)
        weakref.finalize(self, os.close, self._file)
        self._firsts, *self._index = [memoryview(column) for column in index]
        self._runs = [*pairwise([*known["runs"], len(self._firsts)])]
        readings = {name: row_codes.reader(read)[1] for name, read in known["readings"].items()}
        self._stretches = [row_codes.Stretch(plan, readings) for plan in stretches]
        self._codec = pa.Codec(CODEC)
        self._superfluous = [name for name in readings if name not in wanted.columns]

    def rows(self, key: Sequence[Any]) -> list[Row]:
        """The rows with a key.

        Raises:
            StoreError: the file can't be read.
        """
        number = _digest(key) if self._hashed else int(key[0])
        found = [
            row for run in self._runs for block in self._blocks(number, *run) for row in self._of_block(block, number)
        ]
        if self._hashed:
            # Others may have the same digest.
            named = [*zip(self._wanted.keys, key, strict=True)]
            found = [row for row in found if all(row[name] == value for name, value in named)]
        for row in found:
            for name in self._superfluous:
                del row[name]
        return found

    def _blocks(self, number: int, first: int, end: int) -> range:
        """The blocks of a run that may hold rows of a key."""
        low = max(bisect_left(self._firsts, number, first, end) - 1, first)
        return range(low, bisect_right(self._firsts, number, low, end))

    def _of_block(self, number: int, key: int) -> Iterator[Row]:
        place, packed, size, rows, stretch = [column[number] for column in self._index]
        try:
            content = os.pread(self._file, packed, place)
            block = self._codec.decompress(content, size, asbytes=True)
        except OSError as error:
            raise StoreError(f"{self._path} can't be read: {error}. Remove the folder, and it is made anew.") from error
        keys = memoryview(block)[: row_codes.KEY_WIDTH * rows].cast("q")
        low = bisect_left(keys, key)
        reader = self._stretches[stretch]
        for each in range(low, bisect_right(keys, key, lo=low)):
            yield reader.row(block, rows, each)
