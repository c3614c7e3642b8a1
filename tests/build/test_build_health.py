"""The health of identity, end to end: measured by builds, told by the command line and the report."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from tiny import CRM, lines_of, write_tiny
from typer.testing import CliRunner

import huaxiang as hx
from huaxiang.cli.app import app
from huaxiang.service.api import Project
from huaxiang.store.engine import DuckEngine

CROWD = [(f"9{n}", f"客{n}", "女", "", f"1380000{n:04d}", "all@x.cn", "", "", "2025-05-01 09:00:00") for n in range(25)]
"""Twenty-five people with one mail address, over its limit."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Built twice; before the second time twenty-five people arrived."""
    folder = write_tiny(
        tmp_path_factory.mktemp("health"), tags="tags: {}\n", segments="segments: {}\n", personas="personas: {}\n"
    )
    hx.load(folder).build().close()
    (folder / "data/crm.csv").write_text(lines_of(CRM, *CROWD), encoding="utf-8")
    project = hx.load(folder)
    project.build().close()
    return project


def measures(project: Project) -> dict[str, dict[str, Any]]:
    with project.open() as build:
        return {row["measure"]: row for row in build.audit_identity()["measures"]}


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["identity", "audit", *words])
    return result.exit_code, result.stdout


def test_the_second_build_knows_the_values_of_the_first(project: Project) -> None:
    found = measures(project)
    # Seven records of the tiny project count at its moment, then twenty-five more.
    assert (found["records"]["before"], found["records"]["value"]) == (7, 32)
    assert found["records_growth"]["value"] == pytest.approx(25 / 7)
    assert found["records_growth"]["level"] == "red"
    assert found["gone"]["value"] == 0
    assert found["over_limit"]["value"] == pytest.approx(25 / 32)


def test_the_worst_comes_first_with_what_stands_behind_it(project: Project) -> None:
    code, text = run(str(project.folder), "--language", "en")
    assert code == 0
    assert text.index("Records with a value over its limit") < text.index("Singletons")
    assert "E-mail all****x.cn: 25 records" in text
    assert "→ Look at the values below" in text
    assert "all@x.cn" not in text


def test_the_audit_speaks_chinese(project: Project) -> None:
    _, text = run(str(project.folder), "--language", "zh")
    assert "红" in text
    assert "邮箱 all****x.cn：25 条记录" in text
    assert "含超限标识值的记录占比" in text


def test_strict_fails_where_a_measure_is_red_and_json_is_one_document(project: Project) -> None:
    code, text = run(str(project.folder), "--strict", "--json")
    assert code == 1
    found = json.loads(text)
    assert {"snapshot", "as_of", "measures", "clusters", "bridges", "issues"} <= set(found)
    assert found["measures"][0]["level"] == "red"
    assert {row["look"] for row in found["measures"]} == {None, "clusters", "bridges", "issues"}


def test_strict_is_fine_where_limits_are_moved(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "moved"
    shutil.copytree(project.folder, folder)
    red = [name for name, row in measures(project).items() if row["level"] == "red"]
    limits = "".join(f"  {name}: {{red: null}}\n" for name in red)
    (folder / "identity.yml").write_text(f"health:\n{limits}", encoding="utf-8")
    hx.load(folder).build().close()
    assert run(str(folder), "--strict")[0] == 0


def test_the_report_has_a_page_of_identity_and_a_line_of_scores(project: Project, tmp_path: Path) -> None:
    with project.open() as build:
        html = build.report(tmp_path / "report.html", "en").read_text(encoding="utf-8")
    assert 'id="identity"' in html
    assert 'data-chart="quality_history"' in html
    assert "all@x.cn" not in html


def test_a_snapshot_of_before_health_has_a_report_without_the_page_and_says_what_to_do(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "old"
    shutil.copytree(project.folder, folder)
    old = hx.load(folder)
    with DuckEngine.open(old.snapshots()[-1].file) as engine:
        for name in ("identity_health", "identity_clusters", "identity_bridges", "quality_scores", "quality_history"):
            engine.drop(name)
    with old.open() as build:
        assert 'id="identity"' not in build.report(tmp_path / "old.html").read_text(encoding="utf-8")
    code, _ = run(str(folder))
    assert code == 1
    # The next build measures again, without anything before.
    old.build().close()
    assert measures(old)["records"]["before"] is None


def test_a_project_without_records_is_sound_and_has_a_report(tmp_path: Path) -> None:
    empty = write_tiny(
        tmp_path / "empty",
        crm=CRM.splitlines()[0] + "\n",
        tags="tags: {}\n",
        segments="segments: {}\n",
        personas="personas: {}\n",
    )
    with hx.load(empty).build() as build:
        assert {row["level"] for row in build.audit_identity()["measures"]} == {"green"}
        assert build.report(tmp_path / "empty.html").is_file()
