"""Signing in at an OpenID provider: authorization code with PKCE, state and nonce.

The provider says who somebody is and, by a claim, which role they have. Nobody becomes a user of the same name who
has a password here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from huaxiang.access.accounts import User
from huaxiang.access.people import NAME, nobody, user_name
from huaxiang.access.rights import Role
from huaxiang.access.spec import OidcSpec
from huaxiang.access.tokens import new_token, same
from huaxiang.core.errors import HuaxiangError, SignInError, UsageError
from huaxiang.service.access import sessions

if TYPE_CHECKING:
    from huaxiang.service.workspace import Workspace

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]
"""How ID tokens may be signed: by the provider's key, never by a secret that is shared."""

PATIENCE, LEEWAY = 10.0, 60
"""Seconds that the provider may take to answer, and that its clock may differ from ours."""

GOOD_FOR = 600
"""Seconds that somebody may take to sign in there."""


@dataclass(frozen=True)
class Begun:
    """Where to send somebody who wants to sign in, and what their browser must bring back."""

    address: str
    cookie: str


def check(workspace: Workspace) -> None:
    """See that what the provider needs is there.

    Raises:
        UsageError: the secret is not set.
    """
    spec = workspace.access.settings.oidc
    if spec is not None and not os.environ.get(spec.client_secret):
        raise UsageError(f"Signing in at {spec.issuer} needs the environment variable {spec.client_secret}.")


