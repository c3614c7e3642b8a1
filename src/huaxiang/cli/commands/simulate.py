"""`huaxiang simulate`: the data of a shop whose truth is known."""

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
            "Folder for the shop project; its data/ and truth/ are written (default: shop).",
            "店铺项目文件夹，写入其 data/ 与 truth/（默认：shop）。",
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

_WRITTEN = Text(
    "Simulated a shop of {customers} customers in {folder}.", "已在 {folder} 生成 {customers} 位客户的模拟店铺。"
)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        "simulate",
        "Write the data of a simulated Chinese shop, and the truth about it.",
        "生成一家模拟电商店铺的数据，以及对应的真相数据。",
    )
    def simulate(
        directory: Target = Path("shop"), customers: Customers = 5000, seed: Seed = 1, as_json: AsJson = False
    ) -> None:
        from huaxiang.service.examples import simulate_shop

        with output().progress(quiet=as_json) as progress:
            figures = simulate_shop(directory, customers=customers, seed=seed, progress=progress)
        if as_json:
            output().json(figures)
        else:
            output().line(_WRITTEN, customers=f"{customers:,}", folder=directory)
