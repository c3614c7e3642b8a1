"""Write docs/reference/ from the code, so that it can't drift: python tools/reference.py."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import reference_cli
import reference_findings
import reference_health
import reference_language
import reference_routes
import reference_settings

REFERENCE = Path(__file__).parent.parent / "docs" / "reference"

PAGES: dict[str, Callable[[], str]] = {
    "commands": reference_cli.page,
    "settings": reference_settings.page,
    "tables": reference_language.tables_page,
    "functions": reference_language.functions_page,
    "library": reference_language.library_page,
    "findings": reference_findings.page,
    "health": reference_health.page,
    "routes": reference_routes.page,
}
"""The pages by file name."""


def main() -> None:
    """Write all pages."""
    REFERENCE.mkdir(parents=True, exist_ok=True)
    for name, page in PAGES.items():
        (REFERENCE / f"{name}.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
