"""What a user may write about studies: documents that compare the groups of a base, such as its generations.

studies:
  generations:
    label: {en: Generations, zh: 代际研究}
    by: generation
    tags: [top_category_365d, premium_share, city_tier]
  young_cities:
    by: [generation, city_tier]
    groups: [born_90s / first, born_90s / second]
    tags: [premium_share]
"""

from __future__ import annotations

from typing import Any

from pydantic import Field, field_validator

from huaxiang.core.moments import Duration
from huaxiang.core.spec import EVERYONE, DurationField, NameField, Spec, TextField
from huaxiang.core.text import Text

MOST_GROUPS = 8
"""Groups that a figure can hold."""

MOST_TAGS = 3
"""Tags that groups are made by at once."""

BETWEEN = " / "
"""What stands between the values of a group that several tags make."""


class StudySpec(Spec):
    """A document about the members of `segment`, side by side by the values of the tag `by`, or of several together.

    `groups` names the values to be shown, in this order (default: the largest, as many as fit); those of several tags
    are written as `young / first`. `tags` are what is compared: of tags with values their shares, of numbers the means.
    `change` is how far back the base is looked at once more (null: not at all).
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    segment: NameField = EVERYONE
    by: tuple[NameField, ...] = Field(min_length=1, max_length=MOST_TAGS)
    groups: tuple[str, ...] = Field(default=(), max_length=MOST_GROUPS)
    tags: tuple[NameField, ...] = Field(min_length=1)
    change: DurationField | None = Duration.parse("365d")

    @field_validator("by", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("by")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(value)) < len(value):
            raise ValueError("a tag makes groups once")
        return value
