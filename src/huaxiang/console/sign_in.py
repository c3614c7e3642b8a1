"""Signing in and out, and the page behind a one-time link. Plain forms without any script."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, HTTPException, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from huaxiang.access import passwords
from huaxiang.console import public
from huaxiang.console.context import COOKIE, address_of
from huaxiang.console.downloads import KEPT
from huaxiang.core import messages
from huaxiang.core.errors import BusyError, SignInError
from huaxiang.core.text import Text
from huaxiang.service.access import links, oidc, sessions
from huaxiang.service.workspace import Workspace

router = APIRouter(include_in_schema=False)

_OIDC_COOKIE = "huaxiang_oidc"
"""Holds what somebody must bring back from the OpenID provider."""

_TITLE = Text("Sign in", "登录")
_WRONG = Text("Name or password is wrong.", "用户名或密码不正确。")
_LOCKED = Text(
    "Too many attempts have failed. Try again in {seconds} seconds.", "失败次数过多，请在 {seconds} 秒后重试。"
)
_STALE = Text("The page was too old: try again.", "页面已过期，请重试。")
_WELCOME = Text("Welcome: choose your password", "欢迎：请设置您的密码")
_RESET = Text("Choose a new password", "设置新密码")
_WORTHLESS = Text("This link is good no more", "链接已失效")
_WHY_WORTHLESS = Text(
    "It was used, has expired, or a newer one was made. Ask your administrator for another.",
    "链接已被使用、已过期，或已生成新的链接。请联系管理员重新获取。",
)
_SIGNED_IN = Text("You are signed in", "登录成功")
_DOWNLOAD = Text("Your download is behind this link.", "点击下方链接即可下载。")
_DIFFERENT = Text("The two passwords differ.", "两次输入的密码不一致。")

Field = Annotated[str, Form(max_length=1000)]


@router.get("/sign-in.css")
def styles() -> Response:
    """The style sheet of the public pages."""
    return Response(public.style(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})


@router.get("/sign-in")
def sign_in_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the name in the address
    """The form; whoever is signed in already goes on."""
    try:
        sessions.actor_of(_workspace(request), request.cookies.get(COOKIE, ""), address_of(request))
    except SignInError:
        return _form(request, next)
    return RedirectResponse(_inside(request, next), 303)


@router.post("/sign-in")
def sign_in(
    request: Request,
    name: Field = "",
    password: Field = "",
    form: Field = "",
    next: Field = "",  # noqa: A002
) -> Response:
    """Sign in and go on to `next`."""
    if not public.is_ours(request, "sign-in", form):
        return _form(request, next, name, _STALE[public.reads(request)], 403)
    try:
        token = sessions.sign_in(_workspace(request), name, password, address_of(request))
    except SignInError:
        return _form(request, next, name, _WRONG[public.reads(request)], 401)
    except BusyError as error:
        said = _LOCKED[public.reads(request)].format(seconds=error.retry_after)
        response = _form(request, next, name, said, 429)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return signed_in(request, token, next)


@router.post("/sign-out")
def sign_out(request: Request) -> Response:
    """End the session. The header can't be sent by the form of another site."""
    if request.headers.get("x-requested-with") != "huaxiang":
        raise HTTPException(403, "Sign out on a page of the console.")
    sessions.sign_out(_workspace(request), request.cookies.get(COOKIE, ""), address_of(request))
    response = PlainTextResponse("")
    response.delete_cookie(COOKIE, path=public.prefix_of(request) or "/")
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/link/{token}")
def link_page(request: Request, token: str) -> Response:
    """The form that sets a password."""
    return _password(request, token)


