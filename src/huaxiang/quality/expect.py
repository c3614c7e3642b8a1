"""Rules of the user's own (`expect:`): on how many rows each holds, and what follows where it fails.

A rule counts the rows on which its condition is true or false. A row where it is unknown, because a value is missing,
says nothing: whoever wants the value to be there writes `amount is not null and …`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from huaxiang.core.engine import Engine
from huaxiang.core.errors import DataError
from huaxiang.core.findings import NOWHERE, Finding, Location
from huaxiang.core.text import Text

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

EXAMPLES = 5
"""Failing rows that a rule names. Their numbers only: what they hold may be private."""


class Rule(Protocol):
    """What there is to know about a rule; `sources.spec.ExpectSpec` is one."""

    @property
    def name(self) -> str:
        """What the author calls it."""

    @property
    def that(self) -> str:
        """The condition, an expression."""

    @property
    def share(self) -> float:
        """The share of rows on which it must hold."""

    @property
    def severity(self) -> str:
        """`warn` or `block`."""

    @property
    def dimension(self) -> str:
        """The dimension of quality whose score it enters."""

    @property
    def label(self) -> Text:
        """What readers see."""


@dataclass(frozen=True)
class Outcome:
    """How a rule fared. `table` is None where it speaks of the source's own columns."""

    source: str
    table: str | None
    rule: Rule
    rows: int
    failed: int
    examples: tuple[str, ...] = ()
    at: Location = NOWHERE

    @property
    def share(self) -> float | None:
        """The share of rows on which the rule holds; None: it is known on none."""
        return (self.rows - self.failed) / self.rows if self.rows else None

    @property
    def holds(self) -> bool | None:
        """Whether it holds on as many rows as it must; None: nobody can tell."""
        return None if self.share is None else self.share >= self.rule.share

    @property
    def blocks(self) -> bool:
        """Whether no snapshot may be made of such rows."""
        return self.holds is False and self.rule.severity == "block"

    def __str__(self) -> str:
        named = f" ({self.rule.label.en})" if self.rule.label else ""
        return (
            f"source '{self.source}', rule '{self.rule.name}'{named}: {self.rule.that} holds on "
            f"{_percent(self.share)} of {self.rows} rows, {_percent(self.rule.share)} are wanted. "
            f"Rows that fail: {', '.join(self.examples)}{', …' if self.failed > len(self.examples) else ''}"
        )


def check_rules(
    engine: Engine,
    rows: ibis.Table,
    conditions: Sequence[tuple[Rule, Any, Location]],
    *,
    source: str,
    table: str | None = None,
) -> list[Outcome]:
    """Count all rules about `rows` in one pass; only where one fails, look again for the rows to show.

    `conditions` are the rules with their Ibis conditions over `rows`, which have `_file` and `_row`.
    """
    if not conditions:
        return []
    step = f"expect {source}"
    measures: dict[str, Any] = {}
    for place, (_, condition, _at) in enumerate(conditions):
        measures[f"rows_{place}"] = condition.count()
        measures[f"failed_{place}"] = (~condition).sum().fill_null(0)
    [figures] = engine.rows(rows.aggregate(**measures), step=step)
    found = []
    for place, (rule, condition, at) in enumerate(conditions):
        outcome = Outcome(source, table, rule, figures[f"rows_{place}"], figures[f"failed_{place}"], at=at)
        if outcome.holds is False:
            examples = _examples(engine, rows.filter(~condition), step)
            outcome = Outcome(source, table, rule, outcome.rows, outcome.failed, examples, at)
        found.append(outcome)
    return found


def check_outcomes(outcomes: Iterable[Outcome]) -> Iterator[Finding]:
    """A warning for each rule that fails, or that nobody can judge."""
    for outcome in outcomes:
        rule = outcome.rule
        if outcome.holds is None:
            unknown = f"source '{outcome.source}', rule '{rule.name}': there is no row on which {rule.that} is known."
            yield Finding("expect_unknown", unknown, outcome.at, severity="warning")
        elif not outcome.holds:
            failed = f"A rule fails: {outcome}."
            remedy = "Mend the source, or change the rule or its 'share'."
            yield Finding("expect_failed", failed, outcome.at, remedy, "warning")


def check_blocking(outcomes: Iterable[Outcome], *, serving: bool) -> None:
    """See that no rule forbids a snapshot. `serving` says whether there is a former one.

    Raises:
        DataError: rules do; the message names all of them, with their shares and the rows to look at.
    """
    blocking = [outcome for outcome in outcomes if outcome.blocks]
    if blocking:
        after = "The former snapshot keeps serving." if serving else "No snapshot was written."
        listed = "\n".join(f"{outcome} ({outcome.at})" if outcome.at.file else str(outcome) for outcome in blocking)
        raise DataError(f"The data break rules that stop a build. {after}\n{listed}")


def rules_table(outcomes: Iterable[Outcome]) -> pa.Table:
    """The table `quality_rules`."""
    import pyarrow as pa

    columns: Mapping[str, tuple[Any, Callable[[Outcome], Any]]] = {
        "source": (pa.string(), lambda o: o.source),
        "table": (pa.string(), lambda o: o.table),
        "name": (pa.string(), lambda o: o.rule.name),
        "label_en": (pa.string(), lambda o: o.rule.label.en),
        "label_zh": (pa.string(), lambda o: o.rule.label.zh),
        "that": (pa.string(), lambda o: o.rule.that),
        "severity": (pa.string(), lambda o: o.rule.severity),
        "dimension": (pa.string(), lambda o: o.rule.dimension),
        "wanted": (pa.float64(), lambda o: o.rule.share),
        "rows": (pa.int64(), lambda o: o.rows),
        "failed": (pa.int64(), lambda o: o.failed),
        "share": (pa.float64(), lambda o: o.share),
        "holds": (pa.bool_(), lambda o: o.holds),
        "examples": (pa.list_(pa.string()), lambda o: list(o.examples)),
    }
    listed = list(outcomes)
    return pa.table({name: pa.array([of(o) for o in listed], type_) for name, (type_, of) in columns.items()})


def _examples(engine: Engine, failing: ibis.Table, step: str) -> tuple[str, ...]:
    first = failing.select("_file", "_row").order_by("_file", "_row").limit(EXAMPLES)
    return tuple(f"{row['_file']}#{row['_row']}" for row in engine.rows(first, step=step))


def _percent(share: float | None) -> str:
    """A share with as many decimals as it takes to tell 99.99 % from all."""
    return "none" if share is None else f"{share * 100:.6g} %"
