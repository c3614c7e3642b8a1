"""Rules as text, taken apart for those who show them in another way."""

from __future__ import annotations

from typing import Any

from huaxiang.core.findings import Location
from huaxiang.expressions.parse import parse


def syntax(rule: str) -> Any:
    """The syntax tree (of sqlglot) of a rule, as builds read it.

    Raises:
        ProjectError: it is no expression.
    """
    return parse(rule, owner="rule", at=Location(""))
