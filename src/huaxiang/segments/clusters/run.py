"""The clusters of a build: found, or taken over from the former one, and everybody placed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from huaxiang.core.buckets import buckets
from huaxiang.core.engine import Engine
from huaxiang.core.moments import Moment
from huaxiang.core.text import Text
from huaxiang.core.threads import one_thread
from huaxiang.core.types import Type
from huaxiang.expressions.check import CUSTOMER_ID
from huaxiang.segments.clusters.features import Candidate
from huaxiang.segments.clusters.find import Found, Search, find, usable
from huaxiang.segments.clusters.model import Model, digest_of
from huaxiang.segments.clusters.spec import ClusterSegment, ClustersSpec, ClusterTemplateSpec, segment_name
from huaxiang.segments.clusters.tables import Outcome, write_outcomes
from huaxiang.segments.done import KEY

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

_ORDER = "_order"
_CHUNK = 250_000
"""Customers that are placed at a time: what bounds the memory."""


@dataclass
class ClusterBuild:
    """Finds the clusters that `specs` ask for, one after the other, and keeps what came of each.

    `former` is the table of models of the build before, where there is one.
    """

    engine: Engine
    specs: Mapping[str, ClustersSpec]
    templates: Mapping[str, ClusterTemplateSpec]
    moment: Moment
    former: ibis.Table | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def find(self, name: str, pool: ibis.Table) -> dict[str, Text]:
        """Place the customers of `pool` (`customer_no`) in the clusters `name`.

        Returns the segments that there are none for, with the reason. All of it is done in one thread: sums come out
        the same on every machine, and threads of several libraries would only wait for each other.
        """
        with one_thread():
            return self._find(name, pool)

    def _find(self, name: str, pool: ibis.Table) -> dict[str, Text]:
        spec = self.specs[name]
        method = spec.method or (self.templates[spec.template].method if spec.template else "mixture")
        asked = wanted_tags(spec, self.templates, self._catalog)
        tags = [self._catalog[tag] for tag in asked if tag in self._catalog]
        spoken = [self._catalog[tag] for tag in rule_tags(spec, self.templates) if tag in self._catalog]
        columns = dict.fromkeys(tag.name for tag in (*tags, *spoken))
        profiles = self.engine.table("profiles").select(CUSTOMER_ID, KEY, *columns)
        rows = profiles.semi_join(pool, KEY)
        sample, everyone = self._sample(name, spec, rows), self._count(name, rows)
        digest = digest_of(spec, [tag.name for tag in tags], method)
        former = self._former(name, sample)
        reason = usable(former, spec, digest, sample, self.moment)
        if reason is None and former is not None:
            found = Found(former.features, former.unused, stability=former.stability, model=former)
        else:
            found = find(Search(spec, method, tags, spoken), sample, self.moment, digest, former)
        outcome = Outcome(spec, name, method, asked, tags, found, everyone, len(sample), reason)
        self.outcomes[name] = outcome
        if found.model is not None:
            outcome.sizes = self._place(name, spec, found.model, rows)
        return {
            segment_name(name, number): outcome.refusal or _NO_SUCH
            for number in range(1, spec.most + 1)
            if number not in outcome.labels
        }

    @property
    def refusals(self) -> dict[str, Text]:
        """Why there are no clusters, by name."""
        return {name: each.refusal for name, each in self.outcomes.items() if each.refusal is not None}

    def members(self, spec: ClusterSegment) -> ibis.Table:
        """The customers (`customer_no`) of a cluster that was found."""
        placed = self.engine.table(_placed(spec.group))
        return placed.filter(placed["cluster"] == spec.number).select(KEY)

    def called(self, spec: ClusterSegment) -> ClusterSegment:
        """The segment of a cluster with the name that was found for it."""
        outcome = self.outcomes[spec.group]
        label = outcome.spec.label or Text(spec.group, spec.group)
        described = Text(
            f"Cluster {spec.number} of '{label.en}', found by {len(outcome.found.features)} tags.",
            f"“{label.zh}”的第 {spec.number} 类，依据 {len(outcome.found.features)} 个标签发现。",
        )
        return spec.model_copy(update={"label": outcome.labels[spec.number], "description": described})

    def write(self) -> None:
        """Write the tables about all clusters, and remove the working ones."""
        placed = {name: self.engine.table(_placed(name)) for name, each in self.outcomes.items() if each.found.model}
        write_outcomes(self.engine, self.outcomes, placed)
        for name in placed:
            self.engine.drop(_placed(name))

    # -- reading and placing ----------------------------------------------------------------------------------

    @cached_property
    def _catalog(self) -> dict[str, Candidate]:
        rows = self.engine.rows(self.engine.table("tag_catalog"), step="clusters: tags")
        return {row["name"]: _candidate(row) for row in rows}

    def _sample(self, name: str, spec: ClustersSpec, rows: ibis.Table) -> pa.Table:
        """As many customers as the definition allows, drawn and ordered by a hash of who they are."""
        import ibis

        salted = rows.mutate(**{_ORDER: (ibis.literal(f"{spec.seed}:") + rows[CUSTOMER_ID]).hexdigest("md5")})
        drawn = salted.order_by(_ORDER, CUSTOMER_ID).limit(spec.sample).drop(_ORDER)
        return self.engine.arrow(drawn, step=f"sample for clusters {name}")

    def _count(self, name: str, rows: ibis.Table) -> int:
        return int(self.engine.rows(rows.aggregate(n=rows.count()), step=f"customers of clusters {name}")[0]["n"])

    def _former(self, name: str, sample: pa.Table) -> Model | None:
        """The model of the build before, where what it reads is still there."""
        if self.former is None:
            return None
        rows = self.engine.rows(self.former.filter(self.former["clusters"] == name), step=f"former clusters {name}")
        model = Model.of_json(rows[0]["content"]) if rows else None
        fits = model is not None and all(feature.tag in sample.column_names for feature in model.features)
        return model if fits else None

    def _place(self, name: str, spec: ClustersSpec, model: Model, rows: ibis.Table) -> dict[int, int]:
        """Write where everybody belongs, part by part; the number of members of each cluster, 0 for those of none."""
        import numpy as np
        import pyarrow as pa

        last = self.engine.rows(rows.aggregate(last=rows[KEY].max()), step=f"numbers of clusters {name}")[0]["last"]
        sizes = np.zeros(spec.most + 1, np.int64)
        schema = pa.schema([(KEY, pa.int64()), ("cluster", pa.int32()), ("certainty", pa.float64())])
        parts = []
        for part in buckets(0 if last is None else last + 1, _CHUNK):
            some = rows.filter((rows[KEY] >= part.start) & (rows[KEY] < part.stop)).drop(CUSTOMER_ID)
            read = self.engine.arrow(some, step=f"place customers in clusters {name}")
            if len(read) == 0:
                continue
            numbers, chances = model.place(read, self.moment, spec.certainty)
            np.add.at(sizes, numbers, 1)
            told = pa.nulls(len(read), pa.float64()) if chances is None else pa.array(chances, pa.float64())
            placed = (read[KEY].cast(pa.int64()), pa.array(numbers, pa.int32(), mask=numbers == 0), told)
            parts.append(pa.table(list(placed), schema=schema))
        self.engine.create(_placed(name), pa.concat_tables([schema.empty_table(), *parts]), step=f"clusters {name}")
        return {number: int(size) for number, size in enumerate(sizes)}


def wanted_tags(
    spec: ClustersSpec, templates: Mapping[str, ClusterTemplateSpec], known: Mapping[str, Candidate]
) -> list[str]:
    """The tags that a definition asks for: the template's, its own, those of its dimensions; each once."""
    of_template = templates[spec.template].tags if spec.template else ()
    within = [tag.name for tag in known.values() if tag.dimension in spec.dimensions]
    return list(dict.fromkeys((*of_template, *spec.tags, *within)))


def rule_tags(spec: ClustersSpec, templates: Mapping[str, ClusterTemplateSpec]) -> list[str]:
    """The further tags that the rules of a definition may speak of."""
    of_template = templates[spec.template].rule_tags if spec.template else ()
    return list(dict.fromkeys((*of_template, *spec.rule_tags)))


_NO_SUCH = Text("no such cluster was found", "未发现该类")


def _placed(name: str) -> str:
    return f"_cluster_{name}"


def _candidate(row: Mapping[str, Any]) -> Candidate:
    values = {value: Text(**label) for value, label in json.loads(row["values"] or "{}").items()}
    label = Text(row["label_en"], row["label_zh"])
    return Candidate(row["name"], Type(row["type"]), label, row["dimension"], row["privacy"], row["unit"], values)
