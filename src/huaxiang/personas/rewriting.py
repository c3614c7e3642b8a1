"""A persona's text rewritten by a language model: what it is told, what it is asked, and whether its answer is true.

The model is given sentences that are in the portrait already: figures of groups, none about fewer people than the
project's threshold, nothing about one person. Of its answer every number is looked up among them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huaxiang.core.text import LANGUAGES, Language, Text
from huaxiang.personas.spoken import unsupported

STATEMENTS = 20
"""The most telling tags whose statements are given."""

LONGEST = 3
"""An answer may be so many times as long as our own text."""

_LEAST_ROOM = 600
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_FENCE = re.compile(r"^```(?:json)?\s*|\s*```$")

TASK = """You write portraits of customer segments for marketers. You get facts in English (en) and Chinese (zh).
Write one paragraph of four to six sentences in each language: who they are, what sets them apart, what to do.
Use only these facts. Write every number exactly as the facts have it; never compute, round or add numbers.
Do not judge people and do not guess reasons. A statement marked "weak" may be chance: leave it out.
Answer with JSON only: {"en": "…", "zh": "…"}"""


@dataclass(frozen=True)
class Answer:
    """What a model's answer comes to: the `text`, or None and the `reason` why it can't be used."""

    text: Text | None
    reason: Text


_FINE = Text("", "")


def facts(found: Mapping[str, Any]) -> dict[Language, list[str]]:
    """What a model is told about a persona, by language: sentences with figures of groups that may be shown."""
    return {language: _facts(found, language) for language in LANGUAGES}


def _facts(found: Mapping[str, Any], language: Language) -> list[str]:
    told = [str(found.get(f"{name}_{language}") or "") for name in ("label", "question", "text")]
    shown = {row["tag"] for row in (*found["values"], *found["numbers"]) if not row.get("hidden")}
    ranked = [row for row in found["tags"] if row["rank"] is not None and row["tag"] in shown][:STATEMENTS]
    told += [f"{row[f'statement_{language}']} [{row.get('sureness') or 'weak'}]" for row in ranked]
    for aspect in ("sibling", "borders"):
        told += [str(row[f"statement_{language}"]) for row in found.get(aspect) or ()]
    return [text for text in told if text]


def messages(told: Mapping[Language, Sequence[str]]) -> list[dict[str, str]]:
    """The conversation that asks for a rewritten text."""
    content = json.dumps(told, ensure_ascii=False, indent=1)
    return [{"role": "system", "content": TASK}, {"role": "user", "content": content}]


def judged(content: str, told: Mapping[Language, Sequence[str]], own: Text) -> Answer:
    """The text in a model's answer, where it is one and all its numbers are those of the facts in its language."""
    try:
        parsed = json.loads(_FENCE.sub("", content.strip()))
        texts = {language: " ".join(str(parsed[language]).split()) for language in LANGUAGES}
    except (ValueError, KeyError, TypeError):
        return _refused("the answer is no JSON with a text in each language", "返回内容不是包含两种语言文本的 JSON")
    if not all(texts.values()) or not _CHINESE.search(texts["zh"]) or _CHINESE.search(_unquoted(texts["en"], told)):
        return _refused("the answer is empty or not in the languages asked for", "返回文本为空，或语种不符")
    for language, text in texts.items():
        if len(text) > max(LONGEST * len(own[language]), _LEAST_ROOM):
            return _refused("the answer is far too long", "返回文本过长")
        invented = unsupported(text, "\n".join(told[language]))
        if invented:
            numbers = ", ".join(dict.fromkeys(invented))
            return _refused(f"numbers that are not in the figures: {numbers}", f"出现了数据中没有的数字：{numbers}")
    return Answer(Text(texts["en"], texts["zh"]), _FINE)


def _unquoted(text: str, told: Mapping[Language, Sequence[str]]) -> str:
    """An English text without the Chinese words that its facts have, such as names of categories."""
    for word in set(re.findall(r"[\u4e00-\u9fff]+", "\n".join(told["en"]))):
        text = text.replace(word, "")
    return text


def _refused(english: str, chinese: str) -> Answer:
    return Answer(None, Text(english, chinese))
