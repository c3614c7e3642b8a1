import gc

import pytest

from huaxiang.core.collecting import YOUNG, collecting_seldom


def test_the_collector_is_set_back_also_after_a_mistake():
    before = gc.get_threshold()
    with pytest.raises(ZeroDivisionError), collecting_seldom():
        assert gc.get_threshold() == (YOUNG, *before[1:])
        _ = 1 / 0
    assert gc.get_threshold() == before
