"""What the command line prints: text and tables for people, JSON for programs, progress and errors to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from zoneinfo import ZoneInfo

from huaxiang.cli.language import AT_START
from huaxiang.core.findings import Finding
from huaxiang.core.text import Language, Text

if TYPE_CHECKING:
    from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 160
"""Columns of a table that goes to a file or a pipe."""


class Progress(Protocol):
    """Called by long work: what it does now, how far it is, and how far it has to go (0: not known)."""

    def __call__(self, step: str, done: int, total: int) -> None:
        """Show it."""


@dataclass(frozen=True)
class Output:
    """One command's way to speak, in one language; `asked` is the language that somebody asked for, if any did."""

    language: Language = AT_START
    debug: bool = False
    zone: str = "UTC"
    asked: Language | None = None

    def in_zone(self, zone: str) -> Output:
        """The same output, with moments on the clocks of a time zone."""
        return replace(self, zone=zone)

    def line(self, text: Text | str, /, **values: Any) -> None:
        """Print one line; `values` fill its `{names}`."""
        shown = text[self.language] if isinstance(text, Text) else text
        _console(sys.stdout).print(
            shown.format(**values) if values else shown, markup=False, highlight=False, soft_wrap=True
        )

    def json(self, value: Any) -> None:
        """Print a value as one JSON document."""
        sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_plain) + "\n")

    def table(self, title: Text | str, columns: Sequence[Text | str], rows: Iterable[Sequence[Any]]) -> None:
        """Print rows under headings; numbers stand to the right."""
        from rich.table import Table
        from rich.text import Text as Cell

        table = Table(
            title=self._shown(title) or None,
            title_justify="left",
            box=None,
            pad_edge=False,
            header_style="bold",
            show_header=any(self._shown(column) for column in columns),
        )
        listed = [list(row) for row in rows]
        for index, column in enumerate(columns):
            numeric = bool(listed) and all(isinstance(row[index], int | float | Decimal) for row in listed)
            table.add_column(self._shown(column), justify="right" if numeric else "left", overflow="fold")
        for row in listed:
            table.add_row(*(Cell(self.value(value)) for value in row))
        _console(sys.stdout).print(table, highlight=False)

    def pairs(self, values: Mapping[Text, Any]) -> None:
        """Print values with their names, one a line."""
        from rich.table import Table
        from rich.text import Text as Cell

        table = Table.grid(padding=(0, 2))
        for label, value in values.items():
            table.add_row(Cell(label[self.language], style="bold"), Cell(self.value(value)))
        _console(sys.stdout).print(table, highlight=False)

    def value(self, value: Any) -> str:
        """A value as people read it."""
        match value:
            case None:
                return "–"
            case bool():
                return Text("yes", "是")[self.language] if value else Text("no", "否")[self.language]
            case int():
                return f"{value:,}"
            case float():
                return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
            case Text():
                return value[self.language]
            case dict() if set(value) == {"en", "zh"}:
                return str(value[self.language])
            case datetime() if value.tzinfo is not None:
                return f"{value.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M:%S}"
            case list() | tuple():
                return Text(", ", "、")[self.language].join(self.value(item) for item in value)
            case _:
                return str(value)

    def error(self, text: Text | str, /, **values: Any) -> None:
        """Print an error to stderr."""
        shown = self._shown(text)
        _console(sys.stderr).print(
            shown.format(**values) if values else shown, markup=False, highlight=False, soft_wrap=True
        )

    def findings(self, findings: Sequence[Finding], *, to_stderr: bool = False) -> None:
        """Print findings, each with its place, message and remedy."""
        from rich.text import Text as Line

        console = _console(sys.stderr if to_stderr else sys.stdout)
        for finding in (each.told(self.language) for each in findings):
            line = Line()
            if finding.at.file:
                line.append(f"{finding.at}: ", style="bold")
            line.append(f"{_SEVERITY[finding.severity][self.language]}: ", style=_STYLE[finding.severity])
            line.append(finding.message)
            line.append(f" [{finding.code}]", style="dim")
            console.print(line, soft_wrap=True)
            if finding.remedy:
                console.print(f"    → {finding.remedy}", markup=False, highlight=False, soft_wrap=True)

    @contextmanager
    def progress(self, quiet: bool = False) -> Iterator[Progress | None]:
        """A progress bar on stderr while the block runs; None where nobody watches."""
        if quiet or not sys.stderr.isatty():
            yield None
            return
        from rich.progress import BarColumn, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar
        from rich.progress import TimeRemainingColumn as Remaining

        from huaxiang.service.jobs.progress import step_in

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            Remaining(),
        )
        # Over all that was done so far, not the last seconds only: steps are slow and fast by turns.
        with Bar(*columns, console=_console(sys.stderr), transient=True, speed_estimate_period=_EVER) as bar:
            task = bar.add_task("", total=None)

            def show(step: str, done: int, total: int) -> None:
                bar.update(task, description=step_in(self.language, step), completed=done, total=total or None)

            yield show

    def _shown(self, text: Text | str) -> str:
        return text[self.language] if isinstance(text, Text) else text


_EVER = 86_400.0 * 365
_SEVERITY = {"error": Text("error", "错误"), "warning": Text("warning", "警告"), "note": Text("note", "提示")}
_STYLE = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def _console(stream: Any) -> Console:
    from rich.console import Console

    return Console(file=stream, width=None if stream.isatty() else WIDTH_WITHOUT_TERMINAL)


def _plain(value: Any) -> Any:
    match value:
        case Text():
            return value.as_dict()
        case date() | datetime():
            return value.isoformat()
        case Decimal():
            return float(value)
        case Path():
            return str(value)
        case set() | frozenset():
            return sorted(value)
        case _ if hasattr(value, "item"):
            return value.item()
        case _:
            return str(value)
