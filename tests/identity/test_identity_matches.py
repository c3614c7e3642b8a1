"""Fuzzy matching inside a project: what joins, what is to review, what single types forbid, and bad input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.core.errors import UsageError
from huaxiang.identity import resolve_identity
from huaxiang.identity.check import check_identity
from huaxiang.identity.components import Graph
from huaxiang.identity.fuzzy.cluster import Pairs
from huaxiang.identity.fuzzy.run import Learned
from huaxiang.identity.matches import of_consequence
from huaxiang.identity.spec import FuzzySpec, IdentitySpec
from huaxiang.store import DuckEngine

Row = dict[str, Any]
FAMILY = "王李张刘陈杨赵黄周吴徐孙马朱胡郭何高林罗"
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀兰霞"
CITIES = ("北京", "上海", "广州", "成都", "杭州", "武汉", "西安")


def person(number: int) -> Row:
    """One of 300 people who differ in all they have."""
    return {
        "name": FAMILY[number % 20] + GIVEN[number * 7 % 20] + GIVEN[number // 20 % 20],
        "birthday": f"{1950 + number * 7 % 50}-{1 + number % 12:02}-{1 + number * 5 % 28:02}",
        "gender": ("male", "female")[number * 3 % 7 % 2],
        "city": CITIES[number % 7],
        "phone": f"+86138{1234 + number * 37 % 1000}{number:04}",
    }


def shop(more: list[Row]) -> list[Row]:
    """300 people in the CRM; the first hundred stand on the till's list too, with their phones and all else."""
    crm = [{"source": "crm", "key": f"c{n}", **person(n)} for n in range(300)]
    till = [{"source": "till", "key": f"t{n}", **person(n)} for n in range(100)]
    return crm + till + more


COLUMNS = ("name", "birthday", "gender", "city", "id_phone", "id_member_no")


def resolved(
    engine: DuckEngine, rows: list[Row], mode: str = "on", decided: list[tuple[int, str, str, str]] = (), **more: Any
) -> dict[str, Any]:
    content = {
        "_source": [row["source"] for row in rows],
        "_record_key": [row["key"] for row in rows],
        "_row": list(range(len(rows))),
        **{name: [row.get(name.removeprefix("id_")) for row in rows] for name in COLUMNS},
    }
    text = pa.string()
    arrays = {name: pa.array(values, pa.int64() if name == "_row" else text) for name, values in content.items()}
    records = engine.create("accepted_records", pa.table(arrays), step="fixture")
    spec = IdentitySpec(fuzzy=FuzzySpec(mode=mode, **more))
    result = resolve_identity(engine, {"records": records}, spec)
    found = {row["record_key"]: row["customer_no"] for row in engine.rows(result.identity, step="read")}
    pairs = engine.rows(engine.table("identity_matches"), step="read")
    return {
        "customer": found,
        "pairs": {frozenset((row["left_key"], row["right_key"])): row for row in pairs},
        "issues": engine.rows(result.issues, step="read"),
        "figures": {row["measure"]: row["value"] for row in engine.rows(engine.table("identity_matching"), step="r")},
    }


MOVED = {"source": "till", "key": "new phone", **person(150), "phone": "+8618812345678"}
WIFE = {"source": "till", "key": "wife", **person(277), "phone": person(151)["phone"]}


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(threads=2) as opened:
        yield opened


@pytest.fixture(scope="module")
def on(engine: DuckEngine) -> dict[str, Any]:
    return resolved(engine, shop([MOVED, WIFE]))


def test_who_changed_the_phone_is_found_by_name_and_birthday(on):
    assert on["customer"]["new phone"] == on["customer"]["c150"]
    pair = on["pairs"][frozenset(("new phone", "c150"))]
    assert (pair["status"], pair["customer_no"], pair["other_no"]) == ("joined", *[on["customer"]["c150"]] * 2)


def test_what_splink_writes_for_itself_does_not_stay(on, engine):
    assert [name for name in engine.names() if "splink" in name] == []


