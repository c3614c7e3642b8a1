"""The Python API: a project, its builds, segments, personas and comparisons."""

from __future__ import annotations

from pathlib import Path

import pytest
from seen import members

import huaxiang as hx
from huaxiang.core.errors import NotFoundError, ProjectError, UsageError
from huaxiang.service.api import Project
from huaxiang.service.builds import Build


def test_a_plan_names_its_steps_and_touches_nothing(shop: Project, tmp_path: Path):
    import shutil

    shutil.copytree(shop.folder, tmp_path / "shop", ignore=shutil.ignore_patterns(".huaxiang"))
    project = hx.load(tmp_path / "shop")
    plan = project.plan("2026-01-01")
    names = [step.name for step in plan.steps]
    assert names[0] == "read crm"
    assert names[-2:] == ["portray personas", "validate personas"]
    assert names.index("resolve identity") < names.index("write facts orders") < names.index("compute tags")
    assert str(plan.moment) == "2026-01-01"
    assert not (tmp_path / "shop" / ".huaxiang").exists()


def test_a_plan_shows_sql_of_its_steps(shop: Project):
    plan = shop.plan()
    texts = {step.name: shop.sql(plan, step) for step in plan.steps}
    assert "SELECT" in texts["write facts orders"]
    assert "SELECT" in texts["compute tags"]
    assert "SELECT" in texts["form segments"]


def test_before_the_first_build_there_is_nothing_to_open(tmp_path: Path):
    from tiny import write_tiny

    with pytest.raises(NotFoundError, match="huaxiang build"):
        hx.load(write_tiny(tmp_path)).open()


def test_a_moment_that_is_none_is_refused(shop: Project):
    with pytest.raises(UsageError, match="'yesterday' is neither a date"):
        shop.plan("yesterday")


def test_profiles_are_an_ibis_table(build: Build):
    table = build.profiles
    paid = build.engine.rows(table.aggregate(n=table.spend_ever.sum()), step="sum")
    # 1150.50 + 100 + 10.
    assert float(paid[0]["n"]) == 1260.5


def test_a_segment_knows_its_size_its_members_and_its_rule(build: Build):
    segment = build.segment("buyers")
    assert segment.count() == 3
    assert segment.customer_ids() == sorted(number for name, number in members(build) if name == "buyers")
    assert segment.definition["rule"] == "orders_ever > 0"
    assert segment.definition["label_zh"] == "买家"
    assert repr(segment) == "Segment('buyers', 3 customers)"
    with pytest.raises(NotFoundError, match=r"no segment 'buyer' in this build. Did you mean 'buyers'"):
        build.segment("buyer")


def test_an_empty_segment_has_no_members_but_answers(build: Build):
    segment = build.segment("nobody")
    assert (segment.count(), segment.customer_ids()) == (0, [])
    found = build.persona("nobody")
    assert found["size"] == 0
    assert found["text_en"]
    assert found["text_zh"]
    assert found["typical"] == []
    assert build.compare("nobody", "buyers")


@pytest.mark.parametrize(
    ("expression", "size"),
    [
        ("buyers", 3),
        ("buyers and not big", 2),
        ("big or small_buyers", 3),
        ("not buyers", 3),
        ("not (big or small_buyers)", 3),
        ("nobody", 0),
        ("not nobody", 6),
    ],
)
def test_combinations_of_segments_are_counted(build: Build, expression: str, size: int):
    assert build.count(expression) == size


def test_a_combination_of_unknown_segments_names_the_near_miss(build: Build):
    with pytest.raises(ProjectError, match="buyers"):
        build.count("buyer and not big")


def test_all_overlaps_add_up(build: Build):
    names = [row["name"] for row in build.segments()]
    for name in names[:6]:
        for other in names[-4:]:
            both, rest = build.count(f"{name} and {other}"), build.count(f"{name} and not {other}")
            assert both + rest == build.segment(name).count()


def test_a_persona_tells_size_share_and_what_is_typical(build: Build):
    found = build.persona("buyers")
    assert (found["size"], found["base_size"], found["share"], found["revenue_share"]) == (3, 6, 0.5, 1)
    assert found["label_zh"] == "买家"
    assert {row["customer_id"] for row in found["typical"]} <= set(build.segment("buyers").customer_ids())
    home = [row for row in found["values"] if row["tag"] == "home"]
    # Of the three buyers two have a home: 杭州 and 深圳; of all six three have one.
    assert {row["value"]: (row["count"], row["share"], row["base_share"]) for row in home if row["count"]} == {
        "杭州": (1, pytest.approx(1 / 2), pytest.approx(1 / 3)),
        "深圳": (1, pytest.approx(1 / 2), pytest.approx(1 / 3)),
    }
    assert {round(row["tgi"]) for row in home if row["count"]} == {150}


def test_a_segment_without_a_persona_is_portrayed_on_demand(build: Build):
    found = build.persona("big")
    assert (found["segment"], found["size"]) == ("big", 1)
    with pytest.raises(NotFoundError, match="bigg"):
        build.persona("bigg")


def test_a_comparison_puts_two_segments_side_by_side(build: Build):
    found = build.compare("big", "small_buyers")
    assert found
    with pytest.raises(NotFoundError, match="nowhere"):
        build.compare("big", "nowhere")


def test_a_report_is_one_file_in_either_language(build: Build, tmp_path: Path):
    for language in ("en", "zh"):
        path = build.report(tmp_path / f"{language}.html", language)
        assert path.stat().st_size > 100_000
        assert "tiny" in path.read_text("utf-8")


def test_a_closed_build_may_be_closed_again_and_snapshots_remain(shop: Project, build: Build):
    again = shop.open(build.snapshot.id)
    again.close()
    again.close()
    assert build.snapshot.id in [snapshot.id for snapshot in shop.snapshots()]
