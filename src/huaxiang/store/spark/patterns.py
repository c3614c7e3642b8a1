"""Regular expressions of RE2, which definitions are written in, as those of Java, which Spark runs."""

from __future__ import annotations

import re

_FLAGS = "(?du)"
"""Java's `(?d)`: only `\\n` ends a line, for `.`; `(?u)`: `(?i)` folds the letters of all scripts. Both as in RE2."""

_POSIX = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z", "word": "A-Za-z0-9_",
    "space": r"\t\n\x0B\f\r ", "blank": r"\t ", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
    "ascii": r"\x00-\x7F", "cntrl": r"\x00-\x1F\x7F", "graph": "!-~", "print": " -~",
}  # fmt: skip

_SCRIPT = re.compile(r"\\([pP])\{(\^?)([A-Z][a-z_A-Z]{2,})\}")
"""`\\p{Han}`, which Java calls `\\p{IsHan}`."""

_SPACES = r"\t\n\f\r "
_WORD = "[0-9A-Za-z_]"
_ESCAPES = {
    r"\s": f"[{_SPACES}]",
    r"\S": f"[^{_SPACES}]",
    r"\v": r"\x0B",
    # To Java letters of all scripts are parts of words, to RE2 those of ASCII alone.
    r"\b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    r"\B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}
"""What the two write differently outside a class."""

_INSIDE = {r"\s": _SPACES, r"\v": r"\x0B"}

_LACKING = (
    (re.compile(r"\(\?[a-z]*U[a-zU]*[-:)]"), "(?U), which makes repetitions lazy"),
    (re.compile(r"\\C"), "\\C, a single byte"),
)
"""What Java has no way to write, and how to call it."""


def java_lacks(pattern: str) -> str | None:
    """What of RE2's `pattern` Java has no way to write; None where it has one for all of it."""
    plain = pattern.replace("\\\\", "")
    return next((name for sign, name in _LACKING if sign.search(plain)), None)


def java_pattern(pattern: str) -> str:
    """The Java pattern that matches what RE2's `pattern` does.

    Different are `$` (Java's also matches before a last line break), `\\s` (Java's knows `\\v`), `\\b`, names of
    groups, and inside a class `[`, `&&` and `[:alpha:]`. What `java_lacks` names must not be there.
    """
    parts = [_FLAGS]
    at, inside, begins = 0, False, 0
    while at < len(pattern):
        sign = pattern[at]
        script = _SCRIPT.match(pattern, at)
        if script:
            letter = script[1].swapcase() if script[2] else script[1]
            parts.append(f"\\{letter}{{Is{script[3]}}}")
            at = script.end()
            continue
        if pattern.startswith(r"\Q", at):
            # Quoted up to its end: the same in both.
            end = pattern.find(r"\E", at)
            end = len(pattern) if end < 0 else end + 2
            parts.append(pattern[at:end])
            at = end
            continue
        if sign == "\\" and at + 1 < len(pattern):
            parts.append(_escape(pattern[at : at + 2], inside=inside))
            at += 2
            continue
        if inside:
            posix = _posix(pattern, at)
            if posix:
                members, at = posix
                parts.append(members)
                continue
            parts.append("\\" + sign if sign in "[&" or (sign == "]" and at == begins) else sign)
            inside = not (sign == "]" and at > begins)
        elif sign == "[":
            inside = True
            begins = at + 1 + (pattern[at + 1 : at + 2] == "^")
            parts.append(sign)
        elif sign == "$":
            parts.append(r"\z")
        elif pattern.startswith("(?P<", at):
            parts.append("(?<")
            at += 3
        else:
            parts.append(sign)
        at += 1
    return "".join(parts)


def java_replacement(replacement: str) -> str:
    """The Java replacement of RE2's: groups are `$1` there and `\\1` here, and a plain `$` needs a backslash."""
    parts = []
    at = 0
    while at < len(replacement):
        sign, after = replacement[at], replacement[at + 1 : at + 2]
        if sign == "\\" and after.isdigit():
            parts.append("$" + after)
            at += 1
        elif sign in "\\$":
            parts.append("\\" + sign)
            at += sign == "\\" and after == "\\"
        else:
            parts.append(sign)
        at += 1
    return "".join(parts)


def _escape(pair: str, *, inside: bool) -> str:
    return (_INSIDE if inside else _ESCAPES).get(pair, pair)


def _posix(pattern: str, at: int) -> tuple[str, int] | None:
    """The members of the named class that stands at `at` inside a class, and where it ends."""
    found = _NAMED.match(pattern, at)
    if found is None or found[2] not in _POSIX:
        return None
    members = _POSIX[found[2]]
    return (f"[^{members}]" if found[1] else members), found.end()


_NAMED = re.compile(r"\[:(\^?)([a-z]+):\]")
