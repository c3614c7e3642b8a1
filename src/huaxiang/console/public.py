"""What the pages that anybody may open have in common: a strict policy, both languages, and forms of their own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from huaxiang.access.tokens import form_token, new_token, same
from huaxiang.console.reader import LANGUAGE_COOKIE, language_of
from huaxiang.core.text import LANGUAGES, Language, Text
from huaxiang.look import tokens

if TYPE_CHECKING:
    from jinja2 import Environment

    from huaxiang.service.workspace import Workspace

FORM_COOKIE = "huaxiang_form"
"""Holds what the hidden field of a form is made from, so that no other site can send the form."""

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

YEAR = 365 * 24 * 3600

TEXTS: Mapping[str, Text] = {
    "language": Text("Language", "语言"),
    "name": Text("Name", "用户名"),
    "password": Text("Password", "密码"),
    "sign_in": Text("Sign in", "登录"),
    "forgotten": Text(
        "Password forgotten? Your administrator gives you a link with which you set a new one.",
        "忘记密码？请联系管理员获取重设密码的链接。",
    ),
    "new_password": Text("New password", "新密码"),
    "again": Text("The same again", "再次输入新密码"),
    "save": Text("Save and sign in", "保存并登录"),
    "download": Text("Download", "下载"),
    "rules": Text(
        "At least 12 characters, without your name. A sentence is easy to remember.",
        "至少 12 个字符，且不含用户名。用一句话更好记。",
    ),
}


def reads(request: Request) -> Language:
    """The language of whoever opens a page: that of its address, else as in the console."""
    asked = request.query_params.get("language")
    for language in LANGUAGES:
        if language == asked:
            return language
    return language_of(request.cookies, request.headers)


def prefix_of(request: Request) -> str:
    """The path prefix that the console is served under."""
    return str(request.scope.get("app_root_path", request.scope.get("root_path", "")))


def cookie(
    request: Request, response: Response, name: str, value: str, *, seconds: int | None, open_: bool = False
) -> None:
    """Set a cookie for the console alone. Scripts can't read it, unless it is `open_`."""
    response.set_cookie(
        name,
        value,
        max_age=seconds,
        path=prefix_of(request) or "/",
        secure=request.url.scheme == "https"
        or (_workspace(request).access.settings.address or "").startswith("https:"),
        httponly=not open_,
        samesite="lax",
    )


def page(
    request: Request, template: str, title: Text, *, status: int = 200, form: str | None = None, **values: Any
) -> Response:
    """One page. `form` names the form on it: its hidden field is filled, and the cookie set that belongs to it."""
    language = reads(request)
    secret = request.cookies.get(FORM_COOKIE) or new_token()
    spec = _workspace(request).project.loaded.spec
    query = [f"{name}={value}" for name, value in request.query_params.items() if name != "language"]
    response = HTMLResponse(
        _templates()
        .get_template(template)
        .render(
            t={name: text[language] for name, text in TEXTS.items()},
            language=language,
            title=title[language],
            project=spec.label[language] or spec.name,
            prefix=prefix_of(request),
            here="?" + "&".join([*_quoted(query), "language="]),
            form=form_token(secret, form) if form else "",
            **values,
        ),
        status,
        headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"},
    )
    if form:
        cookie(request, response, FORM_COOKIE, secret, seconds=None)
    if "language" in request.query_params:
        cookie(request, response, LANGUAGE_COOKIE, language, seconds=YEAR, open_=True)
    return response


def is_ours(request: Request, form: str, sent: str) -> bool:
    """Whether a form was sent from a page that this browser got from here."""
    secret = request.cookies.get(FORM_COOKIE)
    return bool(secret) and same(form_token(str(secret), form), sent)


@cache
def style() -> str:
    """The style sheet of these pages: light or dark as the browser prefers."""
    light, dark = _custom(tokens("light")), _custom(tokens("dark"))
    rules = files("huaxiang.console").joinpath("static", "public.css").read_text(encoding="utf-8")
    in_the_dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}"
    return f":root {{ color-scheme: light dark; {light} }}\n{in_the_dark}\n{rules}"


def _workspace(request: Request) -> Workspace:
    workspace: Workspace = request.app.state.workspace
    return workspace


def _custom(values: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in values.items())


def _quoted(pairs: list[str]) -> list[str]:
    from urllib.parse import quote

    return ["=".join(quote(part, safe="") for part in pair.split("=", 1)) for pair in pairs]


@cache
def _templates() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

    return Environment(
        loader=PackageLoader("huaxiang.console"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
