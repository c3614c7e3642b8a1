"""The command line. `main` is what the installed `huaxiang` command calls."""

from huaxiang.cli.app import main

__all__ = ["main"]
