"""Errors, findings and remedies in the language of whoever reads them.

Code says a message in English, as any f-string: `raise UsageError(f"There is no tag '{name}'.")`. A catalogue has the
Chinese of each such template (`There is no tag '{name}'.` is `没有标签“{name}”。`): `python tools/messages.py` reads
the templates from the source, and a test names those without Chinese. Where a message meets a person – command line,
console, API, report – `told` finds the template that it was made of and fills the Chinese one with the same values.
So what is raised, stored, logged and compared is English, and findings of a build of last year are told in Chinese as
well as those of this minute.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

from huaxiang.core.text import Language, Text

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

LONGEST = 1000
"""Characters of a line that is translated: what is longer comes from another program."""

MOST_SENTENCES = 8
"""Sentences of a message that are told apart."""

MOST_PARTS = 400
"""Parts of a message that are looked at: those of our own have a few dozen, some that somebody made up thousands."""

FEW_LETTERS = 4
"""A template with fewer letters, such as `{owner}: {message}`, fits too much: a place in it must be known as well."""


def told(message: str, language: Language) -> str:
    """A message in `language`. What no template fits – the words of another program – stays as it is."""
    if language == "en":
        return message
    return _chinese(message)


def in_both(message: str) -> Text:
    """A message as a text in both languages."""
    return Text(message, told(message, "zh"))


def read_catalogue(package: str, name: str) -> Catalog:
    """The gettext catalogue `name` of a package: English → Chinese."""
    from importlib.resources import files

    from babel.messages.pofile import read_po

    with files(package).joinpath("locale", "zh", "LC_MESSAGES", f"{name}.po").open("rb") as file:
        return read_po(file)


@dataclass(frozen=True)
class Template:
    """A message with places in English and Chinese, and the places that hold a message themselves."""

    english: str
    chinese: str
    told: frozenset[str] = frozenset()

    @cached_property
    def letters(self) -> int:
        """How many letters it has beside its places: the more, the surer that a message was made of it."""
        return sum(map(str.isalpha, "".join(self._pieces)))

    @cached_property
    def size(self) -> int:
        """How many characters it has beside its places, without spaces."""
        return len("".join(self._pieces).replace(" ", ""))

    @cached_property
    def _quoted(self) -> tuple[bool, ...]:
        """For each place, whether it stands in quotes: it holds one name."""
        return tuple(a.endswith("'") and b.startswith("'") for a, b in pairwise(self._pieces))

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.english) if name is not None)

    @cached_property
    def _pieces(self) -> tuple[str, ...]:
        """The text before, between and after the places."""
        pieces = [""]
        for text, name, _, _ in string.Formatter().parse(self.english):
            pieces[-1] += text
            if name is not None:
                pieces.append("")
        return tuple(pieces)

    @property
    def ends(self) -> tuple[str, str]:
        """The character that a message of it begins with, or else the one that it ends with; both empty if any may."""
        first, last = self._pieces[0][:1], self._pieces[-1][-1:]
        return (first, "") if first else ("", last)

    def values(self, message: str) -> dict[str, str] | None:
        """What the places hold in a message, each as short as can be; None where it was not made of this template."""
        first, *between = self._pieces
        if not between:
            return {} if message == first else None
        *between, last = between
        start, end = len(first), len(message) - len(last)
        if start > end or not message.startswith(first) or not message.endswith(last):
            return None
        found = []
        for piece in between:
            place = message.find(piece, start, end)
            if place < 0:
                return None
            found.append(message[start:place])
            start = place + len(piece)
        found.append(message[start:end])
        if any(quoted and _SEVERAL.search(value) for quoted, value in zip(self._quoted, found, strict=True)):
            return None
        return dict(zip(self._names, found, strict=True))


_SEVERAL = re.compile(r"': |' '")
"""Between two names in quotes: what holds it is not one of them."""


@cache
def templates() -> tuple[Template, ...]:
    """All templates that say anything else in Chinese."""
    return tuple(
        Template(str(message.id), str(message.string), frozenset(" ".join(message.auto_comments).split()[1:]))
        for message in read_catalogue("huaxiang.core", "messages")
        if message.id and message.string and message.id != message.string
    )


class Found(NamedTuple):
    """A message in Chinese, the best of several last: how many characters of the English were understood, with how few
    templates, and how little the outermost says itself (both negative)."""

    size: int
    templates: int
    outermost: int
    chinese: str


@lru_cache(maxsize=4096)
def _chinese(message: str) -> str:
    reading = _Reading()
    if len(message) <= LONGEST:
        return reading.chinese(message)
    lines = message.split("\n")
    return "\n".join(line if len(line) > LONGEST else reading.chinese(line) for line in lines)


class _Reading:
    """One message as it is read: each part once, and no more than `MOST_PARTS`; the rest is not understood."""

    def __init__(self) -> None:
        self._parts: dict[str, Found | None] = {}
        self._whole: dict[str, Sequence[Found]] = {}
        self._left = MOST_PARTS

    def chinese(self, message: str) -> str:
        """A line of the message in Chinese, as far as it is understood."""
        try:
            found = self._known(message)
        except RecursionError:  # brackets in brackets without end, of somebody who tries
            return message
        return found.chinese if found else message

    def _known(self, message: str) -> Found | None:
        """The Chinese that understands most of a message: as one, as several sentences, lines or items."""
        if message not in self._parts:
            if self._left <= 0:
                return None
            found = (*self._as_one(message), *self._as_sentences(message), *self._as_lines(message))
            self._parts[message] = max((*found, *self._as_list(message)), default=None)
        return self._parts[message]

    def _as_one(self, message: str) -> Sequence[Found]:
        """Of one template."""
        if message not in self._whole:
            if self._left <= 0:
                return ()
            self._left -= 1
            self._whole[message] = [*self._of_templates(message)]
        return self._whole[message]

    def _of_templates(self, message: str) -> Iterator[Found]:
        for template, values in _fitting(message):
            if not self._is_owner(values.get("owner", "")):
                continue
            known = {name: self._known(value) for name, value in values.items() if name in template.told and value}
            inner = {name: found for name, found in known.items() if found}
            sure = template.letters >= FEW_LETTERS or not template.told
            if sure or any(_is_message(values[name]) for name in inner):
                yield Found(
                    template.size + sum(found.size for found in inner.values()),
                    sum(found.templates for found in inner.values()) - 1,
                    -template.size,
                    template.chinese.format(**values | {name: found.chinese for name, found in inner.items()}),
                )

    def _is_owner(self, value: str) -> bool:
        """Whether a value may say whose message it is: `tag 'orders_90d'`, or a file's name."""
        return not value or value.endswith((".yml", ".yaml")) or (": " not in value and self._known(value) is not None)

    def _as_sentences(self, message: str) -> Iterator[Found]:
        """Of sentences one after the other, with the place of a finding behind them."""
        if (place := _PLACE.search(message)) and (before := self._known(message[: place.start()])):
            yield before._replace(chinese=f"{before.chinese}（{place[1]}）")
        for boundary in islice(_NEXT_SENTENCE.finditer(message), MOST_SENTENCES):
            first, rest = message[: boundary.start()], message[boundary.end() :]
            if self._as_one(first):
                yield self._joined([first, rest], "")

    def _as_lines(self, message: str) -> Iterator[Found]:
        lines = message.split("\n")
        if len(lines) > 1 and any(map(self._known, lines)):
            yield self._joined(lines, "\n")

    def _as_list(self, message: str) -> Iterator[Found]:
        """Of the items of a list, if all are known: else they are names."""
        for between, chinese in _BETWEEN.items():
            first, found, rest = message.partition(between)
            if found and self._known(first) and self._known(rest):
                yield self._joined([first, rest], chinese)

    def _joined(self, parts: list[str], between: str) -> Found:
        """Several messages, one after the other; what is not known stays as it is."""
        found = [self._known(part) or Found(0, 0, 0, part) for part in parts]
        size, count = sum(each.size for each in found), sum(each.templates for each in found)
        return Found(size, count, 0, between.join(each.chinese for each in found))


_PLACE = re.compile(r" \(([^()\s]+)\)$")
_NEXT_SENTENCE = re.compile(r"(?<=[.?!]) (?=[^\s(])")

_BETWEEN = {", ": "、", "; ": "；", " and ": "和", " or ": "或"}
"""What stands between the items of a list."""


def _is_message(value: str) -> bool:
    """Whether a value is more than a word that may be somebody's name."""
    return " " in value.strip() or value.strip()[:1].isupper()


def _fitting(message: str) -> Iterator[tuple[Template, dict[str, str]]]:
    """The templates that a message may be of: within another one it may stand between spaces, or begin small."""
    bare = message.strip()
    other_case = bare[:1].swapcase() + bare[1:]
    for form in dict.fromkeys((message, bare, other_case)):
        for ends in ((form[:1], ""), ("", form[-1:]), ("", "")):
            if form is not other_case or ends[0]:  # the first letter of a name is no other
                for template in _by_ends().get(ends, ()):
                    values = template.values(form)
                    if values is not None:
                        yield template, values


@cache
def _by_ends() -> Mapping[tuple[str, str], Sequence[Template]]:
    found: dict[tuple[str, str], list[Template]] = defaultdict(list)
    for template in templates():
        found[template.ends].append(template)
    return found
