"""Texts in the source as templates: `f"There is no tag '{spec.name}'."` is `There is no tag '{name}'.`"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator


def parts_of(node: ast.expr) -> list[ast.expr] | None:
    """The parts of a text that is put together, or None where an expression is no text."""
    match node:
        case ast.Constant(value=str()):
            return [node]
        case ast.JoinedStr(values=values):
            return [value.value if isinstance(value, ast.FormattedValue) else value for value in values]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            sides = parts_of(left), parts_of(right)
            return None if sides == (None, None) else [*(sides[0] or [left]), *(sides[1] or [right])]
    return None


def template_of(parts: list[ast.expr]) -> str:
    """Parts as a template: what is only known when it happens becomes a place with a name."""
    names = names_of(parts)
    return "".join(
        _WAITING.sub(r"{\1}", str(part.value).replace("{", "{{").replace("}", "}}"))
        if isinstance(part, ast.Constant)
        else f"{{{names[ast.dump(part)]}}}"
        for part in parts
    )


def formatted(node: ast.expr) -> str:
    """The template of a text that is put together, or that waits for `format`; of `en` and `zh` of one value alike."""
    parts = parts_of(node) or []
    said = str(parts[0].value) if len(parts) == 1 and isinstance(parts[0], ast.Constant) else template_of(parts)
    return "".join(
        text + ("" if name is None else f"{{{name.removesuffix('_en').removesuffix('_zh')}}}")
        for text, name, _, _ in string.Formatter().parse(said)
    )


def names_of(parts: list[ast.expr]) -> dict[str, str]:
    """The place of each part that is no literal text, by its dump: unlike values have unlike names."""
    names: dict[str, str] = {}
    for part in parts:
        if not isinstance(part, ast.Constant) and ast.dump(part) not in names:
            name = _name(part)
            number = sum(each.rstrip("0123456789") == name for each in names.values()) + 1
            names[ast.dump(part)] = name if number == 1 else f"{name}{number}"
    return names


def open_parts(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """The places that are not in quotes."""
    literal = [str(part.value) if isinstance(part, ast.Constant) else "" for part in parts]
    for part, before, after in zip(parts, ["", *literal], [*literal[1:], ""], strict=False):
        if not isinstance(part, ast.Constant) and not (before.endswith("'") and after.startswith("'")):
            yield part


def places(template: str) -> list[str]:
    """The names of the places of a template, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]


def with_ellipses(template: str) -> str:
    """The template for people: `…` for every place."""
    shown = "".join(text + ("" if name is None else "…") for text, name, _, _ in string.Formatter().parse(template))
    return shown.replace("……", "…")


def shape(template: str) -> str:
    """The template without the names of its places."""
    return template.format(**dict.fromkeys(places(template), "\0"))


def literal_text(template: str) -> str:
    """The text of a template without its places."""
    return shape(template).replace("\0", "")


_WAITING = re.compile(r"\{\{([a-z_]+)\}\}")
"""A place in a literal text, which `format` fills."""


def _name(node: ast.expr) -> str:
    """A name for a place: that of what stands in it."""
    match node:
        case ast.Name(id=name):
            return name.strip("_").lower()
        case ast.Attribute(value=value, attr="en" | "zh"):
            return _name(value)
        case ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Subscript(slice=ast.Constant(value=str(name))) if name.isidentifier():
            return name
        case ast.Call(func=ast.Attribute(attr="join"), args=[value]) | ast.Call(args=[value, *_]):
            return _name(value)
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value) | ast.BinOp(left=value):
            return _name(value)
        case ast.BoolOp(values=[value, *_]) | ast.IfExp(body=value) | ast.GeneratorExp(elt=value):
            return _name(value)
    return "it"
