"""Attacks through every input: SQL, YAML and paths, in rules, names, cursors, identifiers and files."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from asgi import asking
from served import PHONES, TAGS

from huaxiang.access.people import Actor
from huaxiang.core.errors import ConflictError, ForbiddenError, HuaxiangError, ProjectError, UsageError
from huaxiang.service.desk import Desk, customers, definitions, segments, tags
from huaxiang.service.workspace import Workspace

EVIL = [
    "'; drop table profiles; --",
    '" or 1=1 --',
    "1 union select value from identifiers",
    "(select max(value) from identifiers) = '1'",
    "read_csv('/etc/passwd') is not null",
    "exists (select 1 from read_text('/etc/passwd'))",
    "getenv('HOME') = '/root'",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "\x00",
    "${HOME}",
    "{{7*7}}",
    "!!python/object/apply:os.system ['true']",
    "<script>alert(1)</script>",
    "名" * 300,
    "(" * 2000 + "1" + ")" * 2000,
    "buyers and " * 900 + "buyers",
    "\ud83d",
]
FINE = "dimension: own\ncategory: all\nexpression: spend_ever * 2\n"


@pytest.mark.parametrize("text", EVIL)
def test_no_input_makes_a_mistake_of_the_server_or_reads_a_file(text: str, ask: Any):
    client, sent = ask("analyst"), text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    asked = [
        ("GET", "/profiles", {"params": {"rule": sent}}),
        ("GET", "/profiles", {"params": {"sort": sent, "tags": [sent]}}),
        ("GET", "/profiles", {"params": {"after": sent}}),
        ("GET", "/search", {"params": {"q": sent}}),
        ("GET", f"/profiles/phone:{PHONES[0]}/events", {"params": {"table": sent}}),
        ("GET", "/quarantine", {"params": {"source": sent, "reason": sent}}),
        ("GET", "/diff", {"params": {"before": sent}}),
        ("GET", "/core-customers", {"params": {"name": sent}}),
        ("POST", "/counts", {"json": {"rule": sent}}),
        ("POST", "/distributions", {"json": {"rule": "buyers", "tag": sent}}),
        ("POST", "/comparisons", {"json": {"sides": ["buyers", sent]}}),
        ("POST", "/comparisons", {"json": {"sides": ["buyers"], "at": sent[:40]}}),
        ("POST", "/comparisons/document", {"json": {"sides": [sent, "buyers"], "before": sent[:40]}}),
        ("POST", "/profiles/lookup", {"json": {"identifiers": [sent, f"phone:{sent}", f"{sent}:1"]}}),
        (
            "POST",
            "/tag-previews",
            {"json": {"name": "x", "text": f"dimension: own\ncategory: all\nexpression: {sent}"}},
        ),
        ("POST", "/tag-previews", {"json": {"name": sent[:80], "text": FINE}}),
        ("POST", "/tag-previews", {"json": {"name": "x", "text": sent}}),
        *(("GET", f"/{place}/{_quoted(sent)}", {}) for place in ("profiles", "tags", "segments", "builds", "studies")),
    ]
    for method, url, more in asked:
        answer = client.request(method, url, **more)
        assert answer.status_code < 500, f"{method} {url} {more}: {answer.text[:300]}"
        assert "root:" not in answer.text


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")


@pytest.fixture
def desk(own_workspace: Workspace) -> Desk:
    return Desk(own_workspace, Actor("ann", "analyst", "api"))


@pytest.mark.parametrize(
    "file",
    [
        "../own.yml", "../../huaxiang.yml", "/etc/own.yml", "a/../../own.yml", "own.yaml", "own", ".yml", "a//b.yml/",
        "OWN.yml", "own.yml\x00", "own\n.yml", "..yml", "a/b/c/d/e/f.yml", "~/own.yml", "C:\\own.yml", "a.b/own.yml",
        "",
    ],
)  # fmt: skip
def test_definitions_are_saved_below_their_folder_and_nowhere_else(file: str, desk: Desk):
    before = {path: path.read_bytes() for path in desk.workspace.folder.rglob("*.yml")}
    with pytest.raises(UsageError, match="no file below tags/"):
        tags.save(desk, "twice", FINE, file=file)
    assert {path: path.read_bytes() for path in desk.workspace.folder.rglob("*.yml")} == before


def test_a_link_that_leads_out_of_the_folder_is_not_followed(desk: Desk, tmp_path: Path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (desk.workspace.folder / "tags" / "out").symlink_to(outside)
    with pytest.raises(UsageError, match="leads out"):
        tags.save(desk, "twice", FINE, file="out/x.yml")
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "dimension: own\ncategory: all\nsql: select customer_id, value from identifiers\ntype: text\n",
        "dimension: own\ncategory: all\nfile: ../../../etc/passwd\nkey: a\nidentifier: phone\ncolumn: b\ntype: text\n",
    ],
)
def test_definitions_that_reach_beyond_the_tables_are_not_written_here(text: str, desk: Desk):
    for use in (tags.preview, tags.save):
        with pytest.raises(ForbiddenError, match="written in the project's folder"):
            use(desk, "reaching", text)
    with pytest.raises(ForbiddenError):
        segments.save(desk, "listed", "file: /etc/passwd\nkey: a\nidentifier: phone\n")


@pytest.mark.parametrize(
    "text", ["!!python/object/apply:os.system ['true']", "a: &a [*a]", "- 1", "\x00", "{" * 500, "x: !!binary aGVsbG8="]
)
def test_yaml_that_is_no_definition_is_a_finding(text: str, desk: Desk):
    found = definitions.draft(desk, "tags", "x", text)
    assert found.errors
    with pytest.raises(ProjectError):
        tags.save(desk, "x", text)


# -- saving what is fine --------------------------------------------------------------------------------------------


def test_a_saved_definition_keeps_the_comments_of_its_file(desk: Desk):
    file = desk.workspace.folder / "tags" / "own.yml"
    etag = tags.tag(desk, "spend_ever")["source"]["etag"]
    saved = tags.save(desk, "twice", FINE, file="own.yml", etag=etag)
    written = file.read_text(encoding="utf-8")
    assert saved["file"] == "tags/own.yml"
    assert "# Written by hand: these words stay." in written
    assert "# money" in written
    assert TAGS.splitlines()[-1] in written
    assert desk.workspace.project.loaded.tags["twice"].expression == "spend_ever * 2"  # type: ignore[attr-defined]


def test_who_saves_over_somebody_elses_change_is_refused(desk: Desk):
    first = segments.save_rule(desk, "rich", "spend_ever > 500", label={"en": "Rich", "zh": "富"}, file="mine.yml")
    second = segments.save_rule(desk, "rich", "spend_ever > 400", file="mine.yml", etag=first["etag"])
    with pytest.raises(ConflictError, match="changed since"):
        segments.save_rule(desk, "rich", "spend_ever > 300", file="mine.yml", etag=first["etag"])
    with pytest.raises(ConflictError, match="changed since"):
        segments.save_rule(desk, "rich", "spend_ever > 300", file="mine.yml")
    with pytest.raises(ConflictError, match=r"is defined in segments/mine\.yml already"):
        segments.save_rule(desk, "rich", "spend_ever > 300", file="other.yml")
    assert segments.source(desk, "rich")["etag"] == second["etag"]
    assert "spend_ever > 400" in segments.source(desk, "rich")["text"]


def test_what_check_refuses_is_not_written(desk: Desk):
    with pytest.raises(ProjectError) as error:
        segments.save_rule(desk, "wrong", "spend_evr > 1", file="mine.yml")
    assert error.value.findings[0].code == "unknown_tag"
    assert not (desk.workspace.folder / "segments" / "mine.yml").exists()


def test_a_preview_tells_how_the_values_are_spread(desk: Desk):
    found = tags.preview(desk, "twice", FINE)
    assert (found["type"], found["privacy"], found["sample"], found["margin"]) == ("money", "L2", 60, 2)
    assert found["known"] == pytest.approx(60, abs=2)
    # 2 × 10 × (1 + 3 + … + 59) ÷ 60, moved by no more than one of the 60 with 1,180 could.
    assert found["mean"] == pytest.approx(300.0, abs=(1180 - 300) / 60)
    assert found["values"][0] == {"value": 0, "count": pytest.approx(30, abs=2)}
    assert len(found["rows"]) == 20
    wrong = tags.preview(desk, "twice", FINE.replace("spend_ever", "spend_evr"))
    assert wrong["findings"][0]["line"] == 3
    assert wrong["rows"] is None


def test_an_unforeseen_failure_says_nothing_of_the_inside(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the password is 1234")

    monkeypatch.setattr(Workspace, "build", broken)
    answer = asking(workspace, "analyst").get("/segments")
    assert answer.status_code == 500
    assert "1234" not in answer.text


def test_an_error_of_the_engine_is_not_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch):
    class InsideError(HuaxiangError):
        code, exposed = "engine", False

    def broken(*_: Any, **__: Any) -> Any:
        raise InsideError("select secret")

    monkeypatch.setattr(Workspace, "build", broken)
    answer = asking(workspace, "analyst").get("/segments")
    assert (answer.status_code, answer.json()["code"]) == (500, "engine")
    assert "secret" not in answer.text


def test_no_text_of_a_table_is_a_formula_for_a_spreadsheet(ask: Any, monkeypatch: pytest.MonkeyPatch):
    evil = {"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@a": "'@a", "\tb": "'\tb", "\rc": "'\rc", "a=1": "a=1", "": ""}
    batch = pa.record_batch(
        {
            "customer_id": [*evil, None],
            "liked": [["=x", "y"], *([] for _ in evil)],
            "owes": pa.array([-1] * (len(evil) + 1)),
        }
    )
    monkeypatch.setattr(customers, "export", lambda *_, **__: iter([batch]))
    answer = ask("analyst").get("/profiles/export", headers={"Accept": "text/csv"})
    header, *rows = csv.reader(io.StringIO(answer.text, newline=""))
    assert header == ["customer_id", "liked", "owes"]
    assert [row[0] for row in rows] == [*evil.values(), ""]
    assert rows[0][1] == "'=x|y"
    assert {row[2] for row in rows} == {"-1"}


def test_no_text_of_a_comparison_is_a_formula_for_a_spreadsheet(ask: Any):
    asked = {"sides": ["-spend_ever < -100", "everyone"], "format": "csv"}
    answer = ask("analyst").post("/comparisons/document", json=asked)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert {row["a"] for row in rows} == {"'-spend_ever < -100"}
