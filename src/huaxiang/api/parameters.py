"""Parameters that many routes have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from huaxiang.service.desk.cursors import MOST_ITEMS

Limit = Annotated[int, Query(ge=1, le=MOST_ITEMS, description="Items of the page.")]
After = Annotated[str | None, Query(max_length=2000, description="The cursor that the page before gave as `next`.")]
Tags = Annotated[list[str], Query(max_length=100, description="Names of tags; may be given several times.")]
RuleQuery = Annotated[str | None, Query(max_length=10_000, description="A rule over tags and segments.")]
Build = Annotated[str, Query(max_length=100, description="An id, the beginning of one, `current` or `previous`.")]
Name = Annotated[str, Path(max_length=100)]
Identifier = Annotated[
    str, Path(max_length=500, description="A `customer_id`, or an identifier as `type:value`.", examples=["c_0123"])
]
