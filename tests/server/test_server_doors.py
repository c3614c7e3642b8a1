"""The server's doors, tried as an attacker tries them, over real HTTP."""

from __future__ import annotations

import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest
from running import PASSWORD, PREFIX, Served
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

COOKIE = "huaxiang_session"
SOCKET = "/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
OURS = {"X-Requested-With": "huaxiang"}


def is_sent_away(answer: httpx.Response) -> bool:
    return answer.status_code == 303 and urlsplit(answer.headers["location"]).path == f"{PREFIX}/sign-in"


def form_of(client: httpx.Client, path: str = "/sign-in") -> str:
    return client.get(path).text.split('name="form" value="')[1].split('"')[0]


# -- sessions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["/", "/customers", "/no-such-page", "/_nicegui/auto/x", "/console/../customers", "/link/x/y", "/metricsx"]
)
def test_no_page_is_shown_to_who_has_not_signed_in(client, path):
    answer = client.get(path)
    assert is_sent_away(answer) or answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("token", ["x", "A" * 43, "../../etc", "%00", "' OR 1=1 --"])
def test_a_forged_session_opens_nothing(client, token):
    assert is_sent_away(client.get("/", headers={"Cookie": f"{COOKIE}={token}"}))


def test_a_stolen_session_is_worth_nothing_after_signing_out(admin, served):
    stolen = admin.cookies[COOKIE]
    assert admin.get("/").status_code == 200
    assert admin.post("/sign-out", headers=OURS).status_code == 200
    assert COOKIE not in admin.cookies
    assert is_sent_away(httpx.get(f"{served.address}/", headers={"Cookie": f"{COOKIE}={stolen}"}))
    with pytest.raises(InvalidStatus):
        connect(f"ws://{served.netloc}{PREFIX}{SOCKET}", origin=served.origin,
                additional_headers={"Cookie": f"{COOKIE}={stolen}"}).close()  # fmt: skip


def test_the_cookie_is_for_this_server_and_no_script(client, served):
    sent = {"form": form_of(client), "name": "admin", "password": PASSWORD}
    cookie = next(
        each for each in client.post("/sign-in", data=sent).headers.get_list("set-cookie") if each.startswith(COOKIE)
    )
    assert {"HttpOnly", "SameSite=lax", f"Path={PREFIX}"} <= set(cookie.split("; "))


# -- other sites --------------------------------------------------------------------------------------------------


def test_a_form_of_another_site_is_refused(client):
    sent = {"name": "admin", "password": PASSWORD}
    answer = client.post("/sign-in", data=sent)
    assert answer.status_code == 403
    assert "too old" in answer.text
    assert client.post("/sign-in", data={**sent, "form": "0" * 64}).status_code == 403
    sent["form"] = form_of(client)
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://127.0.0.1:1"},
    ):
        assert client.post("/sign-in", data=sent, headers=headers).status_code == 403, headers
    assert COOKIE not in client.cookies


def test_no_other_site_signs_anybody_out(admin, served):
    assert admin.post("/sign-out").status_code == 403
    assert admin.post("/sign-out", headers={**OURS, "Origin": "https://evil.example"}).status_code == 403
    assert admin.get("/").status_code == 200
    assert admin.post("/sign-out", headers={**OURS, "Origin": served.origin}).status_code == 200


@pytest.mark.parametrize("path", ["/downloads/customers.csv", "/downloads/audit-trail.csv", "/backups/x.tar.gz"])
def test_no_link_of_another_site_takes_anything_away_in_somebodys_name(admin, path):
    for site in ("cross-site", "same-site"):
        answer = admin.get(path, headers={"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate"})
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site"), site
    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {}):
        answer = admin.get(path, headers=headers)
        assert "cross_site" not in answer.text, "our own pages, and addresses that are typed"


