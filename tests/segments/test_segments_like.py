"""Lookalikes: planted ones are found, chance is refused, and the same are found again."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from huaxiang.core.moments import Moment
from huaxiang.core.placements import area
from huaxiang.core.types import Type
from huaxiang.segments.done import History
from huaxiang.segments.explain import parts_of_member
from huaxiang.segments.like import KnownTag, comparable_tags
from huaxiang.segments.plan import plan_segments
from huaxiang.segments.run import SegmentRun, write_segments
from huaxiang.segments.spec import SegmentSpec

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
TYPES = {"tier": Type.TEXT, "taste": Type.NUMBER, "city": Type.TEXT, "noise": Type.NUMBER, "health": Type.TEXT}
TAGS = {name: KnownTag(type_) for name, type_ in TYPES.items()} | {"health": KnownTag(Type.TEXT, privacy="L4")}
SEED = SegmentSpec(where="tier = 'top'")
N = 3000


def profiles(seed: int = 1) -> pa.Table:
    """Half of the people have taste; of these every third is of the top tier, of others hardly one."""
    chance = np.random.default_rng(seed)
    taste = chance.random(N) < 0.5
    top = chance.random(N) < np.where(taste, 0.33, 0.01)
    noise = chance.normal(size=N)
    return pa.table(
        {
            "customer_id": [f"c{n}" for n in range(N)],
            "customer_no": range(N),
            "tier": np.where(top, "top", "plain"),
            "taste": pa.array(np.where(taste, 5 + noise, noise), pa.float64(), mask=chance.random(N) < 0.1),
            "city": np.where(taste & (chance.random(N) < 0.6), "上海", "北京"),
            "noise": chance.normal(size=N),
            "health": np.where(top, "ill", "well"),
        }
    )


def formed(engine, people=None, **specs):
    engine.create("profiles", people if people is not None else profiles(), step="test")
    named = {name: spec.model_copy(update={"name": name}) for name, spec in ({"seed": SEED} | specs).items()}
    plan = plan_segments(named, TYPES)
    run = SegmentRun(plan, History(engine.table, {}, AS_OF), engine.table, TAGS)
    return plan, run, write_segments(engine, run)


def members(engine, name) -> set[int]:
    segments = engine.table("segments")
    return {row["customer_no"] for row in engine.rows(segments.filter(segments.segment == name), step="test")}


def like(**more) -> SegmentSpec:
    return SegmentSpec(lookalike={"seed": "seed", "size": 300, **more})


def test_planted_lookalikes_are_found_outside_the_seed_and_the_holdout_says_how_well(engine):
    _, _, refused = formed(engine, alike=like(), rest=SegmentSpec(where="not in_segment('alike')"))
    assert refused == {}
    found, seed = members(engine, "alike"), members(engine, "seed")
    assert (len(found), found & seed, len(members(engine, "rest"))) == (300, set(), N - 300)
    people = profiles().to_pylist()
    assert np.mean([(people[n]["taste"] or 0) > 2 or people[n]["city"] == "上海" for n in found]) > 0.98
    (row,) = engine.rows(engine.table("segment_lookalikes"), step="test")
    assert row["status"] == "built"
    # Whoever knew taste would reach 0.5 + (0.97 − 0.42) / 2, that is about 0.78.
    assert row["low"] < row["auc"] < row["high"] < 0.87
    assert row["low"] > 0.65
    lifts = [part["lift"] for part in json.loads(row["deciles"])]
    assert lifts[0] > 1.4 > 0.6 > lifts[-1]
    read = {part["tag"] for part in json.loads(row["model"])}
    # What defines the seed, what is sensitive and what tells nothing is not looked at.
    assert {"taste", "city"} <= read <= {"taste", "city", "noise"}


def test_the_same_lookalikes_are_found_whatever_the_order_of_the_rows(engine):
    formed(engine, alike=like())
    first = members(engine, "alike")
    formed(engine, profiles().take(np.random.default_rng(2).permutation(N)), alike=like())
    assert members(engine, "alike") == first


def test_a_seed_that_no_tag_tells_is_refused_with_all_that_rest_on_it(engine):
    people = profiles().to_pandas()
    people["tier"] = np.random.default_rng(3).permutation(people["tier"])
    specs = {"alike": like(tags=["noise", "city"]), "above": SegmentSpec(where="in_segment('alike')")}
    _, _, refused = formed(engine, pa.Table.from_pandas(people), **specs)
    assert set(refused) == {"alike", "above"}
    assert "no tag tells" in refused["alike"].en or "too weak" in refused["alike"].en
    assert refused["above"].zh == "所需分群 alike 未构建"
    assert set(engine.table("segment_flags").columns) == {"customer_no", "seed"}
    assert engine.rows(engine.table("segment_lookalikes"), step="test")[0]["status"] == "refused"


@pytest.mark.parametrize(
    ("seed", "said"), [(SegmentSpec(where="false"), "0 members"), (SegmentSpec(where="true"), "0 others")]
)
def test_a_seed_of_nobody_or_of_everyone_is_refused(engine, seed, said):
    _, _, refused = formed(engine, seed=seed, alike=like(tags=["noise"]))
    assert said in refused["alike"].en


def test_a_share_is_of_those_who_may_be_found(engine):
    share = SegmentSpec(where="city = '上海'", lookalike={"seed": "seed", "share": 0.1})
    formed(engine, alike=share)
    people = profiles().to_pylist()
    candidates = [p for p in people if p["city"] == "上海" and p["tier"] != "top"]
    found = members(engine, "alike")
    assert len(found) == round(len(candidates) * 0.1)
    assert {people[n]["city"] for n in found} == {"上海"}


def test_a_member_is_told_its_score_with_what_adds_most_to_it(engine):
    plan, run, _ = formed(engine, alike=like())
    one = min(members(engine, "alike"))
    (part,) = parts_of_member(engine, plan.segments["alike"], run.history, one)
    assert part["holds"]
    assert part["score"] >= part["border"]
    assert {row["tag"] for row in part["reasons"][:2]} == {"taste", "city"}
    (part,) = parts_of_member(engine, plan.segments["alike"], run.history, min(members(engine, "seed")))
    assert not part["holds"]


def test_what_defines_a_seed_is_found_over_segments_and_tags():
    tags = {
        "spend": KnownTag(Type.NUMBER),
        "tier": KnownTag(Type.TEXT, ("spend",)),
        "tier_label": KnownTag(Type.TEXT, ("tier",)),
        "spend_rank": KnownTag(Type.NUMBER, ("spend",)),
        "age": KnownTag(Type.INTEGER),
        "list": KnownTag(Type.LIST),
    }
    specs = {"top": SegmentSpec(where="tier = 'a'"), "seed": SegmentSpec(where="in_segment('top')")}
    plan = plan_segments(specs, {name: tag.type for name, tag in tags.items()})
    assert comparable_tags(plan, "seed", tags) == ("spend_rank", "age")


def test_the_area_and_its_interval_by_hand():
    # Pairs: 3>1, 3>2, 2>1 hold, 2=2 is half: 3.5 of 4.
    found = area(np.array([3.0, 2.0]), np.array([1.0, 2.0]))
    # Placements 1, 0.75 and 1, 0.75: each variance 1/32, over two each, together 1/32.
    assert found.area == 0.875
    assert found.high == 1.0
    assert found.low == pytest.approx(0.875 - 1.959964 * (1 / 32) ** 0.5)
