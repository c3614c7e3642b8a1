"""A question that makes sense for every route of the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

PLACES = {
    "/profiles/{identifier}": {"identifier": "phone:{phone}"},
    "/tags/{name}": {"name": "spend_ever"},
    "/segments/{name}": {"name": "buyers"},
    "/personas/{name}": {"name": "buyers"},
    "/clusters/{name}": {"name": "none"},
    "/builds/runs/{number}": {"number": "1"},
    "/builds/{name}": {"name": "current"},
    "/studies/{name}": {"name": "none"},
    "/identity/explain/{identifier}": {"identifier": "phone:{phone}"},
    "/identity/review/{number}": {"number": "1"},
    "/identity/decisions/{decision}": {"decision": "1"},
    "/backups/{file}": {"file": "none.tar.gz"},
}
"""The beginning of a path → what its first place is filled with."""

BODIES: dict[str, dict[str, Any]] = {
    "/profiles/lookup": {"identifiers": ["phone:{phone}", "nobody"], "tags": ["job", "called", "home", "spend_ever"]},
    "/tag-previews": {"name": "twice", "text": "dimension: own\ncategory: all\nexpression: spend_ever * 2\n"},
    "/tags/{name}": {"text": "dimension: own\ncategory: all\nexpression: spend_ever * 2\n", "file": "own.yml"},
    "/segments/{name}": {"rule": "spend_ever > 1", "file": "all.yml"},
    "/counts": {"rule": "job = 'craft1worker'"},
    "/distributions": {"rule": "orders_ever > 0", "tag": "job"},
    "/overlaps": {"rules": ["buyers", "sex = 'female'"]},
    "/comparisons": {"sides": ["buyers", "everyone"]},
    "/comparisons/document": {"sides": ["buyers", "everyone"], "format": "csv"},
    "/builds/runs": {},
    "/builds/runs/{number}/cancel": {},
    "/identity/review/{number}/accept": {},
    "/identity/review/{number}/reject": {},
    "/identity/merges": {"identifiers": ["phone:{phone}", "phone:{other}"], "why": "asked"},
    "/identity/splits": {"identifier": "phone:{phone}", "records": ["till/t0"], "why": "asked"},
    "/identity/decisions/{decision}/undo": {},
    "/backups": {},
    "/backups/{file}/verification": {},
    "/batch": {"batch": [{"type": "identify", "userId": "{phone}"}]},
    "/alias": {"userId": "{phone}", "previousId": "{other}"},
    "/group": {"userId": "{phone}", "groupId": "g"},
}
QUERIES = {"/search": {"q": "密名"}, "/profiles": {"tags": ["job", "called", "home", "sex", "spend_ever"]}}
QUERIES["/profiles/export"] = QUERIES["/profiles"]


def operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Method, path and description of every route that the document knows."""
    for path, methods in app.openapi()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def question(method: str, path: str, phone: str, other: str) -> dict[str, Any]:
    """The arguments of an HTTP request to a route about a customer with this phone."""
    url = path
    for beginning, places in PLACES.items():
        if path.startswith(beginning):
            for name, value in places.items():
                url = url.replace("{" + name + "}", value, 1)
    found: dict[str, Any] = {"url": url.replace("{name}", _second(path)).replace("{phone}", phone)}
    if path in QUERIES:
        found["params"] = QUERIES[path]
    if method in ("post", "put"):
        found["json"] = _filled(BODIES.get(path, {"userId": phone, "event": "Product Viewed"}), phone, other)
    return found


def _second(path: str) -> str:
    return "spend_ever" if "/tags/" in path else "buyers"


def _filled(value: Any, phone: str, other: str) -> Any:
    match value:
        case str():
            return value.replace("{phone}", phone).replace("{other}", other)
        case list():
            return [_filled(part, phone, other) for part in value]
        case dict():
            return {key: _filled(part, phone, other) for key, part in value.items()}
        case _:
            return value
