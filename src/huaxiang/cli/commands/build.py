"""`huaxiang build`: compute everything at one moment and write a snapshot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from huaxiang.cli.command import HERE, AsJson, AsOf, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.cli.output import Progress
from huaxiang.core.findings import Finding
from huaxiang.core.text import Text

Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, metavar="N", help=help_text("Threads of the engine.", "计算引擎的线程数。")),
]
Memory = Annotated[
    str | None,
    typer.Option(
        "--memory", metavar="SIZE", help=help_text("Memory of the engine, such as 4GB.", "计算引擎的内存上限，如 4GB。")
    ),
]
Full = Annotated[
    bool,
    typer.Option(
        "--full",
        help=help_text("Compute everything anew, also what has not changed.", "全部重新计算，包括没有变化的部分。"),
    ),
]
ProgressFile = Annotated[
    Path | None,
    typer.Option(
        "--progress-file",
        metavar="FILE",
        help=help_text(
            "Write to this file, as lines of JSON, how far the build is: for the server, which reads it.",
            "将构建进度以 JSON 行写入该文件，供服务读取。",
        ),
    ),
]

FIGURES = {
    "snapshot": Text("Snapshot", "快照"),
    "as_of": Text("As of", "计算时点"),
    "customers": Text("Customers", "客户数"),
    "facts": Text("Facts", "事实数"),
    "tags_built": Text("Tags built", "已建标签"),
    "tags_left_out": Text("Tags left out", "未建标签"),
    "quarantined": Text("Rows in quarantine", "隔离行数"),
    "seconds": Text("Seconds", "耗时（秒）"),
    "peak_memory_mib": Text("Peak memory (MiB)", "内存峰值（MiB）"),
}
"""The figures of a build that people are shown, in this order, where the build has them."""


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "build",
        "Compute identities, tags, segments and personas, and write a snapshot.",
        "计算客户身份、标签、分群与画像，并写入快照。",
    )
    def build(
        folder: Folder = HERE,
        as_of: AsOf = None,
        threads: Threads = None,
        memory: Memory = None,
        full: Full = False,
        progress_file: ProgressFile = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load

        project = load(folder)
        with _progress(progress_file, quiet=as_json) as progress:
            built = project.build(as_of=as_of, threads=threads, memory=memory, full=full, progress=progress)
        if as_json:
            output().json(built.summary)
        else:
            show_summary(built.summary)


@contextmanager
def _progress(file: Path | None, *, quiet: bool) -> Iterator[Progress | None]:
    """What tells of the build's progress: to the file, where there is one, else to whoever watches."""
    if file is None:
        with output().progress(quiet=quiet) as shown:
            yield shown
        return
    from huaxiang.service.jobs.progress import ProgressFile as Written

    with Written(file) as written:
        yield written


def show_summary(summary: dict[str, Any]) -> None:
    """Print the figures of a build for people, and what it found in the data."""
    output().pairs({label: _figure(summary[key]) for key, label in FIGURES.items() if key in summary})
    output().findings([Finding.of_dict(found) for found in summary.get("findings", ())])


def _figure(value: Any) -> Any:
    """A mapping or list of things stands for their number."""
    match value:
        case dict() if all(isinstance(part, int) for part in value.values()):
            return sum(value.values())
        case dict() | list() | tuple():
            return len(value)
        case _:
            return value
