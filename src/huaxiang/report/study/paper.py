"""A study as PDF, set by Typst."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from huaxiang.core.errors import StoreError
from huaxiang.core.text import Language
from huaxiang.report.study.shown import shown
from huaxiang.service.studies import Study

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "Hiragino Sans GB",
    "WenQuanYi Micro Hei", "SimSun", "Noto Serif CJK SC", "Droid Sans Fallback",
)  # fmt: skip
"""Fonts with Chinese characters that systems have, the best first."""


def write_paper(study: Study, path: Path, language: Language) -> None:
    """Write the PDF.

    Raises:
        StoreError: no font of this machine has Chinese characters.
    """
    import typst

    there = typst.Fonts().families()
    font = next((name for name in FONTS if name in there), None)
    if font is None:
        raise StoreError(
            "No font with Chinese characters is installed: a PDF would show empty boxes. On Debian and Ubuntu: "
            "sudo apt-get install fonts-noto-cjk. Or write .html, .pptx or .xlsx."
        )
    template = files("huaxiang.report").joinpath("templates/study.typ").read_bytes()
    data = json.dumps(shown(study, language) | {"font": font}, ensure_ascii=False)
    path.write_bytes(typst.compile(template, sys_inputs={"data": data}))
