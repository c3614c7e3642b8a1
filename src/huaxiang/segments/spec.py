"""What a user may write about segments.

segments:
  club: {where: "member_level in ('gold', 'silver')"}
  baby_again: {did: {what: "orders where category = 'baby'", at_least: 2, over: 90d}}
  viewed_then_bought:
    sequence: {first: "events where name = 'Product Viewed'", then: orders, within: 7d, over: 90d}
  vip_list: {file: data/vip.csv, key: mobile, identifier: phone}
  like_champions: {lookalike: {seed: champions, share: 0.05}}
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from huaxiang.core.moments import ALL_TIME, Window
from huaxiang.core.spec import DurationField, NameField, Spec, TextField, WindowField
from huaxiang.core.text import Text


def _listed(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else [value]


class DidSpec(Spec):
    """How often something happened: facts of `what` (`[no] TABLE [where CONDITION]`) within `over`.

    Both ends count: `at_least: 2, at_most: 3` is two or three times. Without either it is once or more. `no TABLE …`
    is never.
    """

    what: str
    at_least: int | None = Field(default=None, ge=0)
    at_most: int | None = Field(default=None, ge=0)
    over: WindowField = ALL_TIME

    @model_validator(mode="after")
    def _bounds_make_sense(self) -> DidSpec:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"nobody did it at least {self.at_least} and at most {self.at_most} times")
        if self.at_least == 0 and self.at_most is None:
            raise ValueError("'at_least: 0' holds for everyone: write a number from 1 on, or 'at_most'")
        return self


class SequenceSpec(Spec):
    """One thing after the other: `first`, then each step of `then`, later than the one before and `within` its reach.

    Only the last step may be `no TABLE …`: it holds where none followed and the time for it is over. `over` is when the
    first step happened. With `never`, it holds for all who did not do it.
    """

    first: str
    then: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
    within: DurationField | None = None
    over: WindowField = ALL_TIME
    never: bool = False

    @property
    def steps(self) -> tuple[str, ...]:
        """All steps in their order."""
        return (self.first, *self.then)


class LookalikeSpec(Spec):
    """The customers most like the members of `seed`, who are not among them: so many, or such a share of the others.

    `tags` are what they are compared by; without it, all that don't define the seed. `minimum_auc` is what the lower
    end of the interval must reach for the model to be used.
    """

    seed: NameField
    size: int | None = Field(default=None, ge=1)
    share: float | None = Field(default=None, gt=0, lt=1)
    tags: tuple[NameField, ...] = ()
    minimum_auc: float = Field(default=0.6, ge=0.5, lt=1)

    @model_validator(mode="after")
    def _size_or_share(self) -> LookalikeSpec:
        if (self.size is None) == (self.share is None):
            raise ValueError("a lookalike has either 'size' (customers) or 'share' (of those who are not in the seed)")
        return self


class SegmentSpec(Spec):
    """A rule over tags, things done, an uploaded list or a lookalike; of several parts, all have to hold.

    `group` gathers segments that belong together, such as `rfm`.
    """

    label: TextField = Text("", "")
    description: TextField = Text("", "")
    action: TextField = Text("", "")
    group: NameField = "custom"
    where: str | None = None
    did: Annotated[tuple[DidSpec, ...], BeforeValidator(_listed)] = ()
    sequence: Annotated[tuple[SequenceSpec, ...], BeforeValidator(_listed)] = ()
    lookalike: LookalikeSpec | None = None
    file: str | None = None
    key: str | None = None
    identifier: NameField | None = None

    @model_validator(mode="after")
    def _rule_or_list(self) -> SegmentSpec:
        if self.where is None and self.file is None and self.lookalike is None and not (self.did or self.sequence):
            raise ValueError(f"a segment says who is in it by {', '.join(PARTS[:-1])} or {PARTS[-1]}")
        if self.file is None and (self.key is not None or self.identifier is not None):
            raise ValueError("'key' and 'identifier' go with 'file', which is missing")
        if self.file is not None and (self.key is None or self.identifier is None):
            raise ValueError("an uploaded list names its 'key' column and the 'identifier' type of that column")
        return self

    @property
    def rests_on(self) -> tuple[str, ...]:
        """The segments that its members are found among or by, whatever its rule says."""
        return () if self.lookalike is None else (self.lookalike.seed,)

    @property
    def rule(self) -> str:
        """The segment in one line, as catalogs show it."""
        return " and ".join(_shown(self))


PARTS = ("where", "did", "sequence", "lookalike", "file")
"""The keys that say who is in a segment."""


def _shown(spec: SegmentSpec) -> list[str]:
    parts = [spec.where] if spec.where is not None else []
    if len(spec.did) + len(spec.sequence) + (spec.file is not None) + (spec.lookalike is not None) and parts:
        parts = [f"({spec.where})"]
    parts += [f"did: {_did(did)}" for did in spec.did]
    parts += [_sequence(sequence) for sequence in spec.sequence]
    if spec.lookalike is not None:
        most = spec.lookalike.size if spec.lookalike.size is not None else f"{spec.lookalike.share:.2%}"
        parts.append(f"lookalike: {most} like in_segment('{spec.lookalike.seed}')")
    if spec.file is not None:
        parts.append(f"list: {spec.file}")
    return parts


def _did(spec: DidSpec) -> str:
    bounds = [f"at least {spec.at_least}"] if spec.at_least is not None else []
    bounds += [f"at most {spec.at_most}"] if spec.at_most is not None else []
    return ", ".join([spec.what, *bounds, *_over(spec.over)])


def _sequence(spec: SequenceSpec) -> str:
    within = [f"within {spec.within}"] if spec.within is not None else []
    steps = ", ".join([" then ".join(spec.steps), *within, *_over(spec.over)])
    return f"{'never' if spec.never else 'sequence'}: {steps}"


def _over(window: Window) -> list[str]:
    return [] if window == ALL_TIME else [f"over {window}"]
