"""Records that share an identifier are one customer: against a union-find written for the test."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.identity import IdentityResult, Previous, resolve_identity, with_customer
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
TYPES = ("member_no", "phone", "cookie")
LIMITED = IdentitySpec(
    identifiers={
        "member_no": IdentifierSpec(limit=4, pattern=None, single=False),
        "phone": IdentifierSpec(limit=3, pattern=r"^[0-9]+$"),
        "cookie": IdentifierSpec(limit=2),
    }
)
NO_CONFLICT = {"single": None, "one": None, "other": None}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def accepted(engine: DuckEngine, name: str, rows: list[Row]) -> Any:
    """The accepted table of `rows`, which give identifiers by type, `_source` and `_record_key`."""
    columns = ["_source", "_record_key", *(f"id_{type_}" for type_ in TYPES)]
    arrays = {c: pa.array([row.get(c) or row.get(c.removeprefix("id_")) for row in rows], pa.string()) for c in columns}
    return engine.create(f"accepted_{name}", pa.table(arrays), step="fixture")


def resolved(
    engine: DuckEngine,
    records: list[Row],
    events: list[Row] = (),  # type: ignore[assignment]
    spec: IdentitySpec = LIMITED,
    previous: Previous | None = None,
) -> IdentityResult:
    tables = {"records": accepted(engine, "records", records), "events": accepted(engine, "events", list(events))}
    return resolve_identity(engine, tables, spec, previous)


def groups(engine: DuckEngine, result: IdentityResult) -> dict[str, set[tuple[str, str]]]:
    """The records of each customer by id."""
    found: dict[str, set[tuple[str, str]]] = {}
    for row in engine.rows(result.identity, step="read"):
        found.setdefault(row["customer_id"], set()).add((row["source"], row["record_key"]))
    return found


def partition(engine: DuckEngine, result: IdentityResult) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(members) for members in groups(engine, result).values()}


def keep(engine: DuckEngine, result: IdentityResult) -> Previous:
    """The result as the next build sees it."""
    copied = {
        name: engine.create(f"former_{name}", engine.arrow(getattr(result, name), step="copy"), step="copy")
        for name in ("customers", "identity", "identifiers")
    }
    return Previous(**copied)


class UnionFind:
    """The oracle's forest."""

    def __init__(self) -> None:
        self.parent: dict[Any, Any] = {}

    def find(self, item: Any) -> Any:
        while self.parent.setdefault(item, item) != item:
            item = self.parent[item]
        return item

    def union(self, a: Any, b: Any) -> None:
        self.parent[self.find(a)] = self.find(b)


def oracle(records: list[Row], events: list[Row]) -> tuple[set[frozenset[tuple[str, str]]], list[Any]]:
    """The records of each customer, and for each event a mark of its customer (None: nobody)."""
    limits = {"member_no": 4, "phone": 3, "cookie": 2}
    values = [[(t, row[t]) for t in TYPES if row.get(t)] for row in (*records, *events)]
    holders: dict[Any, set[Any]] = {}
    for i, own in enumerate(values):
        is_record = i < len(records)
        # A fact is held by its strongest identifier, TYPES being in order of strength.
        holder = (records[i]["_source"], records[i]["_record_key"]) if is_record else own[:1] and own[0]
        for value in own:
            holders.setdefault(value, set()).add(("record" if is_record else "fact", holder))
    good = {
        value
        for value, held in holders.items()
        if len(held) <= limits[value[0]] and (value[0] != "phone" or value[1].isdigit())
    }
    forest = UnionFind()
    for i, own in enumerate(values):
        usable = [value for value in own if value in good]
        if i < len(records):
            usable.insert(0, ("record", records[i]["_source"], records[i]["_record_key"]))
        for a, b in pairwise(usable):
            forest.union(a, b)
    members: dict[Any, set[tuple[str, str]]] = {}
    for row in records:
        key = (row["_source"], row["_record_key"])
        members.setdefault(forest.find(("record", *key)), set()).add(key)
    owners = []
    for own in values[len(records) :]:
        usable = [value for value in own if value in good]
        owners.append(forest.find(usable[0]) if usable else None)
    return {frozenset(group) for group in members.values()}, owners


