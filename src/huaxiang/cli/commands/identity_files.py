"""`huaxiang identity export` and `import`: decisions as YAML, for git and for other machines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli import decision_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Out = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help=help_text("The YAML file to write.", "要写入的 YAML 文件。"), show_default=False
    ),
]
In = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help=help_text("The YAML file to read.", "要读取的 YAML 文件。"), show_default=False
    ),
]

_WRITTEN = Text("{count} decisions written to {file}.", "已将 {count} 个决定写入 {file}。")
_TAKEN = Text("{count} decisions are new.", "新增 {count} 个决定。")


def register(group: typer.Typer) -> None:
    """Add the commands."""

    @command(
        group,
        "export",
        "Write all decisions as YAML that is easy to compare in git.",
        "将全部决定导出为便于 git 比较的 YAML。",
    )
    def export(file: Out, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        count = load(folder).identity.export(file)
        if as_json:
            output().json({"decisions": count, "file": str(file)})
        else:
            output().line(_WRITTEN, count=count, file=file)

    @command(
        group,
        "import",
        "Take over decisions from YAML, from the next build on; doing it twice changes nothing.",
        "从 YAML 导入决定，下次构建时生效；重复导入不会产生变化。",
    )
    def import_(file: In, folder: Folder = HERE, as_json: AsJson = False) -> None:
        from huaxiang.service.api import load

        taken = load(folder).identity.import_(file)
        if as_json:
            output().json({"decisions": [decision_shapes.as_dict(made) for made in taken]})
            return
        output().line(_TAKEN, count=len(taken))
        if taken:
            decision_shapes.effective(output(), folder)
