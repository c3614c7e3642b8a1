"""Signing in at an OpenID provider: a real one, that runs beside the tests and is asked over HTTP."""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

import aside
from huaxiang.access.accounts import User
from huaxiang.access.spec import OidcSpec
from huaxiang.console import sign_in
from huaxiang.core.errors import SignInError, UsageError
from huaxiang.service.access import links, oidc, sessions, users
from huaxiang.service.workspace import Workspace

SECRET = "of the provider"


@dataclass
class Provider:
    """An OpenID provider. `claims` are what it says of whoever signs in; `told` what it was asked last."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signing: Any = None
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "ES256", "kid": "one"})
    claims: dict[str, Any] = field(default_factory=dict)
    challenges: dict[str, dict[str, str]] = field(default_factory=dict)

    async def configuration(self, _: Request) -> JSONResponse:
        names = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return JSONResponse({"issuer": self.issuer} | {name: self.issuer + path for name, path in names.items()})

    async def keys(self, _: Request) -> JSONResponse:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def token(self, request: Request) -> JSONResponse:
        form = {name: str(value) for name, value in (await request.form()).items()}
        asked = self.challenges.pop(form["code"], None)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=")
        basic = base64.b64encode(f"huaxiang:{SECRET}".encode()).decode()
        if (
            asked is None
            or asked["code_challenge"] != challenge.decode()
            or asked["redirect_uri"] != form["redirect_uri"]
            or request.headers["authorization"] != f"Basic {basic}"
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "huaxiang",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "sub": "7",
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        return JSONResponse({"id_token": jwt.encode(self.header, claims, self.signing or self.key, ["ES256", "HS256"])})

    def signs_in(self, address: str) -> dict[str, str]:
        """Somebody signs in at the page that they were sent to: what they bring back."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code{len(self.challenges)}"
        self.challenges[code] = asked
        return {"code": code, "state": asked["state"]}


@pytest.fixture(scope="module")
def address() -> Iterator[tuple[str, dict[str, Provider]]]:
    """Where the provider listens, and a place for the one that answers."""
    present: dict[str, Provider] = {}

    def to(name: str):
        async def answer(request: Request) -> JSONResponse:
            return await getattr(present["provider"], name)(request)

        return answer

    paths = {"/.well-known/openid-configuration": "configuration", "/keys": "keys", "/token": "token"}
    app = Starlette(routes=[Route(path, to(name), methods=["GET", "POST"]) for path, name in paths.items()])
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off", ws="none"))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", present
        server.should_exit = True
        thread.join()


@pytest.fixture
def provider(address) -> Provider:
    issuer, present = address
    present["provider"] = Provider(
        issuer, claims={"preferred_username": "Li.Lei", "email": "li@example.com", "roles": ["staff"]}
    )
    return present["provider"]


@pytest.fixture
def shop(workspace: Workspace, provider: Provider, clock, monkeypatch) -> Workspace:
    """A project whose people sign in at the provider."""
    from datetime import UTC, datetime

    clock.at = datetime.now(UTC)
    monkeypatch.setenv("HUAXIANG_OIDC_SECRET", SECRET)
    spec = OidcSpec(issuer=provider.issuer, client_id="huaxiang", roles={"boss": "admin", "staff": "analyst"})
    workspace.access.settings = workspace.access.settings.model_copy(update={"oidc": spec})
    return workspace


def signed_in(shop: Workspace, provider: Provider) -> User:
    begun = oidc.begin(shop, "/hx/customers")
    token, wanted = oidc.finish(shop, begun.cookie, provider.signs_in(begun.address), "10.0.0.7")
    assert wanted == "/hx/customers"
    return shop.access.users.get(sessions.actor_of(shop, token, "").name)


def test_whom_the_provider_knows_is_a_user_with_the_role_that_it_says(shop, provider):
    user = signed_in(shop, provider)
    assert (user.name, user.role, user.email, user.password) == ("li.lei", "analyst", "li@example.com", None)
    provider.claims["roles"] = ["staff", "boss"]
    provider.claims["preferred_username"] = "renamed"
    assert signed_in(shop, provider).number == user.number
    assert shop.access.users.get("li.lei").role == "admin", "of several the first of the settings counts"
    assert links.first_link(shop) is None, "somebody can administer"


