"""`huaxiang identity`: what each command tells people and programs, in both languages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

import huaxiang as hx
from huaxiang.cli.app import app
from huaxiang.cli.identity_shapes import NO_LONGER, lineage
from huaxiang.cli.output import Output
from huaxiang.identity.history_splits import REASONS
from huaxiang.service.api import Project
from huaxiang.store.operational.database import file_of

FILES = {
    "huaxiang.yml": "name: few\ntime_zone: Asia/Shanghai\nas_of: 2026-03-01\n",
    "sources/crm.yml": (
        "sources:\n  crm:\n    path: crm.csv\n    key: id\n    feeds:\n"
        "      - {table: records, identifiers: {phone: phone, email: mail}, columns: {name: name}}\n"
    ),
    "crm.csv": "id,name,phone,mail\n1,王芳,13900000001,\n2,李雷,13900000002,li@x.cn\n3,李磊,,li@x.cn\n",
}
PAIR = {
    "number": 1,
    "records": ["crm/1", "crm/2"],
    "customers": ["c_a", "c_b"],
    "probability": 0.93,
    "weight": 3.7,
    "waterfall": [
        {
            "comparison": "full_name", "title": {"en": "full name", "zh": "姓名"}, "label_en": "alike",
            "label_zh": "相近", "bits": 3.7, "left": "王*", "right": "王*",
        }
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Project:
    folder: Path = tmp_path_factory.mktemp("few")
    (folder / "sources").mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    project = hx.load(folder)
    project.build().close()
    return project


@pytest.fixture
def folder(built: Project) -> Iterator[str]:
    yield str(built.folder)
    for file in file_of(built.folder).parent.glob("operational.db*"):
        file.unlink()


def run(*arguments: str, answers: str | None = None, code: int = 0) -> str:
    result = CliRunner().invoke(app, ["identity", *arguments], input=answers)
    assert result.exit_code == code, result.output
    return result.output


def test_explain_names_the_records_and_what_holds_them(folder):
    told = run("explain", "phone:13900000002", folder)
    assert "crm/2   E-mail l****, also of crm/3" in told
    assert "joins records" in told
    told = run("explain", "phone:13900000002", folder, "--language", "zh")
    assert "邮箱 l****，同见于 crm/3" in told
    assert "用于关联" in told
    assert "the only one" in run("explain", "phone:13900000001", folder)


def test_a_merge_says_what_is_kept_and_that_it_waits_for_the_next_build(folder):
    arguments = ["merge", "phone:13900000001", "phone:13900000002", "--why", "one", "--project", folder]
    told = run(*arguments)
    assert "Decision 1 is kept: crm/1, crm/2, crm/3 are one person." in told
    assert f"It takes effect with the next build: huaxiang build {folder}" in told
    listed = run("decisions", folder)
    assert "from the next build on" in listed
    assert "one person" in listed
    told = run("undo", "1", "--why", "wrong", folder, "--language", "zh")
    assert "已撤销决定 1" in told
    assert "Nobody has decided anything yet." in run("decisions", folder)
    assert "undone" in run("decisions", folder, "--all")


def test_programs_get_json(folder):
    made = json.loads(
        run("split", "email:li@x.cn", "--record", "crm/3", "--why", "two", "--by", "li", folder, "--json")
    )
    assert (made["decision"], made["kind"], made["records"], made["others"]) == (1, "apart", ["crm/3"], ["crm/2"])
    assert made["next"] == f"huaxiang build {folder}"
    (listed,) = json.loads(run("decisions", folder, "--json"))["decisions"]
    assert listed["status"] == "waiting"
    assert json.loads(run("history", "--project", folder, "--json")) == {
        "asked": None, "customer_id": None, "changes": []
    }  # fmt: skip
    assert json.loads(run("explain", "phone:13900000001", folder, "--json"))["former"] is None
    assert json.loads(run("review", folder, "--json")) == {"pairs": []}
    error = json.loads(run("undo", "9", folder, "--json", code=1))["error"]
    assert error["code"] == "not_found"


def test_decisions_go_to_a_file_and_come_back(folder, tmp_path: Path):
    run("split", "email:li@x.cn", "--record", "crm/3", "--why", "two", folder)
    file = str(tmp_path / "decisions.yml")
    assert "1 decisions written to" in run("export", file, folder)
    assert "0 decisions are new." in run("import", file, folder)
    Path(file).write_text("decisions:\n  a: {kind: same, records: [crm/1]}\n", encoding="utf-8")
    assert "decisions.yml:2" in run("import", file, folder, code=1)


def test_a_review_asks_about_each_pair_until_it_is_answered(folder, monkeypatch):
    more = PAIR | {"number": 2, "records": ["crm/1", "crm/3"]}
    monkeypatch.setattr("huaxiang.service.reviews.pairs", lambda engine, decisions: [PAIR, more])
    listed = run("review", folder)
    assert "1. crm/1 and crm/2, 93.0%" in listed
    assert "full name: alike (+3.7 bits)  王* | 王*" in listed
    assert "now two customers: c_a and c_b" in listed
    assert "姓名：相近（+3.7 比特）  王* | 王*" in run("review", folder, "--language", "zh")
    told = run("review", "--ask", folder, answers="perhaps\nyes\nn\n")
    assert "1 accepted, 1 rejected, 0 left." in told
    assert "huaxiang build" in told
    kinds = [row["kind"] for row in json.loads(run("decisions", folder, "--json"))["decisions"]]
    assert kinds == ["same", "apart"]
    assert "0 accepted, 0 rejected, 2 left." in run("review", "--ask", folder, answers="skip\nquit\n")
    made = json.loads(run("review", "--accept", "2", folder, "--json"))
    assert (made["origin"], made["records"]) == ("review", ["crm/1", "crm/3"])
    run("review", "--accept", "1", "--reject", "2", folder, code=2)


def test_every_reason_why_a_link_holds_no_longer_has_words(capsys):
    assert {*NO_LONGER, "unmatched"} == set(REASONS)
    link = {"kind": "match", "one": "crm/1", "other": "till/2", "now": "unmatched"}
    value = {
        "kind": "value",
        "type": "phone",
        "type_label": {"en": "Mobile phone", "zh": "手机号"},
        "value": "138****0000",
    }
    split = {"kind": "split", "customer_id": "c_b", "other": "c_a", "built_at": "2026-03-01", "evidence": [link]}
    moved = split | {"evidence": [value | {"one": "crm/1", "other": None, "now": "contested"}]}
    lineage(Output("en"), {"asked": None, "customer_id": None, "changes": [split, moved]})
    told = " ".join(capsys.readouterr().out.split())
    assert "crm/1 and till/2 are no longer alike enough" in told
    assert "Mobile phone 138****0000 of crm/1 and facts was cut, as several people share it" in told
