"""The pages, a module per place; importing one tells NiceGUI of its pages."""


def register() -> None:
    """Tell NiceGUI of every page."""
    from huaxiang.console.pages import overview  # noqa: F401 - its decorators do the work
