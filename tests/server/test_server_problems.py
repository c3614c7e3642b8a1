"""Problems of the server itself say which language they are in, and that another one is to be had."""

from __future__ import annotations

from typing import Any

import aside
from huaxiang.server.asgi import problem


def test_a_problem_says_its_language_and_on_what_that_hangs():
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"headers": [(b"accept-language", b"en;q=0.1, zh")]}
    aside.run(problem(scope, send, 401, "sign_in", "x", [(b"retry-after", b"1")]))
    headers = dict(sent[0]["headers"])
    assert (headers[b"content-language"], headers[b"vary"], headers[b"retry-after"]) == (
        b"zh",
        b"accept-language",
        b"1",
    )
