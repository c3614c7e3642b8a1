"""The commands for users, keys and the trail; the guide's examples run the others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from huaxiang.cli.app import app
from huaxiang.service.workspace import Workspace
from huaxiang.store.operational import Operational


def hx(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_who_has_the_folder_manages_users_and_keys_and_the_trail_says_so(folder: Path):
    at = ("-p", str(folder), "--json")
    assert json.loads(hx("users", "add", "Li.Lei", "--role", "analyst", *at)[1])["path"].startswith("/link/")
    made = json.loads(hx("keys", "add", "site", "--role", "viewer", "--days", "0", *at)[1])
    assert made["expires"] is None
    assert hx("keys", "revoke", made["public"], *at)[0] == 0
    assert [key["state"] for key in json.loads(hx("keys", "list", *at)[1])["keys"]] == ["revoked"]
    entries = json.loads(hx("trail", "list", *at)[1])["entries"]
    told = [(entry["via"], entry["action"], entry["subject"]) for entry in reversed(entries)]
    assert told == [
        ("command", "people.invite", "li.lei"),
        ("command", "people.add_key", made["public"]),
        ("command", "people.revoke_key", made["public"]),
        ("command", "people.keys", ""),
    ]
    assert made["secret"] not in json.dumps(entries)


@pytest.mark.parametrize(("language", "says"), [("en", "broken at entry 1: it was changed"), ("zh", "第 1 条处断裂")])
def test_verifying_a_trail_that_was_tampered_with_fails_and_names_the_entry(folder: Path, language, says):
    workspace = Workspace(folder)
    from huaxiang.access.people import Actor

    workspace.trail.note(Actor("li", "viewer"), "sign_in", wait=True)
    workspace.close()
    assert hx("trail", "verify", str(folder))[0] == 0
    with Operational.open(folder).writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER trail_no_update")
        connection.exec_driver_sql("UPDATE trail SET actor = 'wang' WHERE number = 1")
    code, output = hx("trail", "verify", str(folder), "--language", language)
    assert code == 1
    assert says in output
