"""The limits from which on readers are warned of segments and personas: settings of a project."""

from __future__ import annotations

from pydantic import Field

from huaxiang.core.spec import Spec


class WarningLimits(Spec):
    """From where on readers are warned of segments and personas.

    `members`: fewer are too few to act on. `share`: a segment of a larger share of all customers is nearly everyone.
    `overlap`: two segments that have more in common (those in both ÷ those in either) are nearly the same. `effect`:
    a difference that is smaller (Cohen's h or d) is tiny, however certain. `alike`: two tags say the same where one
    gives away this much of the other. `evidence`: the share of a persona's dimensions in which a statement must hold.
    """

    members: int = Field(default=50, ge=1)
    share: float = Field(default=0.95, gt=0, le=1)
    overlap: float = Field(default=0.8, gt=0, le=1)
    effect: float = Field(default=0.1, ge=0)
    alike: float = Field(default=0.9, gt=0, le=1)
    evidence: float = Field(default=0.5, ge=0, le=1)
