"""What is wrong with the definition of fuzzy matching."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from importlib.util import find_spec

from huaxiang.core.findings import Finding, unknown
from huaxiang.identity.fuzzy.meaning import BY_NAME
from huaxiang.identity.spec import IdentitySpec

_OWNER = "fuzzy matching"


def check_fuzzy(
    spec: IdentitySpec, *, types: Collection[str], attributes: Collection[str], sources: Collection[str]
) -> Iterator[Finding]:
    """Yield a finding for each mistake in `fuzzy`. Never raises."""
    columns = (*attributes, *(f"id_{type_}" for type_ in types))
    for meaning, column in spec.fuzzy.columns.items():
        at = spec.place("fuzzy", "columns", meaning)
        if meaning not in BY_NAME:
            yield unknown("meaning", meaning, BY_NAME, owner=_OWNER, at=at)
        elif column is not None and column not in columns:
            yield unknown("column of records", column, columns, owner=_OWNER, at=at)
    for source in spec.fuzzy.exclusive:
        if source not in sources:
            yield unknown("source", source, sources, owner=_OWNER, at=spec.place("fuzzy", "exclusive"))
    if spec.fuzzy.mode != "off" and find_spec("splink") is None:
        yield Finding(
            code="missing_package",
            message=f"{_OWNER} needs splink, which is not installed.",
            at=spec.place("fuzzy", "mode"),
            remedy="pip install 'huaxiang[matching]', or write 'mode: off'.",
        )
