"""Reading stored facts: a bucket at a time, straight from Parquet."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from huaxiang.core.errors import StoreError
from huaxiang.facts.files import FactFiles
from huaxiang.facts.runs import customers

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def stored(folder: Path, customers: list[int], row_group_size: int = 2) -> FactFiles:
    """Facts that tell their place in the file."""
    table = pa.table(
        {
            "customer_no": pa.array(customers, pa.int64()),
            "occurred_at": [NOON] * len(customers),
            "category": [f"c{place % 3}" if place % 4 else None for place in range(len(customers))],
            "place": pa.array(range(len(customers)), pa.int64()),
            "_day": [NOON.date()] * len(customers),
        },
        schema=pa.schema(
            [
                ("customer_no", pa.int64()),
                ("occurred_at", pa.timestamp("us", "UTC")),
                ("category", pa.string()),
                ("place", pa.int64()),
                ("_day", pa.date32()),
            ]
        ),
    )
    folder.mkdir(exist_ok=True)
    pq.write_table(table, folder / "part-0.parquet", row_group_size=row_group_size)
    return FactFiles(folder)


def test_a_bucket_has_the_facts_of_its_customers_in_order_whatever_the_row_groups(tmp_path):
    facts = stored(tmp_path, [0, 0, 1, 1, 1, 4, 5, 5, 9])
    assert facts.read(range(1, 6), ["place"])["place"].to_pylist() == [2, 3, 4, 5, 6, 7]
    assert facts.read(range(2, 4), ["place"]).num_rows == 0
    assert facts.read(range(9, 100), ["place"])["place"].to_pylist() == [8]


def test_the_newest_run_that_knows_a_customer_has_all_of_their_facts(tmp_path):
    facts = stored(tmp_path / "orders", [0, 0, 1, 2, 4])
    for number, (known, owners) in enumerate([([1, 2], [1, 2, 2]), ([2, 3, 4], [3])], 1):
        pq.write_table(
            stored(tmp_path / "more", owners).read(range(9), ["category", "place"]),
            tmp_path / "orders" / f"part-{number}.parquet",
            use_dictionary=number == 1,
        )
        path = customers(tmp_path / "orders", number)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"customer_no": pa.array(known, pa.int64())}), path)
    read = facts.read(range(9), ["category", "place"])
    # 0 is in the first run only, 1 in the second, and the third says that 2 and 4 have nothing left.
    assert list(zip(read["customer_no"].to_pylist(), read["place"].to_pylist(), strict=True)) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (3, 0),
    ]
    assert read["category"].to_pylist() == [None, "c1", None, None]


def test_columns_are_those_asked_for_with_customer_and_day(tmp_path):
    read = stored(tmp_path, [0, 1]).read(range(2), ["place"])
    assert set(read.column_names) == {"customer_no", "_day", "place"}


def test_texts_come_as_codes_into_a_dictionary_and_mean_the_same(tmp_path):
    column = stored(tmp_path, [0] * 8).read(range(1), ["category"])["category"]
    assert pa.types.is_dictionary(column.type)
    assert column.to_pylist() == [None, "c1", "c2", "c0", None, "c2", "c0", "c1"]


def test_a_table_without_facts_reads_as_empty(tmp_path):
    assert stored(tmp_path, []).read(range(10), ["category"]).num_rows == 0


def test_how_many_facts_a_bucket_has_is_told_by_its_share_of_row_groups(tmp_path):
    facts = stored(tmp_path, [0, 0, 1, 1, 1, 4, 5, 5, 9])
    # Groups of two: (0, 0), (1, 1), (1, 4), (5, 5), (9). Of the third one a quarter, which is half a fact.
    assert facts.rows(range(1, 2)) == 3
    assert facts.rows(range(100)) == 9
    assert facts.rows(range(100, 200)) == 0


def test_a_bucket_looks_at_its_own_row_groups_only(tmp_path, monkeypatch):
    facts = stored(tmp_path, [*range(40)])
    (file,) = facts._files
    metadata, asked = file._metadata, []

    class Watched:
        def row_group(self, number: int) -> pq.RowGroupMetaData:
            asked.append(number)
            return metadata.row_group(number)

    assert len(file._spans) == 20
    monkeypatch.setattr(file, "_metadata", Watched())
    assert facts.rows(range(9, 13)) == 4
    # Groups of two: (8, 9), (10, 11), (12, 13).
    assert asked == [4, 5, 6]


def test_runs_in_one_wide_group_don_t_make_every_customer_look_heavy(tmp_path):
    wide = stored(tmp_path, [*range(1000)], 1000).read(range(1000), [])
    pq.write_table(wide, tmp_path / "part-1.parquet")
    assert FactFiles(tmp_path).rows(range(10)) == 20


def test_a_file_that_vanished_says_so(tmp_path):
    facts = stored(tmp_path, [0, 1])
    facts.rows(range(2))
    (tmp_path / "part-0.parquet").unlink()
    with pytest.raises(StoreError, match="can't be read"):
        facts.read(range(2), ["place"])


@pytest.mark.parametrize("there", [False, True], ids=["no folder", "an empty folder"])
def test_a_table_whose_files_are_all_gone_says_so(tmp_path, there: bool):
    folder = tmp_path / "orders"
    if there:
        folder.mkdir()
    with pytest.raises(StoreError, match=r"orders can't be read: .* Build again"):
        FactFiles(folder).of(1, ["place"])


def test_a_damaged_file_says_so(tmp_path):
    facts = stored(tmp_path, [0, 1])
    (tmp_path / "part-0.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(StoreError, match="Build again"):
        facts.read(range(2), ["place"])


def test_one_customer_is_found_across_row_groups_and_runs_with_plain_texts(tmp_path):
    facts = stored(tmp_path / "orders", [0, 0, 1, 1, 1, 4, 5, 5, 9])
    newer = stored(tmp_path / "more", [4, 4]).read(range(9), ["category", "place", "occurred_at"])
    pq.write_table(newer, tmp_path / "orders" / "part-1.parquet")
    known = customers(tmp_path / "orders", 1)
    known.parent.mkdir(parents=True)
    # The newer run has all of 4, and says that nothing is left of 5.
    pq.write_table(pa.table({"customer_no": pa.array([4, 5], pa.int64())}), known)
    found = {each: facts.of(each, ["place", "category"]) for each in range(11)}
    assert {each: rows["place"].to_pylist() for each, rows in found.items() if rows.num_rows} == {
        0: [0, 1],
        1: [2, 3, 4],
        4: [0, 1],
        9: [8],
    }
    assert found[1]["category"].to_pylist() == ["c2", "c0", None]
    assert {str(rows.schema) for rows in found.values()} == {"place: int64\ncategory: string"}
