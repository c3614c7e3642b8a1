"""docs/reference/commands.md: every command with its arguments and options."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ["HUAXIANG_LANGUAGE"] = "en"

from markdown_pieces import MADE, code, table
from typer.main import get_command

from huaxiang.cli.app import app


def page() -> str:
    """The page."""
    introduction = Path(__file__).with_name("commands.md").read_text(encoding="utf-8")
    parts = ["# Commands\n", MADE, introduction]
    for name, command in commands():
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        shown = [p.metavar if p.required else f"[{p.metavar}]" for p in arguments]
        usage = " ".join(("huaxiang", name, *shown, "[OPTIONS]"))
        parts.append(f"## `huaxiang {name}`\n\n{command.help}\n\n    {usage}\n")
        rows = [(code(p.metavar or p.name), "", p.help or "") for p in arguments]
        rows += [
            (code(", ".join(p.opts)), _default(p.default), p.help or "")
            for p in command.params
            if p.param_type_name == "option" and not p.is_eager
        ]
        parts.append(table(("Argument or option", "Default", "Meaning"), rows))
    return "\n".join(parts)


def commands(group: Any = None, before: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its name; of a group, those within it (`identity explain`)."""
    for name, command in (group or get_command(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _default(value: object) -> str:
    if value is None or value is False or callable(value):
        return ""
    return code(getattr(value, "value", value))
