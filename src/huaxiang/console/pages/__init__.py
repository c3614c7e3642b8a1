"""The pages, a module per place; importing one tells NiceGUI of its pages."""

from importlib import import_module
from pkgutil import iter_modules


def register() -> None:
    """Tell NiceGUI of every page."""
    for module in sorted(iter_modules(__path__), key=lambda found: found.name):
        import_module(f"{__name__}.{module.name}")
