"""What portraits of a build are counted from, in files: of each tag one code per customer, and who is in which segment.

Everything is on the scales that are made from everyone; so are the measures of everyone, which lie there as well. An
open build maps one tag at a time into memory and lets it go once it is counted: what is read often is kept by the
system, which takes it back when it needs the room. The files hold what the tables of the build tell, no more.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import finalize

from huaxiang.core.text import Text
from huaxiang.personas.coded import coded
from huaxiang.personas.columns import Column, read_columns
from huaxiang.personas.crowds import Population
from huaxiang.personas.likeness import Likeness, Sketch
from huaxiang.personas.measure import Measures, Tally, revenue_of
from huaxiang.personas.placed import Basis, Coded, Placed, PlacedColumn
from huaxiang.personas.ranges import Ranges
from huaxiang.personas.scales import Scale
from huaxiang.personas.statistics import Sample
from huaxiang.personas.tags import Tag, read_tags

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.core.moments import Moment

KIND, LAYOUT = "portraits", 1
"""What these files are called among those derived from a snapshot, and the number of their layout."""

MOST = 4_000_000_000
"""Bytes of the codes: four hundred tags of five million customers. Tags beyond that are read from the profiles."""

_ARRAYS, _INDEX = "arrays.bin", "index.json"
_ALIGNED = 64
_MEASURED = ("size", "revenue", "counts", "known", "medians")

_Where = tuple[int, str, tuple[int, ...]]
"""Where an array begins, the type of its values, its shape."""


def make_shelf(engine: Engine, folder: Path, moment: Moment, *, most: int = MOST) -> None:
    """Write the shelf of a build into an empty folder: one pass over the profiles. `moment` is the build's."""
    tags = read_tags(engine)
    population = Population(engine, revenue_of(tags))
    everyone, basis = population.crowd(), Basis.of(tags)
    tally = Tally(everyone, population.revenue(everyone))
    with (folder / _ARRAYS).open("wb") as file:
        writer = _Writer(file, most)
        shown = [tag for tag in tags.values() if tag.name not in basis.scales]
        kept = {}
        for column in read_columns(engine, engine.table("profiles"), population.size, shown, moment, step=_READING):
            placed = basis.meet(column.coded(), everyone)
            if placed.scale.kind != "skipped":
                tally.add(placed, everyone)
                kept[column.tag.name] = writer.tag(placed)
        measures, alike = tally.done(), basis.likeness
        names, likeness = alike.table
        index = {
            "size": population.size,
            "numbers": writer.put(population.numbers),
            "worth": None if population.worth is None else writer.put(population.worth),
            "segments": {name: writer.put(bits) for name, bits in population.all_members()},
            "scales": {name: _plain(scale) for name, scale in basis.scales.items()},
            "sketches": {
                name: {"rows": writer.put(sketch.rows), "is_list": sketch.is_list}
                for name, sketch in basis.sketches.items()
            },
            "tags": {name: where for name, where in kept.items() if where is not None},
            "measures": {key: getattr(measures, key) for key in _MEASURED}
            | {"samples": {name: vars(sample) for name, sample in measures.samples.items()}},
            "likeness": {"names": names, "alike": writer.put(likeness)},
        }
    (folder / _INDEX).write_text(json.dumps(index), encoding="utf-8")


_READING = "personas: profiles"


