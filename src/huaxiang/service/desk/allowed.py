"""The mark of a use case: the right that it needs, checked before it runs and written into the audit trail."""

from __future__ import annotations

import functools
import hashlib
import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Concatenate, ParamSpec, TypeVar

from huaxiang.access.rights import RIGHTS
from huaxiang.core.errors import ForbiddenError, HuaxiangError
from huaxiang.service.desk.desk import Desk

P = ParamSpec("P")
R = TypeVar("R")

USE_CASES: dict[str, str] = {}
"""Use case (`profiles.profile`) → the right that it needs; filled as the modules of the desk are imported."""

SUBJECTS = ("segment", "persona", "tag", "source", "decision", "build", "name", "public", "file", "run")
"""Parameters that name what a use case is about, where its answer names no customer. Those that hold values of
identifiers or rules are none."""

MADE = ("public", "file")
"""What an answer names that a use case has made, where nothing was named to it."""

LONGEST = 2_000
"""Characters of a definition that the trail keeps; what was cut off is told by a digest of the whole."""

MOST_NAMED = 200
"""Customers of one answer that the trail names."""


def allowed(right: str) -> Callable[[Callable[Concatenate[Desk, P], R]], Callable[Concatenate[Desk, P], R]]:
    """Mark a function of the desk as needing `right`, a key of `RIGHTS`.

    Whoever calls the result without it gets `ForbiddenError`, which the audit trail keeps, as it does calls that need a
    right that is to be kept. An entry is about the customers whom the answer names by `customer_id`, else about what a
    parameter of `SUBJECTS` names; of a definition that was changed it tells how it was before and after (`change`).
    """
    assert right in RIGHTS, right  # noqa: S101 - a slip of ours, not of a user's
    kept = RIGHTS[right].trail

    def mark(function: Callable[Concatenate[Desk, P], R]) -> Callable[Concatenate[Desk, P], R]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        USE_CASES[name] = right
        signature = inspect.signature(function)

        @functools.wraps(function)
        def held(desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> R:
            must(desk, right, name)
            if kept == "no":
                return function(desk, *args, **kwargs)
            try:
                answer = function(desk, *args, **kwargs)
            except HuaxiangError as error:
                # What was asked for may be the value of an identifier: the trail says no more than that it failed.
                desk.note(name, outcome="failed", detail={"code": error.code}, wait=kept == "first")
                raise
            subject, detail = _about(signature.bind(desk, *args, **kwargs).arguments, answer)
            desk.note(name, subject, detail=detail, wait=kept == "first")
            return answer

        return held

    return mark


def must(desk: Desk, right: str, name: str) -> None:
    """See that the actor has `right`; a refusal is kept in the audit trail as one of the use case `name`.

    Raises:
        ForbiddenError: they have not.
    """
    if not desk.actor.may(right):
        desk.refused(name, right)
        raise ForbiddenError(
            f"{desk.actor.name} ({desk.actor.role}) may not {RIGHTS[right].label.en}: that needs '{right}'."
        )


def _about(arguments: Mapping[str, Any], answer: Any) -> tuple[str, dict[str, Any]]:
    """What a call was about: a subject, and the customers in the answer where it is about several."""
    customers = list(dict.fromkeys(_customers(answer)))
    told: Mapping[str, Any] = answer if isinstance(answer, Mapping) else {}
    # The answer says it as it is stored; an argument may be written in another way.
    named = next((str(told.get(name, arguments[name])) for name in SUBJECTS if arguments.get(name) is not None), "")
    named = named or next((str(told[name]) for name in MADE if told.get(name)), "")
    if len(customers) == 1:
        return customers[0], {}
    if not customers:
        change = told.get("change")
        sides = change if isinstance(change, Mapping) else {}
        return named, {side: text and _cut(text) for side, text in sides.items()}
    detail: dict[str, Any] = {"customers": customers[:MOST_NAMED]}
    return named, detail | ({"further": len(customers) - MOST_NAMED} if len(customers) > MOST_NAMED else {})


def _cut(text: str) -> str:
    """A text as the trail keeps it: two that differ only behind the cut stay two."""
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{text[:LONGEST]}… (sha256 of the whole: {digest})"


def _customers(answer: Any, depth: int = 2) -> Iterator[str]:
    """The customer_ids of an answer: its own, and those of the rows that it lists."""
    if isinstance(answer, Mapping):
        if isinstance(answer.get("customer_id"), str):
            yield answer["customer_id"]
            return
        answer = list(answer.values())
    elif not isinstance(answer, list):
        return
    if depth:
        for part in answer:
            if isinstance(part, Mapping | list):
                yield from _customers(part, depth - 1)
