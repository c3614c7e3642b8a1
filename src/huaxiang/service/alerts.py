"""What somebody should look at in a build: changes in the data, identity that went wrong, personas out of date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from huaxiang.service.builds import Build

_FLAGS = {
    "overdue": ("is overdue for review.", "已到复核日期。"),
    "drifted": ("has drifted since its last build.", "较上次构建已发生漂移。"),
}


def alerts(build: Build) -> Iterator[dict[str, Any]]:
    """`level` (warning, note), `text_en`, `text_zh`, `path` in the console."""
    for change in build.audit()["changes"]:
        if change["severity"] == "warning":
            statement = change["statement"]
            yield {"level": "warning", "text_en": statement["en"], "text_zh": statement["zh"], "path": "/quality"}
    for measure in build.audit_identity()["measures"]:
        if measure["level"] in ("amber", "red"):
            level = "warning" if measure["level"] == "red" else "note"
            reason = measure["reason"]
            yield {"level": level, "text_en": reason["en"], "text_zh": reason["zh"], "path": "/identity"}
    for persona in build.personas():
        for flag in persona["flags"]:
            english, chinese = _FLAGS[flag]
            yield {
                "level": "note",
                "text_en": f"{persona['label_en']} {english}",
                "text_zh": f"{persona['label_zh']}{chinese}",
                "path": f"/personas/{persona['name']}",
            }
