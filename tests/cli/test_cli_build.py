"""Every command on a real build of the starter project, for people and for programs."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huaxiang.cli.app import app

pytestmark = pytest.mark.slow


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.output


@pytest.fixture(scope="module")
def starter(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "starter"
    run("init", folder)
    run("check", folder)
    summary = json.loads(run("build", folder, "--json"))
    assert summary["customers"] == 40
    return folder


def test_the_summary_of_a_build_holds_what_programs_rely_on(starter):
    summary = json.loads(next((starter / ".huaxiang" / "snapshots").glob("*/build.json")).read_text(encoding="utf-8"))
    assert {"customers", "facts", "tags_built", "tags_left_out", "quarantined", "steps", "peak_memory_mib"} <= set(
        summary
    )
    assert summary["facts"]["orders"] == 169
    assert summary["as_of"] == "2026-07-01"


def test_a_build_tells_people_its_figures(starter):
    text = run("build", starter, "--language", "zh")
    assert "客户数" in text
    assert "40" in text


def test_tags_are_listed_in_the_order_of_the_tree(starter):
    tags = json.loads(run("tags", starter, "--json"))["tags"]
    assert {"order_count", "spend_total", "mini_program_orders"} <= {tag["name"] for tag in tags}
    assert "近180天小程序订单数" in run("tags", starter, "--language", "zh")


def test_a_customer_is_found_by_id_and_by_identifier_in_any_spelling(starter):
    found = json.loads(run("customer", "member_no:M009", starter, "--json"))
    assert found == json.loads(run("customer", found["customer_id"], starter, "--json"))
    assert found == json.loads(run("customer", "phone:138 9173 3095", starter, "--json"))
    assert "M009" in run("customer", "member_no:M009", starter)


def test_why_shows_the_rows_that_make_up_the_value(starter):
    found = json.loads(run("customer", "member_no:M003", starter, "--why", "order_count", "--json"))
    assert found["value"] == len(found["rows"])
    assert "_file" in found["rows"][0]
    assert "data/orders.csv" in run("customer", "member_no:M003", starter, "--why", "order_count")


def test_an_unknown_customer_tag_or_segment_is_an_error_that_names_the_near_miss(starter):
    assert "member_no:M999" in run("customer", "member_no:M999", starter, code=1)
    assert "Did you mean 'order_count'?" in run("customer", "member_no:M003", starter, "--why", "order_cont", code=1)
    assert "Did you mean 'silver_and_gold'?" in run("segment", "silver_and_golf", starter, code=1)


def test_segments_are_listed_shown_and_their_members_printed(starter):
    segments = {row["name"]: row for row in json.loads(run("segment", "--project", starter, "--json"))["segments"]}
    size = segments["silver_and_gold"]["size"]
    members = run("segment", "silver_and_gold", starter, "--members").split()
    assert len(members) == size > 0
    assert "银卡及金卡会员" in run("segment", "silver_and_gold", starter, "--language", "zh")


def test_a_persona_and_a_comparison_are_told(starter):
    assert json.loads(run("persona", "silver_and_gold", starter, "--json"))["name"] == "silver_and_gold"
    assert "Silver and gold members" in run("persona", "silver_and_gold", starter)
    assert "silver_and_gold" in run("persona", "--project", starter)
    asked = ("compare", "silver_and_gold", "mini_program_fans", "--project", starter)
    both = json.loads(run(*asked, "--json"))
    assert [side["name"] for side in both["sides"]] == ["silver_and_gold", "mini_program_fans"]
    assert "Mini-program fans" in run(*asked)


def test_warnings_are_told_with_their_remedies(starter):
    found = json.loads(run("warnings", starter, "--json"))
    assert found.keys() == {"personas", "segments"}
    # 40 customers: every segment is too small to act on.
    assert {row["code"] for row in found["segments"]} & {"small", "private"}
    assert "→" in run("warnings", starter, "--language", "zh")


def test_an_export_has_a_row_per_customer(starter, tmp_path):
    target = tmp_path / "profiles.csv"
    assert json.loads(run("export", "profiles", starter, "--out", target, "--json"))["rows"] == 40
    with target.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({row["customer_id"] for row in rows}) == 40
    tags = json.loads(run("tags", starter, "--json"))["tags"]
    assert list(rows[0]) == ["customer_id", *(tag["name"] for tag in tags)]


def test_an_export_to_an_unknown_format_is_wrong_use(starter, tmp_path):
    assert ".parquet" in run("export", "profiles", starter, "--out", tmp_path / "profiles.doc", code=2)


def test_a_report_is_one_file_in_the_language_asked_for(starter, tmp_path):
    target = tmp_path / "report.html"
    run("report", starter, "--out", target, "--language", "zh")
    assert 'lang="zh' in target.read_text(encoding="utf-8")[:2000]


def test_a_report_that_nobody_chose_a_language_for_opens_in_the_first_of_the_project(starter, tmp_path, monkeypatch):
    from huaxiang.cli import command

    monkeypatch.setattr(command, "ASKED", None)
    run("report", starter, "--out", tmp_path / "report.html")
    assert 'lang="zh' in (tmp_path / "report.html").read_text(encoding="utf-8")[:2000]


def test_a_moment_or_an_amount_of_memory_that_is_none_is_wrong_use(starter):
    assert "yesterday" in run("build", starter, "--as-of", "yesterday", code=2)
    assert "'lots' is no amount of memory" in run("build", starter, "--memory", "lots", code=2)


def test_a_plan_shows_steps_and_their_sql(starter):
    plan = json.loads(run("plan", starter, "--json", "--sql"))
    assert [step["step"] for step in plan["steps"]][:2] == ["read members", "read orders"]
    assert "SELECT" in "".join(plan["sql"].values())
    assert "resolve identity" in run("plan", starter)
    assert "识别客户" in run("plan", starter, "--language", "zh")
    assert "-- read members (its SQL depends on what the sources hold)" in run("plan", starter, "--sql")


def test_a_project_that_was_never_built_says_so(tmp_path):
    run("init", tmp_path / "new")
    assert "build" in run("tags", tmp_path / "new", code=1)


def test_simulate_writes_a_shop_that_can_be_checked(tmp_path):
    figures = json.loads(run("simulate", tmp_path / "shop", "--customers", 50, "--seed", 3, "--json"))
    assert (figures["customers"], figures["seed"]) == (50, 3)
    run("check", tmp_path / "shop")


def test_the_demo_ends_with_the_paths_of_its_reports(tmp_path, monkeypatch):
    from huaxiang.service import examples

    monkeypatch.setattr(examples, "EXAMPLES", {"shop": examples.EXAMPLES["shop"]})
    found = json.loads(run("demo", tmp_path, "--customers", 200, "--json"))
    assert [each["example"] for each in found["examples"]] == ["shop"]
    assert Path(found["examples"][0]["report"]).is_file()
