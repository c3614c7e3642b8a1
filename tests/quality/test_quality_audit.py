"""The audit and the data map: figures that can be checked by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import ibis
import pyarrow as pa
import pytest

from huaxiang.core.findings import Location
from huaxiang.core.moments import Duration, Moment
from huaxiang.quality.audit import audit_feed, audit_freshness, audit_source, check_freshness, quality_table
from huaxiang.quality.data_map import Mapping, data_map_rows, data_map_table
from huaxiang.quality.profile import profile_feed

AS_OF = Moment.parse("2026-06-30", "Asia/Shanghai")
BALANCE = {"source": "s", "feed": 0, "target": "orders", "read": 10, "used": 9, "quarantined": 0,
           "deduplicated": 1, "set_aside": 0}  # fmt: skip


@pytest.fixture
def profile(mapped, engine):
    def of(*rows):
        return profile_feed(engine, mapped(*rows)[0], ["amount", "channel", "occurred_at"], step="profile")

    return of


def figures(metrics):
    return {(row["column"], row["metric"]): row["value"] for row in metrics}


def test_a_source_is_audited_as_it_is(engine):
    raw = ibis.memtable(
        pa.table({"id": ["1", "2", "2", "4"], "city": ["x", "-", "", None], "_file": ["a"] * 4, "_row": [1, 2, 3, 4]})
    )
    rejects = ibis.memtable(pa.table({"_row": [5]}))
    found = figures(audit_source(engine, raw, rejects, source="s", null_values=("", "-")))
    assert found == {
        (None, "rows"): 5,
        (None, "rejected"): 1,
        ("id", "completeness"): 1.0,
        ("id", "distinct"): 3,
        ("id", "uniqueness"): 0.75,  # 3 of 4
        ("city", "completeness"): 0.25,  # 1 of 4
        ("city", "distinct"): 1,
        ("city", "uniqueness"): 1.0,
    }


def test_a_feed_is_audited_by_what_its_columns_hold(profile):
    rows = [{"amount": float(n)} for n in range(1, 9)] + [{"amount": 100.0}, {"_invalid": ["amount"]}]
    found = figures(audit_feed(profile(*rows), BALANCE))
    assert found[None, "duplicates"] == 0.1  # 1 of 10 usable rows
    assert found["orders.amount", "completeness"] == 0.9
    assert found["orders.amount", "validity"] == 0.9  # 9 good, 1 that made no sense
    assert (found["orders.amount", "min"], found["orders.amount", "max"]) == (1.0, 100.0)
    # Quartiles of 1…8, 100 are 3 and 7: the fences stand at -3 and 13.
    assert found["orders.amount", "outliers"] == pytest.approx(1 / 9)


def test_rows_that_are_set_aside_are_not_audited(profile):
    found = profile({"amount": 1.0}, {"amount": 9.0, "_aside": "after_as_of"})
    assert (found.rows, found.columns["amount"].high) == (1, 1.0)


def test_an_empty_feed_can_be_audited(profile):
    found = figures(audit_feed(profile(), BALANCE | {"used": 0, "deduplicated": 0}))
    assert found["orders.amount", "completeness"] == 0.0
    assert ("orders.amount", "validity") not in found


def test_freshness_is_the_age_of_the_newest_row_at_the_builds_moment(profile):
    seen = profile(
        {"occurred_at": datetime(2026, 6, 19, 16, tzinfo=UTC)},  # midnight of the 20th in Shanghai
        {"occurred_at": datetime(2026, 6, 1, tzinfo=UTC)},
        {"occurred_at": datetime(2026, 7, 1, tzinfo=UTC), "_aside": "after_as_of"},
    )
    metric = audit_freshness(seen, "occurred_at", source="s", moment=AS_OF)
    assert metric["value"] == 10.0
    [finding] = check_freshness(metric, Duration.parse("7d"), Location("sources/s.yml", 3))
    assert (finding.code, finding.severity) == ("stale_source", "warning")
    assert "10 days old" in finding.message
    assert list(check_freshness(metric, Duration.parse("10d"), Location())) == []
    assert [finding.code for finding in check_freshness(None, Duration.parse("7d"), Location())] == [
        "freshness_unknown"
    ]


def test_the_data_map_says_how_well_each_column_is_fed(profile):
    seen = profile({"amount": 1.0}, {"_invalid": ["amount"]})
    [row] = data_map_rows(seen, [Mapping("amount", "money(price)", ("trim", "money"))], source="s", target="orders")
    assert row == {"source": "s", "source_column": "money(price)", "target": "orders", "column": "amount",
                   "cleaning": "trim, money", "rows": 2, "filled": 0.5, "invalid": 1}  # fmt: skip
    assert data_map_table([row]).to_pylist() == [row]


def test_the_table_of_metrics_has_the_columns_of_the_contract(profile):
    table = quality_table(audit_feed(profile({"amount": 1.0}), BALANCE))
    assert table.column_names == ["source", "column", "metric", "value", "detail"]
