from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pyarrow as pa
import pytest

from huaxiang.core import keeping
from huaxiang.core.keeping import keeping_memory

MEBIBYTE = 1 << 20
KEPT = {-3: 32 * MEBIBYTE, -1: 1024 * MEBIBYTE, -2: 64 * MEBIBYTE}
GIVEN_BACK = {-3: 32 * MEBIBYTE, -1: 64 * MEBIBYTE, -2: MEBIBYTE // 8}
"""By the numbers of malloc.h: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD, M_TOP_PAD."""


class Recorded:
    """A C library that writes down what it is told."""

    def __init__(self) -> None:
        self.told: dict[int, int] = {}
        self.trimmed: list[int] = []

    def mallopt(self, number: int, value: int) -> int:
        self.told[number] = value
        return 1

    def malloc_trim(self, pad: int) -> int:
        self.trimmed.append(pad)
        return 1


@pytest.fixture
def library(monkeypatch) -> Recorded:
    recorded = Recorded()
    monkeypatch.setattr(keeping, "_glibc", lambda: recorded)
    return recorded


def _pool() -> str:
    return pa.default_memory_pool().backend_name


def test_within_the_block_memory_is_kept_and_then_given_back(library):
    before = _pool()
    with keeping_memory():
        assert (library.told, library.trimmed, _pool()) == (KEPT, [], "system")
    assert (library.told, library.trimmed, _pool()) == (GIVEN_BACK, [0], before)


def _fails() -> None:
    with keeping_memory():
        raise ValueError("within")


def test_memory_is_given_back_also_after_a_mistake(library):
    before = _pool()
    with pytest.raises(ValueError, match="within"):
        _fails()
    assert (library.told, library.trimmed, _pool()) == (GIVEN_BACK, [0], before)


def test_of_two_builds_in_one_process_the_last_one_gives_memory_back(library):
    before, one, other = _pool(), ExitStack(), ExitStack()
    with ThreadPoolExecutor(1) as elsewhere:
        one.enter_context(keeping_memory())
        elsewhere.submit(other.enter_context, keeping_memory()).result()
        one.close()
        assert (library.told, library.trimmed, _pool()) == (KEPT, [], "system")
        elsewhere.submit(other.close).result()
    assert (library.told, library.trimmed, _pool()) == (GIVEN_BACK, [0], before)


def test_without_glibc_nothing_changes(monkeypatch):
    monkeypatch.setattr(keeping, "_glibc", lambda: None)
    before = _pool()
    with keeping_memory():
        assert _pool() == before


@pytest.mark.skipif(keeping._glibc() is None, reason="the C library is not glibc")
@pytest.mark.parametrize("parameters", [keeping._KEEP, keeping._GIVE_BACK], ids=["keep", "give back"])
def test_glibc_takes_every_parameter(parameters):
    library = keeping._glibc()
    assert {library.mallopt(keeping._NUMBERS[name], value) for name, value in parameters.items()} == {1}
