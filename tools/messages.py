"""Bring the console's Chinese catalogue up to what its code says: new texts come in untranslated, gone ones go.

    python tools/messages.py

A text without a translation makes a test fail, which names it.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

CONSOLE = Path(__file__).parent.parent / "src" / "huaxiang" / "console"
FILE = CONSOLE / "locale" / "zh" / "LC_MESSAGES" / "console.po"
MARKS = {"say": None, "later": None}
"""The functions whose first argument is a text of the console."""


def marked() -> dict[str, list[str]]:
    """Text → the files that say it."""
    found: dict[str, list[str]] = {}
    for file, _, message, _, _ in extract_from_dir(CONSOLE, method_map=[("**.py", "python")], keywords=MARKS):
        found.setdefault(str(message), []).append(file)
    return found


def catalogue() -> Catalog:
    """The catalogue as it is."""
    with FILE.open("rb") as file:
        return read_po(file, locale="zh")


def main() -> None:
    """Write the catalogue anew, in the order of its texts."""
    old = {message.id: message.string for message in catalogue() if message.id} if FILE.exists() else {}
    new = Catalog(locale="zh", project="Huaxiang", fuzzy=False)
    for message in sorted(marked()):
        new.add(message, old.get(message, ""))
    FILE.parent.mkdir(parents=True, exist_ok=True)
    with FILE.open("wb") as file:
        write_po(file, new, width=120, omit_header=True)
    print(f"{FILE}: {len(new)} texts, {sum(not each.string for each in new if each.id)} without translation")  # noqa: T201


if __name__ == "__main__":
    main()
