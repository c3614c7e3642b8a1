"""Finding customers again and again: what `lookups.look_up` does, compiled once per build."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from huaxiang.expressions.functions.cleaning import cleaned
from huaxiang.identity.defaults import identifier_types
from huaxiang.project.loaded import LoadedProject
from huaxiang.service.lookups import KEY, Found, look_up
from huaxiang.store.engine import DuckEngine
from huaxiang.store.points import PointQuery
from huaxiang.store.standing import StandingEngine

if TYPE_CHECKING:
    import pyarrow as pa


class Finder:
    """Finds the customers of one opened build."""

    def __init__(self, project: LoadedProject, engine: DuckEngine) -> None:
        self._project, self._engine = project, engine
        self._cleaning = StandingEngine.start(project.spec.time_zone)
        self._types = identifier_types(project.identity, project.identifier_names)
        self._clean: dict[str, Callable[[pa.Table], pa.Table]] = {}
        self._by_id = PointQuery(engine, "customers", ["customer_id"], [KEY, "customer_id"])
        self._by_number = PointQuery(engine, "customers", [KEY], ["customer_id"])
        self._by_value = PointQuery(engine, "identifiers", ["type", "value"], [KEY])

    def close(self) -> None:
        """Let go of the engine. Closing twice does nothing."""
        self._cleaning.close()

    def find(self, identifier: str) -> Found:
        """The customer with a `customer_id`, present or former, or with an identifier `type:value`.

        Raises:
            NotFoundError: nobody has it.
            UsageError: there is no such type of identifier, or the value names several customers.
        """
        type_, separator, value = identifier.partition(":")
        if not separator:
            rows = self._by_id.rows(identifier)
            if rows:
                return Found(rows[0][KEY], identifier)
        elif type_ in self._project.identifier_names:
            spelled = dict.fromkeys((value, self.cleaned(type_, value)))
            numbers = {row[KEY] for each in spelled if each for row in self._by_value.rows(type_, each)}
            if len(numbers) == 1:
                (number,) = numbers
                return Found(number, self._by_number.rows(number)[0]["customer_id"])
        # Ids of the past, scopes and all that can be wrong: seldom, and said by one function.
        return look_up(self._engine, self._project, identifier)

    def cleaned(self, type_: str, value: str) -> str | None:
        """The value as the type's cleaning writes it."""
        import pyarrow as pa

        if type_ not in self._clean:
            functions = self._types[type_].clean

            def content(rows: Any) -> Any:
                return rows.select(value=cleaned(rows["value"], functions).cast("string"))

            self._clean[type_] = self._cleaning.compiled(content, {"value": "string"}, step=f"clean {type_}")
        return self._clean[type_](pa.table({"value": [value]}))["value"][0].as_py()
