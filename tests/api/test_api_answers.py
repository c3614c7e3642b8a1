"""What the API answers: in the shapes of its document, page by page, and nothing twice."""

from __future__ import annotations

import io
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from asgi import asking
from jsonschema_rs import validator_for
from questions import operations, question
from served import PEOPLE, PHONES

from huaxiang.api.answers import FORMATS
from huaxiang.api.routes import house
from huaxiang.core.messages import told
from huaxiang.service.api import Project
from huaxiang.service.passing_files import sweep
from huaxiang.service.workspace import MOST_BUILDS, Workspace

PHONE = PHONES[31]


def test_every_answer_has_the_shape_that_the_document_says(ask: Any):
    client = ask("privacy_officer")
    document = client.app.openapi()
    for method, path, operation in operations(client.app):
        if method != "get" and path not in ("/counts", "/overlaps", "/distributions", "/profiles/lookup"):
            continue
        answer = client.request(method, **question(method, path, PHONE, PHONES[0]))
        response = operation["responses"][str(answer.status_code)]
        kind = answer.headers["content-type"].partition(";")[0]
        if kind in ("application/json", "application/problem+json"):
            schema = {**response["content"][kind]["schema"], "components": document["components"]}
            errors = [error.message[:200] for error in validator_for(schema).iter_errors(answer.json())]
            assert not errors, f"{method} {path}: {errors[:3]}"


def walk(client: Any, path: str, **params: Any) -> list[Any]:
    """The items of all pages."""
    found, after = [], None
    while True:
        page = client.get(path, params=params | ({} if after is None else {"after": after})).json()
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


@pytest.mark.parametrize("sort", [None, "spend_ever", "-spend_ever", "kind", "-called"])
def test_pages_hold_every_customer_once_and_in_order(sort: str | None, ask: Any):
    client = ask("privacy_officer")
    params: dict[str, Any] = {"tags": ["spend_ever", "kind", "called"]} | ({} if sort is None else {"sort": sort})
    rows = walk(client, "/profiles", limit=7, **params)
    assert len({row["customer_id"] for row in rows}) == len(rows) == PEOPLE
    if sort:
        values = [row["tags"][sort.removeprefix("-")] for row in rows]
        assert values == sorted(values, reverse=sort.startswith("-"))
    assert rows == client.get("/profiles", params=params | {"limit": 1000}).json()["items"]


def test_a_rule_narrows_the_pages(ask: Any):
    found = walk(
        ask("analyst"), "/profiles", limit=9, rule="orders_ever > 0 and in_segment('big')", tags=["spend_ever"]
    )
    # Customers 11, 13, … 59 have spent 110 and more.
    assert sorted(row["tags"]["spend_ever"] for row in found) == [10.0 * n for n in range(11, 60, 2)]


def test_events_come_the_newest_first_over_all_tables(ask: Any):
    rows = walk(ask("analyst"), f"/profiles/phone:{PHONE}/events", limit=1)
    assert [(row["table"], row["values"]["amount"]) for row in rows] == [("orders", 310.0)]
    assert ask("analyst").get(f"/profiles/phone:{PHONE}/events?table=nothing").status_code == 404


def test_a_cursor_is_good_for_its_own_question_alone(ask: Any):
    client = ask("analyst")
    after = client.get("/profiles", params={"limit": 5}).json()["next"]
    assert client.get("/profiles", params={"after": after}).status_code == 200
    for asked in ({"sort": "spend_ever"}, {"rule": "orders_ever > 0"}):
        assert client.get("/profiles", params={"after": after} | asked).status_code == 400
    assert client.get("/segments/buyers/members", params={"after": after}).status_code == 400
    for forged in (after[:-2] + "AA", "x", "=", "é", after[::-1]):
        assert client.get("/profiles", params={"after": forged}).status_code == 400


