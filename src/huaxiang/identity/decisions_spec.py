"""What a user may write in a file of decisions.

decisions:
  wang_has_two_cards:
    kind: same
    records: [crm/1, pos/77]
    by: li
    why: asked on the phone
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, model_validator

from huaxiang.core.decisions import DecisionKind, Origin, Reference
from huaxiang.core.findings import Finding, unknown
from huaxiang.core.spec import Spec


def _reference(value: str) -> str:
    Reference.parse(value)
    return value


def _moment(value: Any) -> Any:
    # A date is its midnight, in the project's time zone.
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


References = tuple[Annotated[str, AfterValidator(_reference)], ...]
MomentField = Annotated[datetime, BeforeValidator(_moment)]


class UndoingSpec(Spec):
    """Who took a decision back, when and why."""

    by: str
    undone_at: MomentField
    why: str = ""


class DecisionSpec(Spec):
    """A decision about who is who.

    `same`: all `records` are one person. `apart`: none of `records` is the person of any of `others`. Both hold
    records, as `source/record_key`, or identifiers, as `type:value` or `type:value@scope`.
    """

    kind: DecisionKind
    records: References
    others: References = ()
    origin: Origin = "file"
    by: str = ""
    decided_at: MomentField | None = None
    why: str = ""
    undone: UndoingSpec | None = None

    @model_validator(mode="after")
    def _speaks_of_two_sides(self) -> DecisionSpec:
        if self.kind == "same" and (len(set(self.records)) < 2 or self.others):
            raise ValueError("kind 'same' needs two or more 'records', and no 'others'")
        if self.kind == "apart" and not (self.records and self.others):
            raise ValueError("kind 'apart' needs 'records' and 'others'")
        both = sorted(set(self.records) & set(self.others))
        if both:
            raise ValueError(f"'{both[0]}' stands in 'records' and in 'others': nobody is somebody else")
        return self


def check_decision(decision: DecisionSpec, *, sources: Collection[str], types: Collection[str]) -> Iterator[Finding]:
    """Yield a finding for each source and type of identifier that the project does not have. Never raises."""
    for key, references in (("records", decision.records), ("others", decision.others)):
        for place, text in enumerate(references):
            reference = Reference.parse(text)
            noun, known = ("source", sources) if reference.is_record else ("identifier type", types)
            if reference.name not in known:
                at = decision.place(key, place)
                yield unknown(noun, reference.name, known, owner=f"decision '{decision.name}'", at=at)
