"""What a former build left on its shelf tells the same as its profiles, on whatever scales tags have now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from shop import AS_OF, build, profiles

from huaxiang.personas.crowds import Crowd
from huaxiang.personas.run import Portrayer
from huaxiang.personas.shelf import make_shelf
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.drift import _counts
from huaxiang.personas.validation.past import Former, tags_then
from huaxiang.personas.validation.run import Evidence, validate
from huaxiang.personas.write import write_personas
from huaxiang.store.engine import DuckEngine

PERSONAS = [PersonaSpec(name="fans", segment="fans"), PersonaSpec(name="rich", segment="rich", base="half")]
SAME = {"category", "is_member", "spend_total", "score", "age", "interests", "constant", "last_order", "last_seen"}


def other(values: list[Any], name: str) -> list[Any]:
    """Values as they may have been before: other customers have them, and some that nobody has any more."""
    moved = values[7:] + values[:7]
    gone: dict[str, Any] = {"category": "gone", "score": 77, "age": None, "interests": ["trains", "books"]}
    return [gone.get(name, value) if i % 9 == 0 else value for i, value in enumerate(moved)]


def altered() -> pa.Table:
    now = profiles()
    columns = {name: now[name].to_pylist() for name in now.column_names}
    return pa.table(
        {
            name: pa.array(other(values, name) if name in SAME else values, now.schema.field(name).type)
            for name, values in columns.items()
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("then")
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        build(opened)
        opened.create("profiles", altered(), step="test")
        make_shelf(opened, made, AS_OF)
    return made


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        build(opened)
        opened.create("then", altered(), step="test")
        write_personas(opened, {each.name: each for each in PERSONAS}, moment=AS_OF, threshold=2)
        yield opened


def then(engine: DuckEngine, shelf: Path | None) -> Former:
    return Former(AS_OF, {"profiles": engine.table("then"), "segments": engine.table("segments")}, shelf)


def test_former_values_fall_into_the_same_rows_from_the_shelf_as_from_the_profiles(engine: DuckEngine, folder: Path):
    portrayer = Portrayer(engine, moment=AS_OF, threshold=1)
    made = {base: {one.tag.name: one for one in portrayer.scales(base)} for base in ("everyone", "half")}
    scales = {name: {base: made[base][name] for base in made} for name in SAME}
    some = Crowd(np.arange(100) % 3 == 0, np.arange(100))
    found, expected = (
        {
            (base, placed.scale.tag.name): next(_counts(placed, [some])).tolist()
            for base, placed in tags_then(portrayer, then(engine, shelf), scales, 100)
        }
        for shelf in (folder, None)
    )
    assert found == expected
    assert len(found) == 2 * len(SAME)
    # 0, 9, 18 and so on had it, a third of whom are counted.
    assert found["everyone", "score"][-1] == 12
    read = [step for step in engine.log if step.step == "validate: former profiles"]
    assert len(read) == 2, "some tags are read beside the shelf, and all without it"


def test_validations_say_the_same_from_shelves_as_from_profiles(engine: DuckEngine, folder: Path, tmp_path: Path):
    make_shelf(engine, tmp_path, AS_OF)
    found, expected = (
        validate(engine, PERSONAS, [], Evidence(), moment=AS_OF, threshold=2, former=then(engine, before), shelf=shelf)
        for before, shelf in ((folder, tmp_path), (None, None))
    )
    assert found == expected
    assert any(row["own"] for row in found.rows["validation_figures"] if row["measure"] == "psi")
