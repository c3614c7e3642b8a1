"""What every command promises: exit codes, one clear message, JSON for programs, nothing heavy for `--help`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huaxiang import __version__
from huaxiang.cli.app import app
from huaxiang.cli.language import asked, preferred

COMMANDS = [
    "init", "check", "plan", "build", "audit", "tags", "customer", "segment", "persona", "compare", "report", "export",
    "simulate", "demo", "version",
]  # fmt: skip

HEAVY = (
    "ibis", "duckdb", "numba", "numpy", "pandas", "pyarrow", "scipy", "sqlglot", "sqlalchemy", "nicegui", "pydantic",
    "fastexcel", "opencc", "phonenumbers", "babel", "ruamel", "jinja2",
)  # fmt: skip


def run(*arguments: str):
    return CliRunner().invoke(app, list(arguments))


def test_help_imports_nothing_heavy():
    code = f"""
import sys
from typer.testing import CliRunner
from huaxiang.cli.app import app
assert CliRunner().invoke(app, ["--help"]).exit_code == 0
heavy = [name for name in {HEAVY!r} if name in sys.modules]
assert not heavy, heavy
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name):
    result = run(name, "--help")
    assert result.exit_code == 0
    assert "--language" in result.output


def test_the_version_is_printed_without_a_path_to_huaxiang():
    told = subprocess.run([sys.executable, "-m", "huaxiang", "--version"], check=True, capture_output=True, text=True)
    assert told.stdout == f"huaxiang {__version__}\n"


def test_a_wrong_command_line_ends_with_2():
    assert run("biuld").exit_code == 2
    assert run("build", "--threads", "none").exit_code == 2
    assert run("export", "everything", "--out", "x.csv").exit_code == 2


def test_a_folder_that_is_no_project_ends_with_1_and_names_init(tmp_path: Path):
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "huaxiang init" in result.stderr
    assert "Traceback" not in result.stderr


def test_an_error_is_json_where_json_was_asked_for(tmp_path: Path):
    result = run("check", str(tmp_path), "--json")
    assert result.exit_code == 1
    error = json.loads(result.stdout)["error"]
    assert error["code"] == "project"
    assert error["findings"][0]["code"] == "no_project"


def test_init_writes_a_project_and_never_overwrites(tmp_path: Path):
    folder = tmp_path / "new"
    result = run("init", str(folder), "--json")
    assert result.exit_code == 0
    files = json.loads(result.stdout)["files"]
    assert {"huaxiang.yml", "identity.yml", ".gitignore", "data/members.csv"} <= set(files)
    assert all((folder / name).is_file() for name in files)
    again = run("init", str(folder))
    assert again.exit_code == 2
    assert "not empty" in again.stderr


def test_findings_show_place_message_and_remedy_in_both_languages(tmp_path: Path):
    (tmp_path / "huaxiang.yml").write_text("name: shop\ncurency: CNY\n", encoding="utf-8")
    english = run("check", str(tmp_path), "--language", "en")
    assert english.exit_code == 1
    assert "huaxiang.yml:2: error: huaxiang.yml: key 'curency' is not known here." in english.stdout
    assert "→ Did you mean 'currency'?" in english.stdout
    chinese = run("check", str(tmp_path), "--language", "zh").stdout
    assert "huaxiang.yml:2: 错误: huaxiang.yml：此处不支持键“curency”。可用的键：" in chinese
    assert "→ 是否应为“currency”？" in chinese


def test_an_error_is_told_in_chinese_to_people_and_in_english_to_programs(tmp_path: Path):
    told = run("check", str(tmp_path / "none"), "--language", "zh").stderr
    assert f"错误: 没有文件夹“{tmp_path / 'none'}”。" in told
    assert f"→ 可用 huaxiang init {tmp_path / 'none'} 创建。" in told
    told = run("identity", "review", "--accept", "1", "--reject", "2", "--language", "zh").stderr
    assert "错误：--accept、--reject、--ask 每次只能用一个。" in told
    found = json.loads(run("check", str(tmp_path / "none"), "--language", "zh", "--json").stdout)
    assert found["error"]["message"].startswith("There is no folder")


def test_check_in_json_counts_and_lists_findings(tmp_path: Path):
    (tmp_path / "huaxiang.yml").write_text("name: shop\ncurency: CNY\n", encoding="utf-8")
    found = json.loads(run("check", "--project", str(tmp_path), "--json").stdout)
    assert found["errors"] == 1
    assert found["findings"][0] == {
        "code": "unknown_key",
        "severity": "error",
        "message": found["findings"][0]["message"],
        "remedy": "Did you mean 'currency'?",
        "file": "huaxiang.yml",
        "line": 2,
    }


def test_two_different_projects_are_wrong_use(tmp_path: Path):
    assert run("check", str(tmp_path), "--project", str(tmp_path / "other")).exit_code == 2


def test_an_internal_error_asks_for_a_report_and_shows_the_trace_with_debug(tmp_path: Path, monkeypatch):
    from huaxiang.service import projects

    def broken(folder: Path) -> None:
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(projects, "check", broken)
    result = run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "internal error: ZeroDivisionError: division by zero" in result.stderr
    assert "--debug" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Traceback" in run("check", str(tmp_path), "--debug").stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        (["build", "--language", "zh"], {"LANG": "en_US.UTF-8"}, "zh"),
        (["build", "--language=en"], {"LANG": "zh_CN.UTF-8"}, "en"),
        (["build"], {"LANG": "zh_CN.UTF-8"}, "zh"),
        (["build"], {"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        (["build"], {"HUAXIANG_LANGUAGE": "zh", "LANG": "C"}, "zh"),
        (["build"], {}, "en"),
    ],
)
def test_the_language_is_the_one_asked_for_else_that_of_the_locale(arguments, environment, language):
    assert preferred(arguments, environment) == language


def test_a_locale_asks_for_no_language():
    assert asked(["report"], {"LANG": "zh_CN.UTF-8"}) is None
    assert asked(["report"], {"HUAXIANG_LANGUAGE": "en", "LANG": "zh_CN.UTF-8"}) == "en"
