"""The pages, a module each with `register()`."""

from huaxiang.console.pages import overview

PAGES = (overview,)


def register() -> None:
    """Tell NiceGUI of every page."""
    for page in PAGES:
        page.register()