class Shelf(Mapping[str, Placed]):
    """The tags that lie in a folder that `make_shelf` wrote, each mapped into memory whenever it is asked for.

    `tags` are those of the build, or some of them.

    Raises:
        OSError: there is no shelf in the folder.
    """

    def __init__(self, folder: Path, tags: Mapping[str, Tag]) -> None:
        self._index: dict[str, Any] = json.loads((folder / _INDEX).read_text(encoding="utf-8"))
        # Open as long as the build is: whoever makes the files anew takes none away.
        self._file = os.open(folder / _ARRAYS, os.O_RDONLY)
        finalize(self, os.close, self._file)
        scales = self._index["scales"].items()
        self._scales = {name: _scale(tags[name], plain) for name, plain in scales if name in tags}

    def __getitem__(self, name: str) -> Placed:
        """The tag `name`, on the scale made from everyone."""
        where = self._index["tags"][name]
        scale, sketch = self._scales[name], self._sketch(name)
        if "codes" not in where:
            listed, owners = self._array(where["listed"]), self._array(where["owners"])
            column = _bare(scale.tag, owners, listed)
            return PlacedColumn(scale, column, self._array(where["positions"]), sketch)
        return Coded(
            scale,
            self._array(where["codes"]),
            self._array(where["rows"]),
            self._array(where["numbers"]),
            None if where["single"] is None else self._array(where["single"]),
            tuple(self._index["measures"]["counts"][name]),
            sketch,
        )

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._index["tags"] if name in self._scales)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    @property
    def numbers(self) -> NDArray[np.int64]:
        """The `customer_no` of all customers, in order."""
        return self._array(self._index["numbers"])

    @property
    def worth(self) -> NDArray[np.float64] | None:
        """What each customer is worth; None where nothing says so."""
        return None if self._index["worth"] is None else self._array(self._index["worth"])

    def members(self, segment: str) -> NDArray[np.bool_]:
        """Of each customer, whether they are in a segment; nobody is in one that was not built."""
        import numpy as np

        where = self._index["segments"].get(segment)
        if where is None:
            return np.zeros(self._index["size"], dtype=np.bool_)
        return np.unpackbits(self._array(where), count=self._index["size"]).view(np.bool_)

    def basis(self) -> Basis:
        """What is known of everyone."""
        measured, alike = self._index["measures"], self._index["likeness"]
        return Basis(
            dict(self._scales),
            # Those of tags that are on the shelf come with them.
            {name: sketch for name in self._index["sketches"] if name not in self and (sketch := self._sketch(name))},
            self,
            Measures(
                **{key: measured[key] for key in _MEASURED if key != "counts"},
                counts={name: tuple(counts) for name, counts in measured["counts"].items()},
                samples={name: Sample(**sample) for name, sample in measured["samples"].items()},
            ),
            Likeness.known(alike["names"], self._array(alike["alike"])),
        )

    def _sketch(self, name: str) -> Sketch | None:
        found = self._index["sketches"].get(name)
        return None if found is None else Sketch(self._array(found["rows"]), found["is_list"])

    def _array(self, where: _Where) -> NDArray[Any]:
        """An array of the file, in memory as long as somebody has it."""
        import numpy as np

        start, kind, shape = where
        dtype, count = np.dtype(kind), int(np.prod(shape))
        if not count:
            return np.empty(shape, dtype)
        before = start % mmap.ALLOCATIONGRANULARITY
        length = before + count * dtype.itemsize
        mapped = mmap.mmap(self._file, length, access=mmap.ACCESS_READ, offset=start - before)
        return np.frombuffer(mapped, dtype, count, before).reshape(shape)


class _Writer:
    """Writes arrays one after the other; of tags no more than `most` bytes."""

    def __init__(self, file: Any, most: int) -> None:
        self._file, self._left = file, most

    def tag(self, placed: PlacedColumn | Coded) -> dict[str, _Where | None] | None:
        """Write a tag, where there is room for it."""
        import numpy as np

        arrays: dict[str, NDArray[Any] | None]
        if isinstance(placed, PlacedColumn) and placed.column.owners is not None:
            arrays = {
                "positions": placed.positions.astype(np.int8),
                "owners": placed.column.owners.astype(np.int32),
                "listed": placed.column.listed,
            }
        else:
            one = coded(placed)
            arrays = {"codes": one.codes, "rows": one.rows, "numbers": one.numbers, "single": one.single}
        size = sum(array.nbytes for array in arrays.values() if array is not None)
        if size > self._left:
            return None
        self._left -= size
        return {name: None if array is None else self.put(array) for name, array in arrays.items()}

    def put(self, array: NDArray[Any]) -> _Where:
        """Write an array."""
        import numpy as np

        self._file.write(b"\0" * (-self._file.tell() % _ALIGNED))
        start = self._file.tell()
        # No other order of bytes: the files go with the snapshot, which hangs on the machine no more than that.
        self._file.write(np.ascontiguousarray(array).data)
        return start, array.dtype.str, array.shape


def _bare(tag: Tag, owners: NDArray[Any], listed: NDArray[Any]) -> Column:
    import numpy as np

    return Column(tag, np.empty(0, np.float64), np.empty(0, np.int64), (), owners, listed)


def _plain(scale: Scale) -> dict[str, Any]:
    """A scale as JSON can hold it."""
    return {
        "kind": scale.kind,
        "values": scale.values,
        "labels": [(label.en, label.zh) for label in scale.labels],
        "ranges": vars(scale.ranges),
        "reason": (scale.reason.en, scale.reason.zh),
    }


def _scale(tag: Tag, plain: Mapping[str, Any]) -> Scale:
    cut = plain["ranges"]
    return Scale(
        tag,
        plain["kind"],
        tuple(plain["values"]),
        tuple(Text(*label) for label in plain["labels"]),
        Ranges(**cut | {"edges": tuple(cut["edges"])}),
        Text(*plain["reason"]),
    )
