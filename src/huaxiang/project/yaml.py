"""YAML as people write it: values, the line of every key, and every mistake in our words.

Keys are always text. A mistake never raises: `parse` returns what could be read, with its findings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.findings import Finding, Location

if TYPE_CHECKING:
    from ruamel.yaml.nodes import Node

Lines = dict[str, int]

_TAB_INDENT = re.compile(r"^ *\t")
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")
_MERGE = "tag:yaml.org,2002:merge"
_NO_BARE_START = re.compile(r"cannot start any token")

_MOST = 50_000_000
"""What the values of one file may take, in bytes or so: a few lines of aliases of aliases would take all memory."""

_REPEATED = 1_000
"""What a value takes that is there once more by an alias. Others take what the text that is kept of their path does."""


@dataclass(frozen=True)
class Document:
    """One YAML file. `lines` maps the dotted path of each key and list item to its line, counted from 1."""

    file: str
    data: dict[str, Any] = field(default_factory=dict)
    lines: Lines = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    def at(self, *path: str | int) -> Location:
        """The place of the key at `path`; the file as a whole where it is not known."""
        return Location(self.file, self.lines.get(".".join(str(part) for part in path), 0))


def read(path: Path, file: str) -> Document:
    """Read a YAML file; `file` is how findings call it."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        return Document(file, findings=(Finding("unreadable", f"The file can't be read: {reason}.", Location(file)),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        finding = Finding(
            "not_utf8",
            f"The file is not UTF-8: byte 0x{content[error.start]:02x} makes no sense there.",
            Location(file, line),
            "Save it as UTF-8 in your editor (files from older Windows programs are often GBK).",
        )
        return Document(file, findings=(finding,))
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    """Read YAML text. An empty text is an empty document."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        return Document(file, findings=(_syntax_finding(error, text, file),))
    except YAMLError as error:
        return Document(file, findings=(Finding("bad_yaml", f"This is no YAML: {error}.", Location(file)),))
    except RecursionError:
        return Document(file, findings=(Finding("bad_yaml", "This is nested too deeply.", Location(file)),))
    reader = _Reader(file, yaml.constructor.construct_object)
    if root is None or root.tag == "tag:yaml.org,2002:null":
        return Document(file)
    try:
        value = reader.value(root, ())
    except RecursionError:
        return Document(file, findings=(Finding("bad_yaml", "This is nested too deeply.", Location(file)),))
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else "a single value"
        finding = Finding(
            "not_a_mapping",
            f"The file holds {kind} where named definitions are expected.",
            Location(file, root.start_mark.line + 1),
            "Start with a key and a colon, such as `tags:`.",
        )
        return Document(file, findings=(*reader.findings, finding))
    return Document(file, value, reader.lines, tuple(reader.findings))


class _Reader:
    """Turns composed nodes into plain values, noting lines and mistakes on the way."""

    def __init__(self, file: str, construct: Any) -> None:
        self.file = file
        self.lines: Lines = {}
        self.findings: list[Finding] = []
        self._construct = construct
        self._open: list[int] = []
        self._seen: set[int] = set()
        self._taken = 0

    def value(self, node: Node, path: tuple[str, ...]) -> Any:
        from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

        place = ".".join(path)
        if not self._fits(node, len(place)):
            return None
        if path:
            # A key's own line was noted by its mapping and stays.
            self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._open:
            self._note("recursive_alias", "An alias points back at what contains it.", node)
            return None
        if not isinstance(node, ScalarNode) and node.tag not in _PLAIN_TAGS:
            self._note("bad_value", f"'{node.tag}' makes no sense as a value.", node, "Remove the `!`-tag.")
            return None
        self._open.append(id(node))
        try:
            match node:
                case MappingNode():
                    return self._mapping(node, path)
                case SequenceNode():
                    return [self.value(item, (*path, str(index))) for index, item in enumerate(node.value)]
                case ScalarNode():
                    return self._scalar(node)
        finally:
            self._open.pop()

    def _mapping(self, node: Any, path: tuple[str, ...]) -> dict[str, Any]:
        from ruamel.yaml.nodes import ScalarNode

        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in self._pairs(node):
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, ScalarNode):
                self._note("bad_key", "A key is a word, not a list or a mapping.", key_node)
                continue
            key = str(key_node.value)
            if key in first:
                self._note(
                    "duplicate_key",
                    f"Key '{key}' is written twice: here and in line {first[key]}.",
                    key_node,
                    "Keep one of them.",
                )
                continue
            first[key] = line
            self.lines[".".join((*path, key))] = line
            result[key] = self.value(value_node, (*path, key))
        return result

    def _pairs(self, node: Any) -> list[tuple[Any, Any]]:
        """The keys and values of a mapping; a merge (`<<: *alias`) adds those of others that it lacks itself."""
        from ruamel.yaml.nodes import MappingNode, SequenceNode

        own = [(key, value) for key, value in node.value if key.tag != _MERGE]
        known = {str(key.value) for key, _ in own}
        for key, value in node.value:
            if key.tag != _MERGE:
                continue
            for merged in value.value if isinstance(value, SequenceNode) else [value]:
                if id(merged) in self._open:
                    self._note("recursive_alias", "An alias points back at what contains it.", key)
                    continue
                if not self._fits(merged, _REPEATED * len(merged.value)):
                    return own
                if not isinstance(merged, MappingNode):
                    self._note("bad_value", "'<<' takes over the keys of a mapping.", key, "Write '<<: *alias'.")
                    continue
                self._open.append(id(merged))
                added = [pair for pair in self._pairs(merged) if str(pair[0].value) not in known]
                self._open.pop()
                own += added
                known |= {str(pair[0].value) for pair in added}
        return own

    def _fits(self, node: Any, size: int) -> bool:
        """Whether there is room for one more visit of `node`; the first that does not fit is noted."""
        if self._taken > _MOST:
            return False
        self._taken += size + (_REPEATED if id(node) in self._seen else 0)
        self._seen.add(id(node))
        if self._taken > _MOST:
            self._note("too_large", "The file holds too much once its aliases are written out.", node, "Use fewer.")
            return False
        return True

    def _scalar(self, node: Any) -> Any:
        from ruamel.yaml.error import YAMLError

        try:
            return self._construct(node)
        except (YAMLError, ValueError):
            self._note(
                "bad_value",
                f"'{node.value}' makes no sense as a value.",
                node,
                "Put it in quotes to make it text.",
            )
            return None

    def _note(self, code: str, message: str, node: Any, remedy: str = "") -> None:
        self.findings.append(Finding(code, message, Location(self.file, node.start_mark.line + 1), remedy))


def _syntax_finding(error: Any, text: str, file: str) -> Finding:
    mark = error.problem_mark or error.context_mark
    number = mark.line if mark else 0
    lines = text.splitlines()
    line = lines[number] if number < len(lines) else ""
    at = Location(file, number + 1)
    problem = str(error.problem or error.context or "")
    if _TAB_INDENT.match(line):
        return Finding("tab", "The line is indented with a tab.", at, "Indent with spaces: YAML knows no tabs.")
    if "another document" in problem:
        return Finding("two_documents", "The file holds two YAML documents.", at, "Remove the line `---`.")
    if "undefined alias" in problem:
        return Finding("unknown_alias", f"Alias not defined: {problem.removeprefix('found undefined alias ')}.", at)
    if "mapping values are not allowed" in problem:
        remedy = "Indent the line like its neighbours, or put a value that holds a colon in quotes."
        return Finding("bad_yaml", "There is a colon where none can be.", at, remedy)
    if _NO_BARE_START.search(problem):
        character = line[mark.column : mark.column + 1]
        return Finding("bad_yaml", f"A value can't start with {character!r} here.", at, "Put the value in quotes.")
    return Finding("bad_yaml", f"This is no YAML: {problem}.", at, "Check indentation, brackets and quotes.")
