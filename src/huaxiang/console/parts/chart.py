"""A chart in the reader's colours, which can be kept as a picture."""

from __future__ import annotations

import json
from typing import Any

from nicegui import ui

from huaxiang.console.parts.hint import hint
from huaxiang.console.reader import reader
from huaxiang.console.words import say
from huaxiang.look import tokens
from huaxiang.look.charts import chart_theme


def chart(options: dict[str, Any], name: str, *, words: str, height: str = "18rem") -> ui.echart:
    """Draw ECharts `options`. `words` say what is seen, for who can't see it; `name` is that of the saved file."""
    mode = reader().mode
    with ui.element("figure").classes("chart"):
        drawn = ui.echart({"animation": False, **options}, theme=chart_theme(mode)).style(f"height: {height}")
        drawn.props["role"] = "img"
        drawn.props["aria-label"] = words
        save = ui.button(icon="download").props("flat round dense").classes("chart-save")
        save.props["aria-label"] = say("Save as PNG")
        hint(save, say("Save as PNG"))
        picture = f"{{type: 'png', pixelRatio: 2, backgroundColor: {json.dumps(tokens(mode)['surface'])}}}"
        call = f"getElement({drawn.id}).chart.getDataURL({picture})"
        save.on("click", js_handler=f"() => huaxiang.download({call}, {json.dumps(name + '.png')})")
    return drawn
