"""Who is who, why, and what people decide about it.

project = hx.load("shop")
project.identity.explain("c_0123456789abcdef")
project.identity.merge(["c_0123456789abcdef", "phone:13900000000"], why="asked on the phone")
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huaxiang.core.decisions import Decision, Origin, Undoing
from huaxiang.core.errors import UsageError
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.builds import Build

if TYPE_CHECKING:
    from huaxiang.store.operational import Decisions

Row = dict[str, Any]


class Identities:
    """The identity of a project's customers. Decisions take effect with the next build."""

    def __init__(self, project: LoadedProject, open_build: Callable[[], AbstractContextManager[Build]]) -> None:
        self._project = project
        self._open = open_build

    # -- asking -----------------------------------------------------------------------------------------------

    def explain(self, identifier: str) -> Row:
        """Why the records of a customer are one: links, decisions, cuts, history. Values are masked.

        `identifier` is a `customer_id`, also a former one, or `type:value`.

        Raises:
            NotFoundError: nobody has it, or nothing was built yet.
            UsageError: it names several customers, or no type of identifier.
        """
        from huaxiang.service.explanations import explain

        with self._open() as build:
            return explain(build.engine, self._project, identifier)

    def history(self, identifier: str | None = None) -> Row:
        """Merges and splits over all builds with their evidence, the latest first; of one id where it is given.

        `customer_id` is what the id is called now: None where nobody has it any more, or none was asked for.

        Raises:
            NotFoundError: nobody has the id or ever had it.
        """
        from huaxiang.service.explanations import history_of

        with self._open() as build:
            return history_of(build.engine, self._project, identifier)

    def review(self) -> list[Row]:
        """The pairs of records that matching is not sure of and nobody has decided yet, the likeliest first.

        `number` is the pair's name in `accept` and `reject` until the next build.
        """
        from huaxiang.service.reviews import pairs

        with self._open() as build:
            return pairs(build.engine, self.decisions())

    def decisions(self) -> list[Decision]:
        """All decisions, the earliest first; those that were taken back have `undone`."""
        from huaxiang.project.decisions import read_decisions

        return read_decisions(self._project)

    def statuses(self) -> Mapping[str, Row]:
        """What the latest build made of the decisions that it knew: `status` and `detail`, by the decision's key."""
        from huaxiang.service.explanations import statuses

        with self._open() as build:
            return statuses(build.engine)

    # -- deciding ---------------------------------------------------------------------------------------------

    def merge(self, identifiers: Sequence[str], *, why: str, by: str | None = None) -> Decision:
        """Decide that two or more customers are one person: all records that they have now.

        Raises:
            NotFoundError: one of them is not there.
            UsageError: they are one already, or it names no reason.
        """
        from huaxiang.service import references

        with self._open() as build:
            named = references.of_customers(build.engine, self._project, identifiers)
        return self._decide("merge", Decision("same", named, _now(), by=_who(by), reason=_reason(why)))

    def split(
        self,
        identifier: str,
        records: Sequence[str],
        *,
        why: str,
        by: str | None = None,
        shown: Callable[[str], str] = str,
    ) -> Decision:
        """Decide that `records` (`source/record_key`) of a customer are not the person that all its others are.

        `shown` is how whoever asks sees a record: errors name them no other way.

        Raises:
            NotFoundError: there is no such customer, or it has no such record.
            UsageError: nothing would be left, or it names no reason.
        """
        from huaxiang.service import references

        with self._open() as build:
            leaving, staying = references.of_split(build.engine, self._project, identifier, records, shown)
        decision = Decision("apart", leaving, _now(), staying, by=_who(by), reason=_reason(why))
        return self._decide("split", decision)

    def accept(self, number: int, *, why: str = "", by: str | None = None) -> Decision:
        """Decide that the records of a pair of `review` are one person.

        Raises:
            NotFoundError: there is no such pair.
        """
        pair = self._pair(number)
        return self._decide("review", Decision("same", tuple(pair["records"]), _now(), by=_who(by), reason=why))

    def reject(self, number: int, *, why: str = "", by: str | None = None) -> Decision:
        """Decide that the records of a pair of `review` are two people.

        Raises:
            NotFoundError: there is no such pair.
        """
        left, right = self._pair(number)["records"]
        return self._decide("review", Decision("apart", (left,), _now(), (right,), by=_who(by), reason=why))

    def undo(self, decision: int | str, *, why: str = "", by: str | None = None) -> Decision:
        """Take back a decision, named by its number or key. It stays in the list, with the moment of its undoing.

        Raises:
            NotFoundError: there is no such decision.
            UsageError: it was taken back before.
        """
        return self._store().undo(str(decision), Undoing(_who(by), _now(), why))

    # -- files ------------------------------------------------------------------------------------------------

    def export(self, file: str | Path) -> int:
        """Write all decisions as YAML that is easy to compare in git; the number of decisions.

        Raises:
            UsageError: there is no such folder.
        """
        from huaxiang.service.decision_files import write

        return write(self.decisions(), Path(file))

    def import_(self, file: str | Path) -> list[Decision]:
        """Store the decisions of a YAML file that are not there yet; return them. Doing it twice changes nothing.

        Raises:
            ProjectError: the file holds mistakes; then nothing is stored.
        """
        from huaxiang.service.decision_files import read

        return self._store().add(read(self._project, Path(file), self.decisions(), _now(), _who(None)))

    def _pair(self, number: int) -> Row:
        from huaxiang.service.reviews import named

        return named(self.review(), number)

    def _decide(self, origin: Origin, decision: Decision) -> Decision:
        from dataclasses import replace

        return self._store().add([replace(decision, origin=origin)])[0]

    def _store(self) -> Decisions:
        from huaxiang.project.decisions import operational
        from huaxiang.store.operational import Decisions

        return Decisions(operational(self._project))


def _now() -> datetime:
    return datetime.now(UTC)


def _reason(why: str) -> str:
    if not why.strip():
        raise UsageError("A decision needs a reason: say why, for those who come after you.")
    return why.strip()


def _who(by: str | None) -> str:
    """Who decides: who is named, else who is logged in."""
    import getpass

    if by:
        return by
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a user's name
        return "unknown"
