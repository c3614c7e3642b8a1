"""Builds that take over what former ones computed: their values are those of a build that computes everything anew."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from seen import identity, members, profiles, table
from tiny import CRM, LINES, ORDERS, SOURCES, TAGS, lines_of, write_tiny

import huaxiang.project.again as again
import huaxiang.project.facts as facts
import huaxiang.project.turnover_tags as turnover_tags
import huaxiang.tags.renewal as renewal
from huaxiang.core.errors import StoreError
from huaxiang.personas.shelf import KIND
from huaxiang.personas.tables import COLUMNS
from huaxiang.project.facts_room import Room
from huaxiang.service.api import Build, load

PARTED = SOURCES.replace("crm.csv", "crm*.csv").replace("orders.csv", "orders*.csv").replace("lines.csv", "lines*.csv")
"""The sources of the tiny project, each of which may get more files."""

ORDER_COLUMNS = ORDERS.splitlines()[0]


@pytest.fixture(autouse=True)
def _never_outgrown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiny sources outgrow what was counted, and what was stored, with the first new row, which touches most people.

    Profiles stay in the file of the build before, whatever moves in it.
    """
    monkeypatch.setattr(again, "GROWTH", 100)
    monkeypatch.setattr(facts, "MOST", 100)
    monkeypatch.setattr(turnover_tags, "MOST", 1)
    monkeypatch.setattr(renewal, "MOVED", 100)
    monkeypatch.setattr(renewal, "ANEW", 1)


def project(folder: Path, **files: str) -> Path:
    return write_tiny(folder, sources=files.pop("sources", PARTED), **files)


def built(folder: Path, **options: Any) -> Build:
    return load(folder).build(**options)


def values(build: Build) -> tuple[Any, ...]:
    """The profiles by customer, the members of all segments, who is who, facts, refused rows, portraits and shelf."""
    rows = [
        sorted(repr(sorted(row.items())) for row in table(build, name))
        for name in ("fact_orders", "fact_order_lines", "quarantine", *COLUMNS)
    ]
    shelf = build.snapshot.folder / "derived" / KIND
    files = [(shelf / name).read_bytes() for name in ("arrays.bin", "index.json")]
    return profiles(build), members(build), identity(build), rows, files


def taken_over(build: Build) -> set[str]:
    """The sources of which no more than new files were read."""
    parts = build.snapshot.folder.parent.parent / "intake"
    return {path.name for path in parts.iterdir() if not (path / build.snapshot.id).exists()}


def more(folder: Path, name: str, rows: Sequence[str], columns: str = ORDER_COLUMNS) -> None:
    (folder / "data" / f"{name}.csv").write_text("\n".join([columns, *rows, ""]), encoding="utf-8")


def same_as_anew(folder: Path, **options: Any) -> None:
    """Build on what is kept, then anew, and compare."""
    with built(folder, **options) as kept, built(folder, full=True, **options) as anew:
        assert values(kept) == values(anew)
        assert table(kept, "balance") == table(anew, "balance")


def test_a_source_that_did_not_change_is_not_read_again(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    with built(folder) as second:
        assert taken_over(second) == {"crm", "orders", "lines", "products"}
    same_as_anew(folder)


def test_of_a_source_with_a_new_file_only_that_is_read(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])
    with built(folder) as second:
        own = folder / ".huaxiang" / "intake" / "orders"
        mapped = own / second.snapshot.id / "mapped_0.parquet"
        assert second.engine.backend.read_parquet(str(mapped)).count().execute() == 1
        balance = next(row for row in table(second, "balance") if row["source"] == "orders")
        assert balance["read"] == len(ORDERS.splitlines()) - 1 + 1
    same_as_anew(folder)


def test_a_late_row_pushes_out_the_one_it_repeats(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    # A2 again, as another system exported it later: the last row of a key is the one that counts.
    more(folder, "orders_2", ["A2,13900000001,2026-02-28 23:59:59,paid,7.00,0,store"])
    same_as_anew(folder)


def test_a_file_that_changed_is_read_again_with_all_others(tmp_path):
    folder = project(tmp_path)
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])
    built(folder).close()
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,900.00,0,app"])
    with built(folder) as second:
        assert "orders" not in taken_over(second)
    same_as_anew(folder)


def test_a_partition_that_vanished_takes_its_rows_along(tmp_path):
    # The line of B1 stays, without what its order filled in.
    folder = project(tmp_path, lines=lines_of(LINES, ["B1", "p1", 1, 5]))
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])
    with built(folder) as first:
        before = values(first)
    (folder / "data" / "orders_2.csv").unlink()
    with built(folder) as after:
        stored = [*(after.snapshot.folder / "facts").rglob("part-*.parquet")]
        assert len(stored) == 2
        assert values(after) != before
        # Nor does any file hold them that only newer ones would hide.
        assert not any("B1" in pq.read_table(path)["order_id"].to_pylist() for path in stored)
    same_as_anew(folder)