def begin(workspace: Workspace, wanted: str) -> Begun:
    """Send somebody to the provider; `wanted` is the page that they want to see after it.

    Raises:
        SignInError: there is no provider, or it can't be reached.
    """
    spec = _spec(workspace)
    state, nonce, verifier = new_token(), new_token(), new_token()
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "response_type": "code",
        "client_id": spec.client_id,
        "redirect_uri": _back(workspace),
        "scope": "openid profile email",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    endpoint = str(_discovered(spec)["authorization_endpoint"])
    kept = {
        "state": state,
        "nonce": nonce,
        "verifier": verifier,
        "wanted": wanted,
        "until": _seconds(workspace) + GOOD_FOR,
    }
    return Begun(f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", _sealed(workspace, kept))


def finish(workspace: Workspace, cookie: str, answer: Mapping[str, str], address: str) -> tuple[str, str]:
    """Let in whom the provider has sent back with `answer`: the token of their session, and the page that they wanted.

    Raises:
        SignInError: the answer is not for this browser, is forged or too old, or they have no role here.
    """
    spec = _spec(workspace)
    try:
        kept = _opened(workspace, cookie)
        if not same(str(kept["state"]), answer.get("state", "")) or _seconds(workspace) > kept["until"]:
            raise SignInError("The provider did not let you in: the page was too old; try again.")
        if "code" not in answer:
            raise SignInError("The provider did not let you in: it said no.")
        claims = _claims(workspace, spec, answer["code"], str(kept["verifier"]), str(kept["nonce"]))
        user = _user(workspace, spec, claims)
    except HuaxiangError as error:
        detail = {"code": error.code, "by": "oidc"}
        workspace.trail.note(nobody(address), "sign_in", outcome="refused", detail=detail, wait=True)
        raise
    return sessions.begin(workspace, user, address, by="oidc"), str(kept["wanted"])


def _claims(workspace: Workspace, spec: OidcSpec, code: str, verifier: str, nonce: str) -> Mapping[str, Any]:
    """What the provider says of whoever brought `code`, checked as OpenID Connect Core 1.0, section 3.1.3.7 asks."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    found = _discovered(spec)
    sent = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _back(workspace),
        "code_verifier": verifier,
    }
    secret = os.environ.get(spec.client_secret, "")
    token = _asked(str(found["token_endpoint"]), sent, (spec.client_id, secret)).get("id_token", "")
    keys = _asked(str(found["jwks_uri"]))
    wanted = jwt.JWTClaimsRegistry(
        now=_seconds(workspace),
        leeway=LEEWAY,
        iss={"essential": True, "value": spec.issuer},
        aud={"essential": True, "value": spec.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS).claims  # type: ignore[arg-type]
        wanted.validate(claims)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise SignInError("The provider did not let you in: its answer can't be believed.") from error
    others = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if len(others) > 1 and claims.get("azp") != spec.client_id:
        raise SignInError("The provider did not let you in: its answer was for another program.")
    return claims


def _user(workspace: Workspace, spec: OidcSpec, claims: Mapping[str, Any]) -> User:
    """The user whom the provider describes; added when they come for the first time, with the role they have now."""
    role = role_of(spec, claims)
    if role is None:
        raise SignInError("You have signed in there, but have no role here. Ask your administrator.")
    outside = f"{spec.issuer} {claims['sub']}"
    users = workspace.access.users
    user = users.find_outside(outside)
    if user is None:
        told = (claims.get(name) for name in ("preferred_username", "email", "sub"))
        name = next((user_name(str(each)) for each in told if each and NAME.fullmatch(user_name(str(each)))), None)
        if name is None or users.find(name) is not None:
            raise SignInError("There is another user of your name here. Ask your administrator.")
        email = str(claims["email"])[:254] if claims.get("email") else None
        return users.add(User(0, name, role, workspace.access.now(), email=email, outside=outside))
    if user.disabled:
        raise SignInError("You may not sign in any more. Ask your administrator.")
    if user.role != role:
        user = users.change(user.name, role=role)
        workspace.access.forget()
    return user


def role_of(spec: OidcSpec, claims: Mapping[str, Any]) -> Role | None:
    """The role that `claims` give: that of the first value of `roles` that the claim lists, else `otherwise`."""
    value: Any = claims
    for part in spec.claim.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    listed = {value} if isinstance(value, str) else {each for each in value or () if isinstance(each, str)}
    return next((role for name, role in spec.roles.items() if name in listed), spec.otherwise)


def _discovered(spec: OidcSpec) -> Mapping[str, Any]:
    found = _asked(f"{spec.issuer}/.well-known/openid-configuration")
    if found.get("issuer", "").rstrip("/") != spec.issuer:
        raise SignInError("The provider did not let you in: it is not who it says.")
    return found


def _asked(address: str, sent: Mapping[str, str] | None = None, auth: tuple[str, str] | None = None) -> dict[str, Any]:
    """What the provider answers to one question."""
    import httpx

    try:
        with httpx.Client(timeout=PATIENCE, trust_env=False) as client:
            answer = (
                client.get(address)
                if sent is None
                else client.post(address, data=dict(sent), auth=auth or httpx.USE_CLIENT_DEFAULT)
            )
        answer.raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise SignInError("The provider did not let you in: it can't be reached, or refused the question.") from error
    if not isinstance(found, dict):
        raise SignInError("The provider did not let you in: its answer can't be understood.")
    return found


def _sealed(workspace: Workspace, kept: Mapping[str, Any]) -> str:
    content = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{content}.{_seal(workspace, content)}"


def _opened(workspace: Workspace, cookie: str) -> dict[str, Any]:
    content, _, seal = cookie.partition(".")
    if not same(seal, _seal(workspace, content)):
        raise SignInError("The provider did not let you in: the page was too old; try again.")
    opened: dict[str, Any] = json.loads(base64.urlsafe_b64decode(content))
    return opened


def _seal(workspace: Workspace, content: str) -> str:
    return hmac.new(workspace.secret, b"oidc " + content.encode(errors="replace"), hashlib.sha256).hexdigest()


def _back(workspace: Workspace) -> str:
    return f"{workspace.access.address}/oidc/back"


def _seconds(workspace: Workspace) -> int:
    return int(workspace.access.now().timestamp())


def _spec(workspace: Workspace) -> OidcSpec:
    spec = workspace.access.settings.oidc
    if spec is None:
        raise SignInError("This project names no OpenID provider.")
    return spec
