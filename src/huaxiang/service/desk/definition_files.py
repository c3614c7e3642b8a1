"""The files that hold definitions: one is read, changed and written, and all else of its file left as it is."""

from __future__ import annotations

import copy
import hashlib
import io
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from huaxiang.core.errors import ConflictError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.spec import NAME_PATTERN

Section = Literal["tags", "segments"]


def version(path: Path) -> str | None:
    """What names the present content of a file; None where there is none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:32] if path.is_file() else None


def place(folder: Path, section: Section, file: str) -> Path:
    """The path of a file below the section's folder.

    Raises:
        UsageError: it lies elsewhere, or is no YAML file.
    """
    names = [part.removesuffix(".yml") for part in PurePosixPath(file).parts]
    sound = file.endswith(".yml") and len(file) <= 200 and 1 <= len(names) <= 5
    if not sound or any(not NAME_PATTERN.fullmatch(name) for name in names):
        raise UsageError(
            f"'{file[:100]}' is no file below {section}/: write a name such as own.yml, of a-z, 0-9 and _, with "
            "folders before it where you like."
        )
    path = folder / section / file
    home = (folder / section).resolve()
    if not path.resolve().is_relative_to(home):
        raise UsageError(f"'{file}' leads out of {section}/.")
    return path


def text_of(path: Path, section: Section, name: str) -> str | None:
    """The YAML of a definition without its name, with its comments; None where the file holds none of this name."""
    yaml, content = _read(path)
    definitions = content.get(section) or {}
    return _dumped(yaml, definitions[name]) if name in definitions else None


def write(path: Path, section: Section, name: str, text: str, changes: Mapping[str, Any] | None = None) -> None:
    """Put a definition into a file, at its end where it is new; with `changes` only the values of these keys.

    Raises:
        ConflictError: the file is no YAML at the moment, or others take over by a YAML alias what would be changed.
    """
    from ruamel.yaml.comments import CommentedMap

    yaml, content = _read(path)
    if content.get(section) is None:
        content[section] = CommentedMap()
    if changes is None or name not in content[section]:
        content[section][name] = _yaml().load(text)
    else:
        former = _others(_dumped(yaml, content), section, name)
        _change(content[section][name], changes)
        if _others(_dumped(yaml, content), section, name) != former:
            raise ConflictError(
                f"Other definitions of {section}/{path.name} take over what '{name}' says (by a YAML alias): they "
                "would be changed too. Write them out in the file first."
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as partial, partial.open("w", encoding="utf-8") as file:
        yaml.dump(content, file)


def written(data: Mapping[str, Any]) -> str:
    """A definition as YAML."""
    return _dumped(_yaml(), dict(data))


def changed(text: str, changes: Mapping[str, Any]) -> str:
    """The YAML of a definition with other values of some keys; texts in one language leave the other."""
    yaml = _yaml()
    definition = yaml.load(text)
    _change(definition, changes)
    return _dumped(yaml, definition)


def _change(definition: Any, changes: Mapping[str, Any]) -> None:
    """Give keys of a definition other values where it stands: comments and the order of keys stay."""
    from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString

    for key, value in changes.items():
        former = definition.get(key)
        if former is None:
            # Comments at the end are about what follows.
            definition.insert(0, key, value)
        elif isinstance(former, dict):
            both = copy.deepcopy(former)
            both.update(value)
            definition[key] = both
        elif isinstance(former, LiteralScalarString | FoldedScalarString):
            # The comment behind a block stands at the block itself.
            block = LiteralScalarString(f"{value}\n")
            block.comment = getattr(former, "comment", None)
            definition[key] = block
        else:
            definition[key] = value


def _others(text: str, section: Section, name: str) -> dict[str, Any]:
    """What a file says but for one definition, with all aliases and merges written out."""
    from huaxiang.project.yaml import parse

    said = parse(text, section).data
    return said | {section: {other: each for other, each in said[section].items() if other != name}}


def _dumped(yaml: Any, content: Any) -> str:
    text = io.StringIO()
    yaml.dump(content, text)
    return text.getvalue()


def _yaml() -> Any:
    """What reads and writes YAML with its comments."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 1 << 16
    yaml.preserve_quotes = True
    return yaml


def _read(path: Path) -> tuple[Any, Any]:
    """A file with its comments, and what writes it again."""
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.error import YAMLError

    yaml = _yaml()
    try:
        content = yaml.load(path.read_text(encoding="utf-8-sig")) if path.is_file() else None
    except YAMLError:
        raise ConflictError(f"{path.name} is no YAML at the moment: somebody may be writing it.") from None
    return yaml, CommentedMap() if content is None else content
