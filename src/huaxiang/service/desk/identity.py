"""Who is who: how sound it is, why, what is to be decided, and deciding."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from huaxiang.core.decisions import Decision
from huaxiang.core.errors import ConflictError
from huaxiang.service.desk.allowed import allowed
from huaxiang.service.desk.desk import Desk
from huaxiang.service.desk.shown import Row
from huaxiang.service.identities import Identities


@allowed("identity.read")
def audit(desk: Desk) -> dict[str, list[Row]]:
    """How sound identity is: `measures` (traffic lights), `clusters`, `bridges`, `issues`, as `Build.audit_identity`.

    Raises:
        NotFoundError: the snapshot is older than its health.
    """
    with desk.build() as build:
        shown = desk.shown(build)
        found: dict[str, list[Row]] = shown.keys_of_records(build.audit_identity())
        return found | {"bridges": [shown.bridge(row) for row in found["bridges"]]}


@allowed("identity.read")
def review(desk: Desk) -> Row:
    """The pairs of records that matching is not sure of and nobody has decided, the likeliest first.

    `build`: the id of the build that numbered them; `pairs`: list of `number`, `records` (two references), `customers`
    (two ids), `probability`, `weight` (bits), `waterfall` (values are masked).
    """
    return {"build": _serving(desk), "pairs": _masked(desk, _identities(desk).review())}


@allowed("identity.read")
def explain(desk: Desk, identifier: str) -> Row:
    """Why the records of a customer are one: `records` with their `links`, `identifiers`, `cut`, `decisions`, ….

    Values are masked. `identifier` is a `customer_id`, also a former one, or `type:value`. By its `handle` a record is
    named in `split` also by who does not see its key.

    Raises:
        NotFoundError: nobody has it.
        UsageError: it names several customers, or no type of identifier.
    """
    raw = _identities(desk).explain(identifier)
    for record in raw["records"]:
        record["handle"] = _handle(desk, record)
    found: Row = _masked(desk, raw)
    return found


@allowed("identity.read")
def history(desk: Desk, identifier: str | None = None) -> Row:
    """Merges and splits over all builds, the latest first; of one id where it is given: `customer_id`, `changes`.

    Raises:
        NotFoundError: nobody has the id or ever had it.
    """
    found: Row = _masked(desk, _identities(desk).history(identifier))
    return found


@allowed("identity.read")
def decisions(desk: Desk) -> list[Row]:
    """All decisions, the latest first, with what the latest build made of each.

    `number`, `key`, `kind` (same, apart), `origin`, `records`, `others`, `by`, `at`, `reason`, `undone` (`by`, `at`,
    `reason`, or None), `status` (applied, contradicted, vanished; None: no build knew it), `detail`.
    """
    identities = _identities(desk)
    statuses = identities.statuses()
    return [_row(desk, each) | _status(statuses.get(each.key)) for each in reversed(identities.decisions())]


@allowed("identity.decide")
def accept(desk: Desk, number: int, *, build: str | None = None, why: str = "") -> Row:
    """Decide that the records of a pair of `review` are one person; the decision, as in `decisions`.

    `build` is the one that numbered the pair, as `review` told it.

    Raises:
        NotFoundError: there is no such pair.
        ConflictError: another build serves meanwhile: look again.
    """
    _same_build(desk, build)
    return _row(desk, _identities(desk).accept(number, why=why, by=desk.actor.name))


@allowed("identity.decide")
def reject(desk: Desk, number: int, *, build: str | None = None, why: str = "") -> Row:
    """Decide that the records of a pair of `review` are two people; as `accept` in all else."""
    _same_build(desk, build)
    return _row(desk, _identities(desk).reject(number, why=why, by=desk.actor.name))


@allowed("identity.decide")
def merge(desk: Desk, identifiers: Sequence[str], *, why: str) -> Row:
    """Decide that two or more customers are one person.

    Raises:
        NotFoundError: one of them is not there.
        UsageError: they are one already, or it names no reason.
    """
    return _row(desk, _identities(desk).merge(identifiers, why=why, by=desk.actor.name))


@allowed("identity.decide")
def split(desk: Desk, identifier: str, records: Sequence[str], *, why: str) -> Row:
    """Decide that `records` of a customer are not the person that all its others are.

    `records`: each a `source/record_key`, or a `handle` that `explain` gave.

    Raises:
        NotFoundError: there is no such customer, or it has no such record.
        UsageError: nothing would be left, or it names no reason.
    """
    identities = _identities(desk)
    if not all("/" in record for record in records):
        own = identities.explain(identifier)["records"]
        handles = {_handle(desk, record): f"{record['source']}/{record['record_key']}" for record in own}
        records = [handles.get(record, record) for record in records]
    with desk.build() as build:
        shown = desk.shown(build).reference
    return _row(desk, identities.split(identifier, records, why=why, by=desk.actor.name, shown=shown))


@allowed("identity.decide")
def undo(desk: Desk, decision: int | str, *, why: str = "") -> Row:
    """Take back a decision, named by its number or key.

    Raises:
        NotFoundError: there is no such decision.
        UsageError: it was taken back before.
    """
    return _row(desk, _identities(desk).undo(decision, why=why, by=desk.actor.name))


def _identities(desk: Desk) -> Identities:
    return Identities(desk.workspace.project.loaded, desk.build)


def _handle(desk: Desk, record: Row) -> str:
    """A name for a record that does not tell its key. It is good for as long as the server runs."""
    named = f"{record['source']}/{record['record_key']}".encode(errors="replace")
    return hmac.digest(desk.workspace.secret, b"record " + named, "sha256").hex()[:32]


def _serving(desk: Desk) -> str | None:
    serving = desk.workspace.project.serving()
    return None if serving is None else serving.id


def _same_build(desk: Desk, build: str | None) -> None:
    serving = _serving(desk)
    if build is not None and build != serving:
        raise ConflictError(f"Pairs were numbered anew since build '{build[:60]}': {serving} serves now. Look again.")


def _masked(desk: Desk, found: Any) -> Any:
    """What was found, with the keys of records as the actor sees them."""
    with desk.build() as build:
        return desk.shown(build).keys_of_records(found)


def _row(desk: Desk, decision: Decision) -> Row:
    """A decision; identifiers among what it speaks of are masked."""
    found: Row = _masked(desk, asdict(decision))
    return found


def _status(status: Row | None) -> dict[str, Any]:
    return {"status": None, "detail": None} if status is None else {key: status[key] for key in ("status", "detail")}
