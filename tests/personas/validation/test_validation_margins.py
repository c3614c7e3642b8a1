"""Margins as people write them: what is read, and what is refused with which words."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest

from huaxiang.core.findings import Finding
from huaxiang.personas.validation.margins import check_cells, market, population, read_cells
from huaxiang.personas.validation.spec import BenchmarkSpec, MarketSpec

SHARED = Path("/work/shared/data/china_marginals")
VALUES = {"gender": ("female", "male")}


def spec(**more: Any) -> BenchmarkSpec:
    given = {
        "file": "m.csv",
        "tags": {"sex": "gender", "age": "age_band"},
        "values": {"sex": {"F": "female", "M": "male"}},
    }
    return BenchmarkSpec(**{**given, **more})  # type: ignore[arg-type]


def long(*rows: tuple[str, str, str]) -> list[dict[str, str]]:
    return [{"dimension": dimension, "value": value, "share": share} for dimension, value, share in rows]


def found(rows: list[dict[str, Any]], of: BenchmarkSpec | MarketSpec | None = None) -> list[Finding]:
    asked = of or spec()
    cells, findings = read_cells("validation 'm'", asked, rows)
    return findings or list(check_cells("validation 'm'", asked, cells, VALUES))


RIGHT = long(("sex", "F", "50"), ("sex", "M", "50"), ("age", "young", "60"), ("age", "old", "40"))


def test_right_margins_have_no_finding() -> None:
    assert found(RIGHT) == []


@pytest.mark.parametrize(
    ("row", "value", "code"),
    [
        (3, "4x", "margins_number"),
        (3, None, "margins_number"),
        (3, "-40", "margins_negative"),
        (3, "30", "margins_sum"),
        (1, "49", "margins_sum"),
    ],
)
def test_a_wrong_share_is_found(row: int, value: str | None, code: str) -> None:
    rows: list[dict[str, Any]] = [dict(each) for each in RIGHT]
    rows[row]["share"] = value
    assert [finding.code for finding in found(rows)] == [code]


def test_dimensions_that_differ_are_told_with_their_sums() -> None:
    (finding,) = found([*RIGHT[:3], {**RIGHT[3], "share": "30"}])
    assert "sex 100, age 90" in finding.message


def test_a_lonely_dimension_that_lacks_a_row_adds_up_to_neither_1_nor_100() -> None:
    (finding,) = found(long(("sex", "F", "0.5")), spec(tags={"sex": "gender"}, values={"sex": {"F": "female"}}))
    assert finding.code == "margins_sum"
    assert "0.5" in finding.message


def test_counts_of_people_are_shares_too() -> None:
    people = long(("sex", "F", "5,000"), ("sex", "M", "5000"), ("age", "young", "6000"), ("age", "old", "4000"))
    assert found(people) == []
    cells, _ = read_cells("m", spec(), people)
    margins = population(spec(), cells)
    assert margins.people == 10_000
    assert margins.shares == {"gender": {"female": 0.5, "male": 0.5}, "age_band": {"young": 0.6, "old": 0.4}}


def test_an_unknown_value_names_the_near_miss() -> None:
    (finding,) = found(RIGHT, spec(values={"sex": {"F": "femal", "M": "male"}}))
    assert finding.code == "unknown_value"
    assert "Did you mean 'female'?" in finding.remedy


def test_a_renamed_value_that_the_file_lacks_is_found() -> None:
    (finding,) = found(RIGHT, spec(values={"sex": {"F": "female", "M": "male", "X": "male"}}))
    assert finding.code == "unknown_value"


def test_a_dimension_without_rows_is_found() -> None:
    (finding,) = found(RIGHT, spec(tags={"sex": "gender", "ages": "age_band"}))
    assert (finding.code, finding.remedy) == ("margins_dimension", "Its dimensions: sex.")


def test_a_row_twice_is_found() -> None:
    findings = found([*RIGHT, RIGHT[0]])
    assert [finding.code for finding in findings] == ["margins_twice", "margins_sum"]


def test_a_missing_column_names_those_that_are_there() -> None:
    (finding,) = found([{"dimension": "sex", "value": "F", "shares": "1"}])
    assert finding.code == "unknown_column"
    assert "Did you mean 'share'" not in finding.remedy
    assert "shares" in finding.message


def test_a_crossed_table_is_summed_by_dimension() -> None:
    crossed = [
        {"Sex": "Male", "Age": "0-14", "Value": 500},
        {"Sex": "Male", "Age": "15-24", "Value": 700},
        {"Sex": "Female", "Age": "15-24", "Value": 300},
        {"Sex": "Female", "Age": "25+", "Value": 1000},
    ]
    of = BenchmarkSpec(
        file="m.csv",
        tags={"Sex": "gender", "Age": "age_band"},
        count="Value",
        values={"Sex": {"Male": "male", "Female": "female"}, "Age": {"0-14": None}},
    )
    assert found(crossed, of) == []
    cells, _ = read_cells("m", of, crossed)
    # 1,200 men and 1,300 women; without the children 1,000 and 1,000 are left.
    margins = population(of, cells)
    assert margins.shares == {"gender": {"male": 0.48, "female": 0.52}, "age_band": {"15-24": 0.5, "25+": 0.5}}
    assert margins.people == 2_000


def test_values_that_are_renamed_alike_are_one() -> None:
    rows = long(("age", "60-64", "30"), ("age", "65+", "30"), ("age", "young", "40"))
    of = spec(tags={"age": "age_band"}, values={"age": {"60-64": "old", "65+": "old"}})
    assert found(rows, of) == []
    cells, _ = read_cells("m", of, rows)
    assert population(of, cells).shares == {"age_band": {"old": 0.6, "young": 0.4}}


def test_a_market_needs_not_be_whole_and_keeps_its_bases() -> None:
    of = MarketSpec(file="m.csv", tags={"brand": "brand"}, persona="fans", base="n")
    rows = [{"dimension": "brand", "value": "A", "share": "30%", "n": "1,200"}]
    assert found(rows, of) == []
    cells, _ = read_cells("m", of, rows)
    margins = market(of, cells)
    assert margins.shares == {"brand": {"A": pytest.approx(0.3)}}
    assert margins.bases == {("brand", "A"): 1200}


def test_only_rows_that_meet_the_conditions_count() -> None:
    rows = [{**row, "year": year} for year in ("2010", "2020") for row in RIGHT]
    rows[0]["share"] = "wrong"
    assert found(rows, spec(where={"year": "2020"})) == []
    assert found(rows, spec(where={"yaer": "2020"}))[0].code == "unknown_column"
    assert found(rows, spec(where={"year": "1999"}))[0].code == "margins_dimension"


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs the public data in /work/shared/data/china_marginals")
def test_published_tables_of_china_are_read_as_they_are() -> None:
    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((SHARED / name).read_text(encoding="utf-8").splitlines()))

    subset = {"age_group": {"65+ (subset of 60+)": None, "total": None}}
    census = BenchmarkSpec(file="c.csv", tags={"age_group": "age"}, count="population", values=subset)
    assert found(rows("census2020_national_age.csv"), census) == []
    cells, _ = read_cells("m", census, rows("census2020_national_age.csv"))
    shares = population(census, cells).shares["age"]
    # Bulletin no. 5 of the census: 17.95 %, 63.35 % and 18.70 %.
    assert {age: round(share * 100, 2) for age, share in shares.items()} == {
        "0-14": 17.95,
        "15-59": 63.35,
        "60+": 18.70,
    }
    world = BenchmarkSpec(
        file="w.csv",
        tags={"Sex": "gender", "AgeGrp": "age"},
        count="Value",
        where={"Year": "2020"},
        values={"Sex": {"Male": "male", "Female": "female"}},
    )
    assert found(rows("un_wpp_china_age_sex.csv"), world) == []
    cells, _ = read_cells("m", world, rows("un_wpp_china_age_sex.csv"))
    margins = population(world, cells)
    assert margins.people == pytest.approx(1.439e9, rel=0.01)
    assert set(margins.shares["gender"]) == {"male", "female"}