@router.post("/link/{token}")
def use_link(request: Request, token: str, password: Field = "", again: Field = "", form: Field = "") -> Response:
    """Set the password and sign in with it."""
    language = public.reads(request)
    if not public.is_ours(request, "link", form):
        return _password(request, token, _STALE[language], 403)
    try:
        link = links.find(_workspace(request), token)
        objection = passwords.objection(password, link.user.name) or (_DIFFERENT if password != again else None)
        if objection is not None:
            return _password(request, token, objection[language], 422)
        session = links.use(_workspace(request), token, password, address_of(request))
    except SignInError:
        return _password(request, token)
    return signed_in(request, session, "")


@router.get("/oidc/start")
def oidc_start(request: Request, next: str = "") -> Response:  # noqa: A002
    """Go to the OpenID provider."""
    try:
        begun = oidc.begin(_workspace(request), next)
    except SignInError as error:
        return _form(request, next, "", messages.told(str(error), public.reads(request)), 502)
    response = RedirectResponse(begun.address, 303)
    public.cookie(request, response, _OIDC_COOKIE, begun.cookie, seconds=oidc.GOOD_FOR)
    return response


@router.get("/oidc/back")
def oidc_back(request: Request) -> Response:
    """Come back from the OpenID provider."""
    kept = request.cookies.get(_OIDC_COOKIE, "")
    try:
        token, wanted = oidc.finish(_workspace(request), kept, request.query_params, address_of(request))
        if wanted.removeprefix(public.prefix_of(request)).startswith(KEPT):
            # Whoever comes from the provider comes from another site, which may lead to no download.
            wanted = f"{public.prefix_of(request)}/onward?{urlencode({'next': wanted})}"
        response = signed_in(request, token, wanted)
    except SignInError as error:
        response = _form(request, "", "", messages.told(str(error), public.reads(request)), 401)
    response.delete_cookie(_OIDC_COOKIE, path=public.prefix_of(request) or "/")
    return response


@router.get("/onward")
def onward(request: Request, next: str = "") -> Response:  # noqa: A002
    """A page of ours with the link to what was wanted before signing in elsewhere."""
    wanted = _inside(request, next)
    return public.page(
        request, "onward.html", _SIGNED_IN, note=_DOWNLOAD[public.reads(request)], error="", wanted=wanted
    )


def signed_in(request: Request, token: str, wanted: str) -> Response:
    """Hand the session's token to the browser, and lead on to the page that was wanted."""
    response = RedirectResponse(_inside(request, wanted), 303)
    seconds = _workspace(request).access.settings.longest.hours * 3600
    public.cookie(request, response, COOKIE, token, seconds=seconds)
    response.delete_cookie(public.FORM_COOKIE, path=public.prefix_of(request) or "/")
    return response


def _form(request: Request, wanted: str, name: str = "", error: str = "", status: int = 200) -> Response:
    oidc = _workspace(request).access.settings.oidc
    return public.page(
        request,
        "sign_in.html",
        _TITLE,
        status=status,
        form="sign-in",
        note="",
        error=error,
        name=name,
        next=wanted,
        provider=oidc.label[public.reads(request)] if oidc else "",
    )


def _password(request: Request, token: str, error: str = "", status: int = 200) -> Response:
    language = public.reads(request)
    try:
        link = links.find(_workspace(request), token)
    except SignInError:
        return public.page(
            request,
            "password.html",
            _WORTHLESS,
            status=404,
            note=_WHY_WORTHLESS[language],
            error="",
            name="",
            action="",
        )
    return public.page(
        request,
        "password.html",
        _RESET if link.purpose == "reset" else _WELCOME,
        status=status,
        form="link",
        note="",
        error=error,
        name=link.user.name,
        action=f"{public.prefix_of(request)}/link/{token}",
    )


def _inside(request: Request, wanted: str) -> str:
    """The page that was wanted if it is one of ours: nobody is led to another site."""
    prefix = public.prefix_of(request)
    if wanted.startswith(f"{prefix}/") and re.fullmatch(r"/(?![/\\])[^\\\x00-\x1f\x7f]*", wanted):
        return wanted
    return f"{prefix}/"


def _workspace(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace
