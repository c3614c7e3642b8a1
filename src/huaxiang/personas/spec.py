"""What a user may write about personas: which segments are portrayed, by which tags, against whom.

personas:
  champions: {segment: champions, base: everyone, dimensions: [value, interest]}
"""

from __future__ import annotations

from huaxiang.core.spec import EVERYONE, NameField, Spec, TextField
from huaxiang.core.text import Text


class PersonaSpec(Spec):
    """A segment to be portrayed against a base. `tags` and `dimensions` empty: all of them."""

    label: TextField = Text("", "")
    segment: NameField = ""
    base: NameField = EVERYONE
    dimensions: tuple[NameField, ...] = ()
    tags: tuple[NameField, ...] = ()
    question: TextField = Text("", "")