@pytest.mark.parametrize("origin", [None, "https://evil.example", "null"])
def test_a_socket_opens_for_our_own_pages_only(admin, served, origin):
    cookie = {"Cookie": f"{COOKIE}={admin.cookies[COOKIE]}"}
    with pytest.raises(InvalidStatus) as caught:
        connect(f"ws://{served.netloc}{PREFIX}{SOCKET}", origin=origin, additional_headers=cookie).close()
    assert caught.value.response.status_code == 403
    polling = {} if origin is None else {"Origin": origin}
    if origin is not None:
        assert admin.get(SOCKET.replace("websocket", "polling"), headers=polling).status_code == 403


def test_a_socket_needs_a_session(admin, served):
    url = f"ws://{served.netloc}{PREFIX}{SOCKET}"
    with pytest.raises(InvalidStatus) as caught:
        connect(url, origin=served.origin).close()
    assert caught.value.response.status_code == 403
    with connect(
        url, origin=served.origin, additional_headers={"Cookie": f"{COOKIE}={admin.cookies[COOKIE]}"}
    ) as open_:
        assert str(open_.recv(timeout=20)).startswith("0{")


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/hx/\r\nX: y", "/hx//../..//evil", "javascript:1"],
)
def test_nobody_is_led_to_another_site(client, wanted):
    sent = {"form": form_of(client), "name": "admin", "password": PASSWORD, "next": wanted}
    answer = client.post("/sign-in", data=sent)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PREFIX}/")
    assert "x" not in answer.headers


def test_after_signing_in_people_are_where_they_wanted_to_be(client):
    away = client.get("/customers?q=vip")
    wanted = httpx.URL(away.headers["location"]).params["next"]
    assert wanted == f"{PREFIX}/customers?q=vip"
    sent = {"form": form_of(client), "name": "admin", "password": PASSWORD, "next": wanted}
    assert client.post("/sign-in", data=sent).headers["location"] == wanted


# -- texts in pages -----------------------------------------------------------------------------------------------


def test_what_is_typed_is_shown_as_text(client):
    nasty = '"><script>alert(1)</script>'
    sent = {"form": form_of(client), "name": nasty, "password": "x", "next": nasty}
    answer = client.post("/sign-in", data=sent)
    assert answer.status_code == 401
    assert "<script" not in answer.text
    assert "<script" not in client.get("/sign-in", params={"next": nasty, "x": nasty}).text
    assert client.get(f"/link/{'%3Cscript%3E'}").status_code == 404


def test_both_languages_are_spoken(client):
    assert "登录" in client.get("/sign-in", headers={"Accept-Language": "zh-CN,en;q=0.5"}).text
    assert "Sign in" in client.get("/sign-in", headers={"Accept-Language": "de"}).text
    assert 'lang="zh"' in client.get("/sign-in?language=zh", headers={"Accept-Language": "en"}).text
    assert "登录" in client.get("/sign-in", headers={"Accept-Language": "en"}).text, "the choice is remembered"


def test_every_answer_has_strict_headers(admin):
    for path, policy in (
        ("/sign-in.css", "default-src 'self'"),
        ("/health/live", "default-src 'none'; frame"),
        ("/v1/overview", "default-src 'none'; frame"),
        ("/", "default-src 'self'"),
        ("/no-such-page", "default-src 'self'"),
    ):
        headers = admin.get(path).headers
        assert headers["content-security-policy"].startswith(policy), path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers, "not before there is TLS"
        assert "server" not in headers
    admin.cookies.clear()
    assert admin.get("/sign-in").headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")


def test_pages_load_nothing_from_elsewhere(admin, served):
    import re

    text = admin.get("/").text + admin.get("/sign-in.css").text
    loaded = re.findall(r"""(?:src|href|url)\s*[=(]\s*["']?((?:https?:)?//[^"')\s]+)""", text)
    assert [url for url in loaded if "w3.org" not in url] == []


# -- requests -----------------------------------------------------------------------------------------------------


def test_a_request_id_is_taken_over_if_it_is_sane(client):
    assert (
        client.get("/health/live", headers={"X-Request-Id": "order-42.abc"}).headers["x-request-id"] == "order-42.abc"
    )
    for odd in ("a", "x" * 65, "<script>alert(1)</script>", "a b c d e f g h"):
        made = client.get("/health/live", headers={"X-Request-Id": odd}).headers["x-request-id"]
        assert made != odd
        assert len(made) == 16


