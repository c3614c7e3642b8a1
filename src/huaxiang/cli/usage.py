"""What Typer itself says – headings of help, what is wrong with a command line – in the language of this process.

Its hooks for gettext reach some headings only. Its messages are in the catalogue of all others (`core.messages`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from huaxiang.cli.language import AT_START
from huaxiang.core.messages import told

Answer = TypeVar("Answer")

UsageError: type[Any] = typer.BadParameter.__mro__[1]
"""Typer's own, which it does not name: an error about the command line."""

HEADINGS: Mapping[str, str] = {
    "ARGUMENTS_PANEL_TITLE": "参数",
    "OPTIONS_PANEL_TITLE": "选项",
    "COMMANDS_PANEL_TITLE": "命令",
    "ERRORS_PANEL_TITLE": "错误",
    "ABORTED_TEXT": "已中止。",
    "DEFAULT_STRING": "[默认：{}]",
    "ENVVAR_STRING": "[环境变量：{}]",
    "REQUIRED_LONG_STRING": "[必填]",
    "DEPRECATED_STRING": "（已弃用）",
    "RICH_HELP": "运行 [blue]'{command_path} {help_option}'[/] 查看帮助。",
}
"""Constants of `typer.rich_utils` in Chinese."""


class _Spoken:
    """Help and errors of a command in the language of this process."""

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """The line that says how the command is called."""
        pieces = " ".join(self.collect_usage_pieces(ctx))  # type: ignore[attr-defined]
        formatter.write_usage(ctx.command_path, pieces, prefix="用法：" if AT_START == "zh" else None)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """The whole help."""
        _headings()
        super().format_help(ctx, formatter)  # type: ignore[misc]

    def get_help_option(self, ctx: Any) -> Any:
        """The option that shows the help."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None and AT_START == "zh":
            option.help = "显示此帮助后退出。"
        return option


class Command(_Spoken, TyperCommand):
    """A command whose help is in the language of this process."""


class Group(_Spoken, TyperGroup):
    """Commands under one name; mistakes in their command lines are told in the language of this process."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Read the part of the command line that is the group's own."""
        return _spoken(lambda: super(Group, self).make_context(*args, **kwargs))

    def invoke(self, ctx: Any) -> Any:
        """Read the rest of it, and run the command."""
        return _spoken(lambda: super(Group, self).invoke(ctx))


def _spoken(act: Callable[[], Answer]) -> Answer:
    try:
        return act()
    except UsageError as error:
        message = error.format_message()
        said = told(message, AT_START)
        if said == message:
            raise
        _headings()
        raise UsageError(said, ctx=error.ctx) from None


def _headings() -> None:
    if AT_START == "zh":
        from typer import rich_utils

        for name, chinese in HEADINGS.items():
            setattr(rich_utils, name, chinese)
