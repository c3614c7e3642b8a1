"""Shares that somebody published: read from rows, checked, and brought to the values of our tags. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from huaxiang.core.findings import Finding, near_miss, unknown
from huaxiang.personas.validation.spec import MarketSpec, ShareTableSpec

Row = Mapping[str, Any]

TOLERANCE = 0.005
"""How far sums may be off, as published shares are rounded."""

LEAST_PEOPLE = 1_000
"""A sum that is neither 1 nor 100 counts people, who are at least as many."""


@dataclass(frozen=True)
class Cell:
    """One row of a margin: a value of a dimension with its share, and how many people that rests on."""

    dimension: str
    value: str
    share: float
    base: int | None = None


@dataclass(frozen=True)
class Margins:
    """Shares by tag and value. Of a population they add up to 1 for each tag, and `people` says how many it has.

    `bases` are the people that a share of a market rests on, where the file says so.
    """

    shares: Mapping[str, Mapping[str, float]]
    people: float | None = None
    bases: Mapping[tuple[str, str], int] = field(default_factory=dict)


def read_cells(owner: str, spec: ShareTableSpec, rows: Sequence[Row]) -> tuple[list[Cell], list[Finding]]:
    """The cells of a file as it stands, and what is wrong with single rows of it."""
    wanted = [*spec.tags, spec.count] if spec.count else [spec.dimension, spec.value, spec.share]
    base = spec.base if isinstance(spec, MarketSpec) else None
    there = [name for name in (rows[0] if rows else {}) if not name.startswith("_")]
    findings = [
        unknown("column", name, there, owner=f"{owner}, {spec.file}", at=spec.place("file"))
        for name in (*wanted, *spec.where, base)
        if name is not None and name not in there
    ]
    if findings:
        return [], findings
    cells: list[Cell] = []
    for number, row in enumerate(rows, 1):
        if any(str(row[name]) != value for name, value in spec.where.items()):
            continue
        raw = row[spec.count or spec.share]
        share = _number(raw)
        wrong = _wrong_number(raw, share)
        if wrong:
            code, what = wrong
            message = f"{owner}: row {number} of {spec.file} holds {what} '{raw}' as its share."
            remedy = "Correct the row: a share is a number that is not negative."
            findings.append(Finding(code, message, spec.place("file"), remedy))
        else:
            cells.extend(_cells(spec, row, share, _number(row[base]) if base else math.nan))
    return cells, findings


def check_cells(
    owner: str, spec: ShareTableSpec, cells: Sequence[Cell], values: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    """Yield what is wrong with the margins as a whole. `values` are those that a tag declares, by tag.

    Margins must add up as they stand in the file. A market's need not: its profile may be a part of one.
    """
    found: dict[str, list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.dimension, []).append(cell)
    for name in spec.tags:
        if name not in found:
            message = f"{owner}: {spec.file} has no row of dimension '{name}'."
            guess = near_miss(name, found)
            remedy = f"Did you mean '{guess}'?" if guess else f"Its dimensions: {', '.join(sorted(found)) or 'none'}."
            yield Finding("margins_dimension", message, spec.place("tags", name), remedy)
    for name, listed in found.items():
        yield from _check_values(owner, spec, name, [cell.value for cell in listed], values)
        if spec.count is None:
            yield from _twice(owner, spec, name, [cell.value for cell in listed])
    if not isinstance(spec, MarketSpec):
        yield from _check_sums(owner, spec, {name: math.fsum(cell.share for cell in of) for name, of in found.items()})


def population(spec: ShareTableSpec, cells: Sequence[Cell]) -> Margins:
    """The margins of a population whose cells were found to be right, each made to add up to 1."""
    summed: dict[str, dict[str, float]] = {tag: {} for tag in spec.tags.values()}
    total = math.fsum(cell.share for cell in cells if cell.dimension == next(iter(spec.tags)))
    for cell in cells:
        value = _renamed(spec, cell)
        if value is not None:
            shares = summed[spec.tags[cell.dimension]]
            shares[value] = shares.get(value, 0.0) + cell.share
    kept = {tag: math.fsum(shares.values()) for tag, shares in summed.items()}
    people = min(kept.values()) if total >= LEAST_PEOPLE else None
    return Margins(
        {tag: {value: share / kept[tag] for value, share in shares.items()} for tag, shares in summed.items()}, people
    )


def market(spec: MarketSpec, cells: Sequence[Cell]) -> Margins:
    """The profile of a market: shares as they are, as parts of 1."""
    scale = 100.0 if any(cell.share > 1 for cell in cells) else 1.0
    shares: dict[str, dict[str, float]] = {tag: {} for tag in spec.tags.values()}
    bases: dict[tuple[str, str], int] = {}
    for cell in cells:
        value, tag = _renamed(spec, cell), spec.tags[cell.dimension]
        if value is not None:
            shares[tag][value] = shares[tag].get(value, 0.0) + cell.share / scale
            if cell.base is not None:
                bases[tag, value] = cell.base
    return Margins(shares, None, bases)


def _cells(spec: ShareTableSpec, row: Row, share: float, base: float) -> Iterator[Cell]:
    people = None if math.isnan(base) else int(base)
    if spec.count:
        yield from (Cell(name, str(row[name]), share, people) for name in spec.tags)
    elif str(row[spec.dimension]) in spec.tags:
        yield Cell(str(row[spec.dimension]), str(row[spec.value]), share, people)


def _renamed(spec: ShareTableSpec, cell: Cell) -> str | None:
    return spec.values.get(cell.dimension, {}).get(cell.value, cell.value)


def _number(value: Any) -> float:
    """The number that a cell holds; NaN where it holds none."""
    if value is None:
        return math.nan
    try:
        return float(str(value).strip().removesuffix("%").replace(",", ""))
    except ValueError:
        return math.nan


def _wrong_number(raw: Any, share: float) -> tuple[str, str] | None:
    if not math.isfinite(share):
        return "margins_number", "no number but" if raw is not None else "nothing but"
    return ("margins_negative", "the negative number") if share < 0 else None


def _check_values(
    owner: str, spec: ShareTableSpec, name: str, found: Sequence[str], values: Mapping[str, Sequence[str]]
) -> Iterator[Finding]:
    renamed, tag = spec.values.get(name, {}), spec.tags[name]
    for old in renamed:
        if old not in found:
            where = f"{owner}, dimension '{name}' of {spec.file}"
            yield unknown("value", old, found, owner=where, at=spec.place("values", name, old))
    known = values.get(tag, ())
    for value in dict.fromkeys(renamed.get(each, each) for each in found) if known else ():
        if value is not None and value not in known:
            where = f"{owner}, tag '{tag}', dimension '{name}' of {spec.file}"
            finding = unknown("value", value, known, owner=where, at=spec.place("values", name))
            remedy = f"{finding.remedy} Rename it under 'values'.".strip()
            yield Finding(finding.code, finding.message, finding.at, remedy, context=finding.context)


def _twice(owner: str, spec: ShareTableSpec, name: str, found: Sequence[str]) -> Iterator[Finding]:
    for value in sorted({value for value in found if found.count(value) > 1}):
        message = f"{owner}: {spec.file} has '{value}' of dimension '{name}' twice."
        yield Finding("margins_twice", message, spec.place("file"), "Keep one of the rows.")


def _check_sums(owner: str, spec: ShareTableSpec, sums: Mapping[str, float]) -> Iterator[Finding]:
    if not sums:
        return
    told = ", ".join(f"{name} {total:,.12g}" for name, total in sums.items())
    least, most = min(sums.values()), max(sums.values())
    if most - least > TOLERANCE * most:
        message = f"{owner}: the dimensions of {spec.file} don't add up to the same: {told}."
        remedy = "A row is missing, or counted twice. Each dimension is of the same people."
        yield Finding("margins_sum", message, spec.place("file"), remedy)
    elif most < LEAST_PEOPLE and not any(abs(most - whole) <= TOLERANCE * whole for whole in (1, 100)):
        message = f"{owner}: the dimensions of {spec.file} add up to neither 1 nor 100: {told}."
        remedy = f"A row is missing, or counted twice. Counts of people add up to at least {LEAST_PEOPLE:,}."
        yield Finding("margins_sum", message, spec.place("file"), remedy)
