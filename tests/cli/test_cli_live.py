"""`huaxiang live append` and `huaxiang customer --live`: what they tell people and programs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.append(str(Path(__file__).parents[1] / "build"))

from live import BUILT, write_live

import huaxiang as hx
from huaxiang.cli.app import app

EVENT = {
    "message_id": "c1",
    "type": "track",
    "event": "Product Viewed",
    "user_phone": "13900000001",
    "timestamp": "2026-03-02 10:00:00",
    "received_at": "2026-03-02T02:00:01+00:00",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    project = hx.load(write_live(tmp_path_factory.mktemp("cli")))
    project.build(BUILT).close()
    return str(project.folder)


def test_messages_from_standard_input_count_in_the_live_profile(folder: str):
    lines = json.dumps(EVENT) + "\n\n" + json.dumps(EVENT) + "\n"
    words = ["live", "append", "app", "-", folder, "--keep-received-at"]
    done = CliRunner().invoke(app, [*words, "--json"], input=lines)
    assert json.loads(done.output) == {"kept": 1, "repeated": 1}
    assert CliRunner().invoke(app, words, input=lines).output == "0 kept, 2 there already.\n"
    asked = ["customer", "phone:13900000001", folder, "--live", "--as-of", "2026-03-03"]
    found = json.loads(CliRunner().invoke(app, [*asked, "--json"]).output)
    assert (found["tags"]["views"], found["live"], found["as_of"]) == (1, 1, "2026-03-03T00:00:00+08:00")
    assert found["identifiers"]
    assert "with 1 rows since the snapshot" in CliRunner().invoke(app, asked).output
    assert "实时画像" in CliRunner().invoke(app, [*asked, "--language", "zh"]).output


def test_refused_messages_end_with_their_line(folder: str, tmp_path: Path):
    file = tmp_path / "torn.jsonl"
    file.write_text(json.dumps(EVENT) + "\n{", encoding="utf-8")
    done = CliRunner().invoke(app, ["live", "append", "app", str(file), folder])
    assert done.exit_code == 2
    assert "line 2 is no JSON" in done.output


def test_a_moment_of_its_own_is_for_live_profiles(folder: str):
    done = CliRunner().invoke(app, ["customer", "phone:13900000001", folder, "--as-of", "2026-03-03"])
    assert done.exit_code == 2


def test_why_shows_the_message_behind_a_live_value(folder: str):
    words = ["live", "append", "app", "-", folder, "--keep-received-at"]
    assert CliRunner().invoke(app, words, input=json.dumps({**EVENT, "message_id": "why"})).exit_code == 0
    asked = ["customer", "phone:13900000001", folder, "--live", "--as-of", "2026-03-03", "--why", "views", "--json"]
    found = json.loads(CliRunner().invoke(app, asked).stdout)
    assert found["value"] == len(found["rows"]) == found["rests_on"]["facts"]
    assert found["rows"][0]["_source"] == "app"
