"""Simulate people who rate ten films, and write down what is really so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

from huaxiang.core.errors import UsageError
from huaxiang.simulate.columns import Array
from huaxiang.simulate.films.people import GENRES, TALKATIVE, TRAITS, People, make_people

FILMS = (
    ("The Last Pass", ("Action",)),
    ("Night Convoy", ("Action", "Drama")),
    ("Iron Harbour", ("Action",)),
    ("Runaway Hearts", ("Action", "Romance")),
    ("Letters in Spring", ("Romance",)),
    ("The Ferry to You", ("Romance", "Drama")),
    ("Second Bouquet", ("Romance", "Comedy")),
    ("Grandmother's Noodles", ("Comedy",)),
    ("The Clockmaker", ("Drama",)),
    ("Orbit of Silence", ("Sci-Fi",)),
)
"""The ten films, all invented, with their genres."""

SCALE = 10
LAST_DAY = np.datetime64("2026-06-30T00:00:00", "s")

SEEN = 0.8
"""The share of people who rate a film."""

MOOD = 1.2
"""How much a rating differs from what its genres say of somebody's taste."""


def simulate_films(folder: Path, users: int, seed: int) -> None:
    """Write `folder/data` – `ratings.csv`, `users.csv`, `items.csv` – and what is true of it to `folder/truth`.

    Equal arguments give equal bytes.

    Raises:
        UsageError: `users` is not positive, or `seed` is negative.
    """
    if users < 1 or seed < 0:
        raise UsageError("simulate needs at least 1 user, and a seed of 0 or more")
    random = np.random.default_rng([seed, 20_260_701])
    people = make_people(random, users)
    for part in ("data", "truth"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    _write(folder / "data" / "users.csv", _users(people, users))
    _write(folder / "data" / "items.csv", _items())
    _write(folder / "data" / "ratings.csv", _ratings(random, people, users))
    taste = {genre: pa.array(np.round(people.taste[genre], 4)) for genre in GENRES}
    pq.write_table(pa.table({"userId": _ids(users), **taste}), folder / "truth" / "taste.parquet")
    planted = {"users": users, "seed": seed, "planted": list(_planted()), "without": _without()}
    (folder / "truth" / "differences.json").write_text(json.dumps(planted, indent=2) + "\n", encoding="utf-8")


def _planted() -> Iterator[dict[str, Any]]:
    """What action lovers have more of (`more` 1) or less of (−1) than romance lovers, by design."""
    for trait in TRAITS:
        for value, lean in trait.lean.items():
            difference = lean.get("Action", 0.0) - lean.get("Romance", 0.0)
            yield {"trait": trait.name, "value": value, "more": 1 if difference > 0 else -1}
    yield {"trait": "comments", "value": None, "more": -1 if TALKATIVE > 0 else 1}


def _without() -> list[str]:
    """The traits that have nothing to do with taste."""
    return [trait.name for trait in TRAITS if not trait.lean] + ["age"]


def _users(people: People, users: int) -> pa.Table:
    traits = {trait.name: pa.array(people.values(trait)) for trait in TRAITS}
    known = {"age": pa.array(people.age), "comments": pa.array(people.comments)}
    return pa.table({"userId": _ids(users), **traits, **known})


def _items() -> pa.Table:
    titles, genres = zip(*FILMS, strict=True)
    return pa.table({"movieId": _ids(len(FILMS)), "title": list(titles), "genres": ["|".join(each) for each in genres]})


def _ratings(random: np.random.Generator, people: People, users: int) -> pa.Table:
    columns: dict[str, list[Array]] = {"userId": [], "movieId": [], "rating": [], "timestamp": []}
    for number, (_, genres) in enumerate(FILMS, 1):
        seen = np.flatnonzero(random.random(users) < SEEN)
        liking = np.mean([people.taste[genre][seen] for genre in genres], axis=0)
        rating = np.clip(np.rint(liking + MOOD * random.standard_normal(len(seen))), 0, SCALE).astype(np.int64)
        when = LAST_DAY - random.integers(0, 365 * 86_400, len(seen)).astype("timedelta64[s]")
        parts = (seen + 1, np.full(len(seen), number), rating, when.astype(np.int64))
        for column, part in zip(columns.values(), parts, strict=True):
            column.append(part)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    order = np.lexsort((joined["movieId"], joined["userId"]))
    table = {name: pa.array(column[order]) for name, column in joined.items()}
    moments = pa.array(joined["timestamp"][order]).cast(pa.timestamp("s", "UTC"))
    scale = pa.array(np.full(len(order), SCALE))
    return pa.table({**table, "timestamp": moments, "scale": scale})


def _ids(count: int) -> pa.Array:
    return pa.array(np.arange(1, count + 1))


def _write(path: Path, table: pa.Table) -> None:
    csv.write_csv(table, path, csv.WriteOptions(quoting_style="needed"))
