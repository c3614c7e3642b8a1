"""What the charts of a portrait draw beside its tags, as plain values for JSON."""

from __future__ import annotations

from typing import Any

from huaxiang.core.provinces import province_label
from huaxiang.report.chart_values import rounded, short
from huaxiang.report.formats import pair
from huaxiang.report.tiles import TILES
from huaxiang.service.figures import Figures
from huaxiang.service.figures.aspects_model import AspectFigures, PreferenceFigures


def aspect_data(aspects: AspectFigures) -> dict[str, Any]:
    """The aspects of one persona. A cell of hours is [weekday, hour, share, base share, TGI, hidden]."""
    return {
        "scores": [[pair(row.label), *rounded((row.score, row.low, row.high))] for row in aspects.scores],
        "hours": {
            "width": aspects.hours[0].width if aspects.hours else 1,
            "cells": [
                [row.weekday, row.hour, *rounded((row.share, row.base_share, row.tgi)), int(row.hidden)]
                for row in aspects.hours
            ],
        },
        "facets": {name: [_preference(row) for row in rows] for name, rows in aspects.facets.items()},
    }


def map_data(figures: Figures) -> dict[str, Any]:
    """The tiles of the map – name, labels, code, column, row – and the areas of a map of the user's own."""
    tiles = [[tile.name, [tile.english, tile.name], tile.code, tile.column, tile.row] for tile in TILES]
    return {"tiles": tiles, "areas": figures.areas}


def _preference(row: PreferenceFigures) -> list[Any]:
    """[name, label, share, base share, TGI, significant, hidden, volume, base volume]."""
    return [
        row.value,
        pair(province_label(row.value, row.label)),
        *rounded((row.share, row.base_share, row.tgi)),
        int(row.significant),
        int(row.hidden),
        short(row.volume),
        short(row.base_volume),
    ]
