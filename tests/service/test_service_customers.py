"""One customer, found by any spelling of an identifier, and the reasons for every value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from seen import profiles, tags_of

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.service.builds import Build

WANG = "phone:13900000001"


@pytest.mark.parametrize(
    "spelling",
    [
        "phone:13900000001",
        "phone:139 0000 0001",
        "phone:+86 139-0000-0001",
        "phone:8613900000001",
        "phone:１３９０００００００１",
        "email: Wang@X.cn",
    ],
)
def test_a_customer_is_found_by_any_spelling(build: Build, spelling: str):
    assert build.customer(spelling)["records"] == [
        {"source": "crm", "record_key": "1"},
        {"source": "crm", "record_key": "8"},
    ]


def test_a_customer_is_found_by_id_and_shows_identifiers_records_segments_and_tags(build: Build):
    number = build.customer(WANG)["customer_id"]
    found = build.customer(number)
    assert found["customer_id"] == number
    assert {(row["type"], row["value"]) for row in found["identifiers"]} == {
        ("email", "wang@x.cn"),
        ("phone", "+8613900000001"),
    }
    assert found["records"] == [{"source": "crm", "record_key": "1"}, {"source": "crm", "record_key": "8"}]
    assert {"buyers", "big"} <= set(found["segments"])
    assert found["tags"]["spend_ever"] == Decimal("1150.50")
    assert None not in found["tags"].values()
    assert "customer_no" not in found["tags"]


@pytest.mark.parametrize(
    ("who", "error", "message"),
    [
        ("phone:13999999999", NotFoundError, "Nobody is known by phone:13999999999"),
        ("phone:13800138000", NotFoundError, "Nobody is known by"),
        ("c_0000000000000000", NotFoundError, "There is no customer 'c_0000000000000000'. Look one up as type:value"),
        ("fone:1", UsageError, "'fone' is no type of identifier here. Types: email, phone"),
        ("phone:", NotFoundError, "Nobody is known by"),
    ],
)
def test_who_is_not_there_is_not_found(build: Build, who: str, error: type[Exception], message: str):
    with pytest.raises(error, match=message.replace("(", r"\(")):
        build.customer(who)


# -- why ------------------------------------------------------------------------------------------------------


def test_the_rows_behind_a_sum_are_those_that_were_summed_with_their_place_in_the_source(build: Build):
    found = build.why(WANG, "spend_90d")
    assert (found["kind"], found["value"], found["as_of"]) == ("aggregate", Decimal("1050.50"), "2026-03-01")
    (row,) = found["rows"]
    assert row["amount"] == Decimal("1050.50")
    assert (row["_source"], row["_file"], row["_row"], row["_record_key"]) == ("orders", "data/orders.csv", 2, "A2")


def _aggregates(build: Build, value: str) -> Iterator[str]:
    for tag in build.tags():
        definition = json.loads(tag["definition"])
        if tag["kind"] == "aggregate" and definition.get("value") == value:
            yield tag["name"]


@pytest.mark.parametrize("who", [WANG, pytest.param("phone:13900000002", marks=pytest.mark.slow)])
def test_the_rows_behind_every_count_and_sum_give_the_value_again(build: Build, who: str):
    tags = tags_of(build, who)
    counts, sums = list(_aggregates(build, "count()")), list(_aggregates(build, "sum(amount)"))
    assert len(counts) >= 6
    assert len(sums) >= 6
    for name in counts:
        found = build.why(who, name)
        assert len(found["rows"]) == found["rests_on"]["facts"] == tags[name], name
    for name in sums:
        assert sum(row["amount"] for row in build.why(who, name)["rows"]) == tags[name], name


def test_the_rows_behind_a_share_are_those_of_both_sides(build: Build):
    found = build.why(WANG, "average_order_value")
    amounts = [row["amount"] for row in found["rows"]]
    assert float(sum(amounts)) / len(amounts) == pytest.approx(float(found["value"]))


def test_behind_a_formula_are_the_tags_it_reads_and_what_is_behind_them(build: Build):
    found = build.why(WANG, "kind")
    assert (found["kind"], found["value"]) == ("rule", "big")
    inputs = {each["tag"]: each for each in found["tags"]}
    assert {name: each["value"] for name, each in inputs.items()} == {
        "orders_ever": 2,
        "spend_ever": Decimal("1150.50"),
    }
    assert len(inputs["spend_ever"]["rows"]) == 2


def test_behind_bins_is_the_tag_that_was_cut(build: Build):
    found = build.why(WANG, "half")
    assert (found["kind"], found["value"]) == ("bins", 2)
    assert [each["tag"] for each in found["tags"]] == ["spend_ever"]


def test_behind_an_attribute_is_the_record_that_it_came_from(build: Build):
    # Records 2 and 3 both name the town; 3 is newer.
    found = build.why("phone:13900000002", "home")
    assert (found["kind"], found["value"]) == ("attribute", "深圳")
    assert found["rows"] == [{"source": "crm", "record_key": "3"}]


def test_behind_sql_is_the_statement(build: Build):
    found = build.why(WANG, "widest")
    assert (found["kind"], found["value"]) == ("sql", 2)
    assert "max(quantity)" in found["definition"]["sql"]


@pytest.mark.slow
def test_every_value_of_a_customer_can_be_asked_why(build: Build):
    def values(found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        yield found["tag"], found["value"]
        for each in found.get("tags", ()):
            yield from values(each)

    number = build.customer(WANG)["customer_id"]
    tags = profiles(build)[number]
    for name in tags:
        for tag, value in values(build.why(number, name)):
            assert value == tags[tag]


def test_a_tag_that_is_not_there_is_not_found_with_the_near_miss(build: Build):
    with pytest.raises(NotFoundError, match=r"no tag 'spend_evr' in this build. Did you mean 'spend_ever'"):
        build.why(WANG, "spend_evr")
    with pytest.raises(NotFoundError, match="no tag 'customer_no'"):
        build.why(WANG, "customer_no")
