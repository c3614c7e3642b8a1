"""What a user may write about personas: which segments are portrayed, by which tags, against whom.

personas:
  champions: {segment: champions, base: everyone, dimensions: [value, interest]}
"""

from __future__ import annotations

from huaxiang.core.spec import EVERYONE, NameField, Spec, TextField
from huaxiang.core.text import Text


class PersonaSpec(Spec):
    """A segment to be portrayed against a base. `tags` and `dimensions` empty: all of them.

    `question` is what the business wants to know; `outcome` is the tag that its answer shows in, such as
    `repurchased_within_90d`: the first page then holds the dimensions that tell most about it among the members,
    otherwise those that tell most about who is a member.
    """

    label: TextField = Text("", "")
    segment: NameField = ""
    base: NameField = EVERYONE
    dimensions: tuple[NameField, ...] = ()
    tags: tuple[NameField, ...] = ()
    question: TextField = Text("", "")
    outcome: NameField | None = None
