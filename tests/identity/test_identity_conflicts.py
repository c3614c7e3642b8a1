"""Two values of a single type are two customers, whatever chain connects them: against a naive oracle."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.identity import IdentityResult, Previous, resolve_identity, with_customer
from huaxiang.identity.forest import Value, resolve_apart
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
TYPES = ("member_no", "id_card", "phone")
RULES = IdentitySpec(
    identifiers={
        "member_no": IdentifierSpec(priority=1, single=True),
        "id_card": IdentifierSpec(priority=2, single=True, links=False, pattern=None),
        "phone": IdentifierSpec(priority=3, pattern=None, limit=50),
    }
)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def resolved(
    engine: DuckEngine,
    records: list[Row],
    spec: IdentitySpec = RULES,
    events: list[Row] | None = None,
    previous: Previous | None = None,
) -> IdentityResult:
    tables = {}
    for name, rows in (("records", records), ("events", events or [])):
        columns = {
            "_source": [row.get("source", "crm") for row in rows],
            "_record_key": [row["key"] for row in rows],
            **{f"id_{type_}": [row.get(type_) for row in rows] for type_ in TYPES},
            "app": [row.get("app") for row in rows],
        }
        content = pa.table({column: pa.array(values, pa.string()) for column, values in columns.items()})
        tables[name] = engine.create(f"accepted_{name}", content, step="fixture")
    return resolve_identity(engine, tables, spec, previous)


def partition(engine: DuckEngine, result: IdentityResult) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in engine.rows(result.identity, step="read"):
        found.setdefault(row["customer_id"], set()).add(row["record_key"])
    return {frozenset(keys) for keys in found.values()}


def issues(engine: DuckEngine, result: IdentityResult) -> list[tuple[Any, ...]]:
    rows = engine.rows(result.issues, step="read")
    return [tuple(row[key] for key in ("type", "kind", "records", "single", "one", "other")) for row in rows]


# -- the graph alone ------------------------------------------------------------------------------------------


def reach(links: set[tuple[Any, Any]], start: Any) -> set[Any]:
    """All vertices that hang together with one, by walking."""
    seen, open_ = {start}, [start]
    while open_:
        vertex = open_.pop()
        for a, b in links:
            for here, there in ((a, b), (b, a)):
                if here == vertex and there not in seen:
                    seen.add(there)
                    open_.append(there)
    return seen


def oracle(nodes: int, values: list[Value], same: list[tuple[int, int]]) -> set[frozenset[int]]:
    """The nodes of each component: links are tried one group at a time, and judged by walking the whole graph."""
    links: set[tuple[Any, Any]] = {(("n", a), ("n", b)) for a, b in same}
    claims: set[tuple[Any, int, int]] = set()  # vertex, single type, value

    def consistent(tried: set[tuple[Any, Any]], said: set[tuple[Any, int, int]]) -> bool:
        for vertex, _, _ in said:
            there = [(single, value) for other, single, value in said if other in reach(tried, vertex)]
            if len(set(there)) > len({single for single, _ in there}):
                return False
        return True

    for number, value in enumerate(values):
        if value.links and value.single is not None:
            claims.add((("v", number), value.single, number))
        groups = {
            frozenset(h for h in value.holders if ("n", h) in reach(links, ("n", node))) for node in value.holders
        }
        for group in sorted(groups, key=lambda group: (-len(group), min(group))):
            if value.links:
                tried = links | {(("n", node), ("v", number)) for node in group}
                links = tried if consistent(tried, claims) else links
            elif value.single is not None:
                said = claims | {(("n", node), value.single, number) for node in group}
                claims = said if consistent(links, said) else claims
    return {frozenset(n for kind, n in reach(links, ("n", node)) if kind == "n") for node in range(nodes)}


NODES = 7
VALUES = st.lists(
    st.builds(
        Value,
        holders=st.lists(st.integers(0, NODES - 1), min_size=1, max_size=4, unique=True),
        single=st.none() | st.sampled_from([0, 1]),
        links=st.just(True),
    )
    | st.builds(
        Value,
        holders=st.lists(st.integers(0, NODES - 1), min_size=1, max_size=3, unique=True),
        single=st.just(2),
        links=st.just(False),
    ),
    max_size=7,
)
SAME = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=2)


@given(values=VALUES, same=SAME)
@settings(max_examples=150, deadline=None)
def test_components_are_those_of_a_naive_oracle(values: list[Value], same: list[tuple[int, int]]) -> None:
    result = resolve_apart(NODES, values, same)
    of_nodes, of_values, refusals = result.nodes, result.values, result.refusals
    found: dict[int, set[int]] = {}
    for node, component in enumerate(of_nodes):
        found.setdefault(component, set()).add(node)
    assert {frozenset(nodes) for nodes in found.values()} == oracle(NODES, values, same)
    # A link that was not cut holds, one that was cut joins nobody, and no component has two values of a type.
    cut = {(refusal.node, refusal.value) for refusal in refusals}
    held: dict[tuple[int, int], set[int]] = {}
    for number, value in enumerate(values):
        for node in value.holders:
            if (node, number) not in cut:
                assert not value.links or of_values[number] == of_nodes[node]
                if value.single is not None:
                    held.setdefault((of_nodes[node], value.single), set()).add(number)
    assert all(len(numbers) == 1 for numbers in held.values())


@given(values=VALUES, same=SAME)
@settings(max_examples=60, deadline=None)
def test_without_single_types_nothing_is_cut(values: list[Value], same: list[tuple[int, int]]) -> None:
    free = [value._replace(single=None) for value in values if value.links]
    assert resolve_apart(NODES, free, same).refusals == []


# -- the whole step -------------------------------------------------------------------------------------------

RECORDS = st.lists(
    st.fixed_dictionaries(
        {
            "key": st.integers(0, 12).map(str),
            "member_no": st.none() | st.sampled_from("ABCD"),
            "id_card": st.none() | st.sampled_from("XYZ"),
            "phone": st.none() | st.sampled_from(["1391", "1392", "1393", "1394"]),
        }
    ),
    max_size=14,
)


@given(records=RECORDS, seed=st.integers())
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_customer_has_two_single_values_and_the_order_of_rows_never_matters(
    engine: DuckEngine, records: list[Row], seed: int
) -> None:
    result = resolved(engine, records)
    seen: dict[tuple[str, str], set[str]] = {}
    for row in engine.rows(result.identifiers, step="read"):
        if row["type"] != "phone":
            seen.setdefault((row["customer_no"], row["type"]), set()).add(row["value"])
    assert all(len(values) == 1 for values in seen.values())
    assert {key for group in partition(engine, result) for key in group} == {row["key"] for row in records}
    before = [engine.rows(table, step="read") for table in (result.identity, result.identifiers, result.issues)]
    random.Random(seed).shuffle(records)
    again = resolved(engine, records)
    assert [engine.rows(table, step="read") for table in (again.identity, again.identifiers, again.issues)] == before


def test_a_phone_does_not_join_two_members_and_stays_with_most_of_its_holders(engine: DuckEngine) -> None:
    records = [
        {"key": "1", "member_no": "A", "phone": "13911110000"},
        {"key": "2", "member_no": "B", "phone": "13911110000"},
        {"key": "3", "member_no": "B", "phone": "13911110000"},
        {"key": "4", "phone": "13911110000"},
    ]
    result = resolved(engine, records)
    assert partition(engine, result) == {frozenset("1"), frozenset("234")}
    assert issues(engine, result) == [("phone", "conflict", 1, "member_no", "B****", "A****")]


def test_a_long_chain_is_cut_at_its_weakest_link(engine: DuckEngine) -> None:
    # A and B hang together by two phones; the one that more records share is the weaker.
    chain = [
        {"key": "1", "member_no": "A", "phone": "1391"},
        {"key": "2", "phone": "1391"},
        {"key": "2", "phone": "1392"},
        {"key": "3", "member_no": "B", "phone": "1392"},
        {"key": "4", "member_no": "B", "phone": "1392"},
    ]
    assert partition(engine, resolved(engine, chain)) == {frozenset("12"), frozenset("34")}


def test_a_single_type_that_does_not_link_keeps_apart_all_the_same(engine: DuckEngine) -> None:
    records = [{"key": "1", "id_card": "X", "phone": "1391"}, {"key": "2", "id_card": "Y", "phone": "1391"}]
    assert partition(engine, resolved(engine, records)) == {frozenset("1"), frozenset("2")}
    same = [{**row, "id_card": "X"} for row in records]
    assert partition(engine, resolved(engine, same)) == {frozenset("12")}


def test_a_stronger_identifier_joins_in_spite_of_a_weaker_single_one(engine: DuckEngine) -> None:
    records = [{"key": "1", "member_no": "A", "id_card": "X"}, {"key": "2", "member_no": "A", "id_card": "Y"}]
    result = resolved(engine, records)
    assert partition(engine, result) == {frozenset("12")}
    # Of equally many holders the smaller value stays; Y is cut from its record.
    assert issues(engine, result) == [("id_card", "conflict", 1, "id_card", "Y****", "X****")]


def test_equal_values_of_different_scopes_name_different_people(engine: DuckEngine) -> None:
    records = [
        {"key": "1", "source": "mini", "phone": "1391", "app": "a"},
        {"key": "2", "source": "mini", "phone": "1391", "app": "b"},
        {"key": "3", "source": "shop", "phone": "1391", "app": "a"},
    ]
    event = {"key": "e", "source": "shop", "phone": "1391", "app": "b"}
    for scope, groups in (("app", {frozenset("13"), frozenset("2")}), ("source", {frozenset("12"), frozenset("3")})):
        spec = IdentitySpec(identifiers={"phone": IdentifierSpec(pattern=None, scope=scope)})
        result = resolved(engine, records, spec, [event])
        assert partition(engine, result) == groups
        owned = with_customer(engine.table("accepted_events"), result.identifiers, result.types)
        ids = {row["record_key"]: row["customer_no"] for row in engine.rows(result.identity, step="read")}
        expected = ids["2"] if scope == "app" else ids["3"]
        assert [row["customer_no"] for row in engine.rows(owned, step="read")] == [expected]


def test_a_value_far_more_frequent_than_others_of_its_type_is_junk_below_its_limit_too(engine: DuckEngine) -> None:
    # 120 phones of one holder each, and one of 30: 30 is above 20 times the usual 1, and below the limit of 50.
    records = [{"key": f"a{n}", "phone": f"1390001{n:04}"} for n in range(120)]
    records += [{"key": f"b{n}", "phone": "13812345670"} for n in range(30)]
    result = resolved(engine, records)
    assert len(partition(engine, result)) == 150
    assert issues(engine, result) == [("phone", "frequent", 30, None, None, None)]


@pytest.mark.parametrize(
    ("type_", "value", "is_junk"),
    [
        ("phone", "+8611111111111", True),
        ("phone", "000000", True),
        ("phone", "+8613800138000", True),
        ("phone", "+8613911112222", False),
        ("email", "test@anything.cn", True),
        ("email", "Test1@qq.com", True),
        ("email", "noreply@shop.cn", True),
        ("email", "testa.rossa@shop.it", False),
        ("imei", "000000000000000", True),
        ("device_id", "00:00:00:00:00:00", True),
        ("device_id", "00:1b:63:84:45:e6", False),
    ],
)
def test_placeholders_are_known_without_being_listed(engine: DuckEngine, type_: str, value: str, is_junk: bool) -> None:
    content = pa.table({"_source": ["crm"] * 2, "_record_key": ["1", "2"], f"id_{type_}": [value] * 2})
    records = engine.create("accepted_records", content, step="fixture")
    result = resolve_identity(engine, {"records": records}, IdentitySpec())
    assert len(partition(engine, result)) == (2 if is_junk else 1)
