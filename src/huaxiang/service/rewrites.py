"""A persona's text, rewritten by the project's language model where its answer is true to the figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from huaxiang.core.errors import SourceError, UsageError
from huaxiang.core.text import Text
from huaxiang.personas.rewriting import facts, judged, messages
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.language_model import ask


def rewritten(project: LoadedProject, persona: Mapping[str, Any]) -> dict[str, Any]:
    """`persona` with the model's text instead of its own, and `rewrite`: the model, whether it was used, why not.

    The own text stays where the model can't be reached, answers no text, or states a number that is not in the figures.
    A persona too small to describe is not sent at all.

    Raises:
        UsageError: the project names no language model, or its key is not set.
    """
    spec = project.spec.language_model
    if spec is None:
        raise UsageError(
            "The project names no language model. Add to huaxiang.yml: "
            "'language_model: {endpoint: https://HOST/v1, model: NAME}'."
        )
    own = Text(persona["text_en"], persona["text_zh"])
    if persona["size"] < project.spec.minimum_group:
        return _kept(persona, spec.model, Text("the segment is too small to be described", "人数过少，不作描述"))
    told = facts(persona)
    try:
        answer = judged(ask(spec, messages(told)), told, own)
    except SourceError as error:
        return _kept(persona, spec.model, Text(str(error), f"语言模型不可用：{error}"))
    if answer.text is None:
        return _kept(persona, spec.model, answer.reason)
    used = {"model": spec.model, "used": True, "reason_en": "", "reason_zh": ""}
    return {**persona, "text_en": answer.text.en, "text_zh": answer.text.zh, "rewrite": used}


def _kept(persona: Mapping[str, Any], model: str, reason: Text) -> dict[str, Any]:
    said = {"model": model, "used": False, "reason_en": reason.en, "reason_zh": reason.zh}
    return {**persona, "rewrite": said}
