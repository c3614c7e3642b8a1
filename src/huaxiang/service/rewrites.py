"""A persona's text, rewritten by the project's language model where its answer is true to the figures.

What it wrote is kept beside the snapshots, with a fingerprint of what it was told: once that changes, it is stale.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from huaxiang.core.errors import SourceError, UsageError
from huaxiang.core.files import whole_file
from huaxiang.core.text import Language, Text
from huaxiang.personas.rewriting import facts, judged, messages
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.language_model import ask
from huaxiang.store.failures import storage_failures

FOLDER = "rewrites"
"""Where texts are kept, inside the folder of the snapshots: a file for each persona."""


@dataclass(frozen=True)
class Kept:
    """A text that a model wrote about a persona."""

    model: str
    text: Text


def rewritten(project: LoadedProject, persona: Mapping[str, Any], home: Path) -> dict[str, Any]:
    """`persona` with the model's text instead of its own, and `rewrite`: the model, whether it was used, why not.

    A text that was used is kept in `home`, for reports (`kept`). The own text stays where the model can't be reached,
    answers no text, or states a number that is not in the figures.
    A persona too small to describe is not sent at all.

    Raises:
        UsageError: the project names no language model, or its key is not set.
        StoreError: what it wrote can't be kept.
    """
    spec = project.spec.language_model
    if spec is None:
        raise UsageError(
            "The project names no language model. Add to huaxiang.yml: "
            "'language_model: {endpoint: https://HOST/v1, model: NAME}'."
        )
    own = Text(persona["text_en"], persona["text_zh"])
    if persona["size"] < project.spec.minimum_group:
        return _own(persona, spec.model, Text("the segment is too small to be described", "人数过少，不作描述"))
    told = facts(persona)
    try:
        answer = judged(ask(spec, messages(told)), told, own)
    except SourceError as error:
        return _own(persona, spec.model, Text(str(error), f"语言模型不可用：{error}"))
    if answer.text is None:
        return _own(persona, spec.model, answer.reason)
    _keep(home, str(persona["name"]), told, Kept(spec.model, answer.text))
    used = {"model": spec.model, "used": True, "reason_en": "", "reason_zh": ""}
    return {**persona, "text_en": answer.text.en, "text_zh": answer.text.zh, "rewrite": used}


def kept(home: Path, persona: Mapping[str, Any]) -> Kept | None:
    """What a model wrote about a persona; None where nothing is kept, and where it was told other figures than today's.

    Its numbers are looked up once more: a file can be edited.
    """
    file = _file(home, str(persona["name"]))
    if not file.is_file():
        return None
    told = facts(persona)
    try:
        row = json.loads(file.read_text(encoding="utf-8"))
        if row["told"] != _fingerprint(told):
            return None
        answer = judged(json.dumps(row["text"]), told, Text(persona["text_en"], persona["text_zh"]))
        return None if answer.text is None else Kept(str(row["model"]), answer.text)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(home: Path, persona: str, told: Mapping[Language, Sequence[str]], one: Kept) -> None:
    file = _file(home, persona)
    row = {"model": one.model, "told": _fingerprint(told), "text": {"en": one.text.en, "zh": one.text.zh}}
    with storage_failures(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(file) as partial:
            partial.write_text(json.dumps(row, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _file(home: Path, persona: str) -> Path:
    return home / FOLDER / f"{persona}.json"


def _fingerprint(told: Mapping[Language, Sequence[str]]) -> str:
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _own(persona: Mapping[str, Any], model: str, reason: Text) -> dict[str, Any]:
    said = {"model": model, "used": False, "reason_en": reason.en, "reason_zh": reason.zh}
    return {**persona, "rewrite": said}
