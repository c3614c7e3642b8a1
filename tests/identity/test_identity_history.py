"""No id changes but by a merge or a split that is recorded, with what speaks for it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from lineage import SPEC, Lineage, Row, apart, record, same

from huaxiang.core.decisions import Undoing
from huaxiang.identity.spec import IdentifierSpec, IdentitySpec
from huaxiang.store import DuckEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


@pytest.fixture
def lineage(engine: DuckEngine) -> Lineage:
    return Lineage(engine)


WANG, LI, SHOP = record("crm/1", phone="100"), record("crm/2", email="li@x.cn"), record("pos/1", phone="100")


def told(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    return [(row["kind"], row["evidence"]) for row in rows]


def value(type_: str, shown: str, one: str | None, other: str | None, **more: Any) -> Row:
    link = {"kind": "value", "type": type_, "value": shown, "one": one, "other": other, **more}
    return {key: said for key, said in link.items() if said is not None}


def test_the_first_build_has_no_history_and_nothing_happens_where_nothing_changes(lineage):
    lineage.build([WANG, LI])
    assert lineage.history() == []
    lineage.build([LI, WANG])
    assert lineage.history() == []


def test_a_merge_is_explained_by_the_value_that_both_have_now(lineage):
    lineage.build([WANG, LI])
    lineage.build([{**WANG, "email": "li@x.cn"}, LI])
    # Of equal customers the smaller id stays: that of crm/2.
    (row,) = lineage.history()
    assert (row["kind"], row["build"]) == ("merged", "build 1")
    assert row["evidence"] == [value("email", "l****", "crm/1", "crm/2")]


def test_a_merge_over_a_new_record_is_explained_by_its_two_links(lineage):
    before = lineage.build([WANG, LI, SHOP])
    after = lineage.build([WANG, LI, SHOP, record("web/1", phone="100", email="li@x.cn")])
    # The customer of two records keeps its id.
    assert set(after.values()) == {before["crm/1"]}
    (row,) = lineage.history()
    assert (row["customer_id"], row["other"], row["records"]) == (before["crm/1"], before["crm/2"], 2)
    assert row["evidence"] == [value("email", "l****", "crm/2", "web/1"), value("phone", "1****", "web/1", "crm/1")]


def test_a_merge_over_facts_says_so(lineage):
    lineage.build([WANG, LI, SHOP])
    lineage.build([WANG, LI, SHOP], [{"source": "web", "phone": "100", "email": "li@x.cn"}])
    assert told(lineage.history()) == [
        ("merged", [value("email", "l****", "crm/2", None), value("phone", "1****", None, "crm/1")])
    ]


def test_a_merge_of_somebody_of_whom_only_a_value_is_left_names_the_value(lineage):
    lineage.build([WANG, SHOP, LI])
    lineage.build([WANG, {**SHOP, "email": "li@x.cn"}])
    assert told(lineage.history()) == [("merged", [value("email", "l****", None, "pos/1")])]


def test_a_merge_by_decision_names_who_decided_and_its_undoing_explains_the_split(lineage):
    decision = same(7, "crm/1", "crm/2", reason="asked")
    before = lineage.build([WANG, LI, SHOP])
    lineage.build([WANG, LI, SHOP], decisions=[decision])
    said = {"kind": "decision", "decision": 7, "one": "crm/2", "other": "crm/1"}
    assert told(lineage.history(1)) == [("merged", [said | {"by": "li", "reason": "asked"}])]
    undone = same(7, "crm/1", "crm/2", reason="asked", undone=Undoing("zhao", decision.at, "wrong"))
    after = lineage.build([WANG, LI, SHOP], decisions=[undone])
    assert after == before
    assert told(lineage.history(2)) == [("split", [said | {"by": "zhao", "reason": "wrong", "now": "undone"}])]
    assert len(lineage.history()) == 2


def test_a_split_by_decision_says_what_it_cut(lineage):
    lineage.build([WANG, SHOP, record("app/1", phone="100")])
    lineage.build([WANG, SHOP, record("app/1", phone="100")], decisions=[apart(3, ["crm/1"], ["pos/1", "app/1"])])
    ((kind, (first, second)),) = told(lineage.history())
    assert (kind, first["decision"], first["now"]) == ("split", 3, "kept_apart")
    assert (second["type"], second["now"]) == ("phone", "decided")


def test_a_split_says_that_a_value_is_on_too_many_records_now(lineage):
    family = [record(f"crm/{n}", phone="100", email=f"{n}@x.cn") for n in range(3)]
    lineage.build(family)
    lineage.build([*family, record("crm/3", phone="100")])
    rows = lineage.history()
    assert {row["kind"] for row in rows} == {"split"}
    assert {(link["type"], link["now"]) for row in rows for link in row["evidence"]} == {("phone", "over_limit")}


def test_a_split_says_that_a_single_type_cut_the_value(lineage):
    lineage.build([{**WANG, "member_no": "m1"}, SHOP])
    lineage.build([{**WANG, "member_no": "m1"}, {**SHOP, "member_no": "m2"}])
    assert [(kind, [link["now"] for link in links]) for kind, links in told(lineage.history())] == [
        ("split", ["single"])
    ]


def test_a_split_says_that_a_record_changed_or_is_gone(lineage):
    bridge = record("web/1", phone="100", email="li@x.cn")
    lineage.build([WANG, LI, bridge])
    lineage.build([WANG, LI, {**bridge, "email": "wang@x.cn"}])
    assert {(link["type"], link["now"]) for _, links in told(lineage.history(1)) for link in links} == {
        ("email", "changed")
    }
    again = Lineage(lineage.engine)
    again.build([WANG, LI, bridge])
    again.build([WANG, LI])
    assert {link["now"] for _, links in told(again.history(1)) for link in links} == {"gone"}


def test_a_type_that_no_longer_joins_explains_the_split(lineage):
    lineage.build([WANG, SHOP])
    lineage.spec = IdentitySpec(identifiers={**SPEC.identifiers, "phone": IdentifierSpec(links=False, pattern=None)})
    lineage.build([WANG, SHOP])
    assert [link["now"] for _, links in told(lineage.history()) for link in links] == ["lookup"]


def test_a_former_snapshot_without_a_graph_gives_a_history_without_evidence(lineage):
    lineage.build([WANG, SHOP])
    former = lineage.previous
    assert former is not None
    lineage.previous = type(former)(former.customers, former.identity, former.identifiers)
    lineage.build([WANG, {**SHOP, "phone": "200"}])
    assert told(lineage.history()) == [("split", [])]


SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (5, 11)))


def drawn(chance: random.Random, count: int) -> list[Row]:
    """Records with few values, so that they meet."""
    rows = []
    for number in range(count):
        row = record(f"{chance.choice(['crm', 'pos'])}/{number}")
        for type_, share in (("member_no", 0.3), ("phone", 0.6), ("email", 0.4), ("openid", 0.2)):
            if chance.random() < share:
                row[type_] = f"{type_[0]}{chance.randrange(count)}"
        rows.append(row)
    return rows


@pytest.mark.parametrize("seed", SEEDS)
def test_every_change_of_an_id_is_a_recorded_merge_or_split(engine, seed):
    chance = random.Random(seed)
    lineage, rows = Lineage(engine), drawn(chance, 40)
    before = lineage.build(rows, rows[30:])
    for build in (1, 2):
        decisions = []
        if chance.random() < 0.5:
            pair = chance.sample([f"{row['source']}/{row['key']}" for row in rows], 2)
            decisions = [same(build, *pair) if chance.random() < 0.5 else apart(build, pair[:1], pair[1:])]
        kept = [row for row in rows if chance.random() > 0.03]
        more = [row | {"key": f"{build}-{row['key']}"} for row in drawn(chance, 40)[: chance.randrange(1, 6)]]
        changed = [row | {"phone": "p1"} if chance.random() < 0.03 else row for row in kept]
        rows = [*changed, *more]
        after = lineage.build(rows, rows[30:40], decisions)
        history = lineage.history(build)
        recorded = {
            (row["other"], row["customer_id"]) for row in history if row["kind"] in ("merged", "split", "moved")
        }
        differing = {
            (before[name], after[name]) for name in before.keys() & after.keys() if before[name] != after[name]
        }
        assert differing <= recorded, (seed, build)
        # An id that is in use is nobody else's, and an id that ended went into one that is in use.
        merged = {row["other"] for row in history if row["kind"] == "merged"}
        assert not merged & set(after.values())
        assert all(row["evidence"] for row in history if row["kind"] == "merged"), history
        before = after
    assert len({row["build"] for row in lineage.history()}) <= 2
