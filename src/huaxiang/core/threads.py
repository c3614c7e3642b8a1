"""Numbers that one thread computes, whatever the number of processors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

_LIMITED = RLock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep the libraries of linear algebra to one thread within the block; who asks meanwhile waits.

    The limit is the whole process's: of two blocks that overlap, the second would take the limit of the first for what
    was there before, and leave it behind.
    """
    from threadpoolctl import threadpool_limits

    with _LIMITED, threadpool_limits(1):
        yield
