"""The files of a simulation: equal for equal arguments, independent block by block, and never of somebody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from huaxiang.core.errors import UsageError
from huaxiang.simulate import Summary, simulate_shop, world


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    simulate_shop(tmp_path / "one", customers=300, seed=3)
    simulate_shop(tmp_path / "two", customers=300, seed=3)
    assert files(tmp_path / "one") == files(tmp_path / "two")


def test_another_seed_gives_another_shop(tmp_path: Path) -> None:
    simulate_shop(tmp_path / "one", customers=200, seed=3)
    simulate_shop(tmp_path / "two", customers=200, seed=4)
    one, two = files(tmp_path / "one"), files(tmp_path / "two")
    assert one.keys() == two.keys()
    assert {name for name in one if one[name] == two[name]} == {"data/products.csv"}


def test_the_first_blocks_of_a_larger_shop_are_those_of_a_smaller_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "BLOCK", 200)
    simulate_shop(tmp_path / "small", customers=400, seed=5)
    simulate_shop(tmp_path / "large", customers=700, seed=5)
    small, large = files(tmp_path / "small"), files(tmp_path / "large")
    parts = [name for name in small if "-000." in name or "-001." in name]
    assert len(parts) > 30
    assert all(small[name] == large[name] for name in parts)


def test_rows_grow_in_proportion_to_customers(tmp_path: Path, shop: Summary) -> None:
    half = simulate_shop(tmp_path, customers=1_500, seed=7)
    for source in ("crm", "till", "orders", "order_lines", "app_events", "touches", "reviews"):
        assert shop.rows[source] == pytest.approx(2 * half.rows[source], rel=0.15), source


def test_a_customer_has_about_thirty_facts(shop: Summary) -> None:
    assert 26 < shop.facts / shop.customers < 37


def test_the_summary_lies_beside_the_truth(shop: Summary, folder: Path) -> None:
    assert json.loads((folder / "truth" / "simulation.json").read_text()) == shop.as_dict()


def test_one_customer_is_enough(tmp_path: Path) -> None:
    assert simulate_shop(tmp_path, customers=1, seed=0).customers == 1


def test_progress_ends_with_all_customers(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    simulate_shop(tmp_path, customers=50, seed=1, progress=lambda done, total: told.append((done, total)))
    assert told == [(50, 50)]


def test_files_of_somebody_else_are_not_removed(tmp_path: Path) -> None:
    own = tmp_path / "data" / "mine.csv"
    own.parent.mkdir()
    own.write_text("a\n1\n")
    with pytest.raises(UsageError, match="no simulation wrote"):
        simulate_shop(tmp_path, customers=10, seed=1)
    assert own.read_text() == "a\n1\n"


def test_a_simulation_that_was_killed_can_be_repeated(tmp_path: Path) -> None:
    def killed(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate_shop(tmp_path, customers=50, seed=1, progress=killed)
    assert simulate_shop(tmp_path, customers=50, seed=1).customers == 50


@pytest.mark.parametrize(("customers", "seed"), [(0, 1), (-5, 1), (10, -1)])
def test_numbers_that_make_no_sense_are_refused(tmp_path: Path, customers: int, seed: int) -> None:
    with pytest.raises(UsageError):
        simulate_shop(tmp_path, customers=customers, seed=seed)
    assert not any(tmp_path.iterdir())
