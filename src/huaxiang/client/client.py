"""The client: a method per thing that programs ask for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import quote

from huaxiang.client.models import Count, Customer, Event, Kept, LookedUp, Profile, Segment, Tag, Values
from huaxiang.client.transport import Transport

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

T = TypeVar("T")

MOST_LOOKUPS = 1000
"""Customers that are looked up together."""

MOST_MESSAGES = 500
"""Messages that are sent together: with a thousand bytes each they are within what a server takes."""

ARROW = "application/vnd.apache.arrow.stream"


class Client:
    """A server at `url`, asked with a key of `huaxiang keys add`. Close it, or use it in a `with` block.

    Errors are those of `huaxiang.core.errors`, with the same codes. Where the server is too busy (429, 503), a request
    is sent again after the time that it names. `timeout` is in seconds.
    """

    def __init__(self, url: str, key: str, *, timeout: float = 60.0, http: httpx.Client | None = None) -> None:
        import httpx

        base = url.rstrip("/") + "/"
        headers = {"Authorization": f"Bearer {key}"}
        self._transport = Transport(http or httpx.Client(base_url=base, headers=headers, timeout=timeout))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    # -- customers ------------------------------------------------------------------------------------------------

    def profile(self, identifier: str) -> Profile:
        """One customer by a `customer_id`, or an identifier such as `phone:13900000000`.

        Raises:
            NotFoundError: nobody has it.
        """
        return Profile.read(self._transport.json("GET", f"profiles/{_quoted(identifier)}"))

    def live_profile(self, identifier: str) -> Values:
        """One customer now, with the live messages since the build.

        Raises:
            NotFoundError: nobody in the build has the identifier.
        """
        found: Values = self._transport.json("GET", f"profiles/{_quoted(identifier)}/live")
        return found

    def lookup(self, identifiers: Iterable[str], tags: Sequence[str] | None = None) -> Iterator[LookedUp]:
        """Many customers, in the order asked, a thousand to a request; `tags` narrows what is told of each."""
        for part in _parts(identifiers, MOST_LOOKUPS):
            body = {"identifiers": part, "tags": None if tags is None else list(tags)}
            yield from map(LookedUp.read, self._transport.json("POST", "profiles/lookup", json=body)["items"])

    def customers(
        self, *, rule: str | None = None, tags: Sequence[str] = (), sort: str | None = None, page: int = 500
    ) -> Iterator[Customer]:
        """The customers of whom `rule` holds (default: all) with their `tags`, page after page.

        Raises:
            ForbiddenError: they are to be chosen or sorted by a tag that is masked for the key.
            ProjectError: the rule holds a mistake.
        """
        params = {"tags": list(tags), "limit": page} | _given(rule=rule, sort=sort)
        yield from map(Customer.read, self._transport.pages("profiles", params))

    def events(self, identifier: str, *, table: str | None = None, page: int = 200) -> Iterator[Event]:
        """What a customer did and got, the newest first, page after page."""
        params = {"limit": page} | _given(table=table)
        yield from map(Event.read, self._transport.pages(f"profiles/{_quoted(identifier)}/events", params))

    def why(self, identifier: str, tag: str) -> Values:
        """How a customer's value of a tag came about."""
        found: Values = self._transport.json("GET", f"profiles/{_quoted(identifier)}/tags/{_quoted(tag)}")
        return found

    def search(self, text: str, limit: int = 10) -> list[Values]:
        """Whom a text may mean: an id, an identifier, a name."""
        found: list[Values] = self._transport.json("GET", "search", params={"q": text, "limit": limit})["items"]
        return found

    # -- tags, segments, personas ---------------------------------------------------------------------------------

    def tags(self) -> list[Tag]:
        """The catalog of tags."""
        return [Tag.read(each) for each in self._transport.json("GET", "tags")["items"]]

    def segments(self) -> list[Segment]:
        """All segments."""
        return [Segment.read(each) for each in self._transport.json("GET", "segments")["items"]]

    def members(self, segment: str, tags: Sequence[str] = ()) -> pa.Table:
        """The members of a segment as an Arrow table: `customer_id`, and the `tags` as the key sees them.

        Raises:
            NotFoundError: there is no such segment or tag.
        """
        import pyarrow as pa

        content = self._transport.content(
            f"segments/{_quoted(segment)}/members", params={"tags": list(tags)}, headers={"Accept": ARROW}
        )
        return pa.ipc.open_stream(content).read_all()

    def count(self, rule: str) -> Count:
        """How many customers a rule holds, saved or not.

        Raises:
            ProjectError: the rule holds a mistake.
        """
        return Count.read(self._transport.json("POST", "counts", json={"rule": rule}))

    def distribution(self, rule: str, tag: str) -> Values:
        """How the values of a tag are spread among those whom a rule holds."""
        found: Values = self._transport.json("POST", "distributions", json={"rule": rule, "tag": tag})
        return found

    def personas(self) -> list[Values]:
        """All personas."""
        found: list[Values] = self._transport.json("GET", "personas")["items"]
        return found

    def persona(self, name: str) -> Values:
        """The portrait of a persona, or of any segment."""
        found: Values = self._transport.json("GET", f"personas/{_quoted(name)}")
        return found

    def compare(self, *sides: str, **more: Any) -> Values:
        """Two to six groups side by side: segments, `everyone`, or rules. `more` are `before`, `at`, `tags`."""
        found: Values = self._transport.json("POST", "comparisons", json={"sides": list(sides), **more})
        return found

    # -- live messages --------------------------------------------------------------------------------------------

    def track(self, user: str, event: str, properties: Mapping[str, Any] | None = None, **more: Any) -> Kept:
        """Send one event of a user. It is on disk when this returns; with a `messageId` it is kept once."""
        body = {"userId": user, "event": event, "properties": dict(properties or {}), **more}
        return Kept.read(self._transport.json("POST", "track", json=body))

    def send(self, messages: Iterable[Mapping[str, Any]]) -> Kept:
        """Send many messages in the shape of Segment, each with its `type`. All are on disk when this returns."""
        kept = repeated = 0
        for part in _parts(messages, MOST_MESSAGES):
            told = Kept.read(self._transport.json("POST", "batch", json={"batch": part}))
            kept, repeated = kept + told.kept, repeated + told.repeated
        return Kept(kept, repeated)

    # -- all else -------------------------------------------------------------------------------------------------

    def overview(self) -> Values:
        """The project, and the figures of the build that serves."""
        found: Values = self._transport.json("GET", "overview")
        return found

    def get(self, path: str, **params: Any) -> Any:
        """The answer of any other route (`get("identity/review")`), as the reference describes it."""
        return self._transport.json("GET", path, params=params)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer of any other route that is posted to."""
        return self._transport.json("POST", path, json=dict(body))


def _parts(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, so many at a time."""
    left = iter(items)
    while part := list(islice(left, size)):
        yield part


def _quoted(name: str) -> str:
    return quote(name, safe=":@")


def _given(**params: Any) -> dict[str, Any]:
    return {name: value for name, value in params.items() if value is not None}
