"""The case of ten films: lovers of action and of romance, trait by trait, held against what was planted."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, ProjectError, UsageError
from huaxiang.service.builds import Build
from huaxiang.service.comparisons import Compared
from huaxiang.service.examples import prepare
from huaxiang.simulate.films import simulate_films, take_films

pytestmark = pytest.mark.slow

EARLIER = "2026-01-01"
VALUES = {"F": "female", "M": "male"}
"""How the mapping writes what the files say."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare("films", tmp_path_factory.mktemp("films"), customers=2000, seed=1)


@pytest.fixture(scope="module")
def build(folder: Path) -> Iterator[Build]:
    project = hx.load(folder)
    assert project.check() == []
    project.build(as_of=EARLIER).close()
    with project.build() as built:
        yield built


@pytest.fixture(scope="module")
def lovers(build: Build) -> Compared:
    return build.compare("action_lovers", "romance_lovers")


@pytest.fixture(scope="module")
def truth(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "truth" / "differences.json").read_text(encoding="utf-8"))


def test_planted_differences_are_found_with_their_sign(lovers: Compared, truth: dict[str, Any]):
    found = {(row.tag, row.value): row for row in lovers.figures.contrasts}
    for planted in truth["planted"]:
        value = VALUES.get(planted["value"], planted["value"])
        row = found.get((planted["trait"], value))
        if row is None:  # Of two values that share everybody out, one is told.
            assert planted["trait"] == "gender"
            continue
        if planted["value"] == "married":
            continue
        assert row.significant, planted
        assert row.difference * planted["more"] > 0, planted


def test_traits_that_have_nothing_to_do_with_taste_do_not_differ(lovers: Compared, truth: dict[str, Any]):
    assert set(truth["without"]) == {"phone_brand", "region", "age"}
    rows = [row for row in lovers.figures.contrasts if row.tag in truth["without"]]
    assert len(rows) > 10
    assert not [row.statement.en for row in rows if row.significant]
    assert {"Phone brand", "Region"} <= {row.label.en for row in lovers.figures.tags if not row.significant}


def test_what_makes_a_lover_is_told_last(lovers: Compared):
    assert {row.tag for row in lovers.figures.contrasts if row.defining} == {"action_rating", "romance_rating"}
    assert lovers.figures.tags[-1].defining
    assert 0 < lovers.figures.overlaps[0].both < 539


def test_the_page_and_the_table_hold_what_was_found(lovers: Compared, tmp_path: Path):
    page = lovers.html(tmp_path / "pages" / "lovers.html", "zh").read_text(encoding="utf-8")
    for text in ("动作片爱好者", "Action lovers", 'data-chart="sides_shares"', 'data-chart="sides_tag"'):
        assert text in page
    assert page.count("<tr>") > len(lovers.figures.contrasts)
    assert lovers.csv(tmp_path / "lovers.csv") == len(lovers.figures.contrasts)
    with (tmp_path / "lovers.csv").open(encoding="utf-8") as file:
        first = next(csv.DictReader(file))
    top = lovers.figures.contrasts[0]
    assert (first["tag"], first["a"], first["b"]) == (top.tag, "action_lovers", "romance_lovers")
    assert float(first["difference"]) == top.difference
    assert first["statement_zh"] == top.statement.zh
    json.dumps(lovers.as_dict())


def test_members_of_a_rule_that_nobody_saved_are_compared(build: Build):
    found = build.compare("gender = 'female' and action_rating >= 7", "everyone", tags=["relationship", "gender"])
    assert [row.tag for row in found.figures.tags] == ["relationship", "gender"]
    assert found.figures.tags[-1].defining
    # Up to ten are left out by lot, unless whoever asks may know.
    exact = build.compare("gender = 'female' and action_rating >= 7", "everyone", tags=["gender"], exact=True)
    size = build.count("gender = 'female' and action_rating >= 7", exact=True)
    assert exact.figures.sides[0].size == size
    assert size - 10 <= found.figures.sides[0].size <= size
    assert (len(found.figures.notes), len(exact.figures.notes)) == (1, 0)
    with pytest.raises(UsageError, match="too few to be compared"):
        build.compare("gender = 'female' and not gender = 'female'", "everyone")
    with pytest.raises(ProjectError, match="gendr"):
        build.compare("gendr = 'female'", "everyone")
    with pytest.raises(NotFoundError, match="Did you mean 'action_lovers'"):
        build.compare("action_lover", "everyone")
    with pytest.raises(NotFoundError, match="Did you mean 'region'"):
        build.compare("action_lovers", "everyone", tags=["regio"])


