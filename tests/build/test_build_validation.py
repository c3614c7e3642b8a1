"""Validation through a whole build: files on disk, findings with their place, grades wherever personas are shown.

Of the tiny project's customers the sex of wang, zhao (women) and li (a man) is known; buyers are wang, li and a guest.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from tiny import AS_OF, PERSONAS, write_tiny
from typer.testing import CliRunner

import huaxiang as hx
from huaxiang.cli.app import app
from huaxiang.core.errors import NotFoundError, ProjectError
from huaxiang.core.findings import Finding
from huaxiang.project.check import check
from huaxiang.project.read import read
from huaxiang.service.api import Project

MARGINS = "dimension,value,share\nsex,F,40\nsex,M,60\n"
ANSWERS = """mobile,question,answer
139 0000 0001,why,club
13900000002,why,club
13900000005,why,price
nobody,why,club
"""
TRUTH = "mobile,kind\n13900000001,buyer\n13900000002,buyer\n13900000005,looker\n"
VALIDATIONS = """validations:
  census:
    label: {en: Census, zh: 人口普查}
    benchmark:
      file: evidence/margins.csv
      tags: {sex: sex}
      values: {sex: {F: female, M: male}}
  asked:
    label: {en: Asked, zh: 问卷}
    survey:
      file: evidence/answers.csv
      key: mobile
      identifier: phone
      minimum: 2
      agreement: 0.05
      statements:
        - {persona: buyers, says: {en: Club members, zh: 俱乐部会员}, question: why, answers: [club]}
  audit:
    label: {en: Audit, zh: 抽样核对}
    truth: {file: evidence/truth.csv, key: mobile, identifier: phone, label: kind, labels: {buyers: buyer}}
