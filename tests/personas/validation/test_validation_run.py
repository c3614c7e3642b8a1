"""Validations of a small build whose figures can be worked out by hand, and evidence that does not fit.

The shop has 100 customers. Fans are 0–19, of whom 15 like toys best and 5 food; of the others 10 like toys, 40 food and
30 books best.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from shop import AS_OF, build

from huaxiang.core.text import Text
from huaxiang.personas.spec import PersonaSpec
from huaxiang.personas.validation.past import Former
from huaxiang.personas.validation.run import Evidence, Validated, validate
from huaxiang.personas.validation.spec import (
    BenchmarkSpec,
    MarketSpec,
    StatementSpec,
    SurveySpec,
    TruthSpec,
    ValidationSpec,
)
from huaxiang.personas.validation.statements import read_statements
from huaxiang.personas.validation.survey import agreement
from huaxiang.personas.validation.truth import Labels
from huaxiang.personas.write import write_personas
from huaxiang.store.engine import DuckEngine

PERSONAS = {name: PersonaSpec(name=name, segment=name) for name in ("fans", "nobody", "one", "all", "few")}
CATEGORIES = {"toys": "50", "food": "40", "books": "10"}
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    with DuckEngine.open(zone="Asia/Shanghai", threads=1) as opened:
        build(opened)
        write_personas(opened, PERSONAS, moment=AS_OF, threshold=5)
        yield opened


def shares(**values: str) -> list[dict[str, str]]:
    return [{"dimension": "what", "value": value, "share": share} for value, share in values.items()]


def benchmark(**more: Any) -> ValidationSpec:
    return ValidationSpec(name="v", benchmark=BenchmarkSpec(file="m.csv", tags={"what": "category"}, **more))


def run(engine: DuckEngine, spec: ValidationSpec, threshold: int = 5, **evidence: Any) -> Validated:
    given = {name: {"v": rows} for name, rows in evidence.items()}
    return validate(engine, list(PERSONAS.values()), [spec], Evidence(**given), moment=AS_OF, threshold=threshold)


def figures(found: Validated, measure: str, persona: str | None = None) -> list[dict[str, Any]]:
    rows = found.rows["validation_figures"]
    return [row for row in rows if row["measure"] == measure and row["persona"] == persona]


def outcome(found: Validated, persona: str | None) -> dict[str, Any]:
    (row,) = [row for row in found.rows["persona_validation"] if row["persona"] == persona]
    return row


def grade(found: Validated, persona: str) -> dict[str, Any]:
    (row,) = [row for row in found.rows["persona_grades"] if row["persona"] == persona]
    return row


def test_cells_are_held_against_the_population(engine: DuckEngine) -> None:
    found = run(engine, benchmark(), tables=shares(**CATEGORIES))
    cells = {row["value"]: row for row in figures(found, "cell")}
    # 25 of 100 like toys best where 50 % should.
    assert (cells["toys"]["own"], cells["toys"]["reference"], cells["toys"]["index"]) == (0.25, 0.5, 50.0)
    assert cells["toys"]["low"] < cells["toys"]["difference"] == -0.25 < cells["toys"]["high"] < 0
    # 25, 45 and 30 instead of 50, 40 and 10: 25 of 100 would have to be others.
    (apart,) = figures(found, "dissimilarity")
    (whole,) = figures(found, "representativeness")
    assert (apart["own"], whole["own"]) == (pytest.approx(0.25), pytest.approx(0.75))
    # Weights 2, 8/9 and 1/3: Kish's 100 × Σ w² ÷ 100².
    (effect,) = figures(found, "design_effect")
    assert effect["own"] == pytest.approx((25 * 4 + 45 * (8 / 9) ** 2 + 30 / 9) / 100)


def test_statements_are_held_against_weighted_customers(engine: DuckEngine) -> None:
    found = run(engine, benchmark(), tables=shares(**CATEGORIES))
    toys = next(row for row in figures(found, "statement", "fans") if row["tag"] == "interests")
    # All fans are interested in toys; of the rest 20–29, whose weight is 2, and 30–39, whose weight is 8/9.
    assert (toys["value"], toys["own"]) == ("toys", 1.0)
    assert toys["reference"] == pytest.approx((20 + 80 / 9) / (20 + 320 / 9 + 10))
    assert (toys["verdict"], toys["unweighted"]) == ("holds", pytest.approx(0.75))
    assert outcome(found, "fans")["score"] == grade(found, "fans")["score"]


def test_weights_are_trimmed_on_request(engine: DuckEngine) -> None:
    rows = shares(toys="90", food="9", books="1")
    plain, cut = (run(engine, benchmark(trim=limit), tables=rows) for limit in (None, 2.0))
    assert figures(plain, "largest_weight")[0]["own"] == pytest.approx(3.6)
    assert figures(cut, "largest_weight")[0]["own"] == pytest.approx(2)
    assert figures(cut, "worst_miss")[0]["own"] > 0.1 > figures(plain, "worst_miss")[0]["own"]


def test_customers_who_are_not_of_the_population_are_left_out(engine: DuckEngine) -> None:
    found = run(engine, benchmark(), tables=shares(toys="50", food="50", books="0"))
    assert figures(found, "left_out")[0]["own"] == 30


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (shares(toys="50", food="50"), "lacks a row for 'books' of category, which 30 customers have"),
        (shares(toys="50", food="40", book="10"), "Did you mean it by 'book'?"),
        (shares(toys="50", food="20", books="10", cars="20"), "No customer has cars for category, but 20.0%"),
    ],
)
def test_margins_that_do_not_fit_the_customers_say_so_and_judge_nobody(
    engine: DuckEngine, rows: Rows, said: str
) -> None:
    found = run(engine, benchmark(), tables=rows)
    (finding,) = found.findings
    assert (finding.code, finding.severity) == ("validation_unusable", "warning")
    assert said in finding.message
    assert outcome(found, None)["verdict"] == "unusable"
    assert grade(found, "fans")["grade"] == "–"


def test_how_few_have_a_value_that_margins_lack_is_not_told(engine: DuckEngine) -> None:
    (finding,) = run(engine, benchmark(), threshold=31, tables=shares(toys="50", food="50")).findings
    assert "which fewer than 31 customers have" in finding.message


def test_a_few_of_a_population_whom_nobody_stands_for_are_told_as_missing(engine: DuckEngine) -> None:
    found = run(engine, benchmark(), tables=shares(toys="49", food="38", books="9", cars="4"))
    (whole,) = figures(found, "representativeness")
    assert not found.findings
    assert whole["own"] < 0.96


def test_a_tag_of_ranges_has_no_margins(engine: DuckEngine) -> None:
    spec = ValidationSpec(name="v", benchmark=BenchmarkSpec(file="m.csv", tags={"what": "age"}))
    (finding,) = run(engine, spec, tables=shares(**CATEGORIES)).findings
    assert "age_band" in finding.message


def test_a_tag_that_is_not_built_is_told(engine: DuckEngine) -> None:
    spec = ValidationSpec(name="v", benchmark=BenchmarkSpec(file="m.csv", tags={"what": "gone"}))
    (finding,) = run(engine, spec, tables=shares(**CATEGORIES)).findings
    assert "'gone' is not built" in finding.message


@pytest.mark.parametrize("name", ["nobody", "one", "all", "few"])
def test_nobody_one_person_and_everyone_have_nothing_to_judge(engine: DuckEngine, name: str) -> None:
    found = run(engine, benchmark(), threshold=10, tables=shares(**CATEGORIES))
    judged = [row for row in found.rows["persona_validation"] if row["persona"] == name and row["score"] is not None]
    assert not judged
    assert grade(found, name)["grade"] == "–"


def survey(**more: Any) -> ValidationSpec:
    said = StatementSpec(persona="fans", says=Text("They play", "爱玩"), question="play", answers=("yes",))
    return ValidationSpec(name="v", survey=SurveySpec(survey="s", statements=(said,), **more))


def answers(yes: range, no: range) -> list[dict[str, Any]]:
    return [
        {"customer_no": number, "asked": None, "question": "play", "answer": answer, "score": None}
        for numbers, answer in ((yes, "yes"), (no, "no"))
        for number in numbers
    ]


def test_members_agree_and_others_are_told_beside_them(engine: DuckEngine) -> None:
    found = run(engine, survey(minimum=10), answers=answers(range(18), range(18, 60)))
    (row,) = figures(found, "agreement", "fans")
    # 18 of 20 members, none of the other 40 who answered.
    assert (row["own"], row["reference"], row["size"], row["verdict"]) == (0.9, 0.0, 20, "holds")
    assert (row["low"], row["high"]) == (pytest.approx(0.6830, abs=1e-4), pytest.approx(0.9877, abs=1e-4))
    assert outcome(found, "fans")["verdict"] == "holds"
    assert (grade(found, "fans")["grade"], grade(found, "fans")["kinds"]) == ("B", '["survey"]')


def test_a_statement_that_members_deny_is_refuted(engine: DuckEngine) -> None:
    found = run(engine, survey(minimum=10), answers=answers(range(2), range(2, 20)))
    assert outcome(found, "fans")["verdict"] == "refuted"
    assert grade(found, "fans")["grade"] == "E"


def test_a_survey_of_eight_answers_is_said_to_be_too_small(engine: DuckEngine) -> None:
    found = run(engine, survey(), threshold=5, answers=answers(range(8), range(0)))
    row = outcome(found, "fans")
    assert (row["verdict"], row["score"], row["size"]) == ("too_small", None, 8)
    assert "8 members" in row["summary_en"]
    assert "8 位成员" in row["summary_zh"]
    assert grade(found, "fans")["grade"] == "–"


def test_fewer_answers_than_may_be_shown_are_hidden(engine: DuckEngine) -> None:
    (row,) = figures(run(engine, survey(), threshold=10, answers=answers(range(8), range(0))), "agreement", "fans")
    assert (row["own"], row["hidden"]) == (None, True)


def test_anonymous_answers_count_for_the_persona_that_was_asked(engine: DuckEngine) -> None:
    rows = [{"customer_no": None, "asked": asked, "question": "play", "answer": "yes", "score": None}
            for asked in ["fans"] * 30 + ["others"] * 10]  # fmt: skip
    (row,) = figures(run(engine, survey(), answers=rows), "agreement", "fans")
    assert (row["size"], row["own"], row["reference"]) == (30, 1.0, None)


def test_a_statement_is_compared_with_the_profiles(engine: DuckEngine) -> None:
    said = StatementSpec(
        persona="fans", says=Text("Toys first", "首选玩具"), question="play", least=4, tag="category", value="toys"
    )
    spec = ValidationSpec(name="v", survey=SurveySpec(survey="s", statements=(said,), minimum=10))
    rows = [{**row, "score": 5.0 if row["answer"] == "yes" else 3.0} for row in answers(range(9), range(9, 18))]
    (row,) = figures(run(engine, spec, answers=rows), "profile", "fans")
    # Half of those who answered, three quarters of the profiles.
    assert (row["own"], row["reference"], row["difference"]) == (0.5, 0.75, -0.25)
    assert row["low"] < -0.25 < row["high"]


@pytest.mark.parametrize(("agreed", "answered", "low", "high"), [
    (8, 8, 0.6306, 1.0),       # Clopper and Pearson: 0.025^(1/8)
    (0, 8, 0.0, 0.3694),
    (81, 263, 0.2553, 0.3662), # Newcombe (1998a), table I, method 3 (Wilson)
])  # fmt: skip
def test_intervals_of_agreement_are_the_published_ones(agreed: int, answered: int, low: float, high: float) -> None:
    found = agreement(agreed, answered)
    assert (found.low, found.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_a_market_informs_with_index_and_gap(engine: DuckEngine) -> None:
    spec = ValidationSpec(name="v", market=MarketSpec(file="m.csv", tags={"what": "category"}, persona="fans"))
    found = run(engine, spec, tables=shares(toys="50", food="50"))
    toys = next(row for row in figures(found, "market", "fans") if row["value"] == "toys")
    assert (toys["own"], toys["index"], toys["difference"], toys["size"]) == (0.75, 150.0, 0.25, 20)
    # Wilson's interval of 15 of 20, less the half that the market has.
    assert (toys["low"], toys["high"]) == (pytest.approx(0.0313, abs=1e-4), pytest.approx(0.3881, abs=1e-4))
    assert (outcome(found, "fans")["verdict"], grade(found, "fans")["grade"]) == ("informs", "–")


def test_a_market_that_rests_on_people_has_a_wider_gap(engine: DuckEngine) -> None:
    spec = MarketSpec(file="m.csv", tags={"what": "category"}, persona="fans", base="n")
    rows = [{**row, "n": "40"} for row in shares(toys="50", food="50")]
    found = run(engine, ValidationSpec(name="v", market=spec), tables=rows)
    toys = next(row for row in figures(found, "market", "fans") if row["value"] == "toys")
    assert toys["low"] < 0.0313


def test_a_market_value_that_nobody_has_names_the_near_miss(engine: DuckEngine) -> None:
    spec = ValidationSpec(name="v", market=MarketSpec(file="m.csv", tags={"what": "category"}, persona="fans"))
    (finding,) = run(engine, spec, tables=shares(toy="50")).findings
    assert "Did you mean 'toys'?" in finding.message


def truth(**labels: str) -> ValidationSpec:
    spec = TruthSpec(file="t.csv", key="k", identifier="phone", label="l", labels=labels or {"fans": "fan"})
    return ValidationSpec(name="v", truth=spec)


def labelled(fans: range, others: range) -> Labels:
    numbers = np.array([*fans, *others])
    return Labels(np.sort(numbers), np.isin(np.sort(numbers), np.array(others)).astype(np.int64), ("fan", "other"))


def test_membership_is_held_against_the_truth(engine: DuckEngine) -> None:
    # Known are 10–59; true fans are 10–29, members are 10–19.
    found = run(engine, truth(), labels=labelled(range(10, 30), range(30, 60)))
    told = {name: figures(found, name, "fans")[0]["own"] for name in ("precision", "recall", "f1")}
    assert told == {"precision": 1.0, "recall": 0.5, "f1": pytest.approx(2 / 3)}
    assert figures(found, "statement", "fans")


def test_a_perfect_persona_agrees_with_the_truth(engine: DuckEngine) -> None:
    found = run(engine, truth(), labels=labelled(range(20), range(20, 100)))
    assert figures(found, "adjusted_rand", "fans")[0]["own"] == 1
    assert {row["verdict"] for row in figures(found, "statement", "fans")} == {"holds"}
    assert (outcome(found, "fans")["score"], grade(found, "fans")["grade"]) == (1.0, "B")


def test_a_label_that_nobody_has_names_the_near_miss(engine: DuckEngine) -> None:
    (finding,) = run(engine, truth(fans="fann"), labels=labelled(range(20), range(20, 100))).findings
    assert "Did you mean 'fan'?" in finding.message


def test_a_truth_that_names_nobody_is_unusable(engine: DuckEngine) -> None:
    nobody = Labels(np.empty(0, np.int64), np.empty(0, np.int64), ())
    (finding,) = run(engine, truth(), labels=nobody).findings
    assert "No customer is named by t.csv" in finding.message


def test_drift_is_told_against_the_build_before(engine: DuckEngine) -> None:
    # Then the fans were 40–59, none of whom was interested in toys. Category says the same: it is not told again.
    members = pa.table({"segment": ["fans"] * 20, "customer_no": list(range(40, 60))})
    past = engine.create("_past", members, step="test")
    former = Former(AS_OF, {"profiles": engine.table("profiles"), "segments": past})
    found = validate(engine, [PERSONAS["fans"]], [], Evidence(), moment=AS_OF, threshold=5, former=former)
    psi = {row["tag"]: row for row in figures(found, "psi", "fans")}
    assert psi["interests"]["verdict"] == "refuted"
    assert set(psi) <= {one.tag for one in read_statements(engine, ["fans"])["fans"]}
    row = grade(found, "fans")
    assert (row["drift"], row["flags"], row["grade"]) == ("changed", '["drifted"]', "–")


def test_drift_of_a_few_members_is_not_told(engine: DuckEngine) -> None:
    now = {"profiles": engine.table("profiles"), "segments": engine.table("segments")}
    few = pa.table({"segment": ["fans"] * 4, "customer_no": list(range(4))})
    then = now | {"segments": engine.create("_few", few, step="test")}
    # One member now; 4 then.
    for name, tables in (("one", now), ("fans", then)):
        former = Former(AS_OF, tables)
        found = validate(engine, [PERSONAS[name]], [], Evidence(), moment=AS_OF, threshold=5, former=former)
        assert figures(found, "psi", name) == figures(found, "kept", name) == []
        assert grade(found, name)["drift"] is None


def test_the_same_build_has_no_drift(engine: DuckEngine) -> None:
    former = Former(AS_OF, {"profiles": engine.table("profiles"), "segments": engine.table("segments")})
    found = validate(engine, [PERSONAS["fans"]], [], Evidence(), moment=AS_OF, threshold=5, former=former)
    assert {row["own"] for row in figures(found, "psi", "fans")} == {0.0}
    assert grade(found, "fans")["drift"] == "stable"
