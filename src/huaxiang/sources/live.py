"""Messages of live sources: from what an application sends to flat texts, and the columns that a definition expects."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import NOWHERE, Finding
from huaxiang.core.tables import Table
from huaxiang.sources.spec import FeedSpec, SourceSpec

RECEIVED = "received_at"
"""The column of every message that says when it was appended."""

MOST_KEYS = 500
"""Keys of a message at most: each becomes a column of the source."""

DEEPEST = 10
"""Levels of nesting that become columns; what lies deeper stays JSON text."""

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_OTHER = re.compile(r"\W+")


def flat(message: Mapping[str, Any]) -> dict[str, str]:
    """The message as one row of texts, as data warehouses store what Segment sends.

    `{"messageId": "m1", "properties": {"price": 9.5}}` becomes `message_id` and `properties_price`. Lists stay JSON
    text; keys without a value are left out; of keys that come out equal the first counts.

    Raises:
        ValueError: the message has more than `MOST_KEYS` keys, or a key without letters.
    """
    found: dict[str, str] = {}
    for name, value in _leaves(message, "", 1):
        found.setdefault(name, value)
    if len(found) > MOST_KEYS:
        raise ValueError(f"has {len(found)} keys, more than {MOST_KEYS}")
    return found


def column_name(key: str) -> str:
    """The column that a key becomes: `messageId` → `message_id`.

    Raises:
        ValueError: nothing is left of it.
    """
    name = _OTHER.sub("_", _HUMP.sub("_", key).lower()).strip("_")
    if not name or not any(sign.isalpha() for sign in name):
        raise ValueError(f"has a key '{key}', which makes no name of a column")
    return name


def _leaves(message: Mapping[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, value in message.items():
        name = prefix + column_name(str(key))
        if isinstance(value, Mapping) and depth < DEEPEST:
            yield from _leaves(value, name + "_", depth + 1)
        elif (text := _text(value)) is not None:
            yield name, text


def _text(value: Any) -> str | None:
    """A value as text, as JSON writes it; None for nothing."""
    match value:
        case None:
            return None
        case str():
            text = value
        case bool() | int():
            text = json.dumps(value)
        case float():
            return json.dumps(value) if math.isfinite(value) else None
        case _:
            text = json.dumps(value, ensure_ascii=False, default=str)
    # Half of a surrogate pair is no text; no engine takes zero characters.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def expected_columns(spec: SourceSpec) -> list[str]:
    """The columns that the definition of a live source speaks of: null until a message has them."""
    texts = [text for feed in spec.feeds for _, text in _texts(feed)]
    texts += [rule.that for rule in spec.expect if rule.table is None]
    names = [*spec.key, RECEIVED, *(name for text in texts for name in names_in(text))]
    for feed in spec.feeds:
        if feed.duplicates is not None:
            mapped = {*feed.columns, *feed.identifiers}
            names += [name for name in feed.duplicates.by if name not in mapped]
            if feed.duplicates.order is not None and feed.duplicates.order not in mapped:
                names += names_in(feed.duplicates.order)
    return list(dict.fromkeys(names))


def check_live(spec: SourceSpec, tables: Mapping[str, Table]) -> Iterator[Finding]:
    """Yield a finding for each mistake that only a live source can have. Never raises."""
    yield from _check_key(spec)
    for number, feed in enumerate(spec.feeds):
        if feed.table in tables and RECEIVED in tables[feed.table].names:
            yield from _check_received(spec, number, feed)
        yield from _check_moment(spec, number, feed)


def _check_key(spec: SourceSpec) -> Iterator[Finding]:
    wanted = _as_column(spec.key[0]) if len(spec.key) == 1 else "message_id"
    if spec.key != (wanted,):
        message = f"source '{spec.name}': a live source has one 'key', the column that tells its messages apart."
        yield Finding("live_key", message, spec.place("key"), f"Name it as flat messages have it: key: {wanted}.")


def _check_received(spec: SourceSpec, number: int, feed: FeedSpec) -> Iterator[Finding]:
    if RECEIVED not in feed.columns:
        message = f"source '{spec.name}', feed of {feed.table}: nothing says when a message was received."
        remedy = f"Add '{RECEIVED}: {RECEIVED}' to 'columns'."
        yield Finding("live_received_at", message, spec.place("feeds", number), remedy)


def _check_moment(spec: SourceSpec, number: int, feed: FeedSpec) -> Iterator[Finding]:
    for path, text in _texts(feed):
        if _reads_moment(text):
            owner = f"source '{spec.name}', {path[-1]}"
            message = f"{owner}: '{text}' changes with the moment of the build, and messages do not."
            remedy = "Map the day itself, and let a tag count the days since."
            yield Finding("live_moment", message, spec.place("feeds", number, *path), remedy)


def _texts(feed: FeedSpec) -> Iterator[tuple[tuple[str, ...], str]]:
    """The expressions of a feed, each with the keys under which it stands."""
    yield from ((("columns", name), entry.value) for name, entry in feed.columns.items())
    yield from ((("identifiers", name), entry.value) for name, entry in feed.identifiers.items())
    if feed.where is not None:
        yield ("where",), feed.where


def _as_column(name: str) -> str:
    try:
        return column_name(name)
    except ValueError:
        return "message_id"


def names_in(text: str) -> list[str]:
    """The names of columns in an expression; none where it can't be read."""
    from sqlglot import exp

    from huaxiang.expressions.parse import parse

    try:
        tree = parse(text, owner="", at=NOWHERE)
    except ProjectError:
        return []
    return [column.name for column in tree.find_all(exp.Column)]


def _reads_moment(text: str) -> bool:
    from sqlglot import exp

    from huaxiang.expressions.functions import Function, functions
    from huaxiang.expressions.parse import parse

    try:
        tree = parse(text, owner="", at=NOWHERE)
    except ProjectError:
        return False
    rows = (functions().get(call.name.lower()) for call in tree.find_all(exp.Anonymous))
    return any(isinstance(row, Function) and row.uses_moment for row in rows)
