"""What a user may write about personas: which segments are portrayed, by which tags, against whom.

personas:
  champions: {segment: champions, base: everyone, dimensions: [value, interest]}
"""

from __future__ import annotations

from datetime import date

from pydantic import Field, model_validator

from huaxiang.core.moments import Duration
from huaxiang.core.spec import EVERYONE, DurationField, NameField, Spec, TextField
from huaxiang.core.text import Text


class DriftSpec(Spec):
    """From which population stability index on a tag is called shifted, or changed, among the members of a persona.

    The limits are the custom of credit scoring (Siddiqi, "Credit Risk Scorecards", 2006).
    """

    shifted: float = Field(default=0.1, gt=0)
    changed: float = Field(default=0.25, gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> DriftSpec:
        if self.shifted > self.changed:
            raise ValueError("'shifted' is the lower of the two limits")
        return self


class PersonaSpec(Spec):
    """A segment to be portrayed against a base. `tags` and `dimensions` empty: all of them.

    `question` is what the business wants to know; `outcome` is the tag that its answer shows in, such as
    `repurchased_within_90d`: the first page then holds the dimensions that tell most about it among the members,
    otherwise those that tell most about who is a member. People look at a persona again every `review_every` since they
    `reviewed` it, or since it was first built.
    """

    label: TextField = Text("", "")
    segment: NameField = ""
    base: NameField = EVERYONE
    dimensions: tuple[NameField, ...] = ()
    tags: tuple[NameField, ...] = ()
    question: TextField = Text("", "")
    outcome: NameField | None = None
    review_every: DurationField = Duration(180 * 24)
    reviewed: date | None = None
    drift: DriftSpec = Field(default_factory=DriftSpec)