def test_a_segment_at_an_earlier_moment_is_what_a_build_then_found(folder: Path, build: Build):
    """Two ways to the past – the snapshot that was built then, and today's definitions as of then – say the same."""
    project = hx.load(folder)
    with project.open(project.snapshots()[0].id) as before:
        stored = build.compare("action_lovers", before)
    computed = build.compare("action_lovers", at=EARLIER)
    assert [side.as_of for side in computed.figures.sides] == ["2026-07-01", EARLIER]
    assert computed.figures.sides[1].size != computed.figures.sides[0].size
    sizes = [[side.size for side in each.figures.sides] for each in (stored, computed)]
    assert sizes[0] == sizes[1]
    assert stored.figures.overlaps == computed.figures.overlaps
    by_key = {(row.tag, row.value): row for row in stored.figures.contrasts}
    for row in computed.figures.contrasts:
        twin = by_key[row.tag, row.value]
        assert (row.figure_a, row.figure_b) == (twin.figure_a, twin.figure_b)
        assert (row.low, row.high, row.p_value) == pytest.approx((twin.low, twin.high, twin.p_value))
    assert "2026-01-01" in computed.text.en


def test_moments_that_make_no_sense_are_refused(build: Build):
    with pytest.raises(UsageError, match="not before"):
        build.compare("action_lovers", at="2026-07-01")
    with pytest.raises(UsageError, match="of one segment, not of 2"):
        build.compare("action_lovers", "romance_lovers", at=EARLIER)
    with pytest.raises(UsageError, match="one other build, or with one earlier moment"):
        build.compare("action_lovers", build, at=EARLIER)
    with pytest.raises(UsageError, match="is a rule: save it as a segment"):
        build.compare("age < 30", at=EARLIER)
    with pytest.raises(UsageError, match="two to 6 sides, not 1"):
        build.compare("action_lovers")


# -- data of the user's own ------------------------------------------------------------------------------------------

MOVIELENS = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,10,5.0,964982703\n1,20,2.0,964982704\n2,10,3.5,964982705\n",
    "users.csv": "UserID,Gender,Age,Occupation\n1,M,25,student\n2,F,35,artist\n",
    "movies.csv": 'movieId,title,genres\n10,"Heat, The",Action|Crime\n20,Sabrina,Comedy|Romance\n',
}


def given(folder: Path, **changed: str | None) -> Path:
    folder.mkdir()
    for name, text in (MOVIELENS | {f"{key}.csv": text for key, text in changed.items()}).items():
        if text is not None:
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_same_project_runs_on_a_folder_shaped_like_movielens(tmp_path: Path):
    folder = prepare("films", tmp_path / "films", data=given(tmp_path / "mine"))
    with hx.load(folder).build() as build:
        rows = build.engine.rows(build.profiles, step="profiles")
        members = {row["name"]: row["size"] for row in build.segments()}
        assert build.engine.rows(build.engine.table("quarantine"), step="quarantine") == []
    # 5 of 5 stars are 10, 2 are 4, 3.5 are 7: both love action, nobody romance.
    by_job = {row["job"]: row for row in rows}
    assert (by_job["student"]["action_rating"], by_job["student"]["romance_rating"]) == (10, 4)
    assert (by_job["artist"]["action_rating"], by_job["artist"]["gender"]) == (7, "female")
    assert by_job["artist"]["phone_brand"] is None
    assert (members["action_lovers"], members["romance_lovers"]) == (2, 0)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"users": None}, "has no file users.csv"),
        ({"movies": None}, "has no file items.csv or movies.csv"),
        ({"ratings": "userId,movieId\n1,10\n"}, "has no column 'rating'. It has: userId, movieId"),
        ({"ratings": "userId,movieId,rating\n1,10,11\n"}, "between 11 and 11, not within 0 to 10"),
        ({"ratings": "userId,movieId,rating\n1,10,good\n"}, "a rating is no number"),
        ({"ratings": ""}, "can't be read as CSV"),
    ],
)
def test_a_folder_that_lacks_something_says_what(changed: dict[str, str | None], message: str, tmp_path: Path):
    with pytest.raises(UsageError, match=message):
        take_films(given(tmp_path / "mine", **changed), tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_ratings_without_a_time_are_old_and_of_ten_stay(tmp_path: Path):
    take_films(given(tmp_path / "mine", ratings="user_id,item,Rating\n1,10,9\n"), tmp_path / "data")
    lines = (tmp_path / "data" / "ratings.csv").read_text(encoding="utf-8").replace('"', "").splitlines()
    assert lines == ["userId,movieId,rating,timestamp,scale", "1,10,9,2000-01-01T00:00:00Z,10"]


def test_other_examples_take_no_data(tmp_path: Path):
    with pytest.raises(UsageError, match=r"takes no data of others\. Examples that do: films"):
        prepare("shop", tmp_path, data=tmp_path)


def test_equal_seeds_give_equal_files(tmp_path: Path):
    for name in ("one", "other"):
        simulate_films(tmp_path / name, 50, 3)
    for file in ("data/users.csv", "data/ratings.csv", "data/items.csv", "truth/differences.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes()
    with pytest.raises(UsageError, match="at least 1 user"):
        simulate_films(tmp_path, 0, 1)
