"""What people call the codes in answers: states, verdicts, outcomes. A code that is new here is shown as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from huaxiang.access.rights import RIGHTS, ROLES
from huaxiang.console import context
from huaxiang.console.reader import reader
from huaxiang.console.words import later, say
from huaxiang.service.desk import USE_CASES

VERDICTS = {
    "holds": later("holds"),
    "open": later("open"),
    "refuted": later("refuted"),
    "too_small": later("too small"),
    "informs": later("for information"),
    "unusable": later("unusable"),
}
"""What evidence says of a persona."""

SEVERITIES = {"error": later("error"), "warning": later("warning"), "note": later("note")}
DRIFTS = {"stable": later("stable"), "shifted": later("shifted"), "changed": later("changed")}
KEYS = {"active": later("active"), "expired": later("expired"), "revoked": later("revoked")}
USERS = {"active": later("active"), "invited": later("invited"), "disabled": later("disabled")}
DECISIONS = {
    "applied": later("applied"),
    "contradicted": later("contradicted"),
    "vanished": later("vanished"),
    "undone": later("undone"),
}
OUTCOMES = {"done": later("done"), "refused": later("refused"), "failed": later("failed")}
WAYS = {"console": later("console"), "api": later("API"), "command": later("command line")}
GROUPS = {
    "rfm": later("RFM"),
    "lifecycle": later("lifecycle"),
    "value_tier": later("value tier"),
    "audience": later("audience"),
    "needs": later("needs"),
    "care": later("care"),
}
"""Groups of segments of the libraries and the example; others are called as their authors do."""

KINDS = {
    "tag": later("tag"),
    "segment": later("segment"),
    "clusters": later("clusters"),
    "persona": later("persona"),
}
"""Kinds of definitions."""

RELATIVES = {
    "head": later("head of the household"),
    "member": later("member"),
    "family": later("family"),
    "spouse": later("spouse"),
    "child": later("child"),
    "parent": later("parent"),
}
"""Who is who in a household; other relations are called as the sources do."""

SESSIONS = {"sign_in": later("signed in"), "sign_out": later("signed out")}


def called(words: Mapping[str, str]) -> Callable[[Any], str]:
    """What shows a code of `words` in a table."""
    return lambda code: say(words[code]) if code in words else str(code or "")


def identifier_called(type_: str) -> str:
    """A type of identifier, as the project or the built-in defaults call it."""
    return _called(context.served().project.loaded.identifiers, type_)


def source_called(source: str) -> str:
    """A source, as the project calls it."""
    return _called(context.served().project.loaded.sources, source)


def table_called(table: str) -> str:
    """A table of facts."""
    return _called(context.served().project.loaded.tables, table)


def _called(known: Mapping[str, Any], name: str) -> str:
    return (known[name].label[reader().language] if name in known else "") or name


def role_called(role: str) -> str:
    """A role as people call it."""
    label = next((label for name, label in ROLES.items() if name == role), None)
    return role if label is None else label[reader().language]


def action_called(action: str) -> str:
    """An action of the audit trail: what was allowed by it, and the use case itself, which is what one searches for."""
    if action in SESSIONS:
        return say(SESSIONS[action])
    right = USE_CASES.get(action)
    return action if right is None else f"{RIGHTS[right].label[reader().language]} ({action})"
