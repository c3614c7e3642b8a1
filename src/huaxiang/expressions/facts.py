"""Facts in the words of a definition: `[no] TABLE [where CONDITION]`, such as `orders where category = 'baby'`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.core.errors import ProjectError
from huaxiang.core.findings import NOWHERE, Finding, Location, unknown
from huaxiang.core.tables import Table
from huaxiang.core.types import Type
from huaxiang.expressions.check import Scope
from huaxiang.expressions.compile import Expression, compile_expression

_FORM = re.compile(r"\s*(?P<no>no\s+)?(?P<table>\w+)(?:\s+where\s+(?P<where>.+))?\s*", re.IGNORECASE | re.DOTALL)
_BOOLEAN = frozenset({Type.BOOLEAN})


@dataclass(frozen=True)
class Facts:
    """The facts of `table` that meet `where`; that there is none, where `happens` is False."""

    table: str
    happens: bool
    where: Expression | None


def facts_table(text: str) -> str | None:
    """The table that such a text speaks of, whether or not there is one; None where it has another form."""
    parts = _FORM.fullmatch(text)
    return None if parts is None else parts["table"]


def compile_facts(
    text: str, tables: Mapping[str, Table], *, owner: str, at: Location = NOWHERE, code: str = "facts_form"
) -> Facts:
    """Read and check one such text. `code` is that of the finding about its form.

    Raises:
        ProjectError: it has another form, there is no such table of facts, or its condition holds mistakes.
    """
    parts = _FORM.fullmatch(text)
    if parts is None:
        message = f"{owner}: '{text}' is no event."
        remedy = "Write [no] TABLE [where CONDITION], such as: orders where category = 'baby'"
        raise ProjectError([Finding(code, message, at, remedy)])
    table = tables.get(parts["table"])
    if table is None or not table.is_fact:
        facts = [name for name, known in tables.items() if known.is_fact]
        raise ProjectError([unknown("table", parts["table"], facts, owner=owner, at=at)])
    where = None
    if parts["where"] is not None:
        where = compile_expression(parts["where"], Scope(table.types, owner), at, wanted=_BOOLEAN)
    return Facts(table.name, parts["no"] is None, where)
