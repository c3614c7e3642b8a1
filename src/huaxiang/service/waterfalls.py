"""The steps by which a pair of records was weighed, as people read them."""

from __future__ import annotations

import json
from typing import Any

from huaxiang.core.text import Text
from huaxiang.identity.fuzzy.meaning import BY_NAME

_PRIOR = Text("to begin with", "起点")


def steps(waterfall: str | None) -> list[dict[str, Any]]:
    """The steps of `identity_matches.waterfall`, each with the `title` of what was compared."""
    return [step | {"title": _title(step["comparison"]).as_dict()} for step in json.loads(waterfall or "[]")]


def _title(comparison: str) -> Text:
    return BY_NAME[comparison].label if comparison in BY_NAME else _PRIOR
