from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
from threadpoolctl import threadpool_info

from huaxiang.core import threads
from huaxiang.core.threads import load_in_background, one_thread


def _threads() -> set[int]:
    """Of the libraries of linear algebra, which numpy brings."""
    assert np.ones((2, 2)).sum() == 4
    return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}


def test_two_blocks_that_overlap_leave_the_limit_that_was_there():
    before, inside, asked, leave = _threads(), Event(), Event(), Event()

    def first() -> set[int]:
        with one_thread():
            inside.set()
            assert leave.wait(10)
            return _threads()

    def second() -> set[int]:
        asked.set()
        with one_thread():
            return _threads()

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(first)
        assert inside.wait(10)
        other = pool.submit(second)
        assert asked.wait(10)
        assert not other.done()
        leave.set()
        assert (one.result(10), other.result(10)) == ({1}, {1})
    assert _threads() == before


def test_a_block_may_stand_in_another():
    before = _threads()
    with one_thread():
        with one_thread():
            pass
        assert _threads() == {1}
    assert _threads() == before


def test_loops_that_can_t_be_loaded_ahead_are_the_trouble_of_who_needs_them(monkeypatch, capfd):
    def broken(name: str) -> None:
        raise OSError(f"{name}: no space left")

    monkeypatch.setattr(threads, "import_module", broken)
    thread = load_in_background("loops")
    thread.join()
    assert capfd.readouterr().err == ""
    # The process waits for it, rather than end while loops are compiled.
    assert not thread.daemon
