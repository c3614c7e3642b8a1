"""The mark of a use case: the right that it needs, checked before it runs and written into the audit trail."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from huaxiang.access.rights import RIGHTS
from huaxiang.core.errors import ForbiddenError
from huaxiang.service.desk.desk import Desk

P = ParamSpec("P")
R = TypeVar("R")

USE_CASES: dict[str, str] = {}
"""Use case (`profiles.profile`) → the right that it needs; filled as the modules of the desk are imported."""


def allowed(right: str) -> Callable[[Callable[Concatenate[Desk, P], R]], Callable[Concatenate[Desk, P], R]]:
    """Mark a function of the desk as needing `right`, a key of `RIGHTS`.

    Whoever calls the result without it gets `ForbiddenError`, which the audit trail keeps.
    """
    assert right in RIGHTS, right  # noqa: S101 - a slip of ours, not of a user's

    def mark(function: Callable[Concatenate[Desk, P], R]) -> Callable[Concatenate[Desk, P], R]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"
        USE_CASES[name] = right

        @functools.wraps(function)
        def held(desk: Desk, /, *args: P.args, **kwargs: P.kwargs) -> R:
            if not desk.actor.may(right):
                desk.refused(name, right)
                raise ForbiddenError(
                    f"{desk.actor.name} ({desk.actor.role}) may not {RIGHTS[right].label.en}: that needs '{right}'."
                )
            return function(desk, *args, **kwargs)

        return held

    return mark
