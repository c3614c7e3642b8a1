from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from report_snapshot import put

from huaxiang.core.text import Text
from huaxiang.service.figures import Figures, gather
from huaxiang.service.figures.groups import protect
from huaxiang.service.figures.model import GroupFigures
from huaxiang.service.figures.values import mask
from huaxiang.store.engine import DuckEngine


def group(name: str, count: int) -> GroupFigures:
    return GroupFigures(name, Text.of(name), count, count / 100, float(count), count / 100)


def tiny(**tables: pd.DataFrame) -> DuckEngine:
    """Thirty customers; the first ten spend 10 each, the next ten 4, the last nothing. Ten, fourteen, six by tier."""
    engine = DuckEngine.open()
    number = range(30)
    put(
        engine,
        "profiles",
        pd.DataFrame(
            {
                "customer_id": [f"c{n}" for n in number],
                "customer_no": number,
                "spend_total": [10.0] * 10 + [4.0] * 10 + [0.0] * 10,
                "order_count": [1] * 20 + [0] * 10,
                "value_tier": ["high"] * 10 + ["low"] * 14 + ["none"] * 6,
            }
        ),
    )
    for name, frame in tables.items():
        put(engine, name, frame)
    return engine


def figures_of(engine: DuckEngine, threshold: int = 10) -> Figures:
    return gather(engine, build={"as_of": "2026-06-30"}, title=Text.of("x"), threshold=threshold)


def test_a_group_below_the_threshold_is_withheld_with_all_its_figures() -> None:
    small = [part for part in protect([group("a", 50), group("b", 9), group("c", 4)], 10) if part.hidden]
    assert [part.name for part in small] == ["b", "c"]
    assert all(
        figure is None for part in small for figure in (part.count, part.share, part.revenue, part.revenue_share)
    )


def test_a_single_withheld_part_takes_the_next_smallest_with_it_so_that_subtraction_does_not_find_it() -> None:
    parts = protect([group("a", 50), group("b", 9), group("c", 20), group("d", 0)], 10)
    assert [part.name for part in parts if part.hidden] == ["b", "c"]


def test_an_empty_group_is_about_nobody_and_stays() -> None:
    parts = protect([group("a", 50), group("b", 0)], 10)
    assert [part.count for part in parts] == [50, 0]


def test_revenue_and_buyers_are_summed_over_all_customers() -> None:
    figures = figures_of(tiny())
    assert (figures.revenue, figures.orders, figures.buyers) == (140.0, 20, 20)  # 10 × 10 + 10 × 4


def test_the_curve_of_concentration_takes_the_best_customers_first() -> None:
    # Three steps of ten customers: 100 of 140, then 140 of 140, then nothing more.
    assert figures_of(tiny()).concentration == (
        (0.0, 0.0),
        (pytest.approx(1 / 3), pytest.approx(100 / 140)),
        (pytest.approx(2 / 3), 1.0),
        (1.0, 1.0),
    )


def test_a_step_of_the_curve_never_holds_fewer_customers_than_the_threshold() -> None:
    assert len(figures_of(tiny(), threshold=15).concentration) == 3
    assert figures_of(tiny(), threshold=20).concentration == ()


def test_tiers_follow_the_order_of_the_definition_and_small_ones_are_withheld() -> None:
    tiers = figures_of(tiny()).value_tiers
    assert [(tier.name, tier.count, tier.hidden) for tier in tiers] == [
        ("high", None, True),  # 10: withheld with "none", which could otherwise be found by subtraction
        ("low", 14, False),
        ("none", None, True),
    ]


def test_months_count_paid_orders_only_and_withhold_months_of_few_buyers() -> None:
    orders = pd.DataFrame(
        {
            "customer_no": [*range(10), 0, 1],
            "order_id": [f"o{n}" for n in range(12)],
            "amount": [2.0] * 12,
            "paid": [True] * 11 + [False],
            "_day": pd.to_datetime(["2026-05-02"] * 10 + ["2026-06-01", "2026-05-03"]).date,
        }
    )
    months = figures_of(tiny(fact_orders=orders)).months
    assert [(month.month, month.revenue, month.buyers, month.hidden) for month in months] == [
        ("2026-05", 20.0, 10, False),
        ("2026-06", None, None, True),
    ]


def test_a_snapshot_without_orders_has_no_money_and_no_maps() -> None:
    engine = DuckEngine.open()
    put(engine, "profiles", pd.DataFrame({"customer_id": ["a"], "customer_no": [0], "gender": ["female"]}))
    figures = figures_of(engine)
    assert (figures.revenue, figures.orders, figures.rfm_cells, figures.rfm_groups) == (None, None, (), ())


def test_a_group_takes_the_action_of_the_segment_whose_rule_is_its_value(figures: Figures) -> None:
    champions = next(part for part in figures.rfm_groups if part.name == "champions")
    assert champions.action == Text("Give early access and ask for referrals", "新品优先体验,邀请参与老带新")


def test_no_group_smaller_than_the_threshold_is_anywhere_in_the_figures(figures: Figures) -> None:
    counts: list[Any] = [part.count for part in (*figures.rfm_groups, *figures.value_tiers, *figures.lifecycle)]
    counts += [cell.count for cell in figures.rfm_cells]
    counts += [segment.size for segment in figures.segments]
    counts += [overlap.count for overlap in figures.overlaps]
    counts += [value.count for persona in figures.personas for tag in persona.tags for value in tag.values]
    assert not [count for count in counts if count is not None and 0 < count < figures.threshold]


def test_a_persona_of_few_members_keeps_nothing_but_its_name(figures: Figures) -> None:
    trial = next(persona for persona in figures.personas if persona.name == "vip_trial")
    assert trial.hidden
    assert (trial.size, trial.share, trial.tags, trial.typical, trial.text) == (None, None, (), (), Text("", ""))


def test_the_overlap_of_segments_is_a_share_of_the_first(figures: Figures) -> None:
    sizes = {segment.name: segment.size for segment in figures.segments}
    for overlap in figures.overlaps:
        if overlap.count:
            assert overlap.share == pytest.approx(overlap.count / (sizes[overlap.first] or 0))


def test_identifiers_of_typical_members_are_masked(figures: Figures, snapshot: tuple[DuckEngine, Any]) -> None:
    engine, _ = snapshot
    known = {row["customer_id"] for row in engine.rows(engine.table("customers"), step="test")}
    masked = [member.masked_id for persona in figures.personas for member in persona.typical]
    assert masked
    assert not known & set(masked)
    assert mask("c12345678") == "c1••••78"
    assert mask("short") == "••••"


def test_sensitive_tags_of_a_typical_member_are_left_out_and_numbers_rounded(figures: Figures) -> None:
    champions = next(persona for persona in figures.personas if persona.name == "champions")
    spend = [value.en for member in champions.typical for label, value in member.tags if label.en == "Total spend"]
    assert spend
    assert all(len(value.replace(",", "").rstrip("0")) <= 2 for value in spend)


def test_figures_do_not_change_once_gathered(figures: Figures) -> None:
    with pytest.raises(AttributeError):
        figures.title = Text.of("other")  # type: ignore[misc]
    assert replace(figures, name="other").name == "other"