def rows_of(size: int) -> st.SearchStrategy[list[Row]]:
    row = st.fixed_dictionaries(
        {
            "_source": st.sampled_from(["crm", "pos"]),
            "_record_key": st.integers(0, 40).map(str),
            "member_no": st.none() | st.sampled_from("ABCDEFGHIJKLMNOPQRST"),
            "phone": st.none() | st.sampled_from(["x", *map(str, range(1, 26))]),
            "cookie": st.none() | st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
        }
    )
    return st.lists(row, max_size=size)


@given(records=rows_of(60), events=rows_of(40), seed=st.integers())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_customers_are_those_of_an_independent_union_find(
    engine: DuckEngine, records: list[Row], events: list[Row], seed: int
) -> None:
    result = resolved(engine, records, events)
    expected, owners = oracle(records, events)
    assert partition(engine, result) == expected
    attached = engine.rows(
        with_customer(engine.table("accepted_events"), result.identifiers, result.types), step="attach"
    )
    assert len(attached) == len(events)
    # Equal marks of the oracle and equal numbers go together, row by row.
    key = ("_source", "_record_key", *(f"id_{t}" for t in TYPES))
    marks = {
        tuple(e.get(c) or e.get(c.removeprefix("id_")) for c in key): o for e, o in zip(events, owners, strict=True)
    }
    pairs = {(marks[tuple(row[c] for c in key)], row["customer_no"]) for row in attached}
    assert len({mark for mark, _ in pairs}) == len({number for _, number in pairs}) == len(pairs)
    assert all((mark is None) == (number is None) for mark, number in pairs)
    # The order of rows changes nothing, the ids included.
    before = groups(engine, result)
    random.Random(seed).shuffle(records)
    random.Random(seed).shuffle(events)
    assert groups(engine, resolved(engine, records, events)) == before


@given(records=rows_of(50), more=rows_of(12), fewer=st.integers(0, 8))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_customers_whose_records_stay_the_same_keep_their_id(
    engine: DuckEngine, records: list[Row], more: list[Row], fewer: int
) -> None:
    first = resolved(engine, records)
    before, former = groups(engine, first), keep(engine, first)
    again = groups(engine, resolved(engine, records, previous=former))
    assert again == before
    later = resolved(engine, records[fewer:] + more, previous=former)
    after = groups(engine, later)
    for customer_id, members in before.items():
        same = [other for other, theirs in after.items() if theirs == members]
        assert same in ([], [customer_id])
    known = {row["customer_id"]: row["customer_no"] for row in engine.rows(former.customers, step="read")}
    numbers = {row["customer_id"]: row["customer_no"] for row in engine.rows(later.customers, step="read")}
    if len(numbers.keys() | known.keys()) > 2 * len(numbers):
        # More numbers would be free than are in use: everybody gets a new one.
        assert [numbers[customer] for customer in sorted(numbers)] == [*range(len(numbers))]
        return
    # A number goes with its id and is nobody else's, so there are gaps where customers are gone.
    assert {customer: number for customer, number in numbers.items() if customer in known}.items() <= known.items()
    assert len(set(numbers.values()) | set(known.values())) == len(numbers.keys() | known.keys())


def test_ids_do_not_change_when_unrelated_records_arrive_even_without_a_former_build(engine: DuckEngine) -> None:
    first = groups(engine, resolved(engine, [{"_source": "crm", "_record_key": "5", "phone": "1"}]))
    more = [{"_source": "crm", "_record_key": key, "phone": f"9{key}"} for key in "1234"]
    then = groups(engine, resolved(engine, [*more, {"_source": "crm", "_record_key": "5", "phone": "1"}]))
    assert first.items() <= then.items()