def test_a_pair_explains_itself_without_telling_the_values(on):
    pair = on["pairs"][frozenset(("new phone", "c150"))]
    steps = json.loads(pair["waterfall"])
    assert sum(step["bits"] for step in steps) == pytest.approx(pair["weight"], abs=0.1)
    assert [step["comparison"] for step in steps] == ["prior", "full_name", "birthday", "sex", "phone", "city"]
    assert {"comparison", "label_en", "label_zh", "bits", "left", "right"} == set(steps[0])
    assert person(150)["name"] not in pair["waterfall"]
    assert person(150)["birthday"].replace("-", "") not in pair["waterfall"]


def test_people_who_share_a_phone_and_are_clearly_different_stay_apart_and_it_is_said(on):
    assert on["customer"]["wife"] == on["customer"]["c277"] != on["customer"]["c151"]
    assert on["pairs"][frozenset(("wife", "c151"))]["status"] == "unlike"
    assert [(row["kind"], row["type"], row["records"]) for row in on["issues"]] == [("unlike", "phone", 1)]


def test_pairs_that_identifiers_join_have_no_row(on):
    assert frozenset(("c1", "t1")) not in on["pairs"]


def test_suggestions_join_nobody_and_cut_nothing(engine):
    found = resolved(engine, shop([MOVED, WIFE]), "suggest")
    assert found["customer"]["new phone"] != found["customer"]["c150"]
    assert found["customer"]["wife"] == found["customer"]["c151"]
    assert {row["status"] for row in found["pairs"].values()} == {"review"}
    # Who should be joined, and who should not have been.
    assert {frozenset(("new phone", "c150")), frozenset(("wife", "c151"))} <= found["pairs"].keys()