def test_a_row_that_another_one_pushed_out_is_forgotten_once_its_source_has_it_no_more(tmp_path):
    folder = project(tmp_path, sources=PARTED.replace("duplicates: {}", "duplicates: {by: [order_no]}"))
    built(folder).close()
    more(folder, "orders_2", ["A2,13900000001,2026-02-28 23:59:59,paid,7.00,0,store"])
    with built(folder) as second:
        assert 1050.5 in amounts(second)
    (folder / "data" / "orders.csv").write_text(ORDERS.replace("1,050.50", "1,060.50"), encoding="utf-8")
    with built(folder) as third:
        assert {1050.5, 1060.5}.isdisjoint(amounts(third))
        assert 7 in amounts(third)


def amounts(build: Build) -> list[float]:
    """The amounts of orders in all files of facts, also those that newer files hide."""
    stored = (build.snapshot.folder / "facts" / "orders").glob("*.parquet")
    return [float(amount) for path in stored for amount in pq.read_table(path)["amount"].to_pylist()]


def test_new_rows_of_nobody_write_no_facts(tmp_path):
    folder = project(tmp_path)
    with built(folder) as first:
        quarantined = first.summary["quarantined"]
    more(folder, "orders_2", ["B1,,2025-07-01 12:00:00,paid,500.00,0,app"])
    with built(folder) as second:
        stored = (second.snapshot.folder / "facts" / "orders").glob("*.parquet")
        assert [path.name for path in stored] == ["part-0.parquet"]
        assert second.summary["quarantined"] == quarantined + 1


def test_a_partition_with_another_column_is_read_with_all_others(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    row = "B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app,spring"
    more(folder, "orders_2", [row], ORDER_COLUMNS + ",season")
    with built(folder) as second:
        assert "orders" not in taken_over(second)
        assert [finding["code"] for finding in second.summary["findings"]].count("schema_drift") == 1
    same_as_anew(folder)


def test_a_changed_definition_of_a_source_reads_it_again_and_no_other(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    text = (folder / "sources" / "all.yml").read_text()
    (folder / "sources" / "all.yml").write_text(text.replace("channel: channel", "channel: upper(channel)"))
    with built(folder) as second:
        assert taken_over(second) == {"crm", "lines", "products"}
    same_as_anew(folder)


def test_facts_of_known_people_leave_everybody_who_they_are_and_only_their_own_facts_are_written(tmp_path, monkeypatch):
    folder = project(tmp_path)
    with built(folder) as first:
        before = first.snapshot.folder / "facts"
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])
    with monkeypatch.context() as patched:
        patched.setattr("huaxiang.project.run.resolve_identity", lambda *_: pytest.fail("asked who is who"))
        with built(folder) as second:
            after = second.snapshot.folder / "facts"
            parts = {path.relative_to(after).as_posix(): path for path in after.rglob("*.parquet")}
            # Li's orders: A3 by this phone, A4 and its cancellation by another, and the new one.
            assert pq.read_table(parts["orders/part-1.parquet"])["order_id"].to_pylist() == ["B1", "A3", "A4", "A4c"]
            assert "order_lines/part-1.parquet" not in parts
            assert parts["orders/part-0.parquet"].samefile(before / "orders/part-0.parquet")
            assert second.summary["facts"]["orders"] == first.summary["facts"]["orders"] + 1
    same_as_anew(folder)


def test_facts_that_were_cut_to_fit_into_memory_are_the_same_and_builds_go_on_from_them(tmp_path, monkeypatch):
    folder = project(tmp_path)
    with monkeypatch.context() as small:
        small.setattr(Room, "is_ample", lambda *_: False)
        small.setattr(Room, "ranges", lambda *_: 2)
        with built(folder) as first:
            cut = {path.name for path in (first.snapshot.folder / "facts" / "orders").glob("*.parquet")}
    assert cut == {"part-0-00000.parquet", "part-0-00001.parquet"}
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])
    with built(folder) as second:
        seen = {path.name for path in (second.snapshot.folder / "facts" / "orders").glob("*.parquet")}
    assert seen == {*cut, "part-1.parquet"}
    same_as_anew(folder)


def test_many_runs_become_one_again(tmp_path, monkeypatch):
    monkeypatch.setattr(facts, "RUNS", 2)
    folder = project(tmp_path)
    built(folder).close()
    seen = []
    for number, phone in enumerate(["13900000002", "13900000077", "13900000001"]):
        more(folder, f"orders_{number}", [f"B{number},{phone},2025-07-01 12:00:00,paid,500.00,0,app"])
        with built(folder) as build:
            seen.append({path.name for path in (build.snapshot.folder / "facts" / "orders").glob("*.parquet")})
    assert seen == [{"part-0.parquet", "part-1.parquet"}, {"part-2.parquet"}, {"part-2.parquet", "part-3.parquet"}]
    same_as_anew(folder)


