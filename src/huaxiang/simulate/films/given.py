"""A folder shaped like MovieLens – ratings, users, items – brought into the columns that the film example reads."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from huaxiang.core.errors import UsageError


@dataclass(frozen=True)
class File:
    """One file of the folder: under which names it is known, and its columns with the names they may have.

    Names are compared without case and punctuation: `userId`, `user_id` and `User ID` are one. Those in `needed` have
    to be there; others are left empty where nobody knows them.
    """

    names: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    needed: tuple[str, ...]


_USER, _ITEM = ("user", "customer", "customerid"), ("itemid", "filmid", "movie", "item")

FILES = {
    "ratings": File(
        ("ratings.csv",),
        {"userId": _USER, "movieId": _ITEM, "rating": ("score",), "timestamp": ("time", "date", "ratedat")},
        ("userId", "movieId", "rating"),
    ),
    "users": File(
        ("users.csv",),
        {
            "userId": (*_USER, "id"),
            "gender": ("sex",),
            "relationship": ("maritalstatus", "marriage"),
            "phone_brand": ("phone", "brand"),
            "job": ("occupation", "profession"),
            "region": ("province", "state", "area"),
            "age": (),
            "comments": ("numberofcomments", "commentcount"),
        },
        ("userId",),
    ),
    "items": File(
        ("items.csv", "movies.csv"),
        {"movieId": (*_ITEM, "id"), "title": ("name",), "genres": ("genre",)},
        ("movieId", "genres"),
    ),
}
"""The files by the name that the example gives them."""

SCALES = (5, 10)
"""Scales that ratings may be on, the highest rating each; the smallest that holds them all is taken."""

NO_TIME = "2000-01-01T00:00:00Z"
"""When ratings were given that don't say."""


def take_films(origin: Path, target: Path) -> None:
    """Write the files of `origin` to `target` as the film example reads them.

    Ratings keep their number and say which scale it is on; the mapping brings them to 0–10.

    Raises:
        UsageError: a file or column is missing, or ratings are not from 0 to 10.
    """
    tables = {name: _read(origin, file) for name, file in FILES.items()}
    ratings = tables["ratings"]
    most = pc.max(_numbers(ratings["rating"], origin)).as_py() or 0
    least = pc.min(_numbers(ratings["rating"], origin)).as_py() or 0
    scale = next((each for each in SCALES if most <= each), None)
    if scale is None or least < 0:
        raise UsageError(f"{origin / 'ratings.csv'}: ratings lie between {least:g} and {most:g}, not within 0 to 10.")
    tables["ratings"] = ratings.append_column("scale", pa.array([str(scale)] * ratings.num_rows)).set_column(
        ratings.column_names.index("timestamp"), "timestamp", _moments(ratings["timestamp"])
    )
    target.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        csv.write_csv(table, target / f"{name}.csv", csv.WriteOptions(quoting_style="needed"))


def _read(origin: Path, file: File) -> pa.Table:
    path = next((origin / name for name in file.names if (origin / name).is_file()), None)
    if path is None:
        raise UsageError(f"{origin} has no file {' or '.join(file.names)}.")
    try:
        header = csv.open_csv(path).schema.names
        as_text = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True)
        table = csv.read_csv(path, convert_options=as_text)
    except pa.ArrowInvalid as error:
        raise UsageError(f"{path} can't be read as CSV with a line of headings: {error}") from None
    there = {_plain(name): name for name in reversed(table.column_names)}
    columns: dict[str, Any] = {}
    for name, others in file.columns.items():
        found = next((there[each] for each in (_plain(name), *others) if each in there), None)
        if found is None and name in file.needed:
            raise UsageError(f"{path} has no column '{name}'. It has: {', '.join(table.column_names)}.")
        columns[name] = table[found] if found is not None else pa.nulls(table.num_rows, pa.string())
    return pa.table(columns)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _numbers(column: pa.ChunkedArray, origin: Path) -> pa.ChunkedArray:
    try:
        return column.cast(pa.float64())
    except pa.ArrowInvalid as error:
        raise UsageError(f"{origin / 'ratings.csv'}: a rating is no number: {error}") from None


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Seconds since 1970, as MovieLens has them, as moments; other texts stay, and nothing becomes `NO_TIME`."""
    seconds = pc.all(pc.match_substring_regex(column.drop_null(), r"^\d{5,12}$")).as_py()
    if seconds and column.null_count < len(column):
        stamps = column.cast(pa.int64()).cast(pa.timestamp("s"))
        column = pc.strftime(stamps, format="%Y-%m-%dT%H:%M:%SZ")
    return pc.fill_null(column, NO_TIME)
