"""What the console says is there in both languages."""

from __future__ import annotations

import string
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import messages


def fields(text: str) -> set[str | None]:
    return {field for _, field, _, _ in string.Formatter().parse(text) if field is not None}


def test_every_text_of_the_console_is_translated():
    translated = {message.id for message in messages.catalogue() if message.id and message.string}
    missing = sorted(set(messages.marked()) - translated)
    assert not missing, f"run python tools/messages.py and translate: {missing}"


def test_the_catalogue_holds_nothing_that_is_no_longer_said():
    assert not {message.id for message in messages.catalogue() if message.id} - set(messages.marked())


def test_a_translation_speaks_of_the_same_figures():
    for message in messages.catalogue():
        if message.id:
            assert fields(str(message.id)) == fields(str(message.string)), message.id