def test_a_build_that_goes_on_and_is_killed_or_finds_no_space_leaves_the_former_one_to_go_on_from(
    tmp_path, monkeypatch
):
    folder = project(tmp_path)
    with built(folder) as first:
        before = values(first)
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    for place, fail, error in (("in_order", die, KeyboardInterrupt), ("link_file", refuse, StoreError)):
        with monkeypatch.context() as patched:
            patched.setattr(facts, place, fail)
            with pytest.raises(error):
                built(folder)
        with load(folder).open() as serving:
            assert values(serving) == before
    same_as_anew(folder)


def test_a_changed_tag_reads_no_source(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    (folder / "tags" / "own.yml").write_text(TAGS.replace("window: 90d", "window: 30d"), encoding="utf-8")
    with built(folder) as second:
        assert taken_over(second) == {"crm", "orders", "lines", "products"}
    same_as_anew(folder)


def test_rows_that_lay_after_the_former_moment_count_once_it_is_reached(tmp_path):
    folder = project(tmp_path)
    built(folder, as_of="2026-02-15").close()
    with built(folder, as_of="2026-03-02") as later:
        assert "orders" not in taken_over(later)
    same_as_anew(folder, as_of="2026-03-02")


def test_a_look_back_does_not_make_the_next_build_forget(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    built(folder, as_of="2026-01-01").close()
    with built(folder) as third:
        assert "orders" in taken_over(third)
    same_as_anew(folder)


def test_a_build_that_died_while_it_kept_its_parts_leaves_the_former_ones(tmp_path, monkeypatch):
    folder = project(tmp_path)
    built(folder).close()
    more(folder, "orders_2", ["B1,13900000002,2025-07-01 12:00:00,paid,500.00,0,app"])

    def die(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("huaxiang.store.snapshots.Building.publish", die)
        with pytest.raises(KeyboardInterrupt):
            built(folder)
    same_as_anew(folder)


def test_what_is_kept_and_was_damaged_is_as_if_it_were_not_there(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    (folder / ".huaxiang" / "intake" / "orders" / "kept.json").write_text("{", encoding="utf-8")
    # With nothing new, the former snapshot would be enough.
    more(folder, "lines_2", ["A1,p1,1,5.00"], LINES.splitlines()[0])
    with built(folder) as second:
        assert "orders" not in taken_over(second)
    same_as_anew(folder)


def test_a_file_of_the_same_size_and_time_but_other_content_is_seen(tmp_path):
    folder = project(tmp_path)
    built(folder).close()
    path = folder / "data" / "orders.csv"
    seen = path.stat()
    path.write_text(ORDERS.replace("100.00", "900.00"), encoding="utf-8")
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    with built(folder) as second:
        assert "orders" not in taken_over(second)


PHONES = ("13900000001", "13900000002", "13900000099", "13900000011", "13800138000", "")
orders = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2", "B1", "B2", "B3", "B4"]),
        st.sampled_from(PHONES),
        st.sampled_from(["2025-01-01 08:00:00", "2025-12-01 00:00:00", "2026-02-28 23:59:59", "2026-03-01 00:00:00"]),
        st.sampled_from(["paid", "returned", "cancelled"]),
        st.sampled_from(["1.00", "250.00", "ten"]),
    ),
    max_size=4,
)
people = st.lists(
    st.tuples(
        st.sampled_from(["1", "4", "20", "21"]), st.sampled_from(PHONES), st.sampled_from(["zhao@x.cn", "new@x.cn", ""])
    ),
    max_size=2,
)
lines = st.lists(st.tuples(st.sampled_from(["A1", "B1", "B2"]), st.sampled_from(["p1", "p2"])), max_size=2)
steps = st.lists(
    st.tuples(orders, people, lines, st.sampled_from(["2026-03-01", "2026-03-02"])), min_size=1, max_size=2
)


@pytest.mark.slow
@given(steps)
@settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_additions_give_what_a_build_anew_gives(tmp_path_factory, added):
    folder = project(tmp_path_factory.mktemp("any"))
    built(folder).close()
    as_of = "2026-03-01"
    for number, (new_orders, new_people, new_lines, moment) in enumerate(added):
        as_of = max(as_of, moment)
        if new_orders:
            rows = [f"{key},{phone},{at},{status},{amount},0,app" for key, phone, at, status, amount in new_orders]
            more(folder, f"orders_{number}", rows)
        if new_people:
            rows = [f"{key},甲,女,,{phone},{mail},,,2025-06-01 10:00:00" for key, phone, mail in new_people]
            more(folder, f"crm_{number}", rows, CRM.splitlines()[0])
        if new_lines:
            more(
                folder,
                f"lines_{number}",
                [f"{key},{product},1,5.00" for key, product in new_lines],
                LINES.splitlines()[0],
            )
        if number < len(added) - 1:
            built(folder, as_of=as_of).close()
    same_as_anew(folder, as_of=as_of)
