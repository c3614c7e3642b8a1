"""What a user may write about studies: documents that compare the groups of a base, such as its generations.

studies:
  generations:
    label: {en: Generations, zh: 代际研究}
    by: generation
    tags: [top_category_365d, premium_share, city_tier]
"""

from __future__ import annotations

from pydantic import Field

from huaxiang.core.moments import Duration
from huaxiang.core.spec import EVERYONE, DurationField, NameField, Spec, TextField
from huaxiang.core.text import Text

MOST_GROUPS = 8
"""Groups that a figure can hold."""


class StudySpec(Spec):
    """A document about the members of `segment`, side by side by the values of the tag `by`.

    `groups` names the values to be shown, in this order (default: all, as far as they fit). `tags` are what is
    compared: of tags with values their shares, of numbers the means. `change` is how far back the base is looked at
    once more (null: not at all).
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    segment: NameField = EVERYONE
    by: NameField
    groups: tuple[str, ...] = Field(default=(), max_length=MOST_GROUPS)
    tags: tuple[NameField, ...] = Field(min_length=1)
    change: DurationField | None = Duration.parse("365d")
