"""What a user may write about identity: the types of identifiers, and which value of an attribute survives.

identifiers:
  phone: {priority: 10, limit: 10, junk: ["13800138000"]}
attributes:
  gender: {rule: source_priority, sources: [crm, pos]}
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from huaxiang.core.spec import NameField, Spec, TextField
from huaxiang.core.tables import GIVEN, Privacy
from huaxiang.core.text import Text

SOURCE = "source"
"""The scope of a type whose values name somebody only within their source."""

SurvivorshipRule = Literal["most_recent", "most_frequent", "source_priority", "longest", "most_complete", "expression"]


FuzzyMode = Literal["off", "suggest", "on"]


class IdentifierSpec(Spec):
    """A type of value that names somebody.

    `clean` names the cleaning functions that make spellings equal. `priority`: lower is stronger. `limit` is the number
    of records that may share one value before it links nobody. `single`: a customer has one value only, so no weaker
    identifier ever joins two records with different ones. `links`: False
    keeps values of this type for look-up but never joins records by them. `scope` says within what a value names
    somebody: `source`, or a column of the mapped rows; without it, everywhere. `pattern` is a regular expression that a
    cleaned value must match. `junk` values, and those in which `junk_pattern` is found (in lower case), name nobody;
    both come on top of the built-in ones. Of a type of the privacy class L4 only tokens are kept (`clean: token`).
    """

    label: TextField = Text("", "")
    priority: int = 100
    single: bool = False
    links: bool = True
    limit: int = Field(default=20, ge=1)
    scope: str | None = None
    clean: tuple[str, ...] = ()
    pattern: str | None = None
    junk: tuple[str, ...] = ()
    junk_pattern: str | None = None
    privacy: Privacy = "L3"

    @field_validator("clean", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("junk", mode="before")
    @classmethod
    def _as_text(cls, value: Any) -> Any:
        return tuple(str(item) for item in value) if isinstance(value, list | tuple) else value


class AttributeSpec(Spec):
    """Which value of an attribute survives when a customer's records disagree.

    `by` is the expression of the rule `expression`, over the columns of `records` and `source`: the record with the
    highest value wins. Of equal records the most recent one does, whatever the rule.
    """

    rule: SurvivorshipRule = "most_recent"
    sources: tuple[str, ...] = ()
    by: str | None = None

    @model_validator(mode="after")
    def _an_expression_is_a_rule(self) -> AttributeSpec:
        if (self.by is None) == (self.rule == "expression"):
            raise ValueError("'by' goes with the rule 'expression': {rule: expression, by: \"…\"}")
        return self


class LimitsSpec(Spec):
    """From which value on a measure of health is amber or red: null is never, what is not written stays built in."""

    amber: float | None = None
    red: float | None = None

    def over(self, amber: float | None, red: float | None) -> tuple[float | None, float | None]:
        """The limits with those that are written in place of the built-in ones, `amber` and `red`."""
        written = self.model_fields_set
        return (self.amber if "amber" in written else amber, self.red if "red" in written else red)


class HouseholdKey(Spec):
    """What the customers of a household share: a value of an identifier type, or attributes that are all equal.

    `surname`: they must have the same family name, too.
    """

    on: tuple[str, ...] = Field(min_length=1)
    surname: bool = False

    @model_validator(mode="before")
    @classmethod
    def _a_plain_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"on": (value,)}
        if isinstance(value, dict) and isinstance(value.get("on"), str):
            return {**value, "on": (value["on"],)}
        return value

    @property
    def title(self) -> str:
        """What the key is called in tables."""
        return " + ".join((*self.on, *(("surname",) if self.surname else ())))

    def is_identifier(self, types: Collection[str]) -> bool:
        """Whether it is a type of identifier rather than attributes."""
        return len(self.on) == 1 and self.on[0] in types


class HouseholdsSpec(Spec):
    """Which customers form a household. `by` lists what they share, the strongest first.

    A value that more customers than `limit` share – a dormitory, an office, the shop's own number – makes no household,
    and no household grows beyond it. `where` is a condition over attributes of the customers who may be in one. The
    head is who registered first, or who has the highest value of the expression `head`.
    """

    by: tuple[HouseholdKey, ...] = Field(min_length=1)
    limit: int = Field(default=8, ge=2)
    where: str | None = None
    head: str | None = None

    @field_validator("by", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str | dict) else value


class FuzzySpec(Spec):
    """Whether and how records are matched that no identifier joins.

    `mode`: off; suggest (nothing joins, likely pairs are listed for review); on (pairs are joined from a threshold on
    that gives the wanted `precision`, as far as the rules of identifiers and decisions allow, and records that share a
    value but are clearly different people are kept apart). Pairs from the probability `review` up to the threshold are
    listed for a person to accept or reject, the likeliest `most` of them. `columns` says which column of the records
    has a meaning (null: none); without it, the standard columns have theirs. `exclusive` sources have everybody once.
    """

    mode: FuzzyMode = "off"
    precision: float = Field(default=0.995, ge=0.5, lt=1)
    review: float = Field(default=0.5, gt=0, lt=1)
    most: int = Field(default=10_000, ge=0)
    columns: dict[str, str | None] = Field(default_factory=dict)
    exclusive: tuple[str, ...] = ()

    @field_validator("mode", mode="before")
    @classmethod
    def _yes_or_no(cls, value: Any) -> Any:
        return {True: "on", False: "off"}.get(value, value) if isinstance(value, bool) else value


AccountKey = Literal["account_id", "tax_id", "company", "domain"]
AccountRole = Literal["decision_maker", "payer", "evaluator", "user"]


class AccountsSpec(Spec):
    """Which customers are contacts of which company. `by` lists what names a company, the strongest first.

    `roles` maps words of the project's own to roles; the words in use are built in. `free_mail` are domains that are
    nobody's employer, beside the built-in ones.
    """

    by: tuple[AccountKey, ...] = Field(default=("account_id", "tax_id", "company", "domain"), min_length=1)
    roles: dict[str, AccountRole] = Field(default_factory=dict)
    free_mail: tuple[str, ...] = ()


class IdentitySpec(Spec):
    """The whole of `identity.yml`. Types that a source maps and that are not listed here get the built-in defaults.

    `together` are groups of attributes that come from one record, such as `[address, city, province]`: the rule of the
    first of them says which. `health` moves the limits of measures of health.
    """

    identifiers: dict[NameField, IdentifierSpec] = Field(default_factory=dict)
    attributes: dict[NameField, AttributeSpec] = Field(default_factory=dict)
    default: AttributeSpec = AttributeSpec()
    together: tuple[tuple[str, ...], ...] = ()
    fuzzy: FuzzySpec = FuzzySpec()
    households: HouseholdsSpec | None = None
    accounts: AccountsSpec | None = None

    @property
    def given(self) -> dict[str, frozenset[str]]:
        """The attributes that customers get beside those of their records, by the table they come from."""
        asked = {"household_members": self.households, "account_contacts": self.accounts}
        return {name: frozenset(GIVEN[name].names) for name, spec in asked.items() if spec is not None}

    health: dict[NameField, LimitsSpec] = Field(default_factory=dict)