@pytest.mark.parametrize("file", ["/downloads/customers.csv?tag=name", "/backups/shop.tar.gz"])
def test_who_wanted_a_download_gets_to_it_from_a_page_of_ours(shop, provider, file):
    """The provider is another site: browsers would say so of the download, too, if it were led to at once."""
    app = FastAPI()
    app.state.workspace = shop
    app.include_router(sign_in.router)

    async def pages() -> tuple[httpx.Response, ...]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://shop") as browser:
            begun = await browser.get("/oidc/start", params={"next": file})
            back = await browser.get("/oidc/back", params=provider.signs_in(begun.headers["location"]))
            led = await browser.get(back.headers["location"])
            return back, led, await browser.get("/onward", params={"next": "https://evil.example/"})

    back, led, misled = aside.run(pages())
    assert urlsplit(back.headers["location"]).path == "/onward"
    assert f'href="{file}"' in led.text
    assert 'class="button" href="/"' in misled.text


def test_a_password_can_not_be_guessed_for_who_has_none(shop, provider):
    signed_in(shop, provider)
    with pytest.raises(SignInError):
        sessions.sign_in(shop, "li.lei", "", "10.0.0.7")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another program"},
        {"aud": ["huaxiang", "another program"]},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"iat": 2**40},
    ],
)
def test_a_token_that_is_not_for_us_and_now_is_refused(shop, provider, claims):
    provider.claims |= claims
    with pytest.raises(SignInError, match="did not let you in"):
        signed_in(shop, provider)
    assert shop.access.users.all() == []


def test_a_token_with_another_signature_is_refused(shop, provider):
    provider.signing = ECKey.generate_key("P-256", {"kid": "one"})
    with pytest.raises(SignInError, match="can't be believed"):
        signed_in(shop, provider)
    provider.header, provider.signing = {"alg": "HS256"}, OctKey.import_key(SECRET)
    with pytest.raises(SignInError, match="can't be believed"):
        signed_in(shop, provider)


def test_an_answer_that_was_meant_for_another_browser_is_refused(shop, provider, elsewhere, clock):
    mine, others = oidc.begin(shop, "/"), oidc.begin(shop, "/")
    answer = provider.signs_in(others.address)
    content, _, seal = mine.cookie.partition(".")
    for cookie in (mine.cookie, "", "x.y", f"{content}.{'0' * 64}", f"{content}x.{seal}"):
        with pytest.raises(SignInError, match="too old"):
            oidc.finish(shop, cookie, answer, "")
    with pytest.raises(SignInError, match="said no"):
        oidc.finish(shop, others.cookie, {"state": answer["state"], "error": "access_denied"}, "")
    swapped = provider.signs_in(mine.address) | {"state": answer["state"]}
    with pytest.raises(SignInError, match="refused the question"):
        oidc.finish(shop, others.cookie, swapped, "")
    clock.goes_on(minutes=11)
    with pytest.raises(SignInError, match="too old"):
        oidc.finish(shop, others.cookie, answer, "")


def test_a_code_is_good_once(shop, provider):
    begun = oidc.begin(shop, "/")
    answer = provider.signs_in(begun.address)
    oidc.finish(shop, begun.cookie, answer, "")
    with pytest.raises(SignInError, match="refused the question"):
        oidc.finish(shop, begun.cookie, answer, "")


def test_nobody_becomes_a_user_of_the_same_name_with_a_password(shop, provider):
    users.invite(shop, "li.lei", "admin", "admin")
    with pytest.raises(SignInError, match="another user of your name"):
        signed_in(shop, provider)


def test_who_has_no_role_or_is_disabled_stays_outside(shop, provider):
    user = signed_in(shop, provider)
    users.set_disabled(shop, user.name, True)
    with pytest.raises(SignInError, match="any more"):
        signed_in(shop, provider)
    provider.claims["roles"] = ["guest"]
    with pytest.raises(SignInError, match="no role here"):
        signed_in(shop, provider)


def test_the_claim_may_lie_deep_and_a_role_be_given_to_all_others():
    spec = OidcSpec(issuer="https://x.example", client_id="h", claim="realm_access.roles", roles={"staff": "analyst"})
    assert oidc.role_of(spec, {"realm_access": {"roles": ["staff"]}}) == "analyst"
    assert oidc.role_of(spec, {"realm_access": {"roles": "staff"}}) == "analyst"
    for claims in ({}, {"realm_access": "staff"}, {"realm_access": {"roles": [["staff"]]}}):
        assert oidc.role_of(spec, claims) is None
    assert oidc.role_of(spec.model_copy(update={"otherwise": "viewer"}), {}) == "viewer"


def test_what_is_missing_is_said_before_the_server_starts(shop, monkeypatch):
    oidc.check(shop)
    monkeypatch.delenv("HUAXIANG_OIDC_SECRET")
    with pytest.raises(UsageError, match="needs the environment variable HUAXIANG_OIDC_SECRET"):
        oidc.check(shop)


def test_a_provider_without_tls_is_refused():
    with pytest.raises(ValueError, match="begins with https"):
        OidcSpec(issuer="http://login.example.com", client_id="x")
