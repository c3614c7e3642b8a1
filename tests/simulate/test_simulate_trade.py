"""Customers of any trade from a short description: equal arguments give equal files, and mistakes are told."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError

from huaxiang.core.errors import UsageError
from huaxiang.simulate.trade import TradeSpec, simulate_trade

PLAIN = {
    "groups": {
        "tea": {"share": 3, "orders": 12, "categories": {"tea": 1}, "answers": {"taste": {"green": 1}}},
        "coffee": {"share": 1, "orders": 6, "female": 1, "ages": (30, 30, 30), "categories": {"coffee": 9, "tea": 1}},
    },
    "categories": {
        "tea": {"products": 4, "price": (10, 80), "brands": {"A": 1}},
        "coffee": {"products": 2, "price": (20, 20), "brands": {"B": 1}, "kinds": ("beans",)},
    },
    "questions": {"taste": {"share": 1}},
}


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trade")
    simulate_trade(folder, TradeSpec.model_validate(PLAIN), 400, 7)
    return folder


def test_equal_arguments_give_equal_files(shop: Path, tmp_path: Path):
    simulate_trade(tmp_path, TradeSpec.model_validate(PLAIN), 400, 7)
    for file in sorted((shop / "data").iterdir()):
        assert (tmp_path / "data" / file.name).read_bytes() == file.read_bytes()


def test_groups_are_as_large_and_as_old_as_described(shop: Path):
    group = {row["member_no"]: row["group"] for row in rows(shop / "truth", "people")}
    assert 60 < Counter(group.values())["coffee"] < 140  # 100 expected, 9 the standard deviation
    drinkers = [row for row in rows(shop / "data", "customers") if group[row["member_no"]] == "coffee"]
    assert {row["gender"] for row in drinkers} == {"女"}
    assert {row["birthday"][:4] for row in drinkers} <= {"1995", "1996"}


def test_everybody_buys_what_their_group_likes_and_answers_what_it_says(shop: Path):
    group = {row["member_no"]: row["group"] for row in rows(shop / "truth", "people")}
    category = {row["product_id"]: row["category"] for row in rows(shop / "data", "products")}
    owner = {row["order_id"]: row["member_no"] for row in rows(shop / "data", "orders")}
    bought = Counter(
        (group[owner[row["order_id"]]], category[row["product_id"]]) for row in rows(shop / "data", "order_lines")
    )
    assert bought["tea", "coffee"] == 0
    assert bought["coffee", "coffee"] > 5 * bought["coffee", "tea"] > 0
    answers = rows(shop / "data", "answers")
    assert {group[row["member_no"]] for row in answers} == {"tea"}
    assert len(answers) == Counter(group.values())["tea"]


def test_the_amount_of_an_order_is_that_of_its_lines(shop: Path):
    lines: Counter[str] = Counter()
    for row in rows(shop / "data", "order_lines"):
        lines[row["order_id"]] += round(float(row["amount"]) * 100)
    assert {row["order_id"]: round(float(row["amount"]) * 100) for row in rows(shop / "data", "orders")} == lines


def test_prices_rise_by_equal_factors_from_the_lowest_to_the_highest(shop: Path):
    prices = [float(row["price"]) for row in rows(shop / "data", "products") if row["category"] == "tea"]
    assert prices == [10, 20, 40, 80]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"groups": {"tea": {"share": 1, "orders": 1, "categories": {"cocoa": 1}}}}, "category 'cocoa'"),
        ({"questions": {}}, "question 'taste'"),
        (
            {"categories": {**PLAIN["categories"], "tea": {"price": (9, 3), "brands": {"A": 1}}}},
            "lowest and the highest",
        ),
        ({"groups": {"tea": {"share": 1, "orders": 1, "ages": (40, 30, 50), "categories": {"tea": 1}}}}, "'ages'"),
        ({"groups": {"tea": {"share": 1, "orders": 1, "categories": {"tea": -1}}}}, "greater than or equal to 0"),
        ({"groups": {"tea": {"share": 1, "orders": 1, "categories": {"tea": 0}}}}, "above 0"),
    ],
)
def test_a_description_that_contradicts_itself_is_refused(changed: dict[str, object], told: str):
    with pytest.raises(ValidationError, match=told):
        TradeSpec.model_validate(PLAIN | changed)


def test_files_of_somebody_else_stay(tmp_path: Path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text("a\n")
    with pytest.raises(UsageError, match="no simulation wrote"):
        simulate_trade(tmp_path, TradeSpec.model_validate(PLAIN), 10, 1)
    assert (tmp_path / "data" / "mine.csv").exists()
