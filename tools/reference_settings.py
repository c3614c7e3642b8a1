"""docs/reference/settings.md: every key that a definition may have."""

from __future__ import annotations

import re
import types
import typing
from functools import cache
from pathlib import Path
from typing import Any

from markdown_pieces import MADE, code, table
from pydantic_core import PydanticUndefined
from ruamel.yaml import YAML

from huaxiang.access.spec import OidcSpec, ServerSpec
from huaxiang.core.moments import Duration, Window
from huaxiang.core.spec import Spec
from huaxiang.core.text import Text
from huaxiang.core.types import Type
from huaxiang.identity.decisions_spec import DecisionSpec, UndoingSpec
from huaxiang.identity.spec import (
    AccountsSpec,
    AttributeSpec,
    FuzzySpec,
    HouseholdKey,
    HouseholdsSpec,
    IdentifierSpec,
    IdentitySpec,
    LimitsSpec,
)
from huaxiang.personas.aspects.limits import WarningLimits
from huaxiang.personas.spec import DriftSpec, PersonaSpec
from huaxiang.personas.studies.spec import StudySpec
from huaxiang.personas.validation.spec import (
    BenchmarkSpec,
    MarketSpec,
    ShareTableSpec,
    StatementSpec,
    SurveySpec,
    TruthSpec,
    ValidationSpec,
)
from huaxiang.project.automation import MailSpec, NotifySpec, ScheduleSpec
from huaxiang.project.explain import filled
from huaxiang.project.spec import (
    ColumnDefinition,
    LanguageModelSpec,
    OperationalSpec,
    ProjectSpec,
    SparkSpec,
    TableDefinition,
)
from huaxiang.segments.clusters.spec import ClustersSpec, ClusterTemplateSpec
from huaxiang.segments.core.spec import ChannelSpec, CoreSpec, FitSpec, ProfitSpec, WeightsSpec
from huaxiang.segments.spec import DidSpec, LookalikeSpec, SegmentSpec, SequenceSpec
from huaxiang.simulate.trade.spec import CustomerGroupSpec, GoodsSpec, QuestionSpec, TradeSpec
from huaxiang.sources.spec import ColumnSpec, DuplicatesSpec, ExpectSpec, FeedSpec, FreshnessSpec, SourceSpec
from huaxiang.tags.spec import (
    AggregateTag,
    AttributeTag,
    BinsSpec,
    BinsTag,
    Case,
    CategorySpec,
    ClaimSpec,
    DimensionSpec,
    FormulaTag,
    ImportTag,
    RuleTag,
    SqlTag,
    TagSpec,
)

SECTIONS: dict[str, tuple[type[Spec], ...]] = {
    "huaxiang.yml": (
        ProjectSpec,
        OperationalSpec,
        SparkSpec,
        WarningLimits,
        LanguageModelSpec,
        ServerSpec,
        OidcSpec,
        ScheduleSpec,
        MailSpec,
        NotifySpec,
    ),
    "`sources:`": (SourceSpec, FeedSpec, ColumnSpec, DuplicatesSpec, FreshnessSpec, ExpectSpec),
    "`tables:`": (TableDefinition, ColumnDefinition),
    "identity.yml": (
        IdentitySpec,
        FuzzySpec,
        IdentifierSpec,
        AttributeSpec,
        HouseholdsSpec,
        HouseholdKey,
        AccountsSpec,
        LimitsSpec,
    ),
    "`decisions:`, in files of `huaxiang identity export`": (DecisionSpec, UndoingSpec),
    "`dimensions:`": (DimensionSpec, CategorySpec),
    "`tags:`": (
        TagSpec,
        ClaimSpec,
        AttributeTag,
        AggregateTag,
        FormulaTag,
        RuleTag,
        Case,
        BinsTag,
        BinsSpec,
        SqlTag,
        ImportTag,
    ),
    "`segments:`": (SegmentSpec, DidSpec, SequenceSpec, LookalikeSpec),
    "`clusters:`": (ClustersSpec,),
    "`core_customers:`": (CoreSpec, FitSpec, ChannelSpec, ProfitSpec, WeightsSpec),
    "`cluster_templates:`": (ClusterTemplateSpec,),
    "`personas:`": (PersonaSpec, DriftSpec),
    "`studies:`": (StudySpec,),
    "simulation.yml, which `huaxiang simulate` reads": (TradeSpec, CustomerGroupSpec, GoodsSpec, QuestionSpec),
    "`validations:`": (
        ValidationSpec,
        ShareTableSpec,
        BenchmarkSpec,
        MarketSpec,
        SurveySpec,
        StatementSpec,
        TruthSpec,
    ),
}
"""Where a definition is written → what may be written there."""


