"""Regular expressions of RE2, which definitions are written in, as those of Java, which Spark runs."""

from __future__ import annotations

import re

_FLAGS = "(?du)"
"""Java's `(?d)`: only `\\n` ends a line, for `.`; `(?u)`: `(?i)` folds the letters of all scripts. Both as in RE2."""

_POSIX = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "upper": "A-Z", "lower": "a-z", "word": "A-Za-z0-9_",
    "space": r"\t\n\x0B\f\r ", "blank": r"\t ", "punct": r"!-/:-@\[-`{-~", "xdigit": "0-9A-Fa-f",
}  # fmt: skip

_SCRIPT = re.compile(r"\\([pP])\{([A-Z][a-z_A-Z]{2,})\}")
"""`\\p{Han}`, which Java calls `\\p{IsHan}`."""


def java_pattern(pattern: str) -> str:
    """The Java pattern that matches what RE2's `pattern` does.

    Different are `$` (Java's also matches before a last line break), `\\s` (Java's knows `\\v`), names of groups, and
    inside a class `[`, `&&` and `[:alpha:]`.
    """
    parts = [_FLAGS]
    at, inside, begins = 0, False, 0
    while at < len(pattern):
        sign = pattern[at]
        script = _SCRIPT.match(pattern, at)
        if script:
            parts.append(f"\\{script[1]}{{Is{script[2]}}}")
            at = script.end()
            continue
        if sign == "\\" and at + 1 < len(pattern):
            parts.append(_escape(pattern[at : at + 2], inside=inside))
            at += 2
            continue
        if inside:
            posix = _posix(pattern, at)
            if posix:
                name, at = posix
                parts.append(_POSIX[name])
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
    spaces = r"\t\n\f\r "
    match pair:
        case r"\s":
            return spaces if inside else f"[{spaces}]"
        case r"\S" if not inside:
            return f"[^{spaces}]"
        case _:
            return pair


def _posix(pattern: str, at: int) -> tuple[str, int] | None:
    if not pattern.startswith("[:", at):
        return None
    end = pattern.find(":]", at)
    name = pattern[at + 2 : end]
    return (name, end + 2) if end > 0 and name in _POSIX else None
