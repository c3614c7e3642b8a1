"""What people say about who is who: it wins over everything, the later over the earlier, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lineage import START, Lineage, apart, record, same

from huaxiang.core.decisions import Decision, Undoing
from huaxiang.store import DuckEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


@pytest.fixture
def lineage(engine: DuckEngine) -> Lineage:
    return Lineage(engine)


def groups(ids: dict[str, str]) -> set[frozenset[str]]:
    """The records of each customer."""
    return {frozenset(name for name in ids if ids[name] == each) for each in ids.values()}


def one(*names: str) -> frozenset[str]:
    return frozenset(names)


def test_records_that_people_call_one_person_are_one_customer(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="2"), record("crm/3", phone="3")]
    ids = lineage.build(records, decisions=[same(1, "crm/1", "crm/3")])
    assert groups(ids) == {one("crm/1", "crm/3"), one("crm/2")}
    assert lineage.status() == {1: "applied"}


def test_a_decision_joins_also_what_single_types_keep_apart(lineage):
    records = [record("crm/1", member_no="m1", phone="1"), record("crm/2", member_no="m2", phone="1")]
    assert len(groups(lineage.build(records))) == 2
    assert len(groups(lineage.build(records, decisions=[same(1, "crm/1", "crm/2")]))) == 1


def test_a_decision_keeps_apart_who_shares_an_identifier_and_says_what_was_cut(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="1"), record("crm/3", phone="1")]
    ids = lineage.build(records, decisions=[apart(1, ["crm/2"], ["crm/1", "crm/3"])])
    assert groups(ids) == {one("crm/1", "crm/3"), one("crm/2")}
    (cut,) = [row for row in lineage.rows("identity_links") if row["cut"]]
    assert (cut["source"], cut["record_key"], cut["value"]) == ("crm", "2", "1")
    assert [row["kind"] for row in lineage.rows("identity_issues")] == ["decided"]


def test_of_decisions_that_contradict_each_other_the_later_one_counts_and_the_other_says_which(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="2"), record("crm/3", phone="3")]
    decisions = [same(1, "crm/1", "crm/2"), apart(2, ["crm/1"], ["crm/2"]), same(3, "crm/2", "crm/3")]
    assert groups(lineage.build(records, decisions=decisions)) == {one("crm/1"), one("crm/2", "crm/3")}
    assert lineage.status() == {1: "contradicted", 2: "applied", 3: "applied"}
    details = {row["decision"]: row["detail_en"] for row in lineage.rows("identity_decisions")}
    assert details[1] == "A later decision says otherwise: 2."
    # The moment counts, not the number: a file may bring an earlier decision later.
    decisions = [same(1, "crm/1", "crm/2", hour=9), apart(2, ["crm/1"], ["crm/2"], hour=5)]
    assert one("crm/1", "crm/2") in groups(lineage.build(records, decisions=decisions))
    assert lineage.status() == {1: "applied", 2: "contradicted"}


def test_a_chain_of_decisions_can_not_go_around_a_later_one(lineage):
    records = [record(f"crm/{key}", phone=key) for key in "abc"]
    decisions = [same(1, "crm/a", "crm/b"), same(2, "crm/b", "crm/c"), apart(3, ["crm/a"], ["crm/c"])]
    assert groups(lineage.build(records, decisions=decisions)) == {one("crm/a"), one("crm/b", "crm/c")}
    assert lineage.status() == {1: "contradicted", 2: "applied", 3: "applied"}


def test_a_decision_about_records_that_have_vanished_waits_for_them(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="2")]
    decisions = [same(1, "crm/1", "crm/9"), apart(2, ["crm/1"], ["old/7"]), same(3, "crm/1", "crm/2", "crm/9")]
    assert len(groups(lineage.build(records, decisions=decisions))) == 1
    assert lineage.status() == {1: "vanished", 2: "vanished", 3: "applied"}
    details = {row["decision"]: row["detail_en"] for row in lineage.rows("identity_decisions")}
    assert details[1] == "Too few of its records are in this build's data. Missing: crm/9."
    assert details[3] == "Not in this build's data: crm/9."
    ids = lineage.build([*records, record("crm/9", phone="9")], decisions=decisions)
    assert len(groups(ids)) == 1
    assert lineage.status() == {1: "applied", 2: "vanished", 3: "applied"}


def test_an_undone_decision_changes_nothing(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="2")]
    undone = same(1, "crm/1", "crm/2", undone=Undoing("li", START))
    assert len(groups(lineage.build(records, decisions=[undone]))) == 2
    assert lineage.rows("identity_decisions") == []


def test_identifiers_stand_for_those_who_have_them(lineage):
    records = [record("crm/1", phone="1"), record("crm/2", phone="2"), record("crm/3", email="x@y.z")]
    facts = [{"source": "web", "phone": "7"}]
    ids = lineage.build(records, facts, decisions=[same(1, "phone:1", "email:x@y.z", "phone:7")])
    assert groups(ids) == {one("crm/1", "crm/3"), one("crm/2")}
    seven = {row["customer_no"] for row in lineage.rows("identifiers") if row["value"] in ("1", "7")}
    assert len(seven) == 1


def test_an_identifier_that_names_nobody_or_several_people_applies_to_nobody(lineage):
    crowd = [record(f"crm/{n}", phone="5") for n in range(9)]
    scoped = [record("a/1", openid="o"), record("b/1", openid="o"), record("c/1", phone="1")]
    decisions = [
        same(1, "phone:5", "c/1"),
        same(2, "openid:o", "c/1"),
        same(3, "openid:o@a", "c/1"),
        same(4, "x:1", "c/1"),
    ]
    ids = lineage.build([*crowd, *scoped], decisions=decisions)
    assert lineage.status() == {1: "vanished", 2: "vanished", 3: "applied", 4: "vanished"}
    assert one("a/1", "c/1") in groups(ids)


KEYS = [f"crm/{letter}" for letter in "abcdef"]
PAIRS = st.tuples(st.booleans(), st.sampled_from(list(combinations(KEYS, 2))))


@pytest.mark.slow
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(PAIRS, max_size=8), phones=st.lists(st.sampled_from("123"), min_size=6, max_size=6))
def test_pairs_come_out_as_the_latest_decisions_that_agree_say(engine, said, phones):
    """The oracle takes decisions the latest first and leaves out each that those before it exclude."""
    decisions = [
        same(n, *pair) if together else apart(n, pair[:1], pair[1:]) for n, (together, pair) in enumerate(said, 1)
    ]
    lineage = Lineage(engine)
    ids = lineage.build(
        [record(key, phone=phone) for key, phone in zip(KEYS, phones, strict=True)], decisions=decisions
    )
    kept: list[Decision] = []
    for decision in reversed(decisions):
        if _consistent([*kept, decision]):
            kept.append(decision)
    for decision in kept:
        a, b = decision.references
        assert (ids[a] == ids[b]) is (decision.kind == "same"), (decision, ids)
    expected = {decision.number: "applied" if decision in kept else "contradicted" for decision in decisions}
    assert lineage.status() == expected


def _consistent(decisions: list[Decision]) -> bool:
    home = {key: key for key in KEYS}
    for decision in decisions:
        if decision.kind == "same":
            a, b = (home[key] for key in decision.references)
            home = {key: a if place == b else place for key, place in home.items()}
    return all(home[d.records[0]] != home[d.others[0]] for d in decisions if d.kind == "apart")
