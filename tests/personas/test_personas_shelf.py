"""Portraits that are counted from files: the same figures as of tables, whatever fits in, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shop import AS_OF

from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.personas.coded import coded
from huaxiang.personas.codes import MOST_CODES, codes_of
from huaxiang.personas.columns import Column
from huaxiang.personas.compare import compare
from huaxiang.personas.comparison.stored import StoredBuild
from huaxiang.personas.crowds import Crowd
from huaxiang.personas.measure import sample_of, sure_sample
from huaxiang.personas.placed import Basis, Coded, PlacedColumn
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import scale
from huaxiang.personas.shelf import Shelf, make_shelf
from huaxiang.personas.tags import Tag
from huaxiang.store.engine import DuckEngine

Shelves = Callable[[int], Path]


@pytest.fixture(scope="module")
def shelf(shop: DuckEngine, tmp_path_factory: pytest.TempPathFactory) -> Shelves:
    """The folder of a shelf of so many bytes."""
    made: dict[int, Path] = {}

    def of(most: int) -> Path:
        if most not in made:
            made[most] = tmp_path_factory.mktemp("shelf")
            make_shelf(shop, made[most], AS_OF, most=most)
        return made[most]

    return of


@pytest.mark.parametrize("most", [1_000_000, 1_500, 1])
def test_a_portrait_from_the_shelf_is_the_one_from_the_tables(shop, portrait, shelf: Shelves, most: int):
    portrayer = Portrayer(shop, moment=AS_OF, threshold=1, shelf=shelf(most))
    for segment in ("half", "fans", "everyone"):
        found, expected = portrayer.portray(segment), portrait(segment)
        assert (found.figures, found.text, found.typical) == (expected.figures, expected.text, expected.typical)
        assert (found.scales, found.evidence) == (expected.scales, expected.evidence)
    against = portrayer.portray("fans", "half")
    assert against.figures == portrait("fans", "half").figures


def test_small_groups_are_hidden_in_a_portrait_from_the_shelf_as_in_one_from_the_tables(shop, portrait, shelf: Shelves):
    portrayer = Portrayer(shop, moment=AS_OF, threshold=10, shelf=shelf(1_000_000))
    for segment in ("half", "fans"):
        found = portrayer.portray(segment).figures
        assert found == portrait(segment, threshold=10).figures
        assert any(row.hidden for row in found.shares)


def test_a_portrait_from_the_shelf_reads_no_profiles_and_no_members(shop, shelf: Shelves, monkeypatch):
    monkeypatch.setattr("huaxiang.personas.count.read_columns", None)
    monkeypatch.setattr("huaxiang.personas.typical.read_columns", None)
    portrayer = Portrayer(shop, moment=AS_OF, threshold=1, shelf=shelf(1_000_000))
    monkeypatch.setattr(portrayer.population, "_engine", None)
    assert portrayer.portray("fans").figures.size == 20


@pytest.mark.parametrize("most", [1_000_000, 1_500])
def test_a_comparison_from_the_shelf_is_the_one_from_the_tables(shop, shelf: Shelves, most: int):
    plain = StoredBuild(shop, AS_OF)
    shelved = StoredBuild(shop, AS_OF, Portrayer(shop, moment=AS_OF, threshold=1, shelf=shelf(most)))
    found, expected = (
        compare([build.segment("fans"), build.segment("half")], build.tags, threshold=1) for build in (shelved, plain)
    )
    assert found == expected


def test_no_more_bytes_of_codes_are_written_than_were_meant(shop, shelf: Shelves):
    tags = Portrayer(shop, moment=AS_OF).tags
    assert len(Shelf(shelf(1), tags)) == 0
    assert 0 < len(Shelf(shelf(1_500), tags)) < len(Shelf(shelf(1_000_000), tags))


def test_files_that_are_made_anew_take_nothing_from_who_has_them_open(shop, tmp_path: Path):
    make_shelf(shop, tmp_path, AS_OF)
    opened = Portrayer(shop, moment=AS_OF, threshold=1, shelf=tmp_path)
    for file in tmp_path.iterdir():
        file.unlink()
    assert opened.portray("fans").figures.size == 20


def test_members_are_read_again_after_a_release(shop, shelf: Shelves):
    for folder in (None, shelf(1)):
        population = Portrayer(shop, moment=AS_OF, shelf=folder).population
        before = population.crowd("fans").places.tolist()
        population.release()
        assert population.crowd("fans").places.tolist() == before


NUMBERS = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-9, 300)), max_size=400),
    st.lists(st.one_of(st.none(), st.floats(-1e9, 1e9)), max_size=60),
    st.lists(st.one_of(st.none(), st.decimals(-1000, 1000, places=2)), max_size=400),
    st.lists(st.sampled_from([0.1, 1e15, -1e15, 1e-7, 3.0]), max_size=400),
)


def column_of(numbers: np.ndarray) -> Column:
    tag = Tag("spend", Type.NUMBER, Text.of("Spend"), distinct=100, known=len(numbers))
    return Column(tag, numbers, np.empty(0, np.int64))


def everyone_of(numbers: np.ndarray) -> Crowd:
    return Crowd(np.ones(len(numbers), dtype=np.bool_), np.arange(len(numbers)))


def placed(numbers: np.ndarray) -> PlacedColumn:
    column = column_of(numbers)
    found = scale(column, everyone_of(numbers))
    return PlacedColumn(found, column, found.positions(column))


def shelved(numbers: np.ndarray) -> Coded:
    return coded(Basis().meet(column_of(numbers).coded(), everyone_of(numbers)))


@settings(max_examples=60, deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False))
def test_codes_tell_the_same_of_any_numbers_digit_for_digit(values: list, random):
    numbers = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    whole = placed(numbers)
    codes = shelved(numbers)
    assert codes.scale == whole.scale
    crowd = Crowd(np.array([random.random() < 0.6 for _ in values], dtype=np.bool_), np.arange(len(values)))
    assert codes.counted(crowd) == whole.counted(crowd)
    assert codes.at(crowd.places).tolist() == whole.at(crowd.places).tolist()
    assert np.array_equal(codes.column.numbers, whole.column.numbers, equal_nan=True)
    assert codes.totals == whole.totals


def test_numbers_of_too_many_values_for_codes_are_told_one_by_one():
    numbers = np.arange(MOST_CODES + 1) / 7
    whole = placed(numbers)
    codes = shelved(numbers)
    assert codes.single is not None
    crowd = Crowd(numbers % 1 < 0.5, np.arange(len(numbers)))
    assert codes.counted(crowd) == whole.counted(crowd)
    assert shelved(numbers[1:]).single is None


@pytest.mark.parametrize(
    "numbers",
    [[3, 1, None, 1], [0.1, 0.01, 12.34, None], [-0.0, 0.0, 1.0], [1 / 3, 2.5], [1e300, 2.0], [9e15, 9e15 + 2], [None]],
)
def test_a_code_stands_for_the_very_number_it_was_made_of(numbers: list):
    values = np.array([np.nan if number is None else number for number in numbers])
    found = codes_of(values)
    assert found is not None
    assert np.array_equal(found.numbers[found.codes], values, equal_nan=True)
    assert np.signbit(found.numbers[found.codes]).tolist() == np.signbit(values).tolist()
    assert found.known.tolist() == sorted(found.known.tolist())
    assert found.counts.tolist() == np.bincount(found.codes, minlength=len(found.numbers)).tolist()


def test_a_sum_whose_last_digit_hangs_on_the_order_is_added_up_as_a_build_does():
    # 13 digits of 0.10000000000005 end in the middle of two.
    values, counts = np.array([0.10000000000005]), np.array([4])
    assert sure_sample(values, counts, 0.10000000000005) is None
    codes = shelved(np.repeat(values, 4))
    everyone = Crowd(np.ones(4, dtype=np.bool_), np.arange(4))
    assert codes.counted(everyone).sample == sample_of(np.repeat(values, 4))


def test_single_precision_is_summed_in_double():
    # The sum is beyond the 16,777,216 up to which single precision counts.
    numbers = np.array([1, *[16_777_215] * 9], dtype=np.float32)
    assert sample_of(numbers).mean == pytest.approx(15_099_493.6, abs=0.01)
