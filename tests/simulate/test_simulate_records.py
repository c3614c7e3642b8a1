"""The truth about identity holds every record once, and the dirt is there in measure."""

from __future__ import annotations

import csv
import io
import json
import re
import sqlite3
from collections import Counter
from pathlib import Path

import fastexcel
import phonenumbers
import pyarrow.parquet as pq
import pytest

from huaxiang.expressions.functions.places import city, city_tier, province
from huaxiang.simulate.places import CITIES, PROVINCE_SPELLINGS, TIER_NAMES

Row = dict[str, str]


def csv_lines(folder: Path, pattern: str, encoding: str = "utf-8") -> tuple[list[Row], int]:
    """The rows of all files that have all columns, and the number of torn lines."""
    rows, torn = [], 0
    for path in sorted(folder.glob(pattern)):
        header, *lines = csv.reader(io.StringIO(path.read_text(encoding=encoding), newline=""))
        rows += [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]
        torn += sum(len(line) != len(header) for line in lines)
    return rows, torn


def json_lines(folder: Path, pattern: str) -> list[Row]:
    return [json.loads(line) for path in sorted(folder.glob(pattern)) for line in path.read_text("utf-8").splitlines()]


def record_keys(folder: Path) -> dict[str, list[str]]:
    """The keys of the distinct rows of each record source, read without the product."""
    data = folder / "data"

    def distinct(rows: list[Row]) -> list[Row]:
        return [dict(row) for row in {tuple(row.items()) for row in rows}]

    west = fastexcel.read_excel(next(data.glob("till/*.xlsx"))).load_sheet(0).to_arrow()
    return {
        "crm": [row["crm_id"] for row in distinct(csv_lines(data, "crm/*.csv", "utf-8-sig")[0])],
        "till": [row["会员号"] for row in distinct(csv_lines(data, "till/*.csv", "gb18030")[0])],
        "till_west": west.column("会员号").to_pylist(),
        "app_users": [f"{row['user_id']}|{row['device_id']}" for row in json_lines(data, "app/*.jsonl")],
        "mini_users": pq.read_table(data / "mini").column("openid").to_pylist(),
        "web_logins": [row["login_id"] for row in csv_lines(data, "web/*.csv")[0]],
    }


def test_the_truth_holds_every_record_exactly_once_and_no_other(folder: Path) -> None:
    truth = pq.read_table(folder / "truth" / "identity.parquet").to_pylist()
    told = Counter((row["source"], row["record_key"]) for row in truth)
    there = Counter((source, key) for source, keys in record_keys(folder).items() for key in keys)
    assert told == there
    assert set(told.values()) == {1}


def test_everybody_is_known_to_at_least_one_system(folder: Path) -> None:
    people = pq.read_table(folder / "truth" / "people.parquet", columns=["person_id"])
    identity = pq.read_table(folder / "truth" / "identity.parquet", columns=["person_id"])
    assert set(identity["person_id"].to_pylist()) == set(people["person_id"].to_pylist())
    assert people.num_rows == 3_000


def test_the_truth_does_not_leak_into_the_data(folder: Path) -> None:
    words = re.compile(rb"P0000\d{4}|persona\b|bargain_hunter|new_parent|sleeping_dog|persuadable|night_owl")
    for path in (folder / "data").rglob("*"):
        if path.suffix == ".parquet":
            names = set(pq.read_schema(path).names)
            assert not names & {"person_id", "persona", "churned", "uplift_class"}, path
        elif path.is_file():
            assert not words.search(path.read_bytes()), path


def share(rows: list[Row], column: str, pattern: str) -> float:
    return sum(re.fullmatch(pattern, row[column]) is not None for row in rows) / len(rows)


def test_the_crm_is_as_dirty_as_announced(folder: Path) -> None:
    rows, torn = csv_lines(folder / "data", "crm/*.csv", "utf-8-sig")
    repeated = len(rows) - len({tuple(row.items()) for row in rows})
    assert 1 <= torn <= 0.004 * len(rows)
    assert 0.001 < repeated / len(rows) < 0.006
    assert 0.015 < share(rows, "birthday", "1900-01-01") < 0.045
    assert 0.07 < share(rows, "birthday", "") < 0.17
    assert share(rows, "birthday", r"\d{4}年\d+月\d+日") > 0.03
    assert share(rows, "birthday", r"18\d\d-.*") > 0
    assert 0.03 < share(rows, "mobile", "") < 0.12
    assert 0.002 < share(rows, "mobile", "13800138000") < 0.012
    assert share(rows, "mobile", "[０-９]{11}") > 0.01
    assert share(rows, "email", r"test@test\.com") > 0.001
    assert {"男", "M", "先生", "女", "F", "女士", "未知"} <= {row["sex"] for row in rows}
    assert {"广东省", "广东"} <= {row["province"] for row in rows}


def test_orders_hold_torn_repeated_nameless_and_impossible_rows(folder: Path) -> None:
    rows, torn = csv_lines(folder / "data", "orders/orders-*.csv")
    nameless = [row for row in rows if not (row["phone"] or row["member_no"] or row["openid"])]
    assert torn >= 2
    assert len({row["order_no"] for row in rows}) < len(rows)
    assert 0.005 < len(nameless) / len(rows) < 0.04
    assert 0 < sum(row["amount"].startswith("-") for row in rows) / len(rows) < 0.003


def test_tills_print_amounts_with_signs_and_commas(folder: Path) -> None:
    rows, _ = csv_lines(folder / "data", "till/*.csv", "gb18030")
    amounts = {row["累计消费"] for row in rows}
    assert "-" in amounts
    assert any(re.fullmatch(r"¥\d,\d{3}\.\d\d", amount) for amount in amounts)


def test_phones_are_valid_and_unique_and_mails_are_at_reserved_domains(folder: Path) -> None:
    people = pq.read_table(folder / "truth" / "people.parquet", columns=["phone", "email"])
    phones = people["phone"].to_pylist()
    assert len(set(phones)) == len(phones)
    assert all(phonenumbers.is_valid_number(phonenumbers.parse(phone, "CN")) for phone in phones[:200])
    assert all(re.search(r"[@.]example\.(com|net|org)$", email) for email in people["email"].to_pylist())


def test_some_families_share_a_phone(folder: Path) -> None:
    people = pq.read_table(folder / "truth" / "people.parquet", columns=["shares_phone"])
    assert 0.01 < sum(people["shares_phone"].to_pylist()) / people.num_rows < 0.05


@pytest.mark.parametrize("table", ["touches", "holdouts", "campaigns", "spend"])
def test_the_campaign_system_is_a_database(folder: Path, table: str) -> None:
    connection = sqlite3.connect(folder / "data" / "marketing" / "campaigns.db")
    try:
        (count,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    finally:
        connection.close()
    assert count >= 12


def test_cities_are_named_and_ranked_as_profiles_do() -> None:
    for place in CITIES:
        assert city(place.name) == city(place.pinyin) == place.name
        assert city_tier(place.name) == TIER_NAMES[place.tier]
        assert {province(place.province), *map(province, PROVINCE_SPELLINGS[place.province])} == {
            PROVINCE_SPELLINGS[place.province][0]
        }
