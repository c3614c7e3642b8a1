"""What a build found: profiles, tags, segments, personas, and the reasons for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.core.moments import Moment
from huaxiang.core.small_groups import Guard
from huaxiang.core.text import Language
from huaxiang.project.loaded import LoadedProject
from huaxiang.service import audits, clusters, conflicts, customers, exports
from huaxiang.store.noise import noise_secret
from huaxiang.store.snapshots import OpenSnapshot

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from huaxiang.personas.run import Portrayer
    from huaxiang.service.audiences import Audiences
    from huaxiang.service.comparisons import Compared
    from huaxiang.service.finder import Finder
    from huaxiang.service.live.profiles import LiveProfiles
    from huaxiang.service.stored import StoredCustomers
    from huaxiang.service.studies.model import Study

T = TypeVar("T")


class Build:
    """A finished build, opened for reading. Close it, or use it in a `with` block, to let old snapshots go.

    Several threads may ask for customers at once, stored and live ones.
    """

    def __init__(self, project: LoadedProject, opened: OpenSnapshot) -> None:
        self.project = project
        self.snapshot = opened.snapshot
        self.engine = opened.engine
        self._opened = opened
        self._made: dict[str, Any] = {}
        self._making = RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Build('{self.snapshot.id}')"

    def close(self) -> None:
        """Let the snapshot go. Closing twice does nothing."""
        for name in ("live_profiles", "finder"):
            if name in self._made:
                self._made.pop(name).close()
        self._opened.close()

    @cached_property
    def summary(self) -> dict[str, Any]:
        """The figures of the build: customers, facts, tags, quarantine, seconds per step, peak memory."""
        return self.snapshot.figures

    @property
    def moment(self) -> Moment:
        """The moment that everything was evaluated at."""
        return Moment.parse(self.summary["moment"], self.project.spec.time_zone)

    @property
    def profiles(self) -> ibis.Table:
        """One row per customer: `customer_id` and a column per tag, as an Ibis table."""
        return self.engine.table("profiles").drop("customer_no")

    def tags(self) -> list[dict[str, Any]]:
        """The catalog: a row per tag."""
        return self.engine.rows(self.engine.table("tag_catalog"), step="list tags")

    def customer(self, identifier: str) -> dict[str, Any]:
        """One customer: identifiers, segments and all tags.

        `identifier` is a `customer_id`, or `type:value` such as `phone:13900000000`.

        Raises:
            NotFoundError: nobody has it.
        """
        return self.stored_customers.customer(identifier)

    def customers_by(self, identifiers: Sequence[str]) -> list[dict[str, Any]]:
        """Many customers at once, in the order of `identifiers`, each as `customer` has it.

        A row is `asked` (the identifier) with `customer`, or with `error`: `code` and `message`.
        """
        return self.stored_customers.customers(identifiers)

    def live_customer(self, identifier: str, at: str | date | datetime | None = None) -> dict[str, Any]:
        """One customer at `at` (default: now): segments and tags over the snapshot and the live messages since.

        The first call compiles what all later ones use: keep the build open. `live` is how many live rows count;
        `as_of_snapshot` names tags whose value is that of the snapshot. See docs/guide/live.md for what is promised.

        Raises:
            NotFoundError: nobody in the snapshot has the identifier.
            UsageError: `at` is no moment or lies before the snapshot, or the definitions have changed since.
        """
        from huaxiang.service.live.customer import live_customer

        return live_customer(self.live_profiles, self.finder, self.snapshot.id, identifier, self._moment_of(at))

    @property
    def live_profiles(self) -> LiveProfiles:
        """What answers for live profiles, compiled once.

        Raises:
            UsageError: the snapshot does not fit the definitions: build again.
        """
        from huaxiang.service.live.profiles import LiveProfiles

        return self._once(
            "live_profiles", lambda: LiveProfiles(self.project, self.engine, self.moment, self.summary.get("live"))
        )

    @property
    def stored_customers(self) -> StoredCustomers:
        """What answers for stored profiles, compiled once."""
        from huaxiang.service.stored import StoredCustomers

        return self._once("stored_customers", lambda: StoredCustomers(self.project, self.engine, self.finder))

    @property
    def finder(self) -> Finder:
        """What finds customers, compiled once."""
        from huaxiang.service.finder import Finder

        return self._once("finder", lambda: Finder(self.project, self.engine))

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes, made once, however many threads ask for it."""
        with self._making:
            if name not in self._made:
                self._made[name] = make()
            return cast("T", self._made[name])

    def why(self, identifier: str, tag: str) -> dict[str, Any]:
        """How a customer's value of a tag came about: the rule, the tags it reads, the rows behind it.

        Raises:
            NotFoundError: there is no such customer or tag.
        """
        return customers.why(self.engine, self.project, self.moment, identifier, tag)

    def live_why(self, identifier: str, tag: str, at: str | date | datetime | None = None) -> dict[str, Any]:
        """How a customer's value of a tag at `at` (default: now) came about, live messages included.

        Raises:
            NotFoundError: there is no such customer or tag.
            UsageError: `at` is no moment or lies before the snapshot, or the definitions have changed since.
        """
        from huaxiang.service.live.why import live_why

        moment = self._moment_of(at)
        return live_why(self.engine, self.project, self.live_profiles, self.finder, identifier, tag, moment)

    @property
    def _home(self) -> Path:
        """The folder that keeps snapshots, backtests and rewritten texts."""
        return self.snapshot.folder.parents[1]

    def _moment_of(self, at: str | date | datetime | None) -> Moment:
        try:
            return Moment.parse(datetime.now(UTC) if at is None else at, self.project.spec.time_zone)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def why_member(self, identifier: str, segment: str) -> dict[str, Any]:
        """Why a customer is a member of a segment, or is none: each part of its definition with what it rests on.

        Raises:
            NotFoundError: there is no such customer or segment.
        """
        from huaxiang.service import members

        return members.why_member(self.engine, self.project, self.moment, identifier, segment)

    def tags_at(self, customers_and_moments: Any, tags: Sequence[str] | None = None) -> pa.Table:
        """The tags of customers, each as of its own moment: the point-in-time join that training needs.

        `customers_and_moments` is an Arrow, pandas or Ibis table with `customer_id` (or `identifier`, such as
        `phone:13900000000`) and `moment`: a timestamp with time zone, a day (its midnight in the project's time zone),
        or a text of either. Further columns, such as labels, are handed through. The result has the same rows in the
        same order with a column per tag (`tags`; default: all).

        Each value is the one that a build at that moment would give to the customer whom this snapshot knows: from
        facts that had happened before it and were known by it. All tags of a customer who was not known yet are null.

        Raises:
            NotFoundError: a customer or a tag is not there.
            UsageError: moments are missing, without time zone or after the snapshot's own.
        """
        from huaxiang.service import moments

        return moments.table_at(self.engine, self.project, self.moment, customers_and_moments, tags)

    def write_tags_at(self, customers_and_moments: Any, path: str | Path, tags: Sequence[str] | None = None) -> int:
        """Write what `tags_at` returns as a Parquet file, in order of customer and moment; the number of rows.

        For more pairs than fit into memory together with their tags.
        """
        from huaxiang.service import moments

        return moments.write_at(self.engine, self.project, self.moment, customers_and_moments, Path(path), tags)

    def audit(self) -> dict[str, list[dict[str, Any]]]:
        """How good the data are: `scores` from 0 to 100, `changes` since the former build, `rules` of the user's own.

        `conflicts` are the attributes of which the records of a customer disagree, by share.

        Raises:
            NotFoundError: the snapshot is older than its scores.
        """
        return audits.audit(self.engine) | {"conflicts": conflicts.counted(self.engine, self.project)}

    def audit_identity(self) -> dict[str, list[dict[str, Any]]]:
        """How sound identity is: `measures` with traffic lights, and the `clusters`, `bridges`, `issues` behind them.

        Raises:
            NotFoundError: the snapshot is older than its health.
        """
        return audits.audit_identity(self.engine, self.project)

    def segments(self) -> list[dict[str, Any]]:
        """All segments with their size and share."""
        return self.engine.rows(self.engine.table("segment_catalog"), step="list segments")

    def segment(self, name: str) -> Segment:
        """One segment.

        Raises:
            NotFoundError: there is none of this name.
        """
        return Segment(self, _named(self.segments(), "segment", name))

    def count(self, rule: str, *, exact: bool = False) -> int | None:
        """How many customers a rule holds, saved or not: `spend_total > 1000 and champions and not night_owls`.

        It speaks of tags and segments by their names; see docs/guide/segments.md. None where they may be fewer than the
        project's `minimum_group`. Of a rule that is no saved segment the number is within `audiences.size(rule).margin`
        of the truth, unless `exact`: two answers then give no small group away (docs/decisions/small-groups.md).

        Raises:
            ProjectError: the rule is wrong, or a name is neither tag nor segment.
        """
        return self.audiences.size(rule, exact=exact).size

    def distribution(self, rule: str, tag: str, *, exact: bool = False) -> dict[str, Any]:
        """How the values of a tag are spread among those whom a rule holds, beside everyone.

        `size`, `known`, `margin`, `mean` and `base_mean` of numbers, `values`: `value`, `label`, `count`, `share`,
        `base_share`, `hidden`. Groups smaller than the project's `minimum_group` are hidden, numbers moved as those of
        `count` are.

        Raises:
            ProjectError: the rule is wrong.
            NotFoundError: there is no such tag.
        """
        return self.audiences.distribution(rule, tag, exact=exact)

    def overlap(self, rules: Sequence[str], *, exact: bool = False) -> list[dict[str, Any]]:
        """How much every two of these rules or segments overlap.

        `a`, `b`, `both`, `share_of_a`, `share_of_b`, `jaccard`, `hidden`, `margin`. Figures are None where they would
        give away fewer than the project's `minimum_group`; numbers are moved as those of `count` are.

        Raises:
            ProjectError: a rule is wrong.
            UsageError: they are fewer than two, or too many.
        """
        return self.audiences.overlap(rules, exact=exact)

    def core(self, name: str | None = None, top: int = 20) -> dict[str, Any]:
        """Whom to go for first with an offer: segments and customers ranked by a definition of core customers.

        `core` is the definition with everyone's mean scores; `segments` have their rank, three scores, `score`,
        `profit`, `why` and `advice`; `customers` are the first `top`, with the conditions and channels that speak for
        each. Without a name, it is the first definition.

        Raises:
            NotFoundError: there is none of this name.
        """
        from huaxiang.service import core_customers

        return core_customers.core(self.engine, self.project, self.moment, name, top)

    @cached_property
    def audiences(self) -> Audiences:
        """What answers for rules that nobody has saved; it reads the definitions of the snapshot once."""
        from huaxiang.service.audiences import Audiences

        return Audiences(self.engine, self.moment, self.guard)

    @cached_property
    def guard(self) -> Guard:
        """What keeps small groups from being found by subtraction.

        Raises:
            StoreError: its secret can't be read or, the first time, not be written.
        """
        return Guard(self.project.spec.minimum_group, noise_secret(self.snapshot.folder.parent.parent))

    @property
    def portrayer(self) -> Portrayer:
        """What portrays and compares segments, from the files that are meant for it where there are any."""
        from huaxiang.service import portraits

        former = self._made.get("portrayer")
        found = portraits.portrayer(self.engine, self.project, self.snapshot, self.moment, former)
        self._made["portrayer"] = found
        return found

    def clusters(self) -> list[dict[str, Any]]:
        """All clusters that were asked for: how many groups were found, how stable they are, or why there are none.

        Raises:
            NotFoundError: the snapshot is older than clusters.
        """
        return clusters.listed(self.engine, self.project.spec.minimum_group)

    def cluster(self, name: str) -> dict[str, Any]:
        """The clusters `name`: `groups` with what sets them apart and their rules, `features`, `criteria`.

        Raises:
            NotFoundError: there are none of this name.
        """
        return clusters.shown(self.engine, name, self.project.spec.minimum_group)

    def personas(self) -> list[dict[str, Any]]:
        """All personas with their size and text, grade, next review and flags."""
        from huaxiang.service.validations import with_grades

        rows = self.engine.rows(self.engine.table("persona_catalog"), step="list personas")
        return with_grades(self.engine, rows)

    def validations(self, persona: str | None = None) -> dict[str, list[dict[str, Any]]]:
        """What the build's validations found: `personas` with their grades, `validations`, and the `figures` behind.

        Raises:
            NotFoundError: there is no persona of this name.
        """
        from huaxiang.service import validations

        return validations.stored(self.engine, persona)

    def persona(self, name: str, *, rewrite: bool = False) -> dict[str, Any]:
        """A persona, or the portrait of any segment: figures, tags, distributions, aspects, warnings, text, grade.

        `rewrite` asks the project's language model for another text; where it can't be used, `rewrite` says why.

        Raises:
            NotFoundError: there is neither persona nor segment of this name.
            UsageError: a text is to be rewritten, but the project names no language model.
            StoreError: a rewritten text can't be kept.
        """
        from huaxiang.service import portraits, rewrites

        found = portraits.persona(self.portrayer, self.project, name)
        return rewrites.rewritten(self.project, found, self._home) if rewrite else found

    def warnings(self) -> dict[str, list[dict[str, Any]]]:
        """What to mind about `personas` and `segments`: too small, too alike, too little evidence, tiny differences."""
        from huaxiang.service import portraits

        return portraits.warnings(self.engine)

    def compare(
        self,
        *sides: str | Sequence[str] | Build,
        at: str | date | datetime | None = None,
        tags: Sequence[str] = (),
        family_wise: bool = False,
        exact: bool = False,
    ) -> Compared:
        """Two to six groups side by side: where they differ most, with intervals and corrected significance.

        A side is a segment, `everyone`, or a rule as segments have it: `compare("champions", "age < 30")`. One side
        and another build, or an earlier moment `at`, compare it with itself then: `compare("champions", before)`.
        `tags` narrows what is compared. p-values are corrected for the false discovery rate, or `family_wise` (Holm).
        Of a rule a few members are left out by lot unless `exact`, as `count` moves its size.

        Raises:
            NotFoundError: there is no such segment or tag.
            ProjectError: a rule holds a mistake.
            UsageError: there are fewer than two sides or more than six, `at` is not before the snapshot's moment, or a
                rule may hold too few customers.
        """
        from huaxiang.service import comparisons

        before = [side for side in sides if isinstance(side, Build)]
        if len(before) > 1 or (before and at is not None):
            raise UsageError("Compare with one other build, or with one earlier moment.")
        try:
            moment = None if at is None else Moment.parse(at, self.project.spec.time_zone)
        except ValueError as error:
            raise UsageError(str(error)) from None
        asked = comparisons.asked_for([side for side in sides if not isinstance(side, Build)])
        other = before[0] if before else None
        return comparisons.compare(self, asked, other, moment, tags, family_wise=family_wise, exact=exact)

    def report(self, path: str | Path, language: Language | None = None) -> Path:
        """Write the report as one HTML file and return its path.

        It opens in `language` (default: the first of the project's `languages`); a reader can switch.

        Raises:
            StoreError: the place can't be written to.
        """
        from huaxiang.service import reports

        opens_in = language or self.project.spec.languages[0]
        return reports.write(self.engine, self.project, self.summary, self._home, Path(path), opens_in)

    def study(self, name: str) -> Study:
        """The figures of a study: its groups, a figure for each tag, what changed since.

        Raises:
            NotFoundError: the project defines no such study, or the build lacks what it is about.
        """
        from huaxiang.service.studies import gather

        if name not in self.project.studies:
            guess = near_miss(name, self.project.studies)
            hint = f" Did you mean '{guess}'?" if guess else " Studies are defined in studies/."
            raise NotFoundError(f"There is no study '{name}'.{hint}")
        spec, project = self.project.studies[name], self.project.spec
        return gather(self.engine, spec, project, self.moment, self.snapshot.id, self.tags_at)

    def write_study(self, name: str, path: str | Path, language: Language | None = None) -> Path:
        """Write a study as .html, .pdf, .pptx or .xlsx, in `language` (default: the project's first).

        Raises:
            NotFoundError: there is no such study.
            UsageError: another suffix.
            StoreError: the place can't be written to, or a font is missing.
        """
        from huaxiang.service import reports

        return reports.write_study(self.study(name), Path(path), language or self.project.spec.languages[0])

    def export(self, kind: str, path: str | Path) -> int:
        """Write a table (`service.exports.KINDS`) as Parquet, CSV or JSON lines; the number of rows.

        Raises:
            UsageError: unknown kind, or a suffix other than .parquet, .csv and .jsonl.
        """
        return exports.export(self.engine, kind, Path(path))


class Segment:
    """A segment of a build."""

    def __init__(self, build: Build, row: dict[str, Any]) -> None:
        self._build = build
        self.definition = row
        self.name: str = row["name"]

    def __repr__(self) -> str:
        return f"Segment('{self.name}', {self.count()} customers)"

    def count(self) -> int:
        """The number of members."""
        return int(self.definition["size"])

    @property
    def members(self) -> ibis.Table:
        """The members (`customer_id`), as an Ibis table."""
        table = self._build.engine.table("segments")
        return table.filter(table.segment == self.name).select("customer_id")

    def customer_ids(self) -> list[str]:
        """The ids of all members, in order."""
        rows = self._build.engine.arrow(self.members.order_by("customer_id"), step=f"members of {self.name}")
        return rows.column("customer_id").to_pylist()


def _named(rows: list[dict[str, Any]], kind: str, name: str) -> dict[str, Any]:
    for row in rows:
        if row["name"] == name:
            return row
    guess = near_miss(name, [row["name"] for row in rows])
    hint = f" Did you mean '{guess}'?" if guess else ""
    raise NotFoundError(f"There is no {kind} '{name}' in this build.{hint}")
