"""`huaxiang clusters`: the groups that a build has found, how sure they are, and their rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli import cluster_shapes
from huaxiang.cli.command import HERE, AsJson, Folder, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.errors import UsageError
from huaxiang.core.text import Text

Name = Annotated[
    str | None,
    typer.Argument(
        metavar="NAME",
        help=help_text("Clusters of a definition; without it, all are listed.", "聚类定义名；不填则列出全部。"),
    ),
]
SaveRules = Annotated[
    Path | None,
    typer.Option(
        "--save-rules",
        metavar="FILE",
        help=help_text(
            "Write the rules that imitate the clusters as segments, such as segments/shoppers.yml.",
            "将模仿各类的规则保存为分群定义，如 segments/shoppers.yml。",
        ),
    ),
]

_SAVED = Text("Wrote {count} segments to {file}.", "已将 {count} 个分群写入 {file}。")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "clusters",
        "Show the groups that a build has found: sizes, names, stability, rules; or list all.",
        "查看构建发现的聚类：人数、名称、稳定性与规则；不填名称则列出全部。",
    )
    def clusters(
        name: Name = None, folder: Folder = HERE, save_rules: SaveRules = None, as_json: AsJson = False
    ) -> None:
        from huaxiang.service import clusters as service
        from huaxiang.service.api import load

        if save_rules is not None and name is None:
            raise UsageError(
                "--save-rules goes with the name of clusters: huaxiang clusters shoppers --save-rules FILE."
            )
        build = load(folder).open()
        out = output()
        if name is None:
            listed = build.clusters()
            if as_json:
                out.json({"clusters": listed})
            else:
                cluster_shapes.listed(out, listed)
            return
        found = build.cluster(name)
        if save_rules is not None:
            count = service.save_rules(found, save_rules)
            if as_json:
                out.json({"file": str(save_rules), "segments": count})
            else:
                out.line(_SAVED, count=count, file=save_rules)
        elif as_json:
            out.json(found)
        else:
            cluster_shapes.shown(out, found)
