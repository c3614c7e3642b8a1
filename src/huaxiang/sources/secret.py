"""What must not reach a snapshot in clear: values that become tokens, and the columns of a source that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Protocol

from huaxiang.core.tables import Table
from huaxiang.sources.spec import FeedSpec, SourceSpec

if TYPE_CHECKING:
    import ibis

TOKEN = "token"  # noqa: S105 - the name of a cleaning function
HIDDEN = "****"

_NATIONAL_ID = "id_card"


class Rule(Protocol):
    """What is needed of a type of identifier; `identity.spec.IdentifierSpec` is one."""

    @property
    def clean(self) -> tuple[str, ...]:
        """Names of cleaning functions."""


def cleaning_of(feed: FeedSpec, table: Table, rules: Mapping[str, Rule]) -> dict[str, tuple[str, ...]]:
    """The cleaning functions of each mapped column and identifier (`id_<type>`) of a feed.

    Where an identifier's type says that its values become tokens, they do, whatever the feed says; so do numbers of
    identity cards in a column of the privacy class L4.
    """
    found = {}
    for name, spec in feed.columns.items():
        secret = _NATIONAL_ID in spec.clean and name in table.names and table[name].privacy == "L4"
        found[name] = _ending(spec.clean, secret)
    for name, spec in feed.identifiers.items():
        rule = rules[name].clean if name in rules else ()
        found[f"id_{name}"] = _ending(spec.clean or rule, TOKEN in rule)
    return found


def secret_columns(
    source: SourceSpec, tables: Mapping[str, Table], rules: Mapping[str, Rule], columns: Mapping[str, object]
) -> list[str]:
    """The columns of a source from which some feed makes tokens; `columns` are all that it has."""
    texts = list(_secret_texts(source, tables, rules))
    return [name for name in columns if any(_speaks_of(text, name) for text in texts)]


def hidden(table: ibis.Table, columns: list[str]) -> ibis.Table:
    """The table with the values of `columns` hidden; nulls stay null."""
    import ibis

    given = {name: table[name].notnull() for name in columns if name in table.columns}
    return table.mutate(**{name: ibis.ifelse(known, HIDDEN, ibis.null("string")) for name, known in given.items()})


def _ending(clean: tuple[str, ...], secret: bool) -> tuple[str, ...]:
    return (*clean, TOKEN) if secret and TOKEN not in clean else clean


def _secret_texts(source: SourceSpec, tables: Mapping[str, Table], rules: Mapping[str, Rule]) -> Iterator[str]:
    """The expressions over the source's columns whose values become tokens."""
    for feed in source.feeds:
        if feed.table not in tables:
            continue
        specs = {**feed.columns, **{f"id_{name}": spec for name, spec in feed.identifiers.items()}}
        for name, clean in cleaning_of(feed, tables[feed.table], rules).items():
            if TOKEN in clean:
                yield specs[name].value


def _speaks_of(text: str, column: str) -> bool:
    return text == column or re.search(rf"(?<!\w){re.escape(column)}(?!\w)", text) is not None
