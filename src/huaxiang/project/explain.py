"""What pydantic found wrong with a definition, in words for the person who wrote it."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Discriminator, Tag, ValidationError

from huaxiang.core.findings import Finding, Location, near_miss
from huaxiang.core.text import Text
from huaxiang.project.yaml import Lines
from huaxiang.tags.spec import KINDS, TagSpec

OURS = ("name", "at", "lines")
"""Fields of every `Spec` that the loader fills; nobody writes them, but the name of what stands in a list."""


def filled(model: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a model that the loader fills: a `name` that must be given is written by the author."""
    return tuple(name for name in OURS if name in model.model_fields and not model.model_fields[name].is_required())


@dataclass(frozen=True)
class Draft:
    """A definition before it is checked: its plain values, its type, its place, and what messages call it."""

    kind: Any
    data: Any
    at: Location
    lines: Lines
    owner: str

    def place(self, path: tuple[str, ...]) -> Location:
        """The place of the key at `path`, or of the nearest one above it."""
        for end in range(len(path), 0, -1):
            line = self.lines.get(".".join(path[:end]))
            if line:
                return Location(self.at.file, line)
        return self.at

    def keys(self, path: tuple[str, ...]) -> Collection[str]:
        """The keys that are written in the mapping at `path`."""
        current = self.data
        for part in path:
            current = current[int(part)] if isinstance(current, list) else current[part]
        return current


def explain(error: ValidationError, draft: Draft) -> list[Finding]:
    """All findings of one failed validation, in the order of their lines."""
    kind, owner = draft.kind, draft.owner
    findings: dict[tuple[tuple[str, ...], str], Finding] = {}
    for item in error.errors(include_url=False):
        if item["type"] == "too_short" and len(item["input"]) >= item["ctx"]["min_length"]:
            continue  # its items are wrong, each with a finding of its own
        path, missing = _data_path(item["loc"], draft.data)
        if path and item["type"] != "missing" and _is_ours(kind, item["loc"], path[-1]):
            item = {**item, "type": "extra_forbidden"}  # noqa: PLW2901
        finding = _finding(item, draft, path, missing)
        former = findings.get((path, finding.code))
        if former is None:
            findings[path, finding.code] = finding
        elif finding.code == "wrong_type" and "expected" in finding.context:
            # A union of types fails once for each of its members.
            expected = dict.fromkeys((*former.context.get("expected", ()), *finding.context["expected"]))
            findings[path, finding.code] = _wrong_type(
                tuple(expected), finding.context["value"], path, former.at, owner
            )
    return sorted(findings.values(), key=lambda finding: finding.at)


def unknown_key(
    model: type[BaseModel] | None, key: str, at: Location, owner: str, written: Collection[str] = ()
) -> Finding:
    """The finding for a key that `model` does not have; those `written` beside it are less likely meant."""
    known = _keys(model) if model else []
    guess = near_miss(key, known, written)
    listed = f" Keys: {', '.join(known)}." if known else ""
    return Finding(
        "unknown_key",
        f"{owner}: key '{key}' is not known here.{listed}",
        at,
        f"Did you mean '{guess}'?" if guess else "",
    )


def _finding(item: Any, draft: Draft, path: tuple[str, ...], missing: str) -> Finding:
    code, context = item["type"], item.get("ctx", {})
    owner, at = draft.owner, draft.place(path)
    where = f"{owner}: " + (f"'{'.'.join(path)}' " if path else "")
    match code:
        case "extra_forbidden":
            model = _model_at(draft.kind, item["loc"][:-1])
            return unknown_key(model, str(item["loc"][-1]), at, owner, draft.keys(path[:-1]))
        case "missing":
            inside = f" in '{'.'.join(path)}'" if path else ""
            return Finding("missing_key", f"{owner}: key '{missing}' is missing{inside}.", at, f"Add '{missing}: …'.")
        case "value_error":
            return Finding("bad_value", f"{owner}: {_key_prefix(path)}{context['error']}.", at)
        case "tag_kind":
            return _tag_kind(item["input"], at, owner)
        case "literal_error" | "enum":
            return _not_a_choice(item, path, at, owner)
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than":
            limit = next(iter(context.values()))
            return Finding("bad_value", f"{where}is {item['input']!r}, but must be {_LIMITS[code]} {limit}.", at)
        case "too_short":
            return Finding("bad_value", f"{where}is empty, but needs at least {context['min_length']} item.", at)
        case _ if code in _EXPECTED:
            return _wrong_type((_EXPECTED[code],), item["input"], path, at, owner)
        case _:
            return Finding("bad_value", f"{where}makes no sense: {item['msg'][:1].lower()}{item['msg'][1:]}.", at)


_LIMITS = {
    "greater_than_equal": "at least",
    "greater_than": "more than",
    "less_than_equal": "at most",
    "less_than": "less than",
}

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping of keys to values",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "none_required": "nothing",
}