def test_what_has_not_changed_is_not_sent_again(ask: Any):
    client = ask("analyst")
    first = client.get("/segments")
    again = client.get("/segments", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    # Who sees more gets another answer, and so another tag.
    assert ask("privacy_officer").get("/segments", headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_members_are_the_same_in_every_format(ask: Any):
    def read(kind: str) -> list[str]:
        answer = ask("analyst").get("/segments/buyers/members", headers={"Accept": kind})
        assert answer.headers["content-type"].startswith(kind)
        content = answer.content
        match kind.rpartition("/")[2]:
            case "vnd.apache.arrow.stream":
                return pa.ipc.open_stream(content).read_all()["customer_id"].to_pylist()
            case "vnd.apache.parquet":
                return pq.read_table(io.BytesIO(content))["customer_id"].to_pylist()
            case "x-ndjson":
                return [json.loads(line)["customer_id"] for line in content.splitlines()]
            case _:
                return [line.strip('"') for line in content.decode().splitlines()[1:]]

    found = [read(kind) for kind in FORMATS]
    assert found[0] == walk(ask("analyst"), "/segments/buyers/members", limit=11)
    assert all(each == found[0] for each in found)
    assert len(found[0]) == PEOPLE // 2


def test_nothing_of_an_export_stays_behind_however_it_is_asked_for(ask: Any, tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for asked in ("bytes=junk", "bytes=99999999-", "bytes=0-9", ""):
        headers = {"Accept": "text/csv"} | ({"Range": asked} if asked else {})
        answer = ask("analyst").get("/segments/buyers/members", headers=headers)
        assert (answer.status_code, len(answer.content.splitlines())) == (200, 1 + PEOPLE // 2), asked
        assert answer.headers["content-disposition"] == 'attachment; filename="members.csv"'
        assert list(tmp_path.iterdir()) == []


def test_exports_that_a_killed_server_left_go_when_the_next_starts(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, age in (("huaxiang-table-old", 7200), ("huaxiang-table-new", 60), ("huaxiang-link-old", 7200)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "customers.csv").touch()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    sweep()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["huaxiang-link-old", "huaxiang-table-new"]


def test_many_are_looked_up_in_their_order_and_who_is_not_there_says_why(ask: Any):
    asked = [f"phone:{PHONES[n]}" for n in (5, 5, 1)] + ["phone:1", "nobody", "colour:red"]
    found = ask("analyst").post("/profiles/lookup", json={"identifiers": asked, "tags": ["spend_ever"]}).json()["items"]
    assert [row["identifier"] for row in found] == asked
    assert [row["tags"]["spend_ever"] for row in found[:3]] == [50.0, 50.0, 10.0]
    assert [row["error"]["code"] for row in found[3:]] == ["not_found", "not_found", "usage"]


def test_mistakes_in_rules_come_with_what_would_be_right(ask: Any):
    answer = ask("analyst").post("/counts", json={"rule": "spend_evr > 1"})
    assert answer.status_code == 422
    (finding,) = answer.json()["findings"]
    assert "spend_ever" in finding["remedy"]


def test_whatever_opens_a_build_has_its_turn(own_workspace: Workspace, monkeypatch: Any):
    workspace, opened = own_workspace, Project.open
    alone: list[bool] = []

    def watched(project: Project, *asked: Any) -> Any:
        free = [workspace._turns.acquire(timeout=0) for _ in range(MOST_BUILDS)]
        for _ in filter(None, free):
            workspace._turns.release()
        alone.append(all(free))
        return opened(project, *asked)

    monkeypatch.setattr(Project, "open", watched)
    client = asking(workspace, "analyst")
    for url in (
        "/tag-health",
        "/tags/spend_ever",
        f"/profiles/phone:{PHONE}/tags/spend_ever/history",
        "/diff?before=current&after=current",
    ):
        times = len(alone)
        assert client.get(url).status_code == 200, url
        assert not any(alone[times:]), url
    times = len(alone)
    for url in ("/tags/orders_ever", "/tags/spend_ever", "/diff?before=current&after=current"):
        client.get(url)
    assert len(alone) == times, "what was found out once is remembered"


def test_a_study_that_was_edited_is_told_as_it_is_now(own_workspace: Workspace):
    client, file = asking(own_workspace, "analyst"), own_workspace.folder / "studies" / "own.yml"
    file.parent.mkdir()
    pages = []
    for label in ("First words", "Second words"):
        study = f"studies:\n  who: {{label: {label}, by: sex, tags: [spend_ever], change: null}}\n"
        file.write_text(study, encoding="utf-8")
        own_workspace.reload()
        answer = client.get("/studies/who")
        assert answer.status_code == 200, answer.text
        pages.append(answer.text)
    assert ["First words" in page for page in pages] == [True, False]
    assert ["Second words" in page for page in pages] == [False, True]


def test_findings_and_errors_within_answers_are_told_in_the_language_of_the_request(ask, monkeypatch):
    chinese = {"Accept-Language": "zh"}
    asked = {"identifiers": ["c_0000000000000000"]}
    answers = [ask("analyst").post("/profiles/lookup", json=asked, headers=each) for each in ({}, chinese)]
    details = [answer.json()["items"][0]["error"]["detail"] for answer in answers]
    assert [answer.headers["content-language"] for answer in answers] == ["en", "zh"]
    assert details[1] == told(details[0], "zh") != details[0]

    tried = {"name": "odd", "text": "{dimension: own, category: all, table: order, value: count()}"}
    answers = [ask("analyst").post("/tag-previews", json=tried, headers=each) for each in ({}, chinese)]
    english, shown = (answer.json()["findings"][0] for answer in answers)
    assert shown["message"] == told(english["message"], "zh") != english["message"]
    assert (shown["code"], shown["remedy"]) == (english["code"], told(english["remedy"], "zh"))

    rows = [english]
    monkeypatch.setattr(house.builds, "findings", lambda desk: rows)
    answer = ask("analyst").get("/findings", headers=chinese)
    assert (answer.json()["items"], answer.headers["vary"]) == ([shown], "Accept-Language")


def test_problems_are_told_in_the_language_of_the_request(ask):
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}
    answer = ask("analyst").get("/segments/nobody", headers=chinese)
    assert (answer.headers["content-language"], answer.headers["vary"]) == ("zh", "Accept-Language")
    assert answer.json()["code"] == "not_found"
    assert "没有分群“nobody”" in answer.json()["detail"]
    answer = ask("analyst").get("/profiles", params={"limit": "many"}, headers=chinese)
    assert answer.json()["detail"] == "请求不符合要求，详见 errors。"
    assert answer.json()["errors"][0]["message"] == "须为有效的整数，无法解析为整数"
    answer = ask("analyst").post("/counts", json={"rule": "gendr = 'f'"}, headers=chinese)
    assert "未定义名称“gendr”" in answer.json()["findings"][0]["message"]
    assert ask("analyst").get("/segments/nobody").headers["content-language"] == "en"
