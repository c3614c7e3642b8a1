"""What all tests keep to, so that they don't disturb each other in one process."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
HELPER = "aside.py"


def test_coroutines_run_in_a_thread_of_their_own():
    """`asyncio.run` fails where a browser has left its loop running: `aside.run` does not."""
    said = re.compile(r"asyncio\.(run|Runner)\b|run_until_complete")
    calling = [
        f"{path.relative_to(TESTS)}:{number}"
        for path in sorted(TESTS.rglob("*.py"))
        if path.name not in {HELPER, Path(__file__).name}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if said.search(line)
    ]
    assert not calling, f"use tests/{HELPER}"
