"""One definition: from the plain values of a YAML file to a frozen `Spec` with its lines, or findings."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from huaxiang.core.findings import Finding, Location
from huaxiang.core.spec import Spec
from huaxiang.project.explain import Draft, explain, filled, unknown_key
from huaxiang.project.yaml import Document, Lines

S = TypeVar("S", bound=Spec)


def define(kind: Any, data: Any, document: Document, path: tuple[str, ...], owner: str) -> tuple[Any, list[Finding]]:
    """Read what stands at `path` of `document` as a definition of type `kind`.

    The last part of `path` is the definition's name. `owner` opens each message ("tag 'orders_90d'").
    Returns the definition, or None, and all findings about it.
    """
    prefix = ".".join(path) + "." if path else ""
    lines = {key.removeprefix(prefix): line for key, line in document.lines.items() if key.startswith(prefix)}
    at = document.at(*path)
    name = path[-1] if path else ""
    if not isinstance(data, dict):
        message = f"{owner}: a definition is a mapping of keys to values."
        return None, [Finding("wrong_type", message, at, "Write its keys below the name, indented.")]
    try:
        spec = _adapter(kind).validate_python(data)
    except ValidationError as error:
        return None, explain(error, Draft(kind, data, at, lines, owner))
    findings: list[Finding] = []
    allowed = () if path else ("name",)
    placed = _place(spec, name or spec.name, at, lines, "", owner, allowed, findings)
    return (None if findings else placed), findings


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _place(
    spec: S,
    name: str,
    at: Location,
    lines: Lines,
    path: str,
    owner: str,
    allowed: tuple[str, ...],
    findings: list[Finding],
) -> S:
    """`spec` and all definitions within, with the place where each was written."""
    for key in spec.model_fields_set & set(filled(type(spec))) - set(allowed):
        findings.append(unknown_key(type(spec), key, Location(at.file, lines.get(_join(path, key), at.line)), owner))
    prefix = path + "." if path else ""
    own_lines = {key.removeprefix(prefix): line for key, line in lines.items() if key.startswith(prefix)}

    def within(value: Any, key: str, child_name: str) -> Any:
        if not isinstance(value, Spec):
            return value
        child_at = Location(at.file, lines.get(key, at.line))
        return _place(value, child_name, child_at, lines, key, owner, (), findings)

    update: dict[str, Any] = {"name": name, "at": at, "lines": own_lines}
    for field in type(spec).model_fields:
        value, key = getattr(spec, field), _join(path, field)
        if isinstance(value, Spec) and key in lines:
            update[field] = within(value, key, field)
        elif isinstance(value, tuple) and any(isinstance(item, Spec) for item in value):
            update[field] = tuple(within(item, f"{key}.{index}", item.name) for index, item in enumerate(value))
        elif isinstance(value, dict) and any(isinstance(item, Spec) for item in value.values()):
            update[field] = {child: within(item, f"{key}.{child}", child) for child, item in value.items()}
    return spec.model_copy(update=update)


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
