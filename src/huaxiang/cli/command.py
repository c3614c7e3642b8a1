"""What all commands have in common: the folder, the language, `--debug`, and how errors end."""

from __future__ import annotations

import functools
import inspect
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from huaxiang.cli.language import ASKED, AT_START, help_text
from huaxiang.cli.output import Output
from huaxiang.cli.usage import Command
from huaxiang.core.errors import HuaxiangError, ProjectError, UsageError
from huaxiang.core.messages import told
from huaxiang.core.text import Language, Text

FINE, FAILED, WRONG_USE = 0, 1, 2
"""Exit codes: fine; findings or an error; a command line that makes no sense."""


class Speech(StrEnum):
    """The languages that the command line speaks."""

    EN = "en"
    ZH = "zh"


_LANGUAGES: dict[Speech, Language] = {Speech.EN: "en", Speech.ZH: "zh"}

HERE = Path()

Folder = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help=help_text("The project's folder (default: the current one).", "项目文件夹（默认：当前文件夹）。"),
        show_default=False,
    ),
]
"""The project that a command is about: always the last argument, or `--project`."""

_PROJECT = typer.Option("--project", "-p", metavar="DIR", help=help_text("The project's folder.", "项目文件夹。"))

FolderOption = Annotated[Path, _PROJECT]
"""The same for a command with any number of arguments: `--project` only."""

AsJson = Annotated[bool, typer.Option("--json", help=help_text("Print JSON for programs.", "输出 JSON，供程序读取。"))]

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="MOMENT",
        help=help_text(
            "Evaluate at this date or moment, such as 2026-06-30 (default: the project's, else now).",
            "以该日期或时刻为准计算，如 2026-06-30（默认：项目设定，否则为现在）。",
        ),
    ),
]

_Project = Annotated[Path | None, _PROJECT]
_Language = Annotated[
    Speech | None, typer.Option("--language", help=help_text("Language of the output.", "输出语言。"))
]
_Debug = Annotated[
    bool, typer.Option("--debug", help=help_text("Show the trace of an internal error.", "显示内部错误的调用栈。"))
]

_output: ContextVar[Output] = ContextVar("output")


def output() -> Output:
    """The running command's output."""
    return _output.get()


def command(
    app: typer.Typer, name: str, english: str, chinese: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function as the command `name`; its help is written in both languages.

    The function gets `--language` and `--debug`; where its parameter `folder` is an argument, also `--project`.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(function, eval_str=True)
        takes_folder = "folder" in signature.parameters and signature.parameters["folder"].annotation == Folder

        @functools.wraps(function)
        def run(*, language: Speech | None, debug: bool, project: Path | None = None, **arguments: Any) -> None:
            wanted = _LANGUAGES[language] if language else ASKED
            token = _output.set(Output(wanted or AT_START, debug, asked=wanted))
            try:
                if takes_folder:
                    arguments["folder"] = _folder(arguments["folder"], project)
                function(**arguments)
            except typer.Exit:
                raise
            except Exception as error:
                raise typer.Exit(_fail(error, as_json=bool(arguments.get("as_json")))) from None
            finally:
                _output.reset(token)

        keyword = inspect.Parameter.KEYWORD_ONLY
        parameters = [parameter.replace(kind=keyword) for parameter in signature.parameters.values()]
        if takes_folder:
            parameters.append(inspect.Parameter("project", keyword, default=None, annotation=_Project))
        parameters.append(inspect.Parameter("language", keyword, default=None, annotation=_Language))
        parameters.append(inspect.Parameter("debug", keyword, default=False, annotation=_Debug))
        run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
        app.command(name, cls=Command, help=help_text(english, chinese))(run)
        return function

    return register


def _folder(argument: Path, option: Path | None) -> Path:
    if option is not None and argument not in (HERE, option):
        raise UsageError(f"Two projects are named: '{argument}' and '{option}'. Name one.")
    return option or argument


def _fail(error: Exception, *, as_json: bool) -> int:
    """Tell an error once, to people or to a program, and say how the command ends."""
    out = output()
    if out.debug:
        traceback.print_exception(error)
    exposed = error.exposed if isinstance(error, HuaxiangError) else isinstance(error, OSError)
    code = error.code if isinstance(error, HuaxiangError) else "system" if exposed else "internal"
    if as_json:
        out.json({"error": {"code": code, "message": str(error), "findings": _findings(error)}})
    elif isinstance(error, ProjectError):
        out.findings(error.findings, to_stderr=True)
    elif exposed:
        out.error(_ERROR, message=told(str(error), out.language))
    else:
        message = str(error).splitlines()[0] if str(error) else ""
        out.error(_INTERNAL, kind=type(error).__name__, message=message)
        out.error(_REPORT)
    return WRONG_USE if isinstance(error, UsageError) else FAILED


def _findings(error: Exception) -> list[dict[str, Any]]:
    return [finding.as_dict() for finding in error.findings] if isinstance(error, ProjectError) else []


_ERROR = Text("error: {message}", "错误：{message}")
_INTERNAL = Text("internal error: {kind}: {message}", "内部错误：{kind}: {message}")
_REPORT = Text(
    "This is a mistake in Huaxiang, not in your project. Run the command again with --debug and report what it prints.",
    "这是 Huaxiang 自身的错误，不是您项目的问题。请加上 --debug 重新运行，并把输出内容反馈给我们。",
)
