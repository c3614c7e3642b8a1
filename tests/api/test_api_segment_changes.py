"""A saved segment gets another rule: its file keeps the rest, the trail knows both, nobody writes over a colleague."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from asgi import asking

from huaxiang.access.people import Actor
from huaxiang.core.errors import ConflictError, ForbiddenError, NotFoundError, ProjectError
from huaxiang.service.desk import Desk, segments
from huaxiang.service.desk.definition_files import changed, text_of, write
from huaxiang.service.trail import Sought
from huaxiang.service.workspace import Workspace

FILE = """# Written by hand: these words stay.
segments:
  # the first
  loyal:
    label: {en: Loyal, zh: 忠诚}   # as marketing calls them
    # three were too few
    where: "orders_ever > 3"   # since May
    group: care

  # the second
  rich:
    where: |
      spend_ever > 100
      and orders_ever > 1
    # not more

  # the third
  both: {did: {what: orders}, where: spend_ever > 5}
"""


@pytest.fixture
def desk(own_workspace: Workspace) -> Desk:
    (own_workspace.folder / "segments" / "mine.yml").write_text(FILE, encoding="utf-8")
    own_workspace.reload()
    return Desk(own_workspace, Actor("ann", "analyst", "console"))


def test_another_rule_leaves_the_rest_of_its_file_as_it_is(desk: Desk):
    file = desk.workspace.folder / "segments" / "mine.yml"
    source = segments.source(desk, "loyal")
    assert (source["file"], source["rule"], source["parts"]) == ("mine.yml", "orders_ever > 3", ["where"])
    assert source["label"] == {"en": "Loyal", "zh": "忠诚"}
    saved = segments.change_rule(desk, "loyal", "orders_ever > 4", label={"zh": "老客"}, etag=source["etag"])
    wanted = FILE.replace("orders_ever > 3", "orders_ever > 4").replace("忠诚", "老客")
    assert file.read_text(encoding="utf-8") == wanted
    segments.change_rule(desk, "rich", "spend_ever > 200", etag=saved["etag"])
    wanted = wanted.replace("spend_ever > 100\n      and orders_ever > 1", "spend_ever > 200")
    assert file.read_text(encoding="utf-8") == wanted
    assert desk.workspace.project.loaded.segments["rich"].where == "spend_ever > 200\n"


def test_the_trail_tells_a_changed_rule_before_and_after(desk: Desk):
    etag = segments.source(desk, "loyal")["etag"]
    segments.change_rule(desk, "loyal", "orders_ever > 4", etag=etag)
    (entry,) = desk.workspace.trail.rows.find(Sought(subject="loyal"), 5)
    detail = json.loads(entry.detail)
    assert (entry.action, entry.actor) == ("segments.change_rule", "ann")
    assert '"orders_ever > 3"' in detail["before"]
    assert '"orders_ever > 4"' in detail["after"]


def test_the_trail_tells_apart_what_differs_only_behind_the_cut(desk: Desk):
    def saved(last: str, etag: str | None) -> str:
        text = f"description: {{en: {'x' * 3000}{last}}}\nwhere: orders_ever > 1\n"
        return str(segments.save(desk, "long", text, file="long.yml", etag=etag)["etag"])

    saved("b", saved("a", None))
    entry, _ = desk.workspace.trail.rows.find(Sought(subject="long"), 5)
    before, after = (json.loads(entry.detail)[side] for side in ("before", "after"))
    assert before != after
    assert before[:1990] == after[:1990]
    assert re.search(r"x… \(sha256 of the whole: [0-9a-f]{12}\)$", after)
    assert len(after) < 2050


def test_who_changes_a_rule_that_a_colleague_has_changed_is_refused(desk: Desk):
    file = desk.workspace.folder / "segments" / "mine.yml"
    etag = segments.source(desk, "loyal")["etag"]
    file.write_text(FILE.replace("care", "calm"), encoding="utf-8")
    with pytest.raises(ConflictError, match="changed since you opened it"):
        segments.change_rule(desk, "loyal", "orders_ever > 4", etag=etag)
    file.write_text(FILE.replace("  loyal:", "  other:"), encoding="utf-8")
    with pytest.raises(ConflictError, match="changed since you opened it"):
        segments.change_rule(desk, "loyal", "orders_ever > 4", etag=etag)
    file.write_text("segments: {", encoding="utf-8")
    with pytest.raises(ConflictError, match="no YAML at the moment"):
        segments.source(desk, "loyal")
    assert file.read_text(encoding="utf-8") == "segments: {"


def test_a_segment_is_opened_as_its_file_has_it_now(desk: Desk):
    file = desk.workspace.folder / "segments" / "mine.yml"
    edited = FILE.replace("orders_ever > 3", "orders_ever > 7").replace("Loyal", "Faithful")
    file.write_text(edited, encoding="utf-8")
    source = segments.source(desk, "loyal")
    assert (source["rule"], source["label"]["en"]) == ("orders_ever > 7", "Faithful")
    file.write_text(edited.replace("where: spend_ever > 5}", "only: 5}"), encoding="utf-8")
    with pytest.raises(ProjectError, match="only"):
        segments.source(desk, "both")
    file.write_text(edited.replace(", where: spend_ever > 5}", "}"), encoding="utf-8")
    assert segments.source(desk, "both")["parts"] == ["did"]


def test_a_changed_rule_needs_the_rights_of_a_new_one(desk: Desk):
    etag = segments.source(desk, "loyal")["etag"]
    with pytest.raises(ForbiddenError):
        segments.change_rule(Desk(desk.workspace, Actor("vic", "viewer", "console")), "loyal", "true", etag=etag)
    with pytest.raises(ForbiddenError):
        segments.change_rule(desk, "loyal", "income like '%0'", etag=etag)
    with pytest.raises(ProjectError):
        segments.change_rule(desk, "loyal", "orders_evr > 1", etag=etag)
    with pytest.raises(NotFoundError):
        segments.change_rule(desk, "nobody", "orders_ever > 1", etag=etag)
    assert (desk.workspace.folder / "segments" / "mine.yml").read_text(encoding="utf-8") == FILE


def test_a_segment_that_is_more_than_a_rule_says_so(desk: Desk):
    assert segments.source(desk, "both")["parts"] == ["where", "did"]
    answer = asking(desk.workspace, "analyst").get("/segments/both/source").json()
    assert (answer["rule"], answer["parts"]) == ("spend_ever > 5", ["where", "did"])


def test_a_definition_that_takes_over_keys_of_another_changes_alone(tmp_path: Path):
    file = tmp_path / "x.yml"
    file.write_text("segments:\n  a: &a\n    label: {en: A}\n    where: x > 1\n  b:\n    <<: *a\n    group: g\n")
    new = {"where": "x > 2", "label": {"zh": "乙"}}
    text = changed(str(text_of(file, "segments", "b")), new)
    write(file, "segments", "b", text, new)
    assert text_of(file, "segments", "a") == "label: {en: A}\nwhere: x > 1\n"
    assert "<<: *a\n    group: g\n" in file.read_text(encoding="utf-8")
    assert "label: {en: A, zh: 乙}" in str(text_of(file, "segments", "b"))


@pytest.mark.parametrize(("second", "name"), [("*x", "b"), ("*x", "a"), ("{<<: *x, group: g}", "a")])
def test_a_definition_that_others_take_over_is_not_changed_for_all(tmp_path: Path, second: str, name: str):
    file = tmp_path / "x.yml"
    text = f"segments:\n  a: &x {{where: x > 1}}\n  b: {second}\n  c: {{where: x > 3}}\n"
    file.write_text(text)
    with pytest.raises(ConflictError, match="take over what"):
        write(file, "segments", name, "where: x > 2", {"where": "x > 2"})
    assert file.read_text() == text
    write(file, "segments", "c", "where: x > 4", {"where": "x > 4"})
    assert file.read_text() == text.replace("x > 3", "x > 4")
