"""The health of tags: what is flagged, who uses a tag, where it comes from, how it looks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tiny import TAGS, write_tiny
from typer.testing import CliRunner

import huaxiang as hx
from huaxiang.cli.app import app
from huaxiang.cli.tag_shapes import FLAGS as SHOWN
from huaxiang.core.errors import NotFoundError
from huaxiang.service.api import Project
from huaxiang.service.health import FLAGS

MORE = """  copied: {dimension: own, category: all, expression: spend_ever * 2}
  nothing: {dimension: own, category: all, attribute: district, requires: []}
  same: {dimension: own, category: all, expression: "orders_ever >= 0", owner: Lin}
  foretold:
    {dimension: own, category: all, expression: orders_ever > 0, claims: {event: orders where paid, within: 30d}}
"""


VISITS = """
  visits:
    path: data/visits.csv
    feeds:
      - table: events
        identifiers: {phone: phone}
        columns: {occurred_at: at}
"""


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = hx.load(write_tiny(tmp_path_factory.mktemp("health"), tags=TAGS + MORE.replace(", requires: []", "")))
    project.build("2026-01-01").close()
    project.build().close()
    return project


def test_each_tag_tells_who_uses_it(healthy):
    rows = {row["name"]: row for row in healthy.health()}
    assert rows["orders_ever"]["used_by"][:3] == ["tag:foretold", "tag:kind", "tag:same"]
    # `small_buyers` rests on the tags of the segments that its rule names.
    assert {"segment:buyers", "segment:small_buyers", "persona:buyers"} <= {*rows["orders_ever"]["used_by"]}
    assert rows["kind"]["used_by"] == ["segment:big", "segment:small_buyers"]
    assert "unused" in rows["widest"]["flags"]
    assert "unused" not in rows["foretold"]["flags"]


def test_what_is_wrong_is_flagged(healthy):
    rows = {row["name"]: row for row in healthy.health()}
    assert "constant" in rows["same"]["flags"]
    assert "unmeasured" in rows["foretold"]["flags"]
    assert rows["same"]["owner"] == "Lin"
    # The newest order is of the last second before the build.
    assert rows["spend_ever"]["fact_age_days"] == 0.0
    assert rows["sex"]["fact_age_days"] is None
    assert sum(row["cost_share"] or 0 for row in rows.values()) == pytest.approx(1)


def test_a_measured_tag_shows_its_reliability(healthy):
    (result,) = healthy.backtest("foretold", moments=2)
    rows = {row["name"]: row for row in healthy.health()}
    measured = rows["foretold"]["reliability"]
    assert (measured["cases"], measured["stale"]) == (result["cases"], False)
    assert "unmeasured" not in rows["foretold"]["flags"]


def test_a_tag_is_traced_to_the_columns_of_its_sources(healthy):
    found = healthy.tag("half")
    assert found["reads"] == ["spend_ever"]
    columns = {row["column"]: row["sources"] for row in found["columns"]}
    assert [source["source_column"] for source in columns["orders.amount"]] == ["amount"]
    assert columns["orders.status"][0]["source"] == "orders"
    assert found["values"]["mean"] is not None
    with pytest.raises(NotFoundError, match="Did you mean 'half'"):
        healthy.tag("hlf")


def test_definitions_that_are_newer_than_the_snapshot_wait_for_the_next_build(tmp_path):
    hx.load(write_tiny(tmp_path)).build().close()
    tags, sources = tmp_path / "tags" / "own.yml", next((tmp_path / "sources").glob("*.yml"))
    tags.write_text(
        tags.read_text(encoding="utf-8") + "  visits: {dimension: own, category: all, table: events, value: count()}\n",
        encoding="utf-8",
    )
    sources.write_text(sources.read_text(encoding="utf-8").rstrip() + VISITS, encoding="utf-8")
    (tmp_path / "data" / "visits.csv").write_text("phone,at\n13900000001,2025-06-01 12:00:00\n", encoding="utf-8")
    project = hx.load(tmp_path)
    rows = {row["name"]: row for row in project.health()}
    assert "visits" not in rows
    assert rows["spend_ever"]["cost_share"] > 0
    with pytest.raises(NotFoundError, match=r"no facts of 'events'.*Build again"):
        project.history("phone:13900000001", "visits")


def test_every_flag_has_words():
    assert [*FLAGS] == [*SHOWN]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_people_and_programs_are_shown_the_same(healthy, language):
    def run(*words: str) -> str:
        result = CliRunner().invoke(app, [*words, "--language", language])
        assert result.exit_code == 0, result.output
        return result.output

    folder = str(Path(healthy.folder))
    assert "constant" not in run("tags", "--health", folder)
    assert {row["name"] for row in json.loads(run("tags", "--health", "--json", folder))["tags"]} >= {"half", "kind"}
    assert "orders.amount" in run("tags", "--tag", "half", folder)
    assert "foretold" in run("backtest", "--moments", "2", "--project", folder)
    assert json.loads(run("backtest", "--moments", "2", "--json", "-p", folder))["backtests"][0]["tag"] == "foretold"
    assert "2025" in run("history", "phone:13900000001", "spend_ever", "--from", "2025-06-01", folder)
    assert "spend_ever" in run("history", "phone:13900000001", "spend_ever", "--json", folder)
    assert "buyers" in run("diff", "--project", folder)
    assert json.loads(run("diff", "--json", "-p", folder))["customers"]["gone"] == 0
    assert "c_" in run("diff", "--segment", "big", "-p", folder)
    assert "foretold" in run("tags", folder)
    assert json.loads(run("customer", "phone:13900000001", "--why", "kind", "--json", folder))["rests_on"]["facts"] > 0
