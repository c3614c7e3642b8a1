import gc

import pytest

from huaxiang.core.collecting import YOUNG, collecting_seldom


def _fails(seen: list[tuple[int, ...]]) -> None:
    with collecting_seldom():
        seen.append(gc.get_threshold())
        raise ValueError("within")


def test_the_collector_is_set_back_also_after_a_mistake():
    before, seen = gc.get_threshold(), []
    with pytest.raises(ValueError, match="within"):
        _fails(seen)
    assert seen == [(YOUNG, *before[1:])]
    assert gc.get_threshold() == before
