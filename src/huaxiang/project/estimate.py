"""How far a build is: steps weigh what they took in the build before, so that the remaining time is an honest guess."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from huaxiang.project.plan import Plan

Progress = Callable[[str, int, int], None]
"""Is told the name of the step under way, and how much of how much is done."""

_UNIT = 100
"""Weights are told in hundredths of seconds."""

_LEAST = 0.01
"""A step that took no time to speak of still counts, in seconds."""


class Estimate:
    """Tells `progress` how far a build is.

    `names` are the steps in order; `former` the seconds that steps took in the build before. A step that this build
    does for the first time weighs as much as the others on average; before there was any build, all weigh the same.
    """

    def __init__(self, names: Sequence[str], former: Mapping[str, float], progress: Progress | None) -> None:
        known = [former[name] for name in names if name in former]
        average = sum(known) / len(known) if known else 1.0
        self._names = names
        self._weights = [max(former.get(name, average), _LEAST) for name in names]
        self._progress = progress
        self._step = 0

    @classmethod
    def after(
        cls, figures: Mapping[str, Any], plan: Plan, progress: Progress | None, *, skipped: Collection[str] = ()
    ) -> Estimate:
        """The estimate for a build of `plan`; `figures` are those of the build before, if there was one.

        `skipped` are the names of steps whose results are taken over.
        """
        took = {step["step"]: float(step["seconds"]) for step in figures.get("steps", ())}
        took |= dict.fromkeys(skipped, 0.0)
        return cls([step.name for step in plan.steps], took, progress)

    def begin(self, step: int) -> None:
        """Step number `step` begins."""
        self._step = step
        self.within(0.0)

    def within(self, share: float) -> None:
        """The share `share` of the step under way is done."""
        if self._progress is not None:
            done = sum(self._weights[: self._step]) + share * self._weights[self._step]
            self._progress(self._names[self._step], round(_UNIT * done), round(_UNIT * sum(self._weights)))
