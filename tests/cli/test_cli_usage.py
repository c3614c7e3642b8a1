"""What Typer says by itself is told in the language of the command line, too."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
import typer

from huaxiang.cli.app import app
from huaxiang.cli.usage import HEADINGS, UsageError
from huaxiang.core.messages import told


@pytest.mark.parametrize(
    ("line", "chinese"),
    [
        ("customer", "缺少参数“ID”。"),
        ("biuld", "没有命令“biuld”。是否应为“build”？"),
        ("build --nope", "没有选项 --nope"),
        ("build --ful", "没有选项 --ful（您是否想输入：--full）"),
        ("build . a b", "多余的参数：a b"),
        ("build --as-of", "选项“--as-of”需要取值。"),
        ("build --full=x", "选项“--full”不带取值。"),
        ("build --language fr", "'--language' 的取值无效：“fr”不在 'en', 'zh' 之中。"),
        ("simulate --customers x", "'--customers' 的取值无效：须为有效的整数，无法解析为整数"),
        ("simulate --customers 0", "'--customers' 的取值无效：须为不小于 1"),
    ],
)
def test_what_is_wrong_with_a_command_line_is_told_in_chinese(line: str, chinese: str):
    with pytest.raises(UsageError) as error:
        typer.main.get_command(app).main(line.split(), "huaxiang", standalone_mode=False)
    assert told(error.value.format_message(), "zh") == chinese


def test_help_speaks_the_language_of_the_command_line():
    def helped(language: str) -> str:
        environment = {**os.environ, "HUAXIANG_LANGUAGE": language, "COLUMNS": "100"}
        command = [sys.executable, "-m", "huaxiang", "customer", "--help"]
        return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout

    chinese = helped("zh")
    for words in ("用法：", "参数", "选项", "必填", "显示此帮助后退出。"):
        assert words in chinese
    assert not re.search("Usage|Options|Arguments|required|Show this", chinese)
    assert "Usage:" in helped("en")


def test_the_headings_are_those_that_typer_has():
    from typer import rich_utils

    assert [name for name in HEADINGS if not hasattr(rich_utils, name)] == []
