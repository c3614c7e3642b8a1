"""The measures of health on graphs small enough to count by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from huaxiang.identity import Previous, resolve_identity
from huaxiang.identity.health import MEASURES, write_health
from huaxiang.identity.health.bridges import GROUP
from huaxiang.identity.health.check import check_health
from huaxiang.identity.health.figures import Facts
from huaxiang.identity.health.run import health_table, show
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec, LimitsSpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
TYPES = ("member_no", "phone", "email")
RULES = IdentitySpec(
    identifiers={
        "member_no": IdentifierSpec(priority=1, single=True),
        "phone": IdentifierSpec(priority=3, pattern=r"^[0-9]+$", limit=8, junk=("000",)),
        "email": IdentifierSpec(priority=4, pattern=None, limit=100_000),
    }
)


@pytest.fixture
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


def checked(
    engine: DuckEngine,
    records: list[Row],
    previous: Previous | None = None,
    former: Any = None,
    spec: IdentitySpec = RULES,
) -> dict[str, Row]:
    """The measures of the identity of `records`, by name."""
    texts = ("_source", "_record_key", *(f"id_{type_}" for type_ in TYPES), "name", "birthday")
    rows = [{f"id_{k}" if k in TYPES else k: v for k, v in row.items()} for row in records]
    content = pa.table(
        {
            name: pa.array([row.get(name, "crm" if name == "_source" else None) for row in rows], pa.string())
            for name in texts
        }
    )
    table = engine.create("accepted_records", content, step="test")
    resolve_identity(engine, {"records": table}, spec, previous)
    health = write_health(engine, spec, table, previous, former)
    return {row["measure"]: row for row in engine.rows(health, step="test")}


def record(key: str, **more: str) -> Row:
    return {"_record_key": key, **more}


def values(measures: dict[str, Row], *names: str) -> list[float | None]:
    return [measures[name]["value"] for name in names]


def test_records_and_identifiers_per_customer_are_counted(engine: DuckEngine) -> None:
    # Three records by one phone, of whom one has a mail address; one record alone: 4 / 2 records, 3 / 2 identifiers.
    found = checked(
        engine,
        [record("1", phone="1"), record("2", phone="1", email="a"), record("3", phone="1"), record("4", phone="2")],
    )
    assert values(found, "customers", "records") == [2, 4]
    assert values(found, "records_mean", "records_p50", "records_p99", "records_max") == [2, 1, 3, 3]
    assert values(found, "identifiers_mean", "identifiers_p99", "identifiers_max") == [1.5, 2, 2]


def test_singletons_count_only_where_sources_could_meet(engine: DuckEngine) -> None:
    one = [record("1", phone="1"), record("2", phone="2")]
    alone = checked(engine, one)["singletons"]
    assert (alone["value"], alone["level"]) == (None, "green")
    assert alone["reason_en"] == "Records come from one source only, so nothing needs to come together."
    two = checked(engine, [*one, record("1", _source="till", phone="3")])["singletons"]
    assert (two["value"], two["level"]) == (1.0, "red")


def test_records_that_nothing_names_are_counted(engine: DuckEngine) -> None:
    # 2 has junk, 3 nonsense, 4 nothing.
    found = checked(engine, [record("1", phone="1"), record("2", phone="000"), record("3", phone="x"), record("4")])
    assert values(found, "unidentified", "junk", "invalid", "over_limit") == [0.75, 0.25, 0.25, 0]
    assert found["unidentified"]["level"] == "red"
    assert found["unidentified"]["reason_en"] == "75% of the records (3) have no usable identifier and stay alone."
    assert found["over_limit"]["reason_zh"] == "没有标识值超出共用上限。"


def test_a_record_that_is_there_twice_is_named_where_one_of_its_rows_is(engine: DuckEngine) -> None:
    found = checked(engine, [record("1", phone="x"), record("1", phone="1"), record("2", phone="x"), record("2")])
    assert values(found, "records", "unidentified", "invalid") == [2, 0.5, 1]


def test_a_value_over_its_limit_is_counted_once_per_record(engine: DuckEngine) -> None:
    found = checked(engine, [record(str(n), phone="5", email=f"m{n}") for n in range(9)] + [record("a", email="m0")])
    assert values(found, "over_limit", "records_max", "unidentified") == [0.9, 2, 0]
    assert found["over_limit"]["reason_en"].endswith("for its type (values: 1).")


def test_links_that_were_cut_are_conflicts(engine: DuckEngine) -> None:
    found = checked(engine, [record("1", member_no="A", phone="1"), record("2", member_no="B", phone="1")])
    assert values(found, "conflicts", "customers") == [0.5, 2]
    assert found["conflicts"]["level"] == "red"


def test_three_birthdays_are_a_contradiction_and_two_a_slip_of_the_pen(engine: DuckEngine) -> None:
    three = [record(f"a{n}", phone="1", birthday=f"199{n}-01-01") for n in range(3)]
    two = [record(f"b{n}", phone="2", birthday=f"199{n % 2}-01-01") for n in range(3)]
    found = checked(engine, [*three, *two])
    assert found["mixed"]["value"] == 0.5
    rows = engine.rows(engine.table("identity_clusters"), step="test")
    assert sorted(row["birthdays"] for row in rows) == [2, 3]


def group(name: str, records: int = GROUP) -> list[Row]:
    return [record(f"{name}{n}", email=f"{name}@x") for n in range(records)]


def bridges(engine: DuckEngine) -> list[Row]:
    return engine.rows(engine.table("identity_bridges"), step="test")


def test_a_value_that_alone_holds_two_groups_together_is_a_bridge(engine: DuckEngine) -> None:
    # Two of each group share a phone: without it, four and four records.
    people = [*group("a"), *group("b")]
    for row in (people[0], people[1], people[4], people[5]):
        row["phone"] = "15912345678"
    found = checked(engine, people)
    [bridge] = bridges(engine)
    assert (bridge["kind"], bridge["type"], bridge["value"]) == ("value", "phone", "159****5678")
    assert (bridge["records"], bridge["one"], bridge["other"]) == (8, 4, 4)
    assert values(found, "bridges") == [1.0]


def test_a_record_that_alone_holds_two_groups_together_is_a_bridge(engine: DuckEngine) -> None:
    people = [*group("a", 5), *[record(f"b{n}", phone="7") for n in range(4)]]
    people[0]["phone"] = "7"
    checked(engine, people)
    [bridge] = bridges(engine)
    assert (bridge["kind"], bridge["value"], bridge["one"], bridge["other"]) == ("record", "crm#a0", 4, 4)


def test_two_groups_that_hold_together_twice_have_no_bridge(engine: DuckEngine) -> None:
    people = [*group("a"), *group("b")]
    people[0]["phone"] = people[4]["phone"] = "1"
    people[1]["phone"] = people[5]["phone"] = "2"
    found = checked(engine, people)
    assert (bridges(engine), found["bridges"]["value"]) == ([], 0)


def test_a_family_that_shares_a_phone_is_no_bridge(engine: DuckEngine) -> None:
    checked(engine, [record(str(n), phone="1", email=f"m{n}") for n in range(8)])
    assert bridges(engine) == []


def test_a_match_that_alone_holds_two_groups_together_is_a_bridge(engine: DuckEngine) -> None:
    # The graph as fuzzy matching would leave it: one customer, whose groups one match joins.
    people = [*group("a"), *group("b")]
    checked(engine, people)
    for name in ("identity", "identity_nodes", "identifiers"):
        table = engine.table(name)
        engine.create(name, engine.arrow(table.mutate(customer_no=table.customer_no * 0), step="t"), step="t")
    customers = pa.table({"customer_no": [0], "customer_id": ["c"], "records": [8]})
    engine.create("customers", customers, step="t")
    match = {
        "left_source": ["crm"],
        "left_key": ["a0"],
        "right_source": ["crm"],
        "right_key": ["b0"],
        "status": ["joined"],
        "probability": [0.9],
    }
    engine.create("identity_matches", pa.table(match), step="t")
    found = {row["measure"]: row for row in engine.rows(write_health(engine, RULES, None), step="t")}
    [bridge] = bridges(engine)
    assert (bridge["kind"], bridge["value"], bridge["other"]) == ("match", "crm#a0 ↔ crm#b0", 4)
    assert (found["precision"]["value"], found["precision"]["level"]) == (0.9, "red")
    assert (found["review"]["value"], found["mixed"]["value"]) == (0, None)


def test_growth_is_measured_against_the_former_build(engine: DuckEngine) -> None:
    before = [record("1", phone="1"), record("2", phone="2"), record("3", phone="3"), record("4", phone="4")]
    health = checked(engine, before)
    assert health["merged"]["value"] is None
    kept = {name: engine.arrow(engine.table(name), step="t") for name in ("customers", "identity", "identifiers")}
    former = engine.create("former_health", engine.arrow(engine.table("identity_health"), step="t"), step="t")
    previous = Previous(**{name: engine.create(f"former_{name}", rows, step="t") for name, rows in kept.items()})
    # 1 and 2 come together, 4 is gone, 5 is new.
    after = [record("1", phone="1"), record("2", phone="1"), record("3", phone="3"), record("5", phone="5")]
    found = checked(engine, after, previous, former)
    assert values(found, "records_growth", "customers_growth", "merged", "gone") == [0, -0.25, 0.25, 0.25]
    assert [found[name]["before"] for name in ("customers", "records_max")] == [4, 1]
    assert found["customers_growth"]["reason_en"].endswith("changed by -25%.")
    assert found["merged"]["level"] == "red"


def test_an_empty_project_is_measured_without_complaint(engine: DuckEngine) -> None:
    found = checked(engine, [])
    assert {row["level"] for row in found.values()} == {"green"}
    assert values(found, "customers", "records", "records_max", "bridges", "singletons") == [0, 0, None, None, None]
    assert engine.rows(engine.table("identity_clusters"), step="test") == []


def test_a_single_customer_is_measured(engine: DuckEngine) -> None:
    found = checked(engine, [record("1", phone="1")])
    assert values(found, "customers", "records_mean", "records_p99", "bridges") == [1, 1, 1, 0]
    assert {row["level"] for row in found.values()} == {"green"}


def test_a_customer_of_a_hundred_thousand_records_is_measured_and_red(engine: DuckEngine) -> None:
    count = 100_000
    records = [record(str(n), email=f"m{n // 2}") for n in range(count)]
    for n in range(1, count - 1, 2):
        records[n]["member_no"] = records[n + 1]["member_no"] = f"M{n}"  # a chain of pairs
    rules = IdentitySpec(
        identifiers={
            "member_no": IdentifierSpec(priority=1, single=False, pattern=None),
            "email": IdentifierSpec(priority=4, pattern=None),
        }
    )
    found = checked(engine, records, spec=rules)
    assert values(found, "customers", "records_max", "bridges") == [1, count, 1]
    assert found["records_max"]["level"] == "red"
    [bridge] = bridges(engine)
    assert (bridge["one"], bridge["other"]) == (count // 2, count // 2)


def test_working_tables_of_health_are_dropped(engine: DuckEngine) -> None:
    checked(engine, [record("1", phone="1")])
    assert not [name for name in engine.names() if name.startswith("_identity_bridge")]


def test_a_project_moves_the_limits_and_null_is_never() -> None:
    facts = Facts(dict.fromkeys(MEASURES, None) | {"records_max": 60.0, "junk": 0.5}, {"junk": 3})
    limits = {"records_max": LimitsSpec(amber=50), "junk": LimitsSpec(amber=None, red=None)}
    rows = {row["measure"]: row for row in health_table(facts, limits, {}).to_pylist()}
    assert [rows["records_max"][name] for name in ("level", "amber", "red")] == ["amber", 50, 1000]
    assert [rows["junk"][name] for name in ("level", "amber", "red")] == ["green", None, None]
    assert rows["records_max"]["remedy_zh"]
    assert not rows["junk"]["remedy_en"]


@pytest.mark.parametrize("name", MEASURES)
def test_every_measure_tells_its_reason_and_remedy_in_both_languages(name: str) -> None:
    measure = MEASURES[name]
    texts = [measure.label, measure.reason, *([measure.remedy] if measure.amber is not None else [])]
    assert all(text.en and text.zh and text.en != text.zh for text in texts)
    assert "{value}" in measure.reason.en
    assert "{value}" in measure.reason.zh
    if measure.amber is not None and measure.red is not None:
        assert (measure.red < measure.amber) is (measure.side == "low")


def test_values_are_written_with_the_digits_that_tell_something() -> None:
    assert [show(0.25, "share"), show(0.00123, "share"), show(-0.5, "share", signed=True)] == [
        "25%",
        "0.123%",
        "-50%",
    ]
    assert [show(1234.0, "count"), show(2.146, "number"), show(7.0, "number")] == ["1,234", "2.15", "7"]


def test_a_measure_that_does_not_exist_and_limits_in_the_wrong_order_are_findings() -> None:
    health = {
        "record_max": LimitsSpec(amber=5),
        "records_max": LimitsSpec(amber=2000),
        "precision": LimitsSpec(red=0.995),
        "junk": LimitsSpec(amber=None, red=0.01),
    }
    found = {finding.code: finding for finding in check_health(IdentitySpec(health=health))}
    assert set(found) == {"unknown_measure", "limits_reversed"}
    assert found["unknown_measure"].remedy == "Did you mean 'records_max'?"
    assert (
        found["limits_reversed"].message
        == "health 'precision': it would be red above 0.995 before it is amber at 0.99."
    )
