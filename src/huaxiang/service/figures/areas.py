"""A map of the user's own: areas that say which province each is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from huaxiang.core.errors import SourceError
from huaxiang.expressions.functions.places import province


def read_areas(file: Path) -> dict[str, Any]:
    """A GeoJSON file of areas whose property `name` says which province each is, however it is spelt.

    Raises:
        SourceError: the file is not there, or is no such GeoJSON.
    """
    remedy = "Name a GeoJSON file under 'map', or leave it out for the tiles."
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        features = content["features"]
        named = [str(feature["properties"]["name"]) for feature in features]
        geometries = [feature["geometry"]["coordinates"] for feature in features]
    except OSError as error:
        raise SourceError(f"the map {file} can't be read: {error.strerror or error}. {remedy}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"the map {file} is no GeoJSON of areas with the property 'name'. {remedy}") from error
    if not features or not all(geometries):
        raise SourceError(f"the map {file} holds no areas. {remedy}")
    kept = [
        {
            "type": "Feature",
            "properties": {"name": province(name) or name},
            "geometry": feature["geometry"],
        }
        for feature, name in zip(features, named, strict=True)
    ]
    return {"type": "FeatureCollection", "features": kept}