def test_matching_that_is_off_leaves_no_rows_and_needs_no_splink(engine, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    found = resolved(engine, shop([MOVED]), "off")
    assert (found["pairs"], found["figures"]) == ({}, {})
    with pytest.raises(UsageError, match=r"pip install 'huaxiang\[matching\]'"):
        resolved(engine, shop([MOVED]))


def test_a_match_never_joins_two_values_of_a_single_type(engine):
    rows = shop([MOVED | {"member_no": "M1"}])
    rows[150]["member_no"] = "M2"
    found = resolved(engine, rows)
    assert found["customer"]["new phone"] != found["customer"]["c150"]
    pair = found["pairs"][frozenset(("new phone", "c150"))]
    assert (pair["status"], pair["reason"]) == ("refused", "single")


def test_a_source_that_has_everybody_once_gives_no_customer_two_records(engine):
    twin = {"source": "crm", "key": "again", **person(150), "phone": None}
    joined = resolved(engine, shop([twin]))["customer"]
    assert joined["again"] == joined["c150"]
    found = resolved(engine, shop([twin]), exclusive=("crm",))
    assert found["customer"]["again"] != found["customer"]["c150"]


def test_the_review_list_is_bounded_and_says_how_many_more_there_are(engine):
    found = resolved(engine, shop([MOVED, WIFE]), "suggest", most=1)
    assert len(found["pairs"]) == 1
    assert found["figures"]["pairs_review_unlisted"] >= 1


# -- bad input ------------------------------------------------------------------------------------------------------


def test_a_source_whose_every_name_is_the_same_merges_nobody(engine):
    rows = [{"source": "crm", "key": str(n), "name": "王伟", "city": "北京"} for n in range(200)]
    found = resolved(engine, rows)
    assert len(set(found["customer"].values())) == 200


def test_a_birthday_column_of_strings_joins_nobody(engine):
    rows = shop([{"source": "notes", "key": f"n{n}", "birthday": "in spring", "city": "北京"} for n in range(30)])
    found = resolved(engine, rows)
    alone = [found["customer"][f"n{n}"] for n in range(30)]
    assert len(set(alone)) == 30
    assert not set(alone) & {found["customer"][f"c{n}"] for n in range(300)}


def test_records_without_anything_are_customers_of_their_own(engine):
    found = resolved(engine, shop([{"source": "web", "key": f"w{n}"} for n in range(20)]))
    assert len({found["customer"][f"w{n}"] for n in range(20)}) == 20
    assert len(set(resolved(engine, [{"source": "web", "key": f"w{n}"} for n in range(9)])["customer"].values())) == 9


def test_no_record_at_all_is_no_mistake(engine):
    assert resolved(engine, [])["pairs"] == {}


@pytest.mark.slow
def test_a_phone_that_a_hundred_thousand_records_share_joins_nobody(engine):
    rows = [
        {"source": "crm", "key": str(n), "phone": "+8613758692471", "name": FAMILY[n % 20] + GIVEN[n // 20 % 20]}
        for n in range(100_000)
    ]
    found = resolved(engine, rows)
    assert len(set(found["customer"].values())) == 100_000
    assert [(row["kind"], row["records"]) for row in found["issues"]] == [("over_limit", 100_000)]


def test_settings_that_name_what_is_not_there_are_findings():
    spec = IdentitySpec(fuzzy=FuzzySpec(columns={"ful_name": "name", "phone": "id_fone"}, exclusive=("crn",)))
    findings = check_identity(spec, types={"phone"}, attributes={}, sources={"crm"}, cleaning=())
    assert sorted((finding.code, "'" in finding.remedy) for finding in findings) == [
        ("unknown_column_of_records", True),
        ("unknown_meaning", True),
        ("unknown_source", True),
    ]


def test_on_and_off_may_be_written_as_yaml_reads_them():
    assert (FuzzySpec(mode=True).mode, FuzzySpec(mode=False).mode) == ("on", "off")


GRAPH = Graph(np.array([7, 7, 1, 2, 3]), 5)
NOBODY = np.zeros(5, bool)


class Compared(Learned):
    """Compared pairs 0–1, 2–3, 2–4 and 3–4, of which somebody has said how likely they are."""

    left, right = np.array([0, 2, 2, 3]), np.array([1, 3, 4, 4])
    count = 4

    def __init__(self, probability: list[float]) -> None:
        super().__init__(())
        object.__setattr__(self, "probability", np.array(probability))

    def pairs(self, at: Any) -> Pairs:
        return Pairs(self.left[at], self.right[at], np.zeros(len(self.left[at])), self.probability[at])

    def ends(self, at: Any) -> Any:
        return self.left[at], self.right[at]


def test_the_wanted_precision_is_that_of_pairs_which_identifiers_have_not_joined() -> None:
    # Nodes 0 and 1 hang together already. Counted in, their certain pair would let 0.9 pass as well.
    scored = of_consequence(Compared([1.0, 0.99, 0.9, 0.6]), np.arange(5), GRAPH, FuzzySpec(precision=0.96), NOBODY)
    assert (scored.threshold, scored.expected_precision) == (0.99, 0.99)


def test_of_all_pairs_those_are_kept_from_which_anything_can_follow() -> None:
    spec = FuzzySpec(precision=0.9, review=0.3)
    # 0–1 is held by identifiers, 2–3 matches, 2–4 is to review; 3–4 is in no customer, and nobody asked about it.
    scored = of_consequence(Compared([0.1, 0.99, 0.4, 0.1]), np.arange(5), GRAPH, spec, NOBODY)
    assert scored.pairs.right.tolist() == [1, 3, 4]
    # Somebody did: who decides about two records hears what became of their pair.
    decided = np.array([False, False, False, True, True])
    scored = of_consequence(Compared([0.1, 0.99, 0.4, 0.1]), np.arange(5), GRAPH, spec, decided)
    assert scored.pairs.right.tolist() == [1, 3, 4, 4]
    # 2–4 matches as well: then 3 and 4 are in one customer, and their pair speaks against it.
    scored = of_consequence(Compared([0.1, 0.99, 0.95, 0.1]), np.arange(5), GRAPH, spec, NOBODY)
    assert scored.pairs.probability.tolist() == [0.1, 0.99, 0.95, 0.1]
