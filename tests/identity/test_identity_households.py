"""Households: who shares a phone or an address, and who does not live together for all that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from huaxiang.core.moments import Moment
from huaxiang.identity import Previous, resolve_identity
from huaxiang.identity.capacity import grouped
from huaxiang.identity.spec import HouseholdKey, HouseholdsSpec, IdentifierSpec, IdentitySpec
from huaxiang.identity.stay import Former, stay
from huaxiang.store import DuckEngine

Row = dict[str, Any]
AT = Moment.parse("2026-03-01", "Asia/Shanghai")
COLUMNS = ("name", "city", "address", "birthday", "customer_type")
IDS = ("member_no", "phone", "landline")


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def spec_of(*by: Any, **more: Any) -> IdentitySpec:
    identifiers = {
        "member_no": IdentifierSpec(priority=1, single=True),
        "phone": IdentifierSpec(priority=2, limit=3, junk=("110",), pattern=None),
        "landline": IdentifierSpec(priority=3, links=False),
    }
    return IdentitySpec(identifiers=identifiers, households=HouseholdsSpec(by=by, **more))


def records_of(engine: DuckEngine, rows: list[Row]) -> Any:
    arrays: dict[str, Any] = {
        "_source": pa.array(["crm"] * len(rows), pa.string()),
        "_record_key": pa.array([str(place) for place, _ in enumerate(rows)], pa.string()),
        "registered_at": pa.array(
            [datetime(2020, 1, 1 + row.get("day", 1), tzinfo=UTC) for row in rows], pa.timestamp("us", "UTC")
        ),
    }
    arrays |= {name: pa.array([row.get(name) for row in rows], pa.string()) for name in COLUMNS}
    arrays |= {f"id_{name}": pa.array([row.get(name) for row in rows], pa.string()) for name in IDS}
    return engine.create("accepted_records", pa.table(arrays), step="fixture")


def build(
    engine: DuckEngine, rows: list[Row], spec: IdentitySpec, previous: Previous | None = None, **tables: Any
) -> Any:
    return resolve_identity(engine, {"records": records_of(engine, rows), **tables}, spec, previous, AT)


def read(engine: DuckEngine, name: str) -> list[Row]:
    return engine.rows(engine.table(name), step="read")


def homes(engine: DuckEngine) -> set[frozenset[str]]:
    """The record keys of the members of each household."""
    identity = {row["customer_no"]: row["record_key"] for row in read(engine, "identity")}
    found: dict[str, set[str]] = {}
    for row in read(engine, "household_members"):
        found.setdefault(row["household_id"], set()).add(identity[row["customer_no"]])
    return {frozenset(keys) for keys in found.values()}


FAMILY = [{"member_no": "A", "phone": "1391"}, {"member_no": "B", "phone": "1391"}, {"member_no": "C", "phone": "1392"}]


def test_a_family_that_shares_a_phone_is_one_household_of_two_customers(engine: DuckEngine) -> None:
    build(engine, FAMILY, spec_of("phone"))
    assert homes(engine) == {frozenset({"0", "1"})}
    (household,) = read(engine, "households")
    assert (household["size"], household["shares"]) == (2, "phone")
    attributes = {row["customer_no"]: row for row in read(engine, "attributes")}
    assert sorted((row["household_members"] or 0) for row in attributes.values()) == [0, 2, 2]
    assert sorted(filter(None, (row["household_role"] for row in attributes.values()))) == ["head", "member"]


def test_a_value_over_its_limit_that_joins_nobody_may_still_tell_a_household(engine: DuckEngine) -> None:
    rows = [{"phone": "1391"} for _ in range(4)]  # four records, but the limit is three
    build(engine, rows, spec_of("phone", limit=4))
    assert homes(engine) == {frozenset("0123")}


def test_a_value_that_too_many_share_makes_no_household_and_is_reported(engine: DuckEngine) -> None:
    rows = [{"member_no": str(n), "phone": "1391234567"} for n in range(5)]
    build(engine, rows, spec_of("phone", limit=4))
    assert homes(engine) == set()
    assert read(engine, "households") == []
    issue = {"kind": "shared", "shares": "phone", "value": "139****4567", "customers": 5, "limit": 4}
    assert read(engine, "household_issues") == [issue]


def test_junk_never_makes_a_household(engine: DuckEngine) -> None:
    build(engine, [{"member_no": "A", "phone": "110"}, {"member_no": "B", "phone": "110"}], spec_of("phone"))
    assert homes(engine) == set()


def test_a_landline_that_never_joins_customers_joins_households(engine: DuckEngine) -> None:
    build(engine, [{"member_no": "A", "landline": "021"}, {"member_no": "B", "landline": "021"}], spec_of("landline"))
    assert homes(engine) == {frozenset("01")}


def test_an_address_counts_however_it_is_spelled_but_only_with_a_house(engine: DuckEngine) -> None:
    rows = [
        {"address": "上海市浦东新区世纪大道８号"},
        {"address": "浦東新區 世纪大道8号", "city": "上海"},
        {"address": "浦东新区世纪大道8号", "city": "北京"},
        {"address": "南京市玄武区中山路"},
        {"address": "南京市玄武区中山路"},
        {"address": "10 Main Street", "city": "Leeds"},
        {"address": "10  main street", "city": "Leeds"},
    ]
    build(engine, rows, spec_of("address"))
    assert homes(engine) == {frozenset("01"), frozenset("56")}


def test_the_surname_keeps_neighbours_apart(engine: DuckEngine) -> None:
    address = "上海市世纪大道8号"
    names = ("欧阳明", "欧阳芳", "欧文", "John Smith", "Ann SMITH", None)
    rows = [{"address": address, "name": name} for name in names]
    build(engine, rows, spec_of({"on": "address", "surname": True}))
    assert homes(engine) == {frozenset("01"), frozenset("34")}
    assert {row["shares"] for row in read(engine, "households")} == {"address + surname"}


def test_several_attributes_must_all_be_equal(engine: DuckEngine) -> None:
    rows = [{"city": "上海", "birthday": "1"}, {"city": "上海", "birthday": "1"}, {"city": "上海"}]
    build(engine, rows, spec_of({"on": ["city", "birthday"]}))
    assert homes(engine) == {frozenset("01")}


def test_keys_chain_until_a_household_would_be_too_large(engine: DuckEngine) -> None:
    rows = [
        {"member_no": "A", "phone": "1391", "landline": "021"},
        {"member_no": "B", "phone": "1391"},
        {"member_no": "C", "landline": "021", "address": "上海世纪大道8号"},
        {"member_no": "D", "address": "上海世纪大道8号"},
    ]
    build(engine, rows, spec_of("phone", "landline", "address", limit=4))
    assert homes(engine) == {frozenset("0123")}
    assert [row["shares"] for row in read(engine, "households")] == ["phone, landline, address"]
    # Of at most three, the weakest key is refused: D is alone.
    build(engine, rows, spec_of("phone", "landline", "address", limit=3))
    assert homes(engine) == {frozenset("012")}
    assert [(row["kind"], row["shares"]) for row in read(engine, "household_issues")] == [("crowded", "address")]
    assert [row["shares"] for row in read(engine, "households")] == ["phone, landline"]


def test_a_condition_says_who_may_be_in_a_household(engine: DuckEngine) -> None:
    rows = [{**row, "customer_type": "company" if place == 1 else "person"} for place, row in enumerate(FAMILY)]
    build(engine, rows, spec_of("phone", where="customer_type <> 'company'"))
    assert homes(engine) == set()


def test_the_head_registered_first_or_has_the_highest_value(engine: DuckEngine) -> None:
    rows = [{**FAMILY[0], "day": 2, "birthday": "1960"}, {**FAMILY[1], "day": 1, "birthday": "1990"}]
    for spec, head in ((spec_of("phone"), "1"), (spec_of("phone", head="0 - number(birthday)"), "0")):
        build(engine, rows, spec)
        (household,) = read(engine, "households")
        owner = {row["customer_id"]: row["record_key"] for row in read(engine, "identity")}
        assert owner[household["head"]] == head


def test_a_role_is_what_the_head_calls_the_member(engine: DuckEngine) -> None:
    rows = [{**row, "landline": "021", "day": place} for place, row in enumerate(FAMILY)]
    relations = engine.create(
        "accepted_relations",
        pa.table(
            {
                "_source": ["social"] * 3,
                "kind": ["child", "parent", "spouse"],
                "other": ["B", "A", "A"],
                "id_member_no": ["A", "B", "C"],
            }
        ),
        step="fixture",
    )
    build(engine, rows, spec_of("landline"), relations=relations)
    owner = {row["customer_no"]: row["record_key"] for row in read(engine, "identity")}
    roles = {owner[row["customer_no"]]: row["role"] for row in read(engine, "household_members")}
    # A calls B a child; that B calls A a parent says nothing about B. C is A's spouse, as A is C's.
    assert roles == {"0": "head", "1": "child", "2": "spouse"}


def copied(engine: DuckEngine) -> Previous:
    """The tables of this build under other names, as the next one sees them."""
    names = ("customers", "identity", "identifiers", "household_members")
    former = {name: engine.create(f"former_{name}", engine.table(name), step="copy") for name in names}
    return Previous(former["customers"], former["identity"], former["identifiers"], former)


def test_a_household_names_its_own_members_when_customers_before_them_are_gone(engine: DuckEngine) -> None:
    """Customers keep their numbers from build to build, so numbers have gaps."""
    build(engine, [*FAMILY, {"member_no": "Y"}, {"member_no": "Z"}], spec_of("phone"))
    before = homes(engine)
    build(engine, FAMILY, spec_of("phone"), copied(engine))
    assert before == {frozenset({"0", "1"})}
    ids = {row["customer_no"]: row["customer_id"] for row in read(engine, "customers")}
    assert max(ids) >= len(ids)
    members = read(engine, "household_members")
    assert len(members) == 2
    assert all(ids[row["customer_no"]] == row["customer_id"] for row in members)


def test_a_household_keeps_its_id_when_members_come_and_go(engine: DuckEngine) -> None:
    build(engine, FAMILY, spec_of("phone"))
    (before,) = read(engine, "households")
    child = {"member_no": "D", "phone": "1391"}
    build(engine, [*FAMILY, child], spec_of("phone"), copied(engine))
    (after,) = read(engine, "households")
    assert (after["household_id"], after["size"]) == (before["household_id"], 3)


@pytest.mark.parametrize("rows", [[], [{"member_no": "A"}], FAMILY])
def test_equal_inputs_give_equal_households_whatever_their_order(engine: DuckEngine, rows: list[Row]) -> None:
    build(engine, rows, spec_of("phone", "address"))
    there = [(row["size"], row["shares"]) for row in read(engine, "households")]
    build(engine, rows[::-1], spec_of("phone", "address"))
    assert [(row["size"], row["shares"]) for row in read(engine, "households")] == there


def test_without_records_nobody_lives_together(engine: DuckEngine) -> None:
    resolve_identity(engine, {}, spec_of("phone", "address"), None, AT)
    assert read(engine, "household_members") == []


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=4, unique=True), max_size=8), st.integers(2, 5))
def test_groups_are_those_of_a_naive_union_with_a_limit(values: list[list[int]], limit: int) -> None:
    rows = [(member, number) for number, members in enumerate(values) for member in members]
    member, value = (np.array([row[side] for row in rows], np.int64) for side in (0, 1))
    found, refused = grouped(10, member, value, limit)
    # Values in order, each joined as a whole or not at all.
    groups = [{member} for member in range(10)]
    for members in values:
        touched = [group for group in groups if group & set(members)]
        if len(set().union(*touched)) <= limit:
            groups = [group for group in groups if group not in touched] + [set().union(*touched)]
    assert {frozenset(np.flatnonzero(found == label).tolist()) for label in found} == {frozenset(g) for g in groups}
    assert all(found[label] == label for label in found)
    joined = {number for number, members in enumerate(values) if any(set(members) <= group for group in groups)}
    assert {number for number in range(len(values)) if number not in joined} <= refused


def test_ids_of_groups_follow_the_larger_share_and_new_ones_never_take_a_used_id() -> None:
    (fresh,) = set(stay("h_", np.array([5, 5]), ["a", "b"], Former()))
    former = Former(["h_1", "h_1", "h_1", fresh], ["a", "b", "c", "x"])
    ids = stay("h_", np.array([1, 1, 2, 2, 3]), ["a", "b", "c", "d", "e"], former)
    assert ids[0] == ids[1] == "h_1"
    assert len({ids[0], ids[2], ids[4], fresh}) == 4


def test_a_definition_needs_a_key() -> None:
    with pytest.raises(ValidationError):
        HouseholdsSpec(by=())
    assert HouseholdsSpec(by="phone").by == (HouseholdKey(on=("phone",)),)
