"""`huaxiang simulate`: customers whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from huaxiang.cli.command import AsJson, command, output
from huaxiang.cli.language import help_text
from huaxiang.core.text import Text

Target = Annotated[
    Path,
    typer.Argument(
        metavar="DIR",
        help=help_text(
            "Folder of the project; its data/ and truth/ are written. simulation.yml in it describes the customers, "
            "otherwise they are those of a shop (default: shop).",
            "项目文件夹，写入其 data/ 与 truth/；若其中有 simulation.yml，则按其描述生成客户，"
            "否则生成店铺（默认：shop）。",
        ),
        show_default=False,
    ),
]
Customers = Annotated[
    int, typer.Option("--customers", min=1, metavar="N", help=help_text("Number of customers.", "客户数。"))
]
Seed = Annotated[
    int,
    typer.Option("--seed", metavar="S", help=help_text("The same seed gives the same data.", "相同种子产生相同数据。")),
]

_WRITTEN = Text("Simulated {customers} customers in {folder}.", "已在 {folder} 生成 {customers} 位模拟客户。")


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "simulate",
        "Write the data of simulated customers, and the truth about them.",
        "生成模拟客户数据，以及对应的真相数据。",
    )
    def simulate(
        directory: Target = Path("shop"), customers: Customers = 5000, seed: Seed = 1, as_json: AsJson = False
    ) -> None:
        from huaxiang.service import examples

        with output().progress(quiet=as_json) as progress:
            figures = examples.simulate(directory, customers=customers, seed=seed, progress=progress)
        if as_json:
            output().json(figures)
        else:
            output().line(_WRITTEN, customers=f"{customers:,}", folder=directory)
