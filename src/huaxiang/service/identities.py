"""Who is who, why, and what people decide about it.

project = hx.load("shop")
project.identity.explain("c_0123456789abcdef")
project.identity.merge(["c_0123456789abcdef", "phone:13900000000"], why="asked on the phone")
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from huaxiang.project.loaded import LoadedProject
from huaxiang.service import explanations
from huaxiang.service.builds import Build

Row = dict[str, Any]


class Identities:
    """The identity of a project's customers. Decisions take effect with the next build."""

    def __init__(self, project: LoadedProject, open_build: Callable[[], Build]) -> None:
        self._project = project
        self._open = open_build

    def explain(self, identifier: str) -> Row:
        """Why the records of a customer are one: links, decisions, cuts, history. Values are masked.

        `identifier` is a `customer_id`, also a former one, or `type:value`.

        Raises:
            NotFoundError: nobody has it, or nothing was built yet.
            UsageError: it names several customers, or no type of identifier.
        """
        with self._open() as build:
            return explanations.explain(build.engine, self._project, identifier)
