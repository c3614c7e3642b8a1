"""`tags_at`: each pair of customer and moment as a build at that moment would see it; and pairs that make no sense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from moments_project import write_project

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.service.api import Project
from huaxiang.service.builds import Build
from huaxiang.tags import moments

# Within the night when clocks go forward (8 March), a minute after, days later, and the summer.
MOMENTS = ("2026-03-08T01:30:00", "2026-03-08T03:01:00", "2026-03-31T18:45:10.123456", "2026-05-20")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return hx.load(write_project(tmp_path_factory.mktemp("past")))


@pytest.fixture(scope="module")
def build(past: Project) -> Iterator[Build]:
    with past.build() as built:
        yield built


def profiles(build: Build) -> dict[str, dict[str, Any]]:
    return {row["customer_id"]: row for row in build.profiles.to_pyarrow().to_pylist()}


def everyone(build: Build, *moments: Any) -> pa.Table:
    ids = build.profiles.to_pyarrow()["customer_id"].to_pylist()
    pairs = [(customer, moment) for customer in ids for moment in moments]
    return pa.table({"customer_id": [a for a, _ in pairs], "moment": [b for _, b in pairs]})


def test_each_pair_equals_a_build_at_its_moment(past, build, monkeypatch):
    # Small chunks, so that customers and moments fall into several of them.
    monkeypatch.setattr(moments, "MOST_PAIRS", 100)
    compare_with_builds(past, build)


@pytest.mark.slow
@pytest.mark.parametrize(("zone", "seed"), [("Europe/London", 2), ("Asia/Shanghai", 3), ("Australia/Lord_Howe", 4)])
def test_pairs_equal_builds_in_other_time_zones_and_with_other_facts(tmp_path, zone, seed):
    project = hx.load(write_project(tmp_path, zone, customers=40, seed=seed))
    with project.build() as build:
        compare_with_builds(project, build)


def compare_with_builds(past: Project, build: Build) -> None:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in build.tags_at(everyone(build, *MOMENTS)).to_pylist():
        found[row.pop("customer_id"), row.pop("moment")] = row
    unknown = 0
    for moment in MOMENTS:
        with past.build(moment) as then:
            expected = profiles(then)
        for customer, row in expected.items():
            row.pop("customer_id")
            assert found[customer, moment] == row, (customer, moment)
        absent = [row for (customer, at), row in found.items() if at == moment and customer not in expected]
        unknown += len(absent)
        assert all(value is None for row in absent for value in row.values())
    assert unknown > 0


def test_at_the_snapshots_own_moment_the_values_are_those_of_the_profile(build):
    found = build.tags_at(everyone(build, build.moment.utc)).drop_columns(["moment"])
    expected = build.profiles.to_pyarrow()
    assert found.to_pylist() == expected.select(found.column_names).to_pylist()


def test_rows_and_further_columns_come_back_in_the_order_given(build):
    ids = build.profiles.to_pyarrow()["customer_id"].to_pylist()[:3]
    asked = pd.DataFrame(
        {
            "customer_id": [ids[2], ids[0], ids[2], ids[1]],
            "moment": pd.to_datetime(["2026-05-01", "2026-04-01", "2026-05-01", "2026-03-01"]).tz_localize("UTC"),
            "label": [1, 0, 1, 0],
        }
    )
    found = build.tags_at(asked, ["orders", "fifth"]).to_pandas()
    assert list(found.columns) == ["customer_id", "moment", "label", "orders", "fifth"]
    assert found["customer_id"].tolist() == asked["customer_id"].tolist()
    assert found["label"].tolist() == [1, 0, 1, 0]
    # The pair that stands there twice has its values twice.
    assert found.iloc[0].equals(found.iloc[2])


def test_a_customer_may_be_named_by_an_identifier_and_a_moment_by_its_day(build):
    asked = pa.table({"identifier": ["phone:139 0000 0001"], "moment": [date(2026, 5, 1)]})
    (row,) = build.tags_at(asked, ["advisor", "orders"]).to_pylist()
    assert row["advisor"] == "Lin"
    text = pa.table({"identifier": ["phone:13900000001"], "moment": ["2026-05-01T00:00:00-04:00"]})
    assert build.tags_at(text, ["orders"])["orders"].to_pylist() == [row["orders"]]


def test_many_pairs_are_written_part_by_part(build, tmp_path, monkeypatch):
    asked = everyone(build, *MOMENTS)
    whole = build.tags_at(asked, ["spend", "fifth"])
    monkeypatch.setattr(moments, "MOST_PAIRS", 50)
    assert build.write_tags_at(asked, tmp_path / "training.parquet", ["spend", "fifth"]) == asked.num_rows
    written = pq.read_table(tmp_path / "training.parquet")
    order = [("customer_id", "ascending"), ("moment", "ascending")]
    assert written.sort_by(order).to_pylist() == whole.sort_by(order).to_pylist()


def test_no_pair_is_an_answer_too(build):
    empty = pa.table({"customer_id": pa.array([], pa.string()), "moment": pa.array([], pa.timestamp("us", "UTC"))})
    found = build.tags_at(empty, ["orders"])
    assert (found.num_rows, found.column_names) == (0, ["customer_id", "moment", "orders"])


# -- pairs that make no sense -------------------------------------------------------------------------------------


def one(build: Build, moment: Any, **more: Any) -> pa.Table:
    return pa.table({"customer_id": build.profiles.limit(1).to_pyarrow()["customer_id"], "moment": [moment], **more})


def test_an_unknown_customer_is_named(build):
    with pytest.raises(NotFoundError, match=r"1 of the customers asked for .*: nobody"):
        build.tags_at(pa.table({"customer_id": ["nobody"], "moment": ["2026-05-01"]}))


def test_a_moment_after_the_snapshots_is_refused(build):
    with pytest.raises(UsageError, match=r"1 of the moments lie after that of the snapshot \(2026-06-01\)"):
        build.tags_at(one(build, "2026-06-01T00:00:01"))


def test_a_moment_without_time_zone_is_refused_with_the_way_to_give_it_one(build):
    with pytest.raises(UsageError, match=r"no time zone.*tz_localize\('America/New_York'\)"):
        build.tags_at(one(build, datetime(2026, 5, 1)))


@pytest.mark.parametrize(
    ("moment", "message"),
    [(None, "1 of the pairs have no moment"), ("soon", "neither a date"), (20260501, "not int64")],
)
def test_what_is_no_moment_is_refused(build, moment, message):
    with pytest.raises(UsageError, match=message):
        build.tags_at(one(build, moment))


def test_pairs_without_the_columns_or_with_a_tags_name_are_refused(build):
    with pytest.raises(UsageError, match="column 'customer_id'"):
        build.tags_at(pa.table({"who": ["x"], "moment": ["2026-05-01"]}))
    with pytest.raises(UsageError, match="column 'orders', which is also a tag"):
        build.tags_at(one(build, "2026-05-01", orders=[1]))
    with pytest.raises(UsageError, match="not as list"):
        build.tags_at([("x", "y")])


def test_an_unknown_tag_is_guessed(build):
    with pytest.raises(NotFoundError, match="Did you mean 'spend'"):
        build.tags_at(one(build, datetime(2026, 5, 1, tzinfo=UTC)), ["spendd"])


def test_too_many_moments_for_what_compares_or_selects_are_refused_with_the_tags(build, monkeypatch):
    asked = everyone(build, *MOMENTS)
    monkeypatch.setattr(moments, "MOST_COMPARED", 10)
    monkeypatch.setattr(moments, "MOST_SELECTS", 2)
    with pytest.raises(UsageError, match="champion: compared with all"):
        build.tags_at(asked, ["champion"])
    with pytest.raises(UsageError, match="largest: a SELECT runs once for each moment"):
        build.tags_at(asked, ["largest"])
    build.tags_at(asked, ["orders"])