def test_a_merged_customer_keeps_the_id_of_the_larger_part_and_the_merge_is_told(engine: DuckEngine) -> None:
    large = [{"_source": "crm", "_record_key": key, "phone": "1"} for key in "12"]
    small = [{"_source": "pos", "_record_key": "7", "member_no": "A"}]
    first = resolved(engine, large + small)
    before = {next(iter(members))[0]: customer_id for customer_id, members in groups(engine, first).items()}
    bridge = [{"_source": "app", "_record_key": "0", "phone": "1", "member_no": "A"}]
    then = resolved(engine, large + small + bridge, previous=keep(engine, first))
    assert list(groups(engine, then)) == [before["crm"]]
    # The smaller customer had one record and one identifier.
    assert engine.rows(then.changes, step="read") == [
        {"customer_id": before["crm"], "kind": "merged", "other": before["pos"], "records": 2}
    ]


def test_a_split_leaves_the_id_with_the_larger_part_and_gives_the_other_a_new_one(engine: DuckEngine) -> None:
    # The record with the smallest key is the anchor of the id, and it goes with the smaller part.
    alone = {"_source": "crm", "_record_key": "1", "phone": "1"}
    rest = [{"_source": "crm", "_record_key": key, "member_no": "A"} for key in "23"]
    bridge = {"_source": "app", "_record_key": "0", "phone": "1", "member_no": "A"}
    first = resolved(engine, [alone, *rest, bridge])
    (former_id,) = groups(engine, first)
    then = resolved(engine, [alone, *rest], previous=keep(engine, first))
    after = {tuple(sorted(members)): customer_id for customer_id, members in groups(engine, then).items()}
    assert after[("crm", "2"), ("crm", "3")] == former_id
    new_id = after[(("crm", "1"),)]
    assert new_id != former_id
    assert engine.rows(then.changes, step="read") == [
        {"customer_id": new_id, "kind": "split", "other": former_id, "records": 2}
    ]


def test_a_new_customer_never_takes_an_id_that_another_holds(engine: DuckEngine) -> None:
    # Once split, the part that holds the anchor of the id would be given that very id by its anchor.
    records = [{"_source": "crm", "_record_key": key, "phone": "1"} for key in "123"]
    first = resolved(engine, records)
    (former_id,) = groups(engine, first)
    apart = [{**records[0], "phone": "8"}, *records[1:]]
    after = groups(engine, resolved(engine, apart, previous=keep(engine, first)))
    assert after[former_id] == {("crm", "2"), ("crm", "3")}
    assert len(after) == 2


def test_a_former_customer_of_whom_nothing_is_left_is_told(engine: DuckEngine) -> None:
    first = resolved(engine, [{"_source": "crm", "_record_key": "1", "phone": "1"}])
    (former_id,) = groups(engine, first)
    then = resolved(engine, [], previous=keep(engine, first))
    assert engine.rows(then.changes, step="read") == [
        {"customer_id": former_id, "kind": "gone", "other": None, "records": 2}
    ]


def test_a_value_over_its_limit_links_nobody_and_is_told_masked(engine: DuckEngine) -> None:
    shared = [{"_source": "crm", "_record_key": str(n), "phone": "13900000001"} for n in range(4)]
    result = resolved(engine, shared, [{"_source": "app", "_record_key": "e", "phone": "13900000001"}])
    assert len(partition(engine, result)) == 4
    assert engine.rows(result.identifiers, step="read") == []
    # Four records and one fact hold it.
    assert engine.rows(result.issues, step="read") == [
        {"type": "phone", "kind": "over_limit", "value": "139****0001", "values": 1, "records": 5, "limit": 3}
        | NO_CONFLICT
    ]
    events = with_customer(engine.table("accepted_events"), result.identifiers, result.types)
    assert [row["customer_no"] for row in engine.rows(events, step="read")] == [None]


