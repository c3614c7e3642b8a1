"""The ECharts script for embedding: taken out of the installed NiceGUI, which ships a complete build."""

from __future__ import annotations

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from huaxiang.core.errors import StoreError

_ENTRY = Path("elements/echart/dist/index.js")
_EXPORT = re.compile(r"export\s*\{([^{}]*)\}\s*;?\s*(?://# sourceMappingURL=\S*\s*)?$")


@cache
def echarts_script() -> str:
    """The script of an inline module that sets `globalThis.echarts`.

    NiceGUI itself is not imported. Its `index.js` names the chunk that holds ECharts and the name under which the
    chunk exports it: `import{aS as a}from"./index-X.js";export{a as echarts}`.

    Raises:
        StoreError: NiceGUI is not installed, or is built in a way that this function does not know.
    """
    found = find_spec("nicegui")
    if found is None or not found.origin:
        raise StoreError("the report needs the package nicegui, which ships ECharts: pip install nicegui")
    entry = Path(found.origin).parent / _ENTRY
    text = entry.read_text(encoding="utf-8")
    local = _match(r"export\s*\{[^}]*?([\w$]+) as echarts\b", text, entry)
    imported = _match(rf"import\s*\{{[^}}]*?([\w$]+) as {re.escape(local)}\b", text, entry)
    chunk = entry.parent / _match(r'from\s*"\./([^"]+)"', text, entry)
    script = chunk.read_text(encoding="utf-8")
    exports = _EXPORT.search(script)
    if exports is None:
        raise StoreError(f"{chunk} does not end with its exports: this version of nicegui is not known")
    name = _match(rf"([\w$]+) as {re.escape(imported)}(?![\w$])", exports[1], chunk)
    script = f"{script[: exports.start()]}globalThis.echarts={name};"
    if "</script" in script.lower() or "<!--" in script:
        raise StoreError(f"{chunk} can't be embedded in a page: it holds markup")
    return script


def _match(pattern: str, text: str, file: Path) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise StoreError(f"{file} does not export ECharts as expected: this version of nicegui is not known")
    return found[1]
