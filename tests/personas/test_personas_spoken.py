"""The numbers that a text speaks of, and answers of language models that speak of others."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huaxiang.core.text import Text
from huaxiang.personas.rewriting import facts, judged, messages
from huaxiang.personas.spoken import chinese_number, english_number, spoken, unsupported


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("27.5%", 27.5, "percent"),
        ("５０％", 50, "percent"),
        ("12 percent", 12, "percent"),
        ("+3.2 个百分点", 3.2, "percent"),
        ("百分之二十七点五", 27.5, "percent"),
        ("三成客户", 30, "percent"),
        ("约三成半", 35, "percent"),
        ("8 成", 80, "percent"),
        ("三分之二", 200 / 3, "percent"),
        ("一半以上", 50, "percent"),
        ("half of them", 50, "percent"),
        ("two thirds", 200 / 3, "percent"),
        ("one in five", 20, "percent"),
        ("3 out of 4", 75, "percent"),
        ("twenty-five percent", 25, "percent"),
        ("1,234 customers", 1234, "plain"),
        ("1.2万人", 12000, "plain"),
        ("一千二百人", 1200, "plain"),
        ("3 million", 3_000_000, "plain"),
        ("three hundred and twenty people", 320, "plain"),
        ("4.1×", 4.1, "ratio"),
        ("两倍", 2, "ratio"),
        ("翻一番", 2, "ratio"),
        ("twice as many", 2, "ratio"),
        ("threefold", 3, "ratio"),
    ],
)
def test_a_number_is_heard_however_it_is_said(text: str, value: float, kind: str) -> None:
    (found,) = spoken(text)
    assert (found.value, found.kind) == (pytest.approx(value), kind)


@pytest.mark.parametrize(
    "text",
    [
        "一些客户",
        "一个群体",
        "十分满意",
        "第一",
        "上半年",
        "万一",
        "成为会员",
        "one of the groups",
        "the third group",
        "most",
    ],
)
def test_a_word_that_is_no_amount_is_none(text: str) -> None:
    assert spoken(text) == []


@pytest.mark.parametrize(
    ("said", "fact", "fine"),
    [
        ("28%", "28.4%", True),
        ("29%", "28.4%", False),
        ("28.4%", "28%", False),
        ("约三成", "28.4%", True),
        ("约三成", "33.0%", False),
        ("一半", "51.2%", True),
        ("a half", "47%", False),
        ("28.4", "28.4%", False),
        ("1.2万", "12,034", True),
        ("two hundred", "200 customers", True),
        ("60", "168 customers", False),
    ],
)
def test_a_number_may_be_rounded_but_not_invented(said: str, fact: str, fine: bool) -> None:
    assert (unsupported(said, fact) == []) is fine


@given(st.integers(0, 99_999_999))
def test_every_chinese_number_is_read_as_it_is_written(number: int) -> None:
    assert chinese_number(_in_chinese(number)) == number


@given(st.integers(0, 999_999))
def test_every_english_number_is_read_as_it_is_written(number: int) -> None:
    assert english_number(_in_english(number)) == number


@given(st.text(alphabet="0123456789.,%/×²①万亿千百十成半分之两三一零点倍个人 one half twelve", max_size=30))
def test_any_text_can_be_listened_to(text: str) -> None:
    assert unsupported(text, text) == []


_DIGITS = "零一二三四五六七八九"


def _in_chinese(number: int) -> str:
    if number >= 10_000:
        rest = number % 10_000
        return (
            _in_chinese(number // 10_000)
            + "万"
            + ("" if not rest else ("零" if rest < 1000 else "") + _in_chinese(rest))
        )
    for power, name in ((1000, "千"), (100, "百"), (10, "十")):
        if number >= power:
            rest = number % power
            gap = "零" if rest and rest < power // 10 else ""
            return _DIGITS[number // power] + name + (gap + _in_chinese(rest) if rest else "")
    return _DIGITS[number]


def _in_english(number: int) -> str:
    from huaxiang.personas.spoken import _ENGLISH

    if number >= 1000:
        return _in_english(number // 1000) + " thousand" + (f" {_in_english(number % 1000)}" if number % 1000 else "")
    if number >= 100:
        return _in_english(number // 100) + " hundred" + (f" and {_in_english(number % 100)}" if number % 100 else "")
    names = {value: word for word, value in _ENGLISH.items()}
    return names[number] if number in names else f"{names[number - number % 10]}-{names[number % 10]}"


# -- answers ------------------------------------------------------------------------------------------------------

OWN = Text("Fans: 20 customers, 20.0% of all.", "玩具迷共 20 人，占全部客户的 20.0%。")
TOLD = {"en": [OWN.en, "Toys: 75.0%, 12.5% among the others."], "zh": [OWN.zh, "玩具占 75.0%，其他为 12.5%。"]}


def answer(en: str, zh: str) -> str:
    return json.dumps({"en": en, "zh": zh}, ensure_ascii=False)


GOOD = answer("20.0% of all are fans; 75% love toys.", "20 位玩具迷中 75% 喜欢玩具，其他客户为 12.5%。")


def test_an_answer_with_the_figures_alone_is_used() -> None:
    found = judged(GOOD, TOLD, OWN)
    assert found.text is not None
    assert found.text.zh.startswith("20 位玩具迷")
    fenced = judged(f"```json\n{answer('20 fans.', '20 位玩具迷。')}\n```", TOLD, OWN)
    assert fenced.text == Text("20 fans.", "20 位玩具迷。")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (answer("There are 25 fans.", "20 位玩具迷。"), "numbers that are not in the figures: 25"),
        (answer("20 fans.", "近三成是玩具迷。"), "numbers that are not in the figures: 三成"),
        (answer("Half of them are fans.", "20 位玩具迷。"), "numbers that are not in the figures: Half"),
        ("A portrait of 20 fans.", "no JSON"),
        ('{"en": "20 fans."}', "no JSON"),
        ("[]", "no JSON"),
        (answer("20 fans.", "20 fans."), "languages"),
        (answer("20 位玩具迷。", "20 位玩具迷。"), "languages"),
        (answer("", ""), "languages"),
        (answer("20 fans. " * 100, "20 位玩具迷。"), "too long"),
    ],
)
def test_any_other_answer_is_refused_with_the_reason(content: str, reason: str) -> None:
    found = judged(content, TOLD, OWN)
    assert found.text is None
    assert reason in found.reason.en
    assert found.reason.zh


def test_a_model_is_told_figures_of_groups_only() -> None:
    persona = {
        "label_en": "Fans", "label_zh": "玩具迷", "question_en": None, "question_zh": None, "text_en": OWN.en,
        "text_zh": OWN.zh, "typical": [{"customer_id": "c0001", "name": "王**", "tags": {"spend": 4711.0}}],
        "tags": [
            {"tag": "toys", "rank": 1, "sureness": "sure", "statement_en": "Toys: 75.0%.", "statement_zh": "玩具。"},
            {"tag": "rare", "rank": 2, "sureness": None, "statement_en": "Rare: 3.", "statement_zh": "少见：3。"},
            {"tag": "mail", "rank": None, "statement_en": "Not shown.", "statement_zh": "不展示。"},
        ],
        "values": [{"tag": "toys", "hidden": False}, {"tag": "rare", "hidden": True}], "numbers": [],
        "sibling": [], "borders": [{"statement_en": "Falls below 2.", "statement_zh": "低于 2。"}],
    }  # fmt: skip
    told = facts(persona)
    assert told["en"] == ["Fans", OWN.en, "Toys: 75.0%. [sure]", "Falls below 2."]
    sent = json.dumps(messages(told), ensure_ascii=False)
    assert not any(secret in sent for secret in ("c0001", "王", "4711", "Rare"))
