"""What a build keeps of lookalikes: how they were found, how well that works, and each member's score."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from huaxiang.core.engine import Engine
from huaxiang.segments.like import Like
from huaxiang.segments.like_bins import Bins
from huaxiang.segments.like_model import Model

LIKES, SCORES = "segment_lookalikes", "lookalike_scores"

_SCHEMA = {
    "segment": "string",
    "seed": "string",
    "status": "string",
    "size": "int64",
    "seed_size": "int64",
    "candidates": "int64",
    "auc": "float64",
    "low": "float64",
    "high": "float64",
    "deciles": "string",
    "model": "string",
    "note_en": "string",
    "note_zh": "string",
}


def write_likes(engine: Engine, likes: Mapping[str, Like]) -> None:
    """Write `segment_lookalikes` and `lookalike_scores`, where a project has lookalikes."""
    import pyarrow as pa

    if not likes:
        return
    rows = [_row(name, like) for name, like in likes.items()]
    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in _SCHEMA.items()])
    engine.create(LIKES, pa.Table.from_pylist(rows, schema=schema), step="lookalikes")
    scores = [
        like.members.add_column(0, "segment", pa.array([name] * like.members.num_rows, pa.string()))
        for name, like in likes.items()
    ]
    engine.create(SCORES, pa.concat_tables(scores), step="scores of lookalikes")


def read_model(text: str) -> Model:
    """The model in the column `model`."""
    parts = json.loads(text)
    return Model(tuple(Bins.of_dict(part) for part in parts), tuple(tuple(part["weights"]) for part in parts))


def _row(name: str, like: Like) -> dict[str, Any]:
    fitted, note = like.fitted, like.refusal or like.note
    held = fitted.holdout if fitted is not None else None
    parts = zip(fitted.model.bins, fitted.model.weights, strict=True) if fitted is not None else ()
    return {
        "segment": name,
        "seed": like.seed,
        "status": "built" if like.refusal is None else "refused",
        "size": like.members.num_rows,
        "seed_size": like.seed_size,
        "candidates": like.candidates,
        "auc": held.area if held is not None else None,
        "low": held.low if held is not None else None,
        "high": held.high if held is not None else None,
        "deciles": json.dumps(fitted.deciles if fitted is not None else []),
        "model": json.dumps([bins.as_dict() | {"weights": weights} for bins, weights in parts], ensure_ascii=False),
        "note_en": note.en,
        "note_zh": note.zh,
    }
