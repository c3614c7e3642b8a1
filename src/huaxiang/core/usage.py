"""What this process has taken of the machine."""

from __future__ import annotations

import sys


def peak_memory() -> int:
    """The largest resident size of this process so far, in MiB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024) if sys.platform == "darwin" else peak // 1024
