"""Requests, the errors that they answer with, and trying again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import (
    BusyError,
    ConflictError,
    DataError,
    ForbiddenError,
    HuaxiangError,
    NotFoundError,
    ProjectError,
    SignInError,
    SourceError,
    StoreError,
    UsageError,
)
from huaxiang.core.findings import Finding

if TYPE_CHECKING:
    import httpx

ERRORS: dict[str, type[HuaxiangError]] = {
    each.code: each
    for each in (
        SignInError,
        ForbiddenError,
        NotFoundError,
        ConflictError,
        UsageError,
        BusyError,
        DataError,
        SourceError,
        StoreError,
    )
}
"""Code of a problem → the error that it is."""

TRIES = 5
"""How often a request is sent that the server is too busy for."""

LONGEST = 30.0
"""Seconds that are waited for the next try, at most."""

AGAIN = (429, 503)


class Transport:
    """Sends requests to one server with one key."""

    def __init__(self, client: httpx.Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self._sleep = client, sleep

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def json(self, method: str, path: str, **more: Any) -> Any:
        """The answer to a request.

        Raises:
            HuaxiangError: what the server answered with, as the same class as there.
            StoreError: it can't be reached.
        """
        return self._sent(method, path, more).json()

    def content(self, path: str, **more: Any) -> bytes:
        """The bytes of an answer; raises as `json`."""
        return self._sent("GET", path, more).content

    def pages(self, path: str, params: dict[str, Any]) -> Iterator[Any]:
        """The items of all pages, each page asked for when the one before is used up; raises as `json`."""
        after: str | None = None
        while True:
            page = self.json("GET", path, params=params | ({} if after is None else {"after": after}))
            yield from page["items"]
            after = page["next"]
            if after is None:
                return

    def _sent(self, method: str, path: str, more: dict[str, Any]) -> httpx.Response:
        import httpx

        for number in range(1, TRIES + 1):
            try:
                answer = self._client.request(method, f"v1/{path.removeprefix('/')}", **more)
            except httpx.TransportError as error:
                raise StoreError(f"{self._client.base_url} can't be reached: {error}.") from error
            if answer.status_code not in AGAIN or number == TRIES:
                break
            self._sleep(_wait(answer.headers.get("retry-after", ""), number))
        if answer.is_success:
            return answer
        raise error_of(answer.status_code, _problem(answer))


def error_of(status: int, problem: dict[str, Any]) -> HuaxiangError:
    """The error that a problem is."""
    code, detail = str(problem.get("code", "")), str(problem.get("detail") or f"The server answered {status}.")
    if code == ProjectError.code:
        return ProjectError([Finding.of_dict(each) for each in problem.get("findings", ())])
    if code == "request":
        places = "; ".join(f"{each['at']}: {each['message']}" for each in problem.get("errors", ()))
        return UsageError(f"{detail} {places}".strip())
    return ERRORS.get(code, HuaxiangError)(detail)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:  # a proxy that answers in HTML
        return {}
    return found if isinstance(found, dict) else {}


def _wait(told: str, number: int) -> float:
    """The seconds to wait: what the server asks for, else longer from try to try."""
    try:
        asked = float(told)
    except ValueError:
        asked = 0.5 * 2**number
    return min(max(asked, 0.1), LONGEST)
