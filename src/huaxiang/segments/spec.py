"""What a user may write about segments.

segments:
  champions: {where: "rfm_group = 'champions'"}
  lapsing_members: {where: "member_level = 'gold' and days_since_last_order > 90 and not in_segment('champions')"}
  uploaded: {file: data/vip.csv, key: phone, identifier: phone}
"""

from __future__ import annotations

from pydantic import model_validator

from huaxiang.core.spec import NameField, Spec, TextField
from huaxiang.core.text import Text


class SegmentSpec(Spec):
    """A rule over tags, or an uploaded list. `group` gathers segments that belong together, such as `rfm`."""

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    action: TextField = Text("", "")
    group: NameField = "custom"
    where: str | None = None
    file: str | None = None
    key: str | None = None
    identifier: NameField | None = None

    @model_validator(mode="after")
    def _rule_or_list(self) -> SegmentSpec:
        if (self.where is None) == (self.file is None):
            raise ValueError("a segment has either 'where' (a rule over tags) or 'file' (a list)")
        if self.file is not None and (self.key is None or self.identifier is None):
            raise ValueError("an uploaded list names its 'key' column and the 'identifier' type of that column")
        return self