@cache
def texts() -> dict[str, dict[str, str]]:
    """What every setting means, by definition and key."""
    return YAML(typ="safe").load(Path(__file__).with_name("settings.yml"))


def keys(spec: type[Spec]) -> list[str]:
    """The keys that a definition has; those of every tag, and of every table of shares, are told once."""
    bases = (base for base in (TagSpec, ShareTableSpec) if issubclass(spec, base) and spec is not base)
    shared = {key for base in bases for key in base.model_fields}
    ours = ("at", "lines") if spec is ProjectSpec else filled(spec)
    return [key for key in spec.model_fields if key not in ours and key not in shared]


def meaning(spec: type[Spec], key: str) -> str | None:
    """What a key of a definition means; None where nobody wrote it down."""
    found = texts()
    return found.get(spec.__name__, {}).get(key) or found["Common"].get(key)


def page() -> str:
    """The page."""
    parts = ["# Settings\n", MADE, "Definitions refuse keys that are not listed here.\n"]
    for section, specs in SECTIONS.items():
        parts.append(f"## {section}\n")
        for spec in specs:
            parts.append(f"### {_title(spec)}\n")
            parts.append(_first_paragraph(spec) + "\n")
            rows = [_row(spec, key) for key in keys(spec)]
            parts.append(table(("Key", "Type", "Default", "Meaning"), rows))
    return "\n".join(parts)


def _row(spec: type[Spec], key: str) -> tuple[str, str, str, str]:
    field = spec.model_fields[key]
    return (
        code(field.alias or key),
        _type(field.annotation),
        _default(field.get_default(call_default_factory=True)),
        meaning(spec, key) or "",
    )


def _default(value: Any) -> str:
    match value:
        case _ if value is PydanticUndefined:
            return "required"
        case bool():
            return code(str(value).lower())
        case int() | float() | str():
            return code(value)
        case tuple() if value:
            return code("[" + ", ".join(repr(item) if item in ("", "-") else str(item) for item in value) + "]")
        case _:
            return ""


_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Text: "text or {en, zh}",
          Duration: "duration", Window: "window", Type: "type"}  # fmt: skip


def _type(annotation: Any) -> str:
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(inner[0])
    if origin is typing.Literal:
        return ", ".join(code(value) for value in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(part) for part in inner if part is not type(None)))
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if origin is dict:
        return f"mapping to {_type(inner[1])}"
    if isinstance(annotation, type) and issubclass(annotation, Spec):
        return f"[{_title(annotation).lower()}](#{_title(annotation).lower().replace(' ', '-')})"
    return _NAMES.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _title(spec: type[Spec]) -> str:
    special = {
        "TagSpec": "Every tag",
        "ProjectSpec": "Project",
        "ColumnDefinition": "Column of a table",
        "ColumnSpec": "Mapped column",
    }
    words = re.sub(r"(Spec|Definition)$", "", spec.__name__)
    return special.get(spec.__name__) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", words).capitalize()


def _first_paragraph(spec: type[Spec]) -> str:
    text = (spec.__doc__ or "").strip()
    return " ".join(line.strip() for line in text.splitlines())
