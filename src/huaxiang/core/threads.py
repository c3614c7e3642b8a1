"""What threads share: libraries that bring their own, and compiled loops that are loaded beside other work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import RLock, Thread

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


def load_in_background(*modules: str) -> Thread:
    """Import modules of compiled loops in a thread of their own: after an installation that takes seconds, once.

    Whoever needs them imports them as well, waits for the rest, and is the one to say what is wrong with them.
    """

    def load() -> None:
        for module in modules:
            with suppress(Exception):
                import_module(module)

    # No daemon: a process that ended while LLVM is at work would crash.
    thread = Thread(target=load, name="huaxiang-loops")
    thread.start()
    return thread
