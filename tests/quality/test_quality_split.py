"""No row disappears: each is used, quarantined, a duplicate, or set aside."""

from __future__ import annotations

import json

import ibis
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huaxiang.core.errors import DataError
from huaxiang.quality.split import check_balance, find_duplicates, split_feed


@pytest.fixture
def split(mapped, engine):
    """Split rows and give the accepted row numbers, the quarantined rows, and the balance."""

    def of(*rows, keep="last", rejects=None):
        table, raw = mapped(*rows)
        parts = split_feed(table, find_duplicates(table, keep=keep), raw, rejects, source="s", feed=0, target="orders")
        accepted = [(row["_file"], row["_row"]) for row in engine.rows(parts.accepted, step="t")]
        [balance] = engine.rows(parts.balance, step="t")
        return sorted(accepted), engine.rows(parts.quarantined.order_by("file", "row"), step="t"), balance

    return of


def test_rows_without_a_mark_are_used(split):
    accepted, quarantined, balance = split({}, {})
    assert accepted == [("a.csv", 1), ("a.csv", 2)]
    assert quarantined == []
    assert balance == {"source": "s", "feed": 0, "target": "orders", "read": 2, "used": 2, "quarantined": 0,
                       "deduplicated": 0, "set_aside": 0}  # fmt: skip


def test_a_quarantined_row_carries_its_reason_and_its_source_row(split):
    accepted, [row], balance = split({}, {"_problems": ["invalid amount: '12,x'", "missing order_id"]})
    assert accepted == [("a.csv", 1)]
    assert json.loads(row.pop("data")) == {"id": "k2"}
    assert row == {"source": "s", "target": "orders", "file": "a.csv", "row": 2, "record_key": "k2",
                   "reason": "invalid amount", "detail": "invalid amount: '12,x'; missing order_id"}  # fmt: skip
    assert (balance["read"], balance["used"], balance["quarantined"]) == (2, 1, 1)


def test_lines_that_were_no_rows_count_as_read_and_quarantined(split):
    rejects = ibis.memtable(
        pa.table(
            {"_file": ["a.csv"], "_row": [2], "line": [3], "reason": ["bad quoting"], "detail": ["d"], "text": ['2,"x']}
        )
    )
    _, [row], balance = split({}, rejects=rejects)
    assert (row["row"], row["reason"], row["detail"]) == (2, "bad quoting", "line 3: d")
    assert json.loads(row["data"]) == {"text": '2,"x'}
    assert (balance["read"], balance["used"], balance["quarantined"]) == (2, 1, 1)


def test_of_duplicates_the_last_row_stays_unless_the_first_is_asked_for(split):
    rows = ({"_same": "x"}, {"_same": "x"}, {"_same": "y"})
    assert split(*rows)[0] == [("a.csv", 2), ("a.csv", 3)]
    assert split(*rows, keep="first")[0] == [("a.csv", 1), ("a.csv", 3)]


def test_duplicates_are_kept_by_their_order_and_a_missing_order_loses(split):
    rows = ({"_same": "x", "_order": "2026-02"}, {"_same": "x", "_order": "2026-01"}, {"_same": "x"})
    assert split(*rows)[0] == [("a.csv", 1)]
    assert split(*rows, keep="first")[0] == [("a.csv", 2)]


def test_rows_without_a_mark_of_sameness_are_no_duplicates(split):
    assert split({"_same": None}, {"_same": None})[2]["deduplicated"] == 0


def test_a_row_that_is_set_aside_or_quarantined_pushes_out_no_other(split):
    accepted, _, balance = split(
        {"_same": "x"}, {"_same": "x", "_aside": "after_as_of"}, {"_same": "x", "_problems": ["missing amount"]}
    )
    assert accepted == [("a.csv", 1)]
    assert (balance["set_aside"], balance["quarantined"], balance["deduplicated"]) == (1, 1, 0)


def test_a_row_that_is_set_aside_is_not_quarantined_as_well(split):
    _, quarantined, balance = split({"_aside": "filtered", "_problems": ["missing amount"]})
    assert quarantined == []
    assert balance["set_aside"] == 1


def test_a_feed_without_rows_balances(split):
    _, _, balance = split()
    assert [balance[part] for part in ("read", "used", "quarantined", "deduplicated", "set_aside")] == [0] * 5


def test_rows_that_do_not_balance_are_an_error():
    row = {"source": "s", "feed": 0, "target": "orders", "read": 3, "used": 1, "quarantined": 0, "deduplicated": 1,
           "set_aside": 0}  # fmt: skip
    with pytest.raises(DataError, match=r"source 's', feed 0 .orders.: 3 rows were read, and 2 accounted for"):
        check_balance([row])
    check_balance([row | {"set_aside": 1}])


_row = st.fixed_dictionaries(
    {
        "_same": st.sampled_from([None, "x", "y"]),
        "_aside": st.sampled_from([None, None, "filtered"]),
        "_problems": st.sampled_from([None, None, ["missing amount"]]),
        "_order": st.sampled_from([None, "1", "2"]),
    }
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_row, max_size=8))
def test_whatever_the_rows_are_they_balance(split, rows):
    accepted, quarantined, balance = split(*rows)
    check_balance([balance])
    usable = [row for row in rows if row["_aside"] is None and row["_problems"] is None]
    marks = {row["_same"] for row in usable} - {None}
    assert len(accepted) == balance["used"] == len(marks) + sum(row["_same"] is None for row in usable)
    assert len(quarantined) == balance["quarantined"]
