"""Compiling the kernel ahead of its use: once per installation, while a build still reads its sources."""

from __future__ import annotations

from threading import Thread


def warm_in_background() -> Thread:
    """Load the steps in a thread of their own; who needs them meanwhile waits for the rest."""
    thread = Thread(target=_load, name="huaxiang-kernel", daemon=True)
    thread.start()
    return thread


def _load() -> None:
    # Importing compiles what numba does not find on disk.
    from huaxiang.tags.kernel import cube_steps, steps

    assert steps  # noqa: S101
    assert cube_steps  # noqa: S101
