"""The tables about clusters in a snapshot."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from huaxiang.core.engine import Engine
from huaxiang.core.text import Text
from huaxiang.segments.clusters.choose import CRITERIA
from huaxiang.segments.clusters.explain import NOT_BUILT, treatment
from huaxiang.segments.clusters.features import Candidate
from huaxiang.segments.clusters.find import Found
from huaxiang.segments.clusters.spec import ClustersSpec, segment_name
from huaxiang.segments.clusters.traits import Trait
from huaxiang.segments.done import KEY

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

CATALOG, CLUSTERS, FEATURES = "cluster_catalog", "clusters", "cluster_features"
CHOICES, MEMBERS, MODELS = "cluster_criteria", "cluster_members", "cluster_models"

Row = dict[str, Any]


@dataclass
class Outcome:
    """What came of one definition. `asked` are the tags that it names, `tags` those that there are.

    `customers` were there to be grouped, `sample` of them were looked at. `reason` says why clusters were looked for
    anew; None: the former ones serve on. `sizes` is the number of members by number, 0 for those of no cluster.
    """

    spec: ClustersSpec
    name: str
    method: str
    asked: Sequence[str]
    tags: Sequence[Candidate]
    found: Found
    customers: int
    sample: int
    reason: Text | None
    sizes: Mapping[int, int] = field(default_factory=dict)

    @property
    def refusal(self) -> Text | None:
        """Why there are no clusters."""
        return self.found.refusal

    @property
    def labels(self) -> dict[int, Text]:
        """The name of each cluster by its number."""
        model = self.found.model
        return {} if model is None else {cluster.number: cluster.label for cluster in model.clusters}


def write_outcomes(engine: Engine, outcomes: Mapping[str, Outcome], placed: Mapping[str, ibis.Table]) -> None:
    """Write all tables about clusters; `placed` has where everybody belongs, for those that were found."""
    import ibis

    for table, (columns, rows) in _TABLES.items():
        made = [row for outcome in outcomes.values() for row in rows(outcome)]
        engine.create(table, _arrow(columns, made), step=table)
    parts = [rows.mutate(clusters=ibis.literal(name)).select(*_MEMBERS) for name, rows in placed.items()]
    members = ibis.union(parts[0], *parts[1:]).order_by("clusters", KEY) if parts else _arrow(_MEMBERS, [])
    engine.create(MEMBERS, members, step=MEMBERS)


def _catalog(outcome: Outcome) -> Iterator[Row]:
    found, spec = outcome.found, outcome.spec
    model, stability = found.model, found.stability
    label = spec.label or Text(outcome.name, outcome.name)
    state = "refused" if model is None else "kept" if outcome.reason is None else "found"
    told = found.refusal or outcome.reason
    yield {
        "name": outcome.name,
        "label_en": label.en,
        "label_zh": label.zh,
        "method": outcome.method,
        "from": spec.among,
        "state": state,
        "reason_en": told.en if told else None,
        "reason_zh": told.zh if told else None,
        "clusters": len(model.clusters) if model else 0,
        "chosen": model.fit.size if model else found.choice.size if found.choice else None,
        "customers": outcome.customers,
        "placed": outcome.customers - outcome.sizes.get(0, 0) if model else 0,
        "sample": model.sample if model else outcome.sample,
        "stability": stability.index if stability else None,
        "stability_low": stability.low if stability else None,
        "stability_high": stability.high if stability else None,
        "stability_wanted": spec.stability,
        "chance": stability.chance if stability else None,
        "agreement": model.agreement if model else None,
        "found_at": model.moment.isoformat() if model else None,
    }


def _clusters(outcome: Outcome) -> Iterator[Row]:
    model = outcome.found.model
    if model is None:
        return
    recovery = dict(zip(model.numbers, model.stability.recovery, strict=True))
    for cluster in model.clusters:
        size = outcome.sizes.get(cluster.number, 0)
        yield {
            "clusters": outcome.name,
            "cluster": cluster.number,
            "segment": segment_name(outcome.name, cluster.number),
            "label_en": cluster.label.en,
            "label_zh": cluster.label.zh,
            "size": size,
            "share": size / outcome.customers if outcome.customers else None,
            "traits": json.dumps([_trait(trait, outcome) for trait in cluster.traits], ensure_ascii=False),
            "rule": cluster.rule.where,
            "precision": cluster.rule.precision,
            "recall": cluster.rule.recall,
            "recovery": recovery[cluster.number],
        }


def _trait(trait: Trait, outcome: Outcome) -> Row:
    tag = next(tag for tag in outcome.tags if tag.name == trait.tag)
    value = None if trait.level is None else tag.values.get(trait.level, Text(trait.level, trait.level)).as_dict()
    return trait.as_dict() | {"label": tag.label.as_dict(), "level_label": value}


def _features(outcome: Outcome) -> Iterator[Row]:
    found = outcome.found
    used = {feature.tag: feature for feature in found.features}
    for tag in outcome.asked:
        feature, told = used.get(tag), found.unused.get(tag)
        if feature is not None:
            text: Text | None = treatment(feature, outcome.method)
        elif told is not None:
            text = told
        elif tag not in {known.name for known in outcome.tags}:
            text = NOT_BUILT
        else:
            text = None
        yield {
            "clusters": outcome.name,
            "tag": tag,
            "used": feature is not None,
            "kind": feature.kind if feature else None,
            "missing": feature.missing if feature else None,
            "columns": feature.width if feature else 0,
            "treatment_en": text.en if text else None,
            "treatment_zh": text.zh if text else None,
        }


def _criteria(outcome: Outcome) -> Iterator[Row]:
    model, choice = outcome.found.model, outcome.found.choice
    values = choice.values if choice else model.values if model else {}
    votes = choice.votes if choice else model.votes if model else {}
    for key, row in values.items():
        for size, value in row.items():
            label, mark = CRITERIA[key].label, CRITERIA[key].mark
            yield {
                "clusters": outcome.name,
                "criterion": key,
                "label_en": label.en,
                "label_zh": label.zh,
                "number": size,
                "value": value,
                "mark": mark,
                "vote": votes.get(key) == size,
            }


def _models(outcome: Outcome) -> Iterator[Row]:
    if outcome.found.model is not None:
        yield {"clusters": outcome.name, "content": outcome.found.model.as_json()}


_MEMBERS = {"clusters": "string", KEY: "int64", "cluster": "int32", "certainty": "float64"}

_TABLES = {
    CATALOG: (
        {
            **dict.fromkeys(
                ("name", "label_en", "label_zh", "method", "from", "state", "reason_en", "reason_zh"), "string"
            ),
            **dict.fromkeys(("clusters", "chosen", "customers", "placed", "sample"), "int64"),
            **dict.fromkeys(("stability", "stability_low", "stability_high", "stability_wanted", "chance"), "float64"),
            "agreement": "float64",
            "found_at": "string",
        },
        _catalog,
    ),
    CLUSTERS: (
        {
            "clusters": "string",
            "cluster": "int32",
            **dict.fromkeys(("segment", "label_en", "label_zh"), "string"),
            "size": "int64",
            "share": "float64",
            **dict.fromkeys(("traits", "rule"), "string"),
            **dict.fromkeys(("precision", "recall", "recovery"), "float64"),
        },
        _clusters,
    ),
    FEATURES: (
        {
            **dict.fromkeys(("clusters", "tag"), "string"),
            "used": "bool_",
            "kind": "string",
            "missing": "float64",
            "columns": "int64",
            **dict.fromkeys(("treatment_en", "treatment_zh"), "string"),
        },
        _features,
    ),
    CHOICES: (
        {
            **dict.fromkeys(("clusters", "criterion", "label_en", "label_zh"), "string"),
            "number": "int64",
            **dict.fromkeys(("value", "mark"), "float64"),
            "vote": "bool_",
        },
        _criteria,
    ),
    MODELS: ({"clusters": "string", "content": "string"}, _models),
}
"""Table → its columns with their types, and the rows that one outcome adds."""


def _arrow(columns: Mapping[str, str], rows: Sequence[Row]) -> pa.Table:
    import pyarrow as pa

    schema = pa.schema([(name, getattr(pa, kind)()) for name, kind in columns.items()])
    return pa.table({name: [row[name] for row in rows] for name in columns}, schema=schema)
