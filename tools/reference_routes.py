"""docs/reference/routes.md: every route of the API with its right, from its OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from markdown_pieces import MADE, code, table

from huaxiang.access.rights import RIGHTS, ROLES

TITLES = {
    "overview": "Overview",
    "profiles": "Customers",
    "tags": "Tags",
    "segments": "Segments and rules",
    "personas": "Personas, comparisons and documents",
    "builds": "Builds",
    "quality": "Sources and quality",
    "identity": "Who is who",
    "live": "Live messages",
    "backups": "Backups",
}
"""Resource → its title, in the order of the page."""


def page() -> str:
    """The page."""
    operations = list(_operations())
    parts = [
        "# Routes of the API\n",
        MADE,
        "All below `/v1`; `/v1/openapi.json` has every parameter and the shape of every answer. How to ask is in the",
        "[guide](../guide/api.md).\n",
        "## Who may what\n",
        table(
            ("Right", "Meaning", *(code(role) for role in ROLES)),
            [
                (code(name), f"{right.label.en} · {right.label.zh}", *("✓" if r in right.roles else "" for r in ROLES))
                for name, right in RIGHTS.items()
            ],
        ),
    ]
    for resource, title in TITLES.items():
        rows = [row for tag, row in operations if tag == resource]
        parts += [f"## {title}\n", table(("Route", "Right", "Answer"), rows)]
    return "\n".join(parts)


def document() -> dict[str, Any]:
    """The OpenAPI document: it hangs on no project."""
    from huaxiang.api.app import create_api

    return create_api(None).openapi()  # type: ignore[arg-type]


def _operations() -> Iterator[tuple[str, tuple[str, str, str]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            (tag,) = operation["tags"]
            parameters = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
            asked = f"?{'&'.join(parameters)}" if parameters else ""
            route = f"`{method.upper()} {path}`" + (f" {code(asked)}" if asked else "")
            yield tag, (route, code(operation["x-right"]), _flat(operation["description"]))


def _flat(text: str) -> str:
    """What a route says, in one line, without the right that has a column of its own."""
    return " ".join(text.partition("\n\nNeeds the right")[0].split())
