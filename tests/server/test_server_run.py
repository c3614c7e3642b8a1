"""What the server logs, what it says when it can't begin, and what stands around its applications.

That it ends in peace when it is told to stop is seen when the tests of this folder have ended.
"""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import httpx
import pytest
from running import PREFIX

import aside
from huaxiang.core.errors import StoreError, UsageError
from huaxiang.server.limits import Limits
from huaxiang.server.options import Options
from huaxiang.server.proxy import Proxy
from huaxiang.server.run import _shown, serve

PHONE = "13800001234"


def test_the_log_is_json_without_anything_that_was_asked_for(served):
    for path in (f"/v1/profiles/phone:{PHONE}?email=a@hidden.example", f"/customers?q={PHONE}", f"/{PHONE}"):
        httpx.get(served.address + path, headers={"X-Api-Key": PHONE}, timeout=60)
    httpx.post(f"{served.address}/sign-in", data={"name": PHONE, "password": PHONE}, timeout=60)
    httpx.get(f"{served.address}/health/live", headers={"X-Request-Id": "the-last-one"}, timeout=60)
    lines = [json.loads(line) for line in served.log.read_text(encoding="utf-8").splitlines()]
    assert PHONE not in json.dumps(lines)
    assert "hidden" not in json.dumps(lines)
    last = [line for line in lines if line["event"] == "request"][-1]
    assert (last["id"], last["method"], last["route"], last["status"]) == ("the-last-one", "GET", "/health/live", 200)
    assert {"milliseconds", "timestamp"} <= set(last)
    assert [line for line in lines if line["event"] == "request" and line["level"] != "info"] == []


def test_a_port_that_is_taken_is_said_at_once(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StoreError, match=rf"Port {port} of 127\.0\.0\.1 is taken by another program"):
            serve(tmp_path, "127.0.0.1", port, Options())


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "localhost"), ("::", "localhost"), ("::1", "[::1]"), ("10.0.0.5", "10.0.0.5")]
)
def test_the_address_that_is_shown_leads_somewhere(host, shown):
    assert _shown(host) == shown


@pytest.mark.parametrize("wrong", [{"prefix": "hx"}, {"prefix": "/a b"}, {"prefix": "/../x?"}, {"trusted": ("proxy",)}])
def test_an_option_that_makes_no_sense_is_said(wrong):
    with pytest.raises(UsageError, match="is no"):
        Options(**wrong)


# -- what stands around the applications, by itself -----------------------------------------------------------------


async def _echo(scope, receive, send) -> None:
    """Answers with what the scope says, once the body is there."""
    more = scope["type"] == "http"
    while more:
        more = (await receive()).get("more_body", False)
    headers = {key.decode(): value.decode() for key, value in scope["headers"]}
    told = {name: scope.get(name) for name in ("scheme", "client", "path", "root_path", "forwarded")} | headers
    body = json.dumps(told).encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def _ask(
    app, path: str = "/", *, client: str = "10.0.0.5", body: list[Any] | None = None, **headers: str
) -> tuple[int, Any]:
    """What an application answers; each part of the body is bytes, or a number of seconds that it lets wait."""
    parts, sent = list(body or [b""]), []

    async def receive():
        part = parts.pop(0) if parts else 60
        if isinstance(part, bytes):
            return {"type": "http.request", "body": part, "more_body": bool(parts)}
        await asyncio.sleep(part)
        return {"type": "http.disconnect"}

    async def send(message):
        sent.append(message)

    named = [(name.replace("_", "-").lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": path, "raw_path": path.encode(),
             "query_string": b"", "client": (client, 1), "headers": [(b"host", b"inside:8400"), *named]}  # fmt: skip
    aside.run(app(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"] or b"null")


def test_a_body_that_comes_too_slowly_is_not_waited_for():
    assert _ask(Limits(_echo, Options(patience=30)), body=[b"a", b"b"])[0] == 200
    status, told = _ask(Limits(_echo, Options(patience=0.02)), body=[b"a", 60, b"b"])
    assert (status, told["code"]) == (408, "too_slow")


def test_a_body_is_counted_as_it_comes():
    app = Limits(_echo, Options(largest_body=4))
    assert _ask(app, body=[b"ab", b"cd"])[0] == 200
    assert _ask(app, body=[b"ab", b"cde"])[0] == 413
    assert _ask(app, content_length="5")[0] == 413
    assert _ask(app, content_length="-1")[0] == 413


FORWARDED = {"x_forwarded_for": "203.0.113.9", "x_forwarded_proto": "https", "x_forwarded_host": "shop.example"}


def test_a_trusted_proxy_is_believed_and_nobody_else():
    app = Proxy(_echo, Options(trusted=("10.0.0.0/8",)))
    _, told = _ask(app, **FORWARDED)
    assert (told["scheme"], told["client"][0], told["host"]) == ("https", "203.0.113.9", "shop.example")
    _, told = _ask(app, client="192.0.2.1", **FORWARDED)
    assert (told["scheme"], told["client"][0], told["host"]) == ("http", "192.0.2.1", "inside:8400")
    assert told["forwarded"]
    assert not [name for name in told if name.startswith("x-forwarded")]
    _, told = _ask(app, x_forwarded_for="6.6.6.6, 203.0.113.9")
    assert told["client"][0] == "203.0.113.9", "what stands before it was written by the stranger"


@pytest.mark.parametrize("path", ["/customers", f"{PREFIX}/customers"])
def test_the_prefix_may_be_cut_off_by_the_proxy_or_not(path):
    _, told = _ask(Proxy(_echo, Options(prefix=PREFIX)), path)
    assert (told["path"], told["root_path"]) == (f"{PREFIX}/customers", PREFIX)