def test_junk_and_malformed_values_link_nobody(engine: DuckEngine) -> None:
    rows = [
        {"_source": "crm", "_record_key": str(n), "phone": phone}
        for n, phone in enumerate(["x1", "x2", "00000000000", "00000000000"])
    ]
    result = resolved(engine, rows)
    assert len(partition(engine, result)) == 4
    assert engine.rows(result.issues, step="read") == [
        {"type": "phone", "kind": "invalid", "value": None, "values": 2, "records": 2, "limit": None} | NO_CONFLICT,
        {"type": "phone", "kind": "junk", "value": "000****0000", "values": 1, "records": 2, "limit": None}
        | NO_CONFLICT,
    ]


def test_a_member_with_many_cookies_is_not_over_the_limit_of_the_member_number(engine: DuckEngine) -> None:
    visits = [{"_source": "app", "_record_key": str(n), "member_no": "A", "cookie": f"c{n}"} for n in range(30)]
    result = resolved(engine, [{"_source": "crm", "_record_key": "1", "member_no": "A"}], visits)
    events = with_customer(engine.table("accepted_events"), result.identifiers, result.types)
    assert {row["customer_no"] for row in engine.rows(events, step="read")} == {0}


def test_a_tablet_used_by_many_members_joins_none_of_them(engine: DuckEngine) -> None:
    visits = [{"_source": "app", "_record_key": str(n), "member_no": f"M{n}", "cookie": "shared"} for n in range(3)]
    anonymous = [{"_source": "app", "_record_key": "9", "cookie": "shared"}]
    result = resolved(engine, [], visits + anonymous)
    events = with_customer(engine.table("accepted_events"), result.identifiers, result.types)
    numbers = {row["_record_key"]: row["customer_no"] for row in engine.rows(events, step="read")}
    assert sorted(numbers[key] for key in "012") == [0, 1, 2]
    assert numbers["9"] is None


def test_rows_of_one_source_with_one_key_are_one_record(engine: DuckEngine) -> None:
    rows = [{"_source": "crm", "_record_key": "1", "phone": str(phone)} for phone in (1, 2)]
    result = resolved(engine, rows)
    assert engine.rows(result.customers.select("records"), step="read") == [{"records": 1}]
    assert len(engine.rows(result.identifiers, step="read")) == 2


def test_a_type_that_does_not_link_is_kept_for_look_up_only(engine: DuckEngine) -> None:
    spec = IdentitySpec(identifiers={"cookie": IdentifierSpec(links=False)})
    rows = [{"_source": "crm", "_record_key": key, "cookie": "p"} for key in "12"]
    result = resolved(engine, rows, [{"_source": "app", "_record_key": "e", "cookie": "p"}], spec)
    assert len(partition(engine, result)) == 2
    assert len(engine.rows(result.identifiers, step="read")) == 2
    assert "cookie" not in result.types


def test_no_table_at_all_makes_no_customer(engine: DuckEngine) -> None:
    result = resolve_identity(engine, {}, IdentitySpec())
    assert engine.rows(result.customers, step="read") == []
    assert engine.rows(result.attributes, step="read") == []


@pytest.mark.parametrize("table", ["records", "events"])
def test_a_million_rows_with_one_phone_number_take_seconds(engine: DuckEngine, table: str) -> None:
    count = 1_000_000
    many = pa.table(
        {
            "_source": pa.array(["crm"] * count).dictionary_encode().cast(pa.string()),
            "_record_key": pa.array(range(count)).cast(pa.string()),
            "id_phone": pa.array(["13900000001"] * count),
        }
    )
    content = engine.create(f"accepted_{table}", many, step="fixture")
    result = resolve_identity(engine, {table: content}, IdentitySpec())
    # As records they are a million people with a shared number; as facts they are the doings of one.
    assert engine.arrow(result.customers, step="read").num_rows == (count if table == "records" else 1)
