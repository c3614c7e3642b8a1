"""What other programs may lean on: names, columns and rows of exports, in three formats, whole or not at all."""

from __future__ import annotations

import csv
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from seen import identity, members, profiles

from huaxiang.core.errors import UsageError
from huaxiang.service.builds import Build

COLUMNS = {
    "segments": ["segment", "customer_id"],
    "identity": ["customer_id", "source", "record_key"],
    "quarantine": ["source", "target", "file", "row", "record_key", "reason", "detail", "data"],
}
ROWS = {"profiles": 6, "identity": 7, "quarantine": 4}
PROMISED = {
    "order_count", "order_count_90d", "spend_total", "spend_365d", "average_order_value", "days_since_first_order",
    "days_since_last_order", "top_category_365d", "recency_score", "frequency_score", "monetary_score", "rfm_group",
    "value_tier", "lifecycle_stage", "gender", "age", "province", "city_tier",
}  # fmt: skip


@pytest.mark.parametrize("kind", ["profiles", "tags", "segments", "identity", "quarantine"])
def test_every_export_says_the_same_in_every_format(build: Build, tmp_path: Path, kind: str):
    files = {suffix: tmp_path / f"{kind}.{suffix}" for suffix in ("parquet", "csv", "jsonl")}
    counts = {build.export(kind, path) for path in files.values()}
    table = pq.read_table(files["parquet"])
    assert counts == {table.num_rows}
    if kind in ROWS:
        assert table.num_rows == ROWS[kind]
    if kind in COLUMNS:
        assert table.column_names == COLUMNS[kind]
    with files["csv"].open(encoding="utf-8", newline="") as file:
        from_csv = list(csv.DictReader(file))
    from_json = [json.loads(line) for line in files["jsonl"].read_text("utf-8").splitlines()]
    assert len(from_csv) == len(from_json) == table.num_rows
    for row, text, value in zip(table.to_pylist(), from_csv, from_json, strict=True):
        assert list(text) == list(value) == list(row)
        assert value == {name: _as_json(cell) for name, cell in row.items()}
        assert {name for name, cell in text.items() if cell == ""} == {
            name for name, cell in row.items() if cell in (None, "", [])
        }


def _as_json(value: Any) -> Any:
    match value:
        case Decimal():
            return float(value)
        case date():
            return value.isoformat()
        case _:
            return value


def test_moments_are_in_utc_and_money_is_a_number(build: Build, tmp_path: Path):
    for suffix in ("jsonl", "csv"):
        build.export("profiles", tmp_path / f"p.{suffix}")
    wang = build.customer("phone:13900000001")["customer_id"]
    rows = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text("utf-8").splitlines()]
    [row] = [row for row in rows if row["customer_id"] == wang]
    # Noon in Shanghai.
    assert row["first_order_at"] == "2025-06-01T04:00:00+00:00"
    assert row["spend_total"] == 1150.5
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        [text] = [row for row in csv.DictReader(file) if row["customer_id"] == wang]
    assert datetime.fromisoformat(text["first_order_at"]) == datetime(2025, 6, 1, 4, tzinfo=UTC)
    assert text["spend_total"] == "1150.50"


