"""The Python client: typed answers, pages as iterators, the same errors as on the server, and trying again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pyarrow as pa
import pytest

from huaxiang.client import Client
from huaxiang.client.transport import ERRORS, TRIES, error_of
from huaxiang.core import errors
from huaxiang.core.findings import Finding

Answer = Callable[[httpx.Request], httpx.Response]


def client(answer: Answer, monkeypatch: pytest.MonkeyPatch | None = None) -> Client:
    """A client of a server that answers as it is told."""
    http = httpx.Client(base_url="http://shop.test/base/", transport=httpx.MockTransport(answer))
    made = Client("http://shop.test/base", "key", http=http)
    if monkeypatch is not None:
        monkeypatch.setattr(made._transport, "_sleep", lambda _: None)
    return made


def test_a_profile_keeps_what_a_newer_server_adds():
    told = {"customer_id": "c_1", "tags": {"a": 1}, "segments": [], "identifiers": [], "former": None, "new": 7}

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path == b"/base/v1/profiles/phone:%2B86%20139%2F0"
        return httpx.Response(200, json=told)

    found = client(answer).profile("phone:+86 139/0")
    assert (found.customer_id, found.tags, found.more) == ("c_1", {"a": 1}, {"new": 7})


def test_pages_are_asked_for_as_they_are_used_up():
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        after = request.url.params.get("after")
        asked.append(after)
        item = {"customer_id": f"c_{after}", "tags": {}}
        return httpx.Response(200, json={"items": [item], "next": {None: "1", "1": "2"}.get(after)})

    customers = client(answer).customers(rule="a > 1", tags=["a", "b"])
    assert next(customers).customer_id == "c_None"
    assert asked == [None]
    assert [each.customer_id for each in customers] == ["c_1", "c_2"]


def test_members_come_as_an_arrow_table():
    table = pa.table({"customer_id": ["c_1", "c_2"]})

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept"] == "application/vnd.apache.arrow.stream"
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        return httpx.Response(200, content=sink.getvalue().to_pybytes())

    assert client(answer).members("buyers") == table


def test_many_are_looked_up_a_thousand_at_a_time():
    sizes: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)["identifiers"]
        sizes.append(len(asked))
        return httpx.Response(200, json={"items": [{"identifier": each, "customer_id": None} for each in asked]})

    found = list(client(answer).lookup(str(n) for n in range(2001)))
    assert sizes == [1000, 1000, 1]
    assert found[2000].identifier == "2000"


def test_a_busy_server_is_asked_again_after_the_time_that_it_names(monkeypatch: pytest.MonkeyPatch):
    waited: list[float] = []
    answers = iter(
        [httpx.Response(429, headers={"Retry-After": "3"}), httpx.Response(503), httpx.Response(200, json={})]
    )
    made = client(lambda _: next(answers))
    monkeypatch.setattr(made._transport, "_sleep", waited.append)
    assert made.overview() == {}
    assert waited == [3.0, 2.0]


def test_a_server_that_stays_busy_is_given_up(monkeypatch: pytest.MonkeyPatch):
    asked: list[int] = []

    def answer(_: httpx.Request) -> httpx.Response:
        asked.append(1)
        return httpx.Response(429, json={"code": "busy", "detail": "later"})

    with pytest.raises(errors.BusyError, match="later"):
        client(answer, monkeypatch).overview()
    assert len(asked) == TRIES


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_a_problem_is_the_error_that_it_is_on_the_server(code: str):
    found = error_of(400, {"code": code, "detail": "why"})
    assert type(found) is ERRORS[code]
    assert str(found) == "why"


def test_mistakes_in_definitions_come_with_their_findings():
    finding = Finding("unknown_tag", "There is no tag 'x'.", remedy="Did you mean 'y'?")
    found = error_of(422, {"code": "project", "detail": "…", "findings": [finding.as_dict()]})
    assert isinstance(found, errors.ProjectError)
    assert list(found.findings) == [finding]


def test_every_exposed_error_of_the_server_is_known():
    exposed = {each.code for each in vars(errors).values() if _is_exposed(each)}
    assert exposed - {"project", errors.HuaxiangError.code} == set(ERRORS)


def _is_exposed(each: Any) -> bool:
    return isinstance(each, type) and issubclass(each, errors.HuaxiangError) and each.exposed and "code" in vars(each)


def test_answers_that_are_no_problems_are_told_by_their_status():
    found = error_of(502, {})
    assert str(found) == "The server answered 502."
    with pytest.raises(errors.HuaxiangError, match="answered 500"):
        client(lambda _: httpx.Response(500, text="<html>proxy</html>")).overview()


def test_a_server_that_is_not_there_is_a_store_error():
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    with pytest.raises(errors.StoreError, match="can't be reached"):
        client(answer).overview()
