"""The commands of `huaxiang`, in the order in which people meet them."""

from __future__ import annotations

from typing import Annotated

import typer

from huaxiang import __version__
from huaxiang.cli.commands import (
    audit,
    backtest,
    backup,
    build,
    check,
    clusters,
    compare,
    core,
    count,
    customer,
    demo,
    diff,
    export,
    history,
    identity,
    init,
    keys,
    link,
    live,
    personas,
    plan,
    report,
    segments,
    serve,
    simulate,
    study,
    tags,
    trail,
    users,
    validate,
    version,
    warnings,
)
from huaxiang.cli.language import help_text
from huaxiang.cli.usage import Group

COMMANDS = (
    init,
    check,
    plan,
    build,
    audit,
    tags,
    backtest,
    customer,
    history,
    identity,
    live,
    segments,
    count,
    core,
    clusters,
    personas,
    warnings,
    compare,
    validate,
    report,
    study,
    export,
    diff,
    link,
    serve,
    users,
    keys,
    trail,
    backup,
    simulate,
    demo,
    version,
)
"""The modules that hold commands; each has a `register(app)`."""

app = typer.Typer(
    cls=Group,
    name="huaxiang",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help=help_text(
        "Huaxiang: from raw customer records to profiles, segments and portraits.",
        "Huaxiang 画像：从原始客户数据到客户画像、分群与群体画像。",
    ),
)


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"huaxiang {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help=help_text("Print the version and stop.", "显示版本号后退出。"),
        ),
    ] = False,
) -> None:
    pass


for module in COMMANDS:
    module.register(app)


def main() -> None:
    """Run the command line of this process."""
    app()
