"""Errors and findings are told in Chinese as well as in English."""

from __future__ import annotations

import string
import subprocess
import sys
from pathlib import Path

import pytest

from huaxiang.core import messages as core_messages
from huaxiang.core.messages import FEW_LETTERS, LONGEST, MOST_PARTS, Template, told

sys.path.insert(0, str(Path(__file__).parent.parent.parent / "tools"))

import messages
from spoken import spoken


def places(text: str) -> list[str]:
    return sorted({name for _, name, _, _ in string.Formatter().parse(text) if name is not None})


def catalogue() -> dict[str, str]:
    return {str(each.id): str(each.string) for each in messages.catalogue(messages.MESSAGES) if each.id}


def test_every_message_of_the_source_is_translated():
    translated = {english for english, chinese in catalogue().items() if chinese}
    missing = sorted({each.template for each in spoken().messages.values()} - translated)
    assert not missing, f"run python tools/messages.py and translate: {missing}"


def test_the_catalogue_holds_no_message_that_the_source_no_longer_says():
    assert not set(catalogue()) - {each.template for each in spoken().messages.values()}


def test_a_message_has_the_same_places_in_both_languages():
    assert [english for english, chinese in catalogue().items() if places(english) != places(chinese)] == []


def test_every_message_is_recognized_and_keeps_its_values():
    mixed_up = {}
    for english, chinese in catalogue().items():
        values = {name: f"‹{name}›" for name in places(english)} | {"owner": "‹›.yml"}
        shown = told(english.format(**values), "zh")
        if Template(english, chinese).letters >= FEW_LETTERS and shown != chinese.format(**values):
            mixed_up[english] = shown
    assert mixed_up == {}


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        # A place holds another message, and names stay as they are.
        (
            "tag 'orders_90d': table 'order' is not defined. Tables: events, orders.",
            "标签“orders_90d”：未定义表“order”。现有表：events, orders。",
        ),
        ("source 'crm': 'feeds' is 5, but must be text or a list.", "数据源“crm”：“feeds”的取值为 5，须为文本或列表。"),
        # A name that is also a word of a message: still a name.
        ("segment 'a': key 'b' is not known here. Keys: tag, did.", "分群“a”：此处不支持键“b”。可用的键：tag, did。"),
        # A finding as text: message, remedy and place.
        (
            "segment 'a': key 'b' is missing. Add 'b: …'. (segments/a.yml:3)",
            "分群“a”：缺少键“b”。请添加 b: …。（segments/a.yml:3）",
        ),
        ("line 5: 3 columns expected, 4 found", "第 5 行：应有 3 列，实有 4 列"),
        # The words of another program stay, in the sentence that is ours.
        ("orders.csv can't be read: Invalid Error: x.", "无法读取 orders.csv：Invalid Error: x。"),
        ("Parser Error: syntax error at or near 'x'.", "Parser Error: syntax error at or near 'x'."),
        ("", ""),
    ],
)
def test_a_message_is_told_in_chinese(english, chinese):
    assert told(english, "zh") == chinese
    assert told(english, "en") == english


def test_braces_and_line_ends_of_values_stay_as_they_are():
    assert told("There is no tag '{0}\n{x}' in this build.", "zh") == "本次构建中没有标签“{0}\n{x}”。"


@pytest.mark.parametrize("before", ["", "This is no YAML: "])
@pytest.mark.parametrize(
    "part", ["a: ", "A. ", "tag, ", "tag 'x': ", "Tables: ", "{0!r}", "'", "\n", "Did you mean 'x'? ", "Money. "]
)
def test_what_somebody_makes_up_is_read_in_few_parts(part: str, before: str, monkeypatch: pytest.MonkeyPatch):
    looked_at: list[str] = []
    fitting = core_messages._fitting
    monkeypatch.setattr(core_messages, "_fitting", lambda part: looked_at.append(part) or fitting(part))
    line = (before + part * LONGEST)[:LONGEST]
    for message in (line, f"{line[:-9]}\n" * 50):
        looked_at.clear()
        told(message, "zh")
        assert 0 < len(looked_at) <= MOST_PARTS


def test_what_is_too_long_stays_as_it_is_and_the_lines_beside_it_are_told():
    longest = "Money. " * LONGEST
    assert told(longest, "zh") == longest
    assert told(f"line 5: 3 columns expected, 4 found\n{longest}", "zh") == f"第 5 行：应有 3 列，实有 4 列\n{longest}"


def test_chinese_is_loaded_only_when_somebody_reads_it():
    program = "import sys; from huaxiang.core.messages import told; told('x', 'en'); print('babel' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
