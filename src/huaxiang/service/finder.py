"""Finding customers again and again: what `lookups.look_up` does, written once per build and for many at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Any

from huaxiang.core.errors import NotFoundError, UsageError
from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.lookups import KEY, Found, look_up, nobody_by_id, nobody_by_value
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.standing import StandingEngine

if TYPE_CHECKING:
    import pyarrow as pa

Value = tuple[str, str]
"""An identifier: its type and value."""


class Finder:
    """Finds the customers of one opened build. Any thread may ask."""

    def __init__(self, project: LoadedProject, engine: DuckEngine) -> None:
        self._project, self._engine = project, engine
        self._cleaning = StandingEngine.start(project.spec.time_zone)
        self._types = project.identifiers
        self._clean: dict[str, Callable[[pa.Table], pa.Table]] = {}
        self._by_id = PointQuery(engine, "customers", ["customer_id"], [KEY])
        self._by_number = PointQuery(engine, "customers", [KEY], ["customer_id"])
        self._by_value = PointQuery(engine, "identifiers", ["type", "value"], [KEY])
        history = engine.has("identity_history")
        self._former = PointQuery(engine, "identity_history", ["other"], ["other"]) if history else None
        self._alone = Lock()

    def close(self) -> None:
        """Let go of the engine. Closing twice does nothing."""
        self._cleaning.close()

    def find(self, identifier: str) -> Found:
        """The customer with a `customer_id`, present or former, or with an identifier `type:value`.

        Raises:
            NotFoundError: nobody has it.
            UsageError: there is no such type of identifier, or the value names several customers.
        """
        (found,) = self.find_all([identifier])
        if isinstance(found, Found):
            return found
        raise found

    def find_all(self, identifiers: Sequence[str]) -> list[Found | NotFoundError | UsageError]:
        """Whom each of `identifiers` names, or why nobody."""
        parts = {each: each.partition(":") for each in identifiers}
        ids = [each for each, (_, separator, _) in parts.items() if not separator]
        values = {
            each: (type_, value)
            for each, (type_, separator, value) in parts.items()
            if separator and type_ in self._project.identifier_names
        }
        numbers = {each: {row[KEY] for row in rows} for (each,), rows in self._by_id.many([(e,) for e in ids]).items()}
        numbers |= self._named(values)
        one = {each: min(found) for each, found in numbers.items() if len(found) == 1}
        known = self._by_number.many([(number,) for number in set(one.values())])
        found = {each: Found(number, known[number,][0]["customer_id"]) for each, number in one.items()}
        return [found[each] if each in found else self._seldom(each, numbers) for each in identifiers]

    @property
    def queries(self) -> tuple[PointQuery, ...]:
        """What is asked of the build where somebody is asked for by a present `customer_id`."""
        return self._by_id, self._by_number

    @property
    def every_query(self) -> tuple[PointQuery, ...]:
        """What is asked of the build for whomever."""
        former = () if self._former is None else (self._former,)
        return (*self.queries, self._by_value, *former)

    def has(self, customer_id: str) -> bool:
        """Whether this is the present id of a customer."""
        return len(self._by_id.rows(customer_id)) == 1

    def cleaned(self, type_: str, value: str) -> str | None:
        """The value as the type's cleaning writes it."""
        return self._all_cleaned([(type_, value)])[type_, value]

    def _named(self, values: Mapping[str, Value]) -> dict[str, set[int]]:
        """The customers with each of some identifiers: as they are written, or else as they are cleaned."""
        rows = self._by_value.many(values.values())
        spelled = self._all_cleaned([value for value in values.values() if not rows[value]])
        again = {value: (value[0], clean) for value, clean in spelled.items() if clean}
        rows_again = self._by_value.many(again.values())
        rows = {**rows, **{value: rows_again[clean] for value, clean in again.items()}}
        return {each: {row[KEY] for row in rows[value]} for each, value in values.items()}

    def _seldom(self, identifier: str, numbers: Mapping[str, set[int]]) -> Found | NotFoundError | UsageError:
        """Ids of the past, scopes, and what can be wrong."""
        type_, separator, value = identifier.partition(":")
        if separator and numbers.get(identifier) == set() and "@" not in value:
            return nobody_by_value(type_, value)
        if not separator and (self._former is None or not self._former.rows(identifier)):
            return nobody_by_id(identifier)
        try:
            # This asks the engine itself, which threads must not do at once.
            with self._alone:
                return look_up(self._engine, self._project, identifier)
        except (NotFoundError, UsageError) as error:
            return error

    def _all_cleaned(self, values: Collection[Value]) -> dict[Value, str | None]:
        import pyarrow as pa

        by_type: dict[str, list[str]] = {}
        for type_, value in values:
            by_type.setdefault(type_, []).append(value)
        return {
            (type_, value): clean
            for type_, texts in by_type.items()
            for value, clean in zip(
                texts, self._cleaner(type_)(pa.table({"value": texts}))["value"].to_pylist(), strict=True
            )
        }

    def _cleaner(self, type_: str) -> Callable[[pa.Table], pa.Table]:
        with self._alone:
            if type_ not in self._clean:
                functions = self._types[type_].clean

                def content(rows: Any) -> Any:
                    return rows.select(value=cleaned(rows["value"], functions).cast("string"))

                self._clean[type_] = self._cleaning.compiled(content, {"value": "string"}, step=f"clean {type_}")
            return self._clean[type_]