"""


def written(folder: Path, **files: str) -> Path:
    personas = PERSONAS.replace("segment: buyers,", "segment: buyers, reviewed: 2025-01-01,")
    write_tiny(folder, personas=files.get("personas", personas))
    evidence = {"margins": MARGINS, "answers": ANSWERS, "truth": TRUTH}
    for name, text in evidence.items():
        path = folder / "evidence" / f"{name}.csv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(files.get(name, text), encoding="utf-8")
    (folder / "validations").mkdir()
    (folder / "validations" / "all.yml").write_text(files.get("validations", VALIDATIONS), encoding="utf-8")
    return folder


def wrong(folder: Path, **files: str) -> Finding:
    (finding,) = [found for found in check(read(written(folder, **files))) if found.severity == "error"]
    return finding


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = hx.load(written(tmp_path_factory.mktemp("validation")))
    project.build().close()
    return project


def test_the_margins_of_a_file_reach_the_snapshot(project: Project) -> None:
    with project.open() as build:
        found = build.validations()
    cells = {row["value"]: row for row in found["figures"] if row["measure"] == "cell"}
    # wang and zhao are women with a known sex, li is a man.
    assert (cells["female"]["own"], cells["female"]["reference"]) == (pytest.approx(2 / 3), 0.4)


def test_answers_are_matched_by_identifier_in_whatever_spelling(project: Project) -> None:
    with project.open() as build:
        rows = build.validations("buyers")["figures"]
    (row,) = [row for row in rows if row["measure"] == "agreement"]
    # wang, li and the guest answered; the last line names nobody.
    assert (row["size"], row["own"], row["verdict"]) == (3, pytest.approx(2 / 3), "holds")


def test_labels_are_matched_by_identifier(project: Project) -> None:
    with project.open() as build:
        rows = build.validations("buyers")["figures"]
    told = {row["measure"]: row["own"] for row in rows if row["kind"] == "truth" and row["tag"] is None}
    # Three are known, all of them buyers; two truly are.
    assert (told["precision"], told["recall"]) == (pytest.approx(2 / 3), 1.0)


def test_a_persona_carries_its_grade_and_its_overdue_review_everywhere(project: Project) -> None:
    with project.open() as build:
        listed = {row["name"]: row for row in build.personas()}
        one = build.persona("buyers")
        segment = build.persona("small_buyers")
    for row in (listed["buyers"], one):
        assert row["grade"] in "ABCDE"
        assert (row["flags"], row["next_review"]) == (["overdue"], date(2025, 6, 30))
    assert (listed["nobody"]["grade"], listed["nobody"]["flags"]) == ("–", [])
    assert (segment["grade"], segment["next_review"]) == ("–", None)


def test_what_is_found_now_is_what_the_build_found(project: Project) -> None:
    with project.open() as build:
        stored = build.validations()
    assert project.validate() == stored


def test_a_persona_that_is_not_there_is_told_with_the_near_miss(project: Project) -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'buyers'"):
        project.validate("buyer")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ["Grade", "review overdue", "Census", "Asked"]), ("zh", ["评级", "复核逾期", "人口普查", "问卷", "成立"])],
)
def test_the_command_line_tells_grades_in_both_languages(project: Project, language: str, words: list[str]) -> None:
    folder = str(project.folder)
    validated = CliRunner().invoke(app, ["validate", "buyers", folder, "--language", language])
    listed = CliRunner().invoke(app, ["persona", "--project", folder, "--language", language])
    one = CliRunner().invoke(app, ["persona", "buyers", folder, "--language", language])
    assert validated.exit_code == one.exit_code == listed.exit_code == 0, validated.output
    assert all(word in validated.output for word in words)
    assert words[1] in one.output
    assert words[0] in listed.output
    assert words[1] in listed.output


def test_json_holds_every_figure(project: Project) -> None:
    result = CliRunner().invoke(app, ["validate", "--project", str(project.folder), "--json"])
    found = json.loads(result.output)
    assert set(found) == {"personas", "validations", "figures"}
    assert {row["validation"] for row in found["validations"]} == {"census", "asked", "audit"}


def test_the_report_shows_the_grade_what_stands_against_it_and_every_figure(project: Project, tmp_path: Path) -> None:
    with project.open() as build:
        text = build.report(tmp_path / "report.html").read_text(encoding="utf-8")
    for words in (
        "Grade ",
        "评级 ",
        "review overdue",
        "复核逾期",
        "Club members",
        "俱乐部会员",
        "人口普查",
        "sex：female",
    ):
        assert words in text


def test_the_next_build_tells_drift(project: Project) -> None:
    with project.build(AS_OF) as build:
        (row,) = [row for row in build.personas() if row["name"] == "buyers"]
        assert (row["drift"], row["kept"]) == ("stable", 1.0)
        assert row["since"] == date(2026, 3, 1)


def test_margins_that_do_not_add_up_are_found_with_file_and_line(tmp_path: Path) -> None:
    finding = wrong(tmp_path, margins="dimension,value,share\nsex,F,40\nsex,M,50\n")
    assert (finding.code, str(finding.at)) == ("margins_sum", "validations/all.yml:5")


def test_a_file_that_is_not_there_is_found(tmp_path: Path) -> None:
    finding = wrong(tmp_path, validations=VALIDATIONS.replace("margins.csv", "margin.csv"))
    assert (finding.code, str(finding.at)) == ("validation_file_missing", "validations/all.yml:5")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("tags: {sex: sex}", "tags: {sex: sexx}", "unknown_tag", 6),
        ("labels: {buyers: buyer}", "labels: {buyer: buyer}", "unknown_persona", 20),
        ("persona: buyers,", "persona: buyer,", "unknown_persona", 17),
        ("identifier: phone\n", "identifier: fone\n", "unknown_identifier_type", 13),
        ("label: kind", "label: knid", "unknown_column", 20),
        ("      minimum: 2", "      minimum: 2\n      asked: who", "unknown_column", 15),
    ],
)
def test_a_name_that_is_not_defined_is_found_with_its_line(
    tmp_path: Path, old: str, new: str, code: str, line: int
) -> None:
    finding = wrong(tmp_path, validations=VALIDATIONS.replace(old, new))
    assert (finding.code, finding.at.line) == (code, line)


@pytest.mark.parametrize(
    "text",
    [
        "validations:\n  v: {label: Nothing}\n",
        "validations:\n  v: {truth: {file: a.csv, key: k, identifier: phone, label: l, labels: {}}}\n",
        "validations:\n  v: {survey: {survey: s, key: k, statements: []}}\n",
        "validations:\n  v: {benchmark: {file: a.csv, tags: {a: sex, b: sex}}}\n",
        "validations:\n  v: {benchmark: {file: a.csv, tags: {a: sex}, trim: 1}}\n",
    ],
)
def test_a_definition_that_makes_no_sense_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ProjectError):
        hx.load(written(tmp_path, validations=text))


def test_a_survey_without_a_source_of_answers_is_found(tmp_path: Path) -> None:
    said = "{persona: buyers, says: x, question: q, answers: y}"
    text = f"validations:\n  v:\n    survey: {{survey: s, statements: [{said}]}}\n"
    assert wrong(tmp_path, validations=text).code == "no_answers"
