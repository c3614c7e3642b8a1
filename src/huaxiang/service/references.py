"""What a decision speaks of: the records of customers, as they are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from huaxiang.core.engine import Engine
from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.core.findings import near_miss
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.lookups import KEY, look_up


def of_customers(engine: Engine, project: LoadedProject, identifiers: Sequence[str]) -> tuple[str, ...]:
    """The records of several customers; of one without records, its identifiers.

    Raises:
        NotFoundError: one of them is not there.
        UsageError: they are fewer than two.
    """
    found = {identifier: look_up(engine, project, identifier) for identifier in identifiers}
    numbers = {each.number for each in found.values()}
    if len(numbers) < 2:
        name = ", ".join(sorted({each.customer_id for each in found.values()})) or "none"
        raise UsageError(f"A merge needs two customers or more; these are one: {name}.")
    return tuple(reference for number in sorted(numbers) for reference in _references(engine, number))


def of_split(
    engine: Engine,
    project: LoadedProject,
    identifier: str,
    records: Sequence[str],
    shown: Callable[[str], str] = str,
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Those of a customer's records that leave, and all others; where none is left, its identifiers.

    `shown` is how whoever asks sees a record: errors name them no other way.

    Raises:
        NotFoundError: there is no such customer, or it has no such record.
        UsageError: no record is named, or nothing would be left.
    """
    found = look_up(engine, project, identifier)
    own = _records(engine, found.number)
    for record in records:
        if record not in own:
            own = [shown(each) for each in own]
            guess = near_miss(record, own)
            hint = f"Did you mean '{guess}'?" if guess else f"Its records: {', '.join(own[:10])}."
            raise NotFoundError(f"{found.customer_id} has no record '{record}'. {hint}")
    staying = [record for record in own if record not in records]
    if not records or not staying:
        raise UsageError(f"A split needs records that leave and records that stay; {found.customer_id} has {len(own)}.")
    return tuple(records), tuple(staying)


def _references(engine: Engine, number: int) -> list[str]:
    return _records(engine, number) or _values(engine, number)


def _records(engine: Engine, number: int) -> list[str]:
    identity = engine.table("identity")
    own = identity.filter(identity[KEY] == number).order_by("source", "record_key")
    rows = engine.rows(own.select("source", "record_key"), step="records of a customer")
    return [f"{row['source']}/{row['record_key']}" for row in rows]


def _values(engine: Engine, number: int) -> list[str]:
    links = engine.table("identity_links")
    own = links.filter(links[KEY] == number, links.status == "links", ~links.cut)
    rows = engine.rows(own.select("type", "scope", "value").distinct().order_by("type", "value"), step="identifiers")
    return [f"{row['type']}:{row['value']}" + (f"@{row['scope']}" if row["scope"] else "") for row in rows]
