"""The ECharts theme of a mode, from the tokens."""

from __future__ import annotations

from typing import Any

from huaxiang.look.tokens import Mode, tokens

SERIES = ("accent", "indigo", "ochre", "jade", "plum")
"""The tokens that colour series, in this order."""


def chart_theme(mode: Mode) -> dict[str, Any]:
    """The theme that every chart of the console is given."""
    color = tokens(mode)
    axis = {
        "axisLine": {"show": False},
        "axisTick": {"show": False},
        "axisLabel": {"color": color["muted"], "fontSize": 12},
        "nameTextStyle": {"color": color["muted"], "fontSize": 12},
        "splitLine": {"lineStyle": {"color": color["line"], "width": 1}},
    }
    category = axis | {"axisLabel": {"color": color["ink"], "fontSize": 12}, "splitLine": {"show": False}}
    return {
        "color": [color[name] for name in SERIES],
        "backgroundColor": "transparent",
        "textStyle": {"fontFamily": color["sans"], "color": color["ink"]},
        "valueAxis": axis,
        "timeAxis": axis,
        "categoryAxis": category,
        "legend": {"textStyle": {"color": color["ink"], "fontSize": 12}, "inactiveColor": color["pale"]},
        "tooltip": {
            "backgroundColor": color["surface"],
            "borderColor": color["line"],
            "textStyle": {"color": color["ink"], "fontSize": 13},
        },
        "visualMap": {"textStyle": {"color": color["muted"], "fontSize": 12}},
        "radar": {
            "axisName": {"color": color["ink"]},
            "splitLine": {"lineStyle": {"color": color["line"]}},
            "splitArea": {"show": False},
            "axisLine": {"lineStyle": {"color": color["line"]}},
        },
    }
