"""docs/reference/findings.md: every error and every finding, read from the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from markdown_pieces import MADE, code, table

import huaxiang
from huaxiang.core import errors

PACKAGE = Path(huaxiang.__file__).parent


def page() -> str:
    """The page."""
    kinds = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.HuaxiangError)
    ]
    rows = [
        (code(e.code), code(e.__name__), "yours" if e.exposed else "ours", (e.__doc__ or "").split("\n")[0])
        for e in kinds
    ]
    parts = [
        "# Errors and findings\n",
        MADE,
        "## Errors\n",
        "An error has a stable code. One that is *yours* says how to mend it; *ours* is a mistake in Huaxiang.\n",
        table(("Code", "Python", "Whose to mend", "Meaning"), rows),
        "`system` is an error of the operating system, `internal` anything unforeseen.\n",
        "## Findings\n",
        "What `huaxiang check` and a failed command tell. `…` stands for names and values of the project.\n",
        table(("Code", "Message", "Remedy"), [(code(c), m, r) for c, (m, r) in sorted(found().items())]),
    ]
    return "\n".join(parts)


@cache
def found() -> dict[str, tuple[str, str]]:
    """The code of every finding → its message and remedy."""
    result: dict[str, tuple[str, str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for function in functions:
            names = _assigned(function)
            for node in ast.walk(function):
                for name, message, remedy in _of_call(node, names):
                    if name not in result or (message and not result[name][0]):
                        result[name] = (message, remedy)
    return result


NOTES = {"_note", "_wrong"}
"""Methods that take a code, a message and more, and make a finding of them."""


def _assigned(function: ast.FunctionDef) -> dict[str, ast.expr]:
    """The expressions that a function gives names to."""
    return {
        node.targets[0].id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }


def _of_call(node: ast.AST, names: dict[str, ast.expr]) -> Iterator[tuple[str, str, str]]:
    if not isinstance(node, ast.Call):
        return
    function = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    given = dict(zip(("code", "message", "at", "remedy"), node.args, strict=False))
    given |= {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    first = given.get("code")
    if function == "unknown" and node.args and isinstance(node.args[0], ast.Constant):
        kind = str(node.args[0].value)
        yield f"unknown_{kind.replace(' ', '_')}", f"…: {kind} '…' is not defined. …", "Did you mean '…'?"
    elif (function == "Finding" or function in NOTES) and isinstance(first, ast.Constant) and given.get("message"):
        message, remedy = (_pattern(given.get(key), names) for key in ("message", "remedy"))
        yield str(first.value), message, remedy


def _pattern(node: ast.expr | None, names: dict[str, ast.expr]) -> str:
    """A string expression with `…` for what is only known when it happens."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            joined = "".join(part.value if isinstance(part, ast.Constant) else "…" for part in values)
            return joined.replace("……", "…")
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _pattern(left, names) + _pattern(right, names)
        case ast.IfExp(body=body, orelse=orelse):
            return _pattern(body, names) or _pattern(orelse, names)
        case ast.Name(id=name) if name in names:
            return _pattern(names[name], {key: value for key, value in names.items() if key != name})
        case _:
            return ""
