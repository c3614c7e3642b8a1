"""Bring the Chinese catalogues up to what the code says: new texts come in untranslated, gone ones go.

    python tools/messages.py

There are two: what the console says (`say("…")`), and what errors and findings say (see `spoken.py`). A text without a
translation makes a test fail, which names it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from spoken import Message, spoken

PACKAGE = Path(__file__).parent.parent / "src" / "huaxiang"
CONSOLE = PACKAGE / "console"
FILE = CONSOLE / "locale" / "zh" / "LC_MESSAGES" / "console.po"
MESSAGES = PACKAGE / "core" / "locale" / "zh" / "LC_MESSAGES" / "messages.po"
MARKS = ("say", "later")
"""The functions whose first argument is a text of the console."""


def marked() -> dict[str, list[str]]:
    """Text → the files of the console that say it."""
    found: dict[str, list[str]] = {}
    for file in sorted(CONSOLE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):  # also within f-strings
            match node:
                case ast.Call(func=ast.Name(id=name), args=[ast.Constant(value=str(text)), *_]) if name in MARKS:
                    found.setdefault(text, []).append(file.name)
    return found


def catalogue(file: Path = FILE) -> Catalog:
    """A catalogue as it is."""
    with file.open("rb") as opened:
        return read_po(opened, locale="zh")


def main() -> None:
    """Write the catalogues anew, in the order of their texts."""
    _write(FILE, (Message(text, "") for text in marked()))
    _write(MESSAGES, spoken().messages.values())


def _write(file: Path, messages: Iterable[Message]) -> None:
    old = {message.id: message.string for message in catalogue(file) if message.id} if file.exists() else {}
    new = Catalog(locale="zh", project="Huaxiang", fuzzy=False)
    for message in sorted(messages, key=lambda each: each.template):
        told = [f"told: {' '.join(sorted(message.told))}"] if message.told else []
        new.add(message.template, message.chinese or old.get(message.template, ""), auto_comments=told)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        write_po(opened, new, width=120, omit_header=True)
    print(f"{file}: {len(new)} texts, {sum(not each.string for each in new if each.id)} without translation")  # noqa: T201


if __name__ == "__main__":
    main()
