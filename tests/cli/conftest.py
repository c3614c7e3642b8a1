"""Commands speak English in tests unless a test asks otherwise."""

from __future__ import annotations

import os

os.environ["HUAXIANG_LANGUAGE"] = "en"
os.environ["TERMINAL_WIDTH"] = "160"