def test_profiles_hold_one_row_per_customer_with_the_names_that_are_promised(build: Build, tmp_path: Path):
    build.export("profiles", tmp_path / "p.parquet")
    table = pq.read_table(tmp_path / "p.parquet")
    assert table.column_names[0] == "customer_id"
    assert set(table.column_names) >= PROMISED
    rows = {row.pop("customer_id"): row for row in table.to_pylist()}
    assert rows == profiles(build)
    assert len(rows) == 6
    wang = rows[build.customer("phone:13900000001")["customer_id"]]
    # Two paid orders of 100 on 1 June 2025 and 1050.50 on 28 February 2026; as_of is 1 March 2026.
    assert (wang["order_count"], wang["order_count_90d"]) == (2, 1)
    assert (wang["spend_total"], wang["spend_365d"]) == (Decimal("1150.50"), Decimal("1150.50"))
    assert float(wang["average_order_value"]) == pytest.approx(575.25)
    # 30 + 31 + 31 + 30 + 31 + 30 + 31 + 31 + 28 days from June to February.
    assert (wang["days_since_first_order"], wang["days_since_last_order"]) == (273, 1)
    assert wang["top_category_365d"] == "母婴"
    assert (wang["gender"], wang["age"], wang["province"], wang["city_tier"]) == ("female", 35, "浙江", "new_tier_1")
    # Of three buyers she bought last, spent most, and shares the most orders with li:
    # 1 + floor(5 × share below): recency 1 + floor(5 × 2/3), frequency 1 + floor(5 × 1/3), money 1 + floor(5 × 2/3).
    assert [wang[f"{name}_score"] for name in ("recency", "frequency", "monetary")] == [4, 2, 4]
    # Recency and money are 4, frequency is not: high value, to be developed.
    assert (wang["rfm_group"], wang["value_tier"]) == ("high_value_developing", "high")
    # 90 days with an order, none in the 180 before, and first bought more than 270 days ago: she came back.
    assert wang["lifecycle_stage"] == "won_back"


def test_segments_and_identity_are_those_of_the_build(build: Build, tmp_path: Path):
    build.export("segments", tmp_path / "s.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text("utf-8").splitlines()]
    assert {(row["segment"], row["customer_id"]) for row in rows} == members(build)
    build.export("identity", tmp_path / "i.jsonl")
    rows = [json.loads(line) for line in (tmp_path / "i.jsonl").read_text("utf-8").splitlines()]
    assert {(row["source"], row["record_key"]): row["customer_id"] for row in rows} == identity(build)


def test_tags_carry_name_dimension_category_labels_kind_type_and_coverage(build: Build, tmp_path: Path):
    build.export("tags", tmp_path / "t.parquet")
    rows = {row["name"]: row for row in pq.read_table(tmp_path / "t.parquet").to_pylist()}
    assert set(rows) == set(build.profiles.columns) - {"customer_id"}
    age = rows["age"]
    assert (age["dimension"], age["category"], age["kind"], age["type"]) == (
        "basic",
        "demographics",
        "formula",
        "integer",
    )
    assert (age["label_en"], age["label_zh"], age["unit"]) == ("Age", "年龄", "years")
    # wang, li and zhao of six have a birthday.
    assert age["coverage"] == 0.5


def test_an_export_that_fails_leaves_the_former_file_and_nothing_else(build: Build, tmp_path: Path, monkeypatch):
    path = tmp_path / "out" / "p.csv"
    path.parent.mkdir()
    path.write_text("former")

    def broken(*_: object, **__: object) -> object:
        raise OSError("no space left")

    monkeypatch.setattr(type(build.engine), "batches", broken)
    with pytest.raises(OSError, match="no space"):
        build.export("profiles", path)
    assert [file.name for file in path.parent.iterdir()] == ["p.csv"]
    assert path.read_text() == "former"


def test_an_export_replaces_the_former_file(build: Build, tmp_path: Path):
    path = tmp_path / "s.csv"
    path.write_text("former")
    build.export("segments", path)
    assert path.read_text("utf-8").splitlines()[0].replace('"', "") == "segment,customer_id"
    assert [file.name for file in tmp_path.iterdir()] == ["s.csv"]


def test_an_export_makes_the_folders_it_is_written_to(build: Build, tmp_path: Path):
    build.export("segments", tmp_path / "new" / "folder" / "s.csv")
    assert (tmp_path / "new" / "folder" / "s.csv").is_file()


@pytest.mark.parametrize(
    ("kind", "file", "message"),
    [
        ("profile", "p.csv", r"'profile' can't be exported. Kinds: profiles, tags, segments, identity, .*quarantine"),
        ("profiles", "p.xlsx", r"p.xlsx: write a file that ends in .parquet, .csv, .jsonl"),
    ],
)
def test_a_wrong_export_says_what_would_be_right(build: Build, tmp_path: Path, kind: str, file: str, message: str):
    with pytest.raises(UsageError, match=message):
        build.export(kind, tmp_path / file)
