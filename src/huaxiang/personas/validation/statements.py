"""What a persona claims, statement by statement, and whether a claim also holds when customers count differently.

A statement is a value of a tag that members have clearly more, or less, often than the rest of the base. It holds in
another view – customers weighted to a population, or those who truly belong – where the difference has the same sign
there and its 95 % interval leaves out 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from huaxiang.core.spec import EVERYONE
from huaxiang.core.text import Text
from huaxiang.personas.columns import Column, read_columns
from huaxiang.personas.placed import Placed, PlacedColumn
from huaxiang.personas.run import Portrayer
from huaxiang.personas.scales import Scale, scale
from huaxiang.personas.statistics import Difference, compare_shares
from huaxiang.personas.validation.raking import effective_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huaxiang.core.engine import Engine
    from huaxiang.personas.validation.result import Result

STATEMENTS = 12
"""Statements of a persona that are held against something: one for each of its most telling tags."""

Verdict = Literal["holds", "open", "refuted", "too_small", "informs", "unusable"]

WORTH: Mapping[Verdict, float] = {"holds": 1.0, "open": 0.5, "refuted": 0.0}
"""What a verdict counts in a score. What could not be told counts nothing, for or against."""


@dataclass(frozen=True)
class Statement:
    """A value of a tag by which members of a persona differ from the rest of the base."""

    persona: str
    base: str
    tag: str
    value: str
    label: Text
    share: float
    difference: float


@dataclass(frozen=True)
class View:
    """Who counts among the members, and who among the rest, in order of `customer_no`; with `weights`, how much."""

    members: NDArray[np.bool_]
    rest: NDArray[np.bool_]
    weights: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Question:
    """Statements to be seen, each in the view of its persona, and what is `told` once they have been."""

    asked: Sequence[Statement]
    views: Mapping[str, View]
    told: Callable[[list[Seen]], Result]


@dataclass(frozen=True)
class Seen:
    """A statement in a view: weighted shares, their difference, and the effective number of members it rests on."""

    statement: Statement
    share: float | None
    rest_share: float | None
    found: Difference | None
    size: int
    verdict: Verdict


def read_statements(engine: Engine, personas: Iterable[str]) -> dict[str, tuple[Statement, ...]]:
    """The statements of the portrayed `personas`, the most telling first."""
    wanted = set(personas)
    catalog = {row["name"]: row for row in _rows(engine, "tag_catalog")}
    bases = {row["name"]: row["base"] for row in _rows(engine, "persona_catalog")}
    shares: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in _rows(engine, "portraits"):
        if row["persona"] in wanted and row["significant"] and not row["hidden"]:
            shares.setdefault((row["persona"], row["tag"]), []).append(row)
    ranked = [row for row in _rows(engine, "portrait_tags") if row["persona"] in wanted and _is_new(row)]
    found: dict[str, list[Statement]] = {name: [] for name in sorted(wanted)}
    for row in sorted(ranked, key=lambda row: row["rank"]):
        told = shares.get((row["persona"], row["tag"]))
        if told and len(found[row["persona"]]) < STATEMENTS:
            clearest = max(told, key=lambda share: (abs(share["difference"]), -share["position"]))
            found[row["persona"]].append(_statement(clearest, bases[row["persona"]], catalog.get(row["tag"], {})))
    return {name: tuple(statements) for name, statements in found.items()}


def see(portrayer: Portrayer, questions: Sequence[Question], *, step: str) -> list[list[Seen]]:
    """Each statement in the view of its persona, for each question. One pass over the tags that any speaks of."""
    asked: dict[tuple[str, str], dict[Statement, list[int]]] = {}
    for number, question in enumerate(questions):
        for statement in question.asked:
            if statement.tag in portrayer.tags:
                asked.setdefault((statement.base, statement.tag), {}).setdefault(statement, []).append(number)
    seen: dict[tuple[int, Statement], Seen] = {}
    for base, placed in on_scales(portrayer, asked, step=step):
        # Of what lies on a shelf both are made anew whenever they are asked for.
        shown, positions, column = placed.scale, placed.positions, placed.column
        for statement, numbers in asked[base, shown.tag.name].items():
            known, has = _having(shown, positions, column, statement.value, portrayer.population.size)
            for number in numbers:
                view = questions[number].views[statement.persona]
                seen[number, statement] = _seen(statement, known, has, view, portrayer.threshold)
    return [
        [seen[number, statement] for statement in question.asked if (number, statement) in seen]
        for number, question in enumerate(questions)
    ]


def on_scales(
    portrayer: Portrayer, wanted: Iterable[tuple[str, str]], *, step: str, whole: bool = False
) -> Iterator[tuple[str, Placed]]:
    """For each pair of a base and a tag that are `wanted`, the base and the tag on the scale that is made from it.

    What the portrayer has on a shelf is not read; with `whole` only where everybody without a row has no value.
    """
    unread: dict[str, list[str]] = {}
    for base, name in wanted:
        placed = portrayer.kept(name) if base == EVERYONE else None
        if placed is None or (whole and not placed.scale.has_all):
            unread.setdefault(name, []).append(base)
        else:
            yield base, placed
    for column in columns(portrayer, unread, step=step):
        for base in unread[column.tag.name]:
            yield base, PlacedColumn.of(scale(column, portrayer.population.crowd(base)), column)


def columns(portrayer: Portrayer, names: Iterable[str], *, step: str) -> Iterator[Column]:
    """The columns of the tags `names`."""
    profiles, size = portrayer.engine.table("profiles"), portrayer.population.size
    wanted = [portrayer.tags[name] for name in names]
    return read_columns(portrayer.engine, profiles, size, wanted, portrayer.moment, step=step)


def score(verdicts: Iterable[Verdict]) -> float | None:
    """The part of statements that hold, open ones counting half; None where none could be judged."""
    judged = [WORTH[verdict] for verdict in verdicts if verdict in WORTH]
    return sum(judged) / len(judged) if judged else None


def verdict_of(expected: float, found: Difference | None) -> Verdict:
    """Whether a difference that was `expected` to be of one sign is found to be so."""
    if found is None:
        return "too_small"
    if found.low <= 0 <= found.high:
        return "open"
    return "holds" if (found.value > 0) == (expected > 0) else "refuted"


def _is_new(row: Mapping[str, Any]) -> bool:
    return row["rank"] is not None and bool(row["gain"]) and not row["defining"] and row["repeats"] is None


def _statement(row: Mapping[str, Any], base: str, tag: Mapping[str, Any]) -> Statement:
    label = Text(
        f"{tag.get('label_en') or row['tag']}: {row['value_en']}",
        f"{tag.get('label_zh') or row['tag']}：{row['value_zh']}",
    )
    return Statement(row["persona"], base, row["tag"], row["value"], label, row["share"], row["difference"])


def _having(
    shown: Scale, positions: NDArray[np.int64], column: Column, value: str, size: int
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Who has any value of a tag, and who has `value`; `positions` are those of the column on the scale."""
    import numpy as np

    place = shown.values.index(value) if value in shown.values else len(shown.values)
    if column.owners is None or column.listed is None:
        return positions >= 0, positions == place
    has = np.zeros(size, dtype=np.bool_)
    has[column.owners[positions == place]] = True
    return column.listed, has


