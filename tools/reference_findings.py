"""docs/reference/findings.md: every error and every finding in both languages, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

import messages
from markdown_pieces import MADE, code, table
from spoken import arguments, called, spoken
from templates import parts_of, shape, template_of, with_ellipses

from huaxiang.core import errors
from huaxiang.core.messages import told


def page() -> str:
    """The page."""
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.HuaxiangError)
    ]
    rows = [
        (code(e.code), code(e.__name__), "yours" if e.exposed else "ours", (e.__doc__ or "").split("\n")[0])
        for e in kinds
    ]
    findings = [
        (code(name), _in_both(message), _in_both(remedy)) for name, (message, remedy) in sorted(found().items())
    ]
    parts = [
        "# Errors and findings 错误与检查结果\n",
        MADE,
        "## Errors\n",
        "An error has a stable code. One that is *yours* says how to mend it; *ours* is a mistake in Huaxiang.\n",
        table(("Code", "Python", "Whose to mend", "Meaning"), rows),
        "`system` is an error of the operating system, `internal` anything unforeseen.\n",
        "Messages are told in the reader's language: that of `--language`, of the header `Accept-Language`, of the "
        "console. Codes, logs and JSON of the command line are the same in both.\n",
        "## Findings\n",
        "What `huaxiang check` and a failed command tell. `…` stands for names and values of the project.\n",
        table(("Code", "Message 信息", "Remedy 处理办法"), findings),
    ]
    return "\n".join(parts)


@cache
def found() -> dict[str, tuple[str, str]]:
    """The code of every finding → the templates of its message and remedy."""
    result: dict[str, tuple[str, str]] = {}
    for module in spoken().modules:
        for call, scope in module.calls:
            for name, message, remedy in _of_call(call, module.bound[scope[-1] if scope else None]):
                if name not in result or (message and not result[name][0]):
                    result[name] = (message, remedy)
    return result


NOTES = {"_note", "_wrong"}
"""Methods that take a code, a message and more, and make a finding of them."""

PARAMETERS = {"code": 0, "message": 1, "at": 2, "remedy": 3}
UNKNOWN = "{owner}: {kind} '{name}' is not defined.{listed}"


def _of_call(call: ast.Call, names: Mapping[str, Sequence[ast.expr]]) -> Iterator[tuple[str, str, str]]:
    function, given = called(call), arguments(call, PARAMETERS)
    first = given.get("code")
    if function == "unknown" and call.args and isinstance(call.args[0], ast.Constant):
        kind = str(call.args[0].value)
        yield f"unknown_{kind.replace(' ', '_')}", UNKNOWN.replace("{kind}", kind), "Did you mean '{guess}'?"
    elif (function == "Finding" or function in NOTES) and isinstance(first, ast.Constant) and given.get("message"):
        message, remedy = (_template(given.get(key), names) for key in ("message", "remedy"))
        yield str(first.value), message, remedy


def _template(node: ast.expr | None, names: Mapping[str, Sequence[ast.expr]]) -> str:
    """A text expression as a template, or nothing where it is known only when it happens."""
    parts = parts_of(node) if node is not None else None
    if parts is not None:
        return template_of(parts)
    match node:
        case ast.IfExp(body=body, orelse=orelse):
            return _template(body, names) or _template(orelse, names)
        case ast.Name(id=name) if name in names:
            others = {key: values for key, values in names.items() if key != name}
            before = [value for value in names[name] if value.lineno <= node.lineno]
            return next((text for value in reversed(before) if (text := _template(value, others))), "")
    return ""


def _in_both(template: str) -> str:
    """A message for people who read English, and for those who read Chinese."""
    if not template:
        return ""
    return f"{with_ellipses(template)}<br>{with_ellipses(_chinese(template))}"


def _chinese(template: str) -> str:
    start, end = UNKNOWN.split("{kind}")
    if template.startswith(start) and template.endswith(end):
        kind = template.removeprefix(start).removesuffix(end)
        return _catalogue()[UNKNOWN].replace("{kind}", told(kind, "zh"))
    known = spoken().messages.get(shape(template.strip()))
    return _catalogue()[known.template] if known else template


@cache
def _catalogue() -> Mapping[str, str]:
    return {str(message.id): str(message.string) for message in messages.catalogue(messages.MESSAGES)}