def _tag_kind(data: dict[str, Any], at: Location, owner: str) -> Finding:
    chosen = [key for key in KINDS if key in data]
    has = f"it has {' and '.join(chosen)}" if chosen else "it has none of them"
    guesses = ((key, near_miss(key, KINDS)) for key in data if key not in TagSpec.model_fields)
    guess = next(((key, near) for key, near in guesses if near and not chosen), None)
    return Finding(
        "tag_kind",
        f"{owner}: a tag has exactly one of the keys {', '.join(KINDS)}; {has}.",
        at,
        f"Did you mean '{guess[1]}' instead of '{guess[0]}'?" if guess else "",
    )


def _wrong_type(expected: tuple[str, ...], value: Any, path: tuple[str, ...], at: Location, owner: str) -> Finding:
    wanted = " or ".join(expected)
    remedy = ""
    if "text" in expected and not isinstance(value, dict | list) and value is not None:
        remedy = "Put it in quotes to make it text."
    elif "a list" in expected and not isinstance(value, dict | list):
        remedy = f"Write it as a list: [{value}]."
    return Finding(
        "wrong_type",
        f"{owner}: {_key_prefix(path)}is {_what(value)}, but must be {wanted}.",
        at,
        remedy,
        context={"expected": expected, "value": value},
    )


def _not_a_choice(item: Any, path: tuple[str, ...], at: Location, owner: str) -> Finding:
    choices = [choice.strip("' ") for choice in item["ctx"]["expected"].replace(" or ", ", ").split(", ")]
    guess = near_miss(str(item["input"]), choices)
    return Finding(
        "bad_choice",
        f"{owner}: {_key_prefix(path)}is {item['input']!r}, but must be one of {', '.join(choices)}.",
        at,
        f"Did you mean '{guess}'?" if guess else "",
    )


def _key_prefix(path: tuple[str, ...]) -> str:
    return f"'{'.'.join(path)}' " if path else ""


def _what(value: Any) -> str:
    kinds: tuple[tuple[type, Callable[[Any], str]], ...] = (
        (type(None), lambda _: "empty"),
        (bool, lambda v: "true" if v else "false"),
        (str, lambda v: f"the text '{v}'"),
        (dict, lambda _: "a mapping"),
        (list, lambda _: "a list"),
        (tuple, lambda _: "a list"),
    )
    return next((say(value) for kind, say in kinds if isinstance(value, kind)), f"{value}")


def _data_path(loc: tuple[int | str, ...], data: Any) -> tuple[tuple[str, ...], str]:
    """The part of pydantic's location that exists in the data, and the key that is missing there.

    Pydantic also names branches of unions and keys of mappings, which nobody wrote.
    """
    path: list[str] = []
    current = data
    missing = ""
    for part in loc:
        if isinstance(current, dict) and str(part) in current:
            path.append(str(part))
            current = current[str(part)]
        elif isinstance(current, list) and isinstance(part, int) and part < len(current):
            path.append(str(part))
            current = current[part]
        else:
            missing = str(part)
    return tuple(path), missing


def _is_ours(kind: Any, loc: tuple[int | str, ...], key: str) -> bool:
    model = _model_at(kind, loc[:-1])
    return model is not None and key in filled(model)


def _keys(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name not in filled(model)]


def _model_at(kind: Any, loc: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that a definition of type `kind` has at `loc`, or None."""
    candidates = list(_models(kind))
    for part in loc:
        candidates = [found for model in candidates for found in _step(model, part)]
    return next((model for model in candidates if isinstance(model, type) and issubclass(model, BaseModel)), None)


def _step(annotation: Any, part: int | str) -> Iterator[Any]:
    """What `annotation` holds at `part`: a field, an item, or a branch of a union."""
    if isinstance(annotation, tuple):
        tag, inner = annotation
        if tag == part:
            yield from _models(inner)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        field = annotation.model_fields.get(str(part))
        if field is not None:
            yield from _models(field.annotation)
    elif typing.get_origin(annotation) in (tuple, list):
        yield from _models(typing.get_args(annotation)[0])
    elif typing.get_origin(annotation) is dict:
        yield from _models(typing.get_args(annotation)[1])


def _models(annotation: Any) -> Iterator[Any]:
    """The alternatives of an annotation; a branch of a tagged union is a pair of tag and type."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        inner, *metadata = typing.get_args(annotation)
        tag = next((item.tag for item in metadata if isinstance(item, Tag)), None)
        if tag is not None:
            yield (tag, inner)
        elif any(isinstance(item, Discriminator) for item in metadata) or typing.get_origin(inner):
            yield from _models(inner)
        elif inner is not Text:
            yield inner
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _models(member)
    else:
        yield annotation