def _seen(statement: Statement, known: NDArray[np.bool_], has: NDArray[np.bool_], view: View, threshold: int) -> Seen:
    inside, outside = (_weighted(known & group, has, view.weights) for group in (view.members, view.rest))
    # Fewer than may be shown, or nobody: then nothing is told.
    if min(inside[2], outside[2]) < max(threshold, 2):
        return Seen(statement, None, None, None, int(inside[1]), "too_small")
    size, rest = round(inside[1]), round(outside[1])
    found = compare_shares(round(inside[0] * size), size, round(outside[0] * rest), rest)
    return Seen(statement, inside[0], outside[0], found, size, verdict_of(statement.difference, found))


def _weighted(
    group: NDArray[np.bool_], has: NDArray[np.bool_], weights: NDArray[np.float64] | None
) -> tuple[float, float, int]:
    """The share of those of a group who have a value, the effective number of the group, and how many it is."""
    import numpy as np

    # Counted many times as fast as summed.
    size = int(np.count_nonzero(group))
    if weights is None:
        return (int(np.count_nonzero(group & has)) / size if size else 0.0), float(size), size
    mine = weights[group]
    total = float(mine.sum())
    share = float(weights[group & has].sum()) / total if total else 0.0
    return share, effective_size(mine), size


def _rows(engine: Engine, table: str) -> list[dict[str, Any]]:
    return engine.rows(engine.table(table), step=f"validate: {table}")