def test_a_body_that_is_too_large_is_refused_announced_or_not(client, served):
    bearer = {"Authorization": f"Bearer {served.key}"}
    answer = client.post("/v1/track", content=b"x" * 100_001, headers=bearer)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    def parts():
        for _ in range(30):
            yield b"x" * 5_000

    answer = client.post("/v1/track", content=parts(), headers={**bearer, "Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    answer = client.post("/sign-in", content=parts(), headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413


def test_what_a_stranger_says_of_itself_is_not_believed(client):
    headers = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil",
               "X-Forwarded-For": "10.9.9.9"}  # fmt: skip
    answer = client.get("/sign-in", headers=headers)
    assert "evil" not in answer.text
    assert "strict-transport-security" not in answer.headers
    assert "Secure" not in answer.headers["set-cookie"]


def test_paths_lead_nowhere_else(served):
    host, port = served.netloc.split(":")
    for path in ("/console/static/../../../../etc/passwd", "/console/static/%2e%2e/%2e%2e/context.py", "/hx/../etc",
                 "/console/look/..%2f..%2fapi%2fapp.py", "//etc/passwd"):  # fmt: skip
        with socket.create_connection((host, int(port))) as raw:
            raw.sendall(f"GET {PREFIX}{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda: raw.recv(65536), b""))
        assert b"root:" not in answer
        assert b"from __future__" not in answer
        assert b" 200 " not in answer.split(b"\r\n", 1)[0]


# -- keys ---------------------------------------------------------------------------------------------------------


def test_a_key_opens_the_api_as_bearer_or_as_segments_libraries_send_it(client, served):
    assert client.get("/v1/overview").status_code == 401
    for headers in ({"Authorization": "Bearer"}, {"Authorization": "Basic %%%"}, {"Authorization": "Basic /////w=="},
                    {"Authorization": f"Bearer {served.key}x"}, {"Authorization": served.key}):  # fmt: skip
        answer = client.get("/v1/overview", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "sign_in"), headers
    assert client.get("/v1/overview", headers={"Authorization": f"Bearer {served.key}"}).status_code == 200
    assert client.get("/v1/overview", auth=(served.key, "")).status_code == 200


def test_a_session_opens_no_api_and_a_key_no_page(admin, client, served):
    assert admin.get("/v1/overview").status_code == 401
    with httpx.Client(base_url=served.address) as program:
        bearer = {"Authorization": f"Bearer {served.key}", "Cookie": f"{COOKIE}={served.key}"}
        assert is_sent_away(program.get("/", headers=bearer))


def measured_with(client: httpx.Client, part: str) -> str:
    """The measures, as soon as they have a part: a request is counted once its answer was sent."""
    for _ in range(100):
        measured = client.get("/metrics").text
        if part in measured:
            break
        time.sleep(0.05)
    return measured


def test_measures_are_for_this_machine_and_for_keys_that_may(client, served):
    client.request("PROPFIND", "/health/live")
    measured = measured_with(client, 'method="OTHER"')
    assert "huaxiang_requests_total" in measured
    assert 'method="OTHER"' in measured
    assert "PROPFIND" not in measured
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 401, "that came by a proxy"
    assert client.get("/metrics", headers={"Authorization": f"Bearer {served.key}"}).status_code == 200
    assert client.get("/metrics", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_server_is_ready_when_it_can_reach_what_it_needs(client):
    assert client.get("/health/live").json() == {"status": "ok"}
    expected = {"status": "ok", "database": "ok", "snapshot": "none yet", "disk": "ok"}
    assert client.get("/health/ready").json() == expected
    assert httpx.get(str(client.base_url).replace(f"{PREFIX}/", "/health/live")).status_code == 200, (
        "without its prefix"
    )


def test_the_first_link_is_worthless_once_it_was_used(client, served: Served):
    answer = client.get(served.link)
    assert answer.status_code == 404
    assert "good no more" in answer.text
