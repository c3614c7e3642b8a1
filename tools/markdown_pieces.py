"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

MADE = "<!-- Made by tools/reference.py from the code: change the code and run `make reference`. -->\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; bars within cells are escaped."""
    lines = [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}"]
    lines += [f"| {' | '.join(_cell(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"


def code(value: object) -> str:
    """A value as code, or nothing."""
    return f"`{value}`" if value not in ("", None) else ""


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
