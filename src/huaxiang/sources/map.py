"""From the rows of a source to the rows of a standard table: values, identifiers, provenance, and what is wrong.

Nothing is dropped here. A row that can't be used says why in `_problems`; one that is not wanted, in `_aside`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from huaxiang.core.moments import Moment
from huaxiang.core.tables import PROVENANCE, Column, Table
from huaxiang.core.types import Type, ibis_type, of_ibis
from huaxiang.sources.defaults import deferred_columns, with_defaults
from huaxiang.sources.plausible import implausible
from huaxiang.sources.secret import HIDDEN, TOKEN, cleaning_of
from huaxiang.sources.spec import ColumnSpec, FeedSpec, SourceSpec

if TYPE_CHECKING:
    import ibis

MARKS = ("_problems", "_aside", "_invalid", "_same", "_order")
"""Columns of a mapped row that say what becomes of it: why it is quarantined, why it is set aside, which columns held
values that make no sense, what it shares with its duplicates, and the order among them."""

_EXCEL = (".xlsx", ".xls", ".xlsm", ".xlsb", ".ods")
_BETWEEN = "\x1f"
_ABSENT = "\x00"
_TRIM = "trim"
_SHOWN = 80


class IdentifierRule(Protocol):
    """What mapping needs to know about a type of identifier; `identity.spec.IdentifierSpec` is one."""

    @property
    def clean(self) -> tuple[str, ...]:
        """Names of cleaning functions."""

    @property
    def pattern(self) -> str | None:
        """A regular expression that a cleaned value must match as a whole."""

    @property
    def junk(self) -> tuple[str, ...]:
        """Values that name nobody."""


def map_feed(
    raw: ibis.Table,
    *,
    source: SourceSpec,
    feed: FeedSpec,
    table: Table,
    identifiers: Mapping[str, IdentifierRule],
    zone: str,
    moment: Moment,
) -> ibis.Table:
    """Map every row of `raw` onto `table`.

    `zone` is the project's time zone, which the engine's session has; `moment` is the build's. The result has the
    columns of `table`, `id_<type>` for each identifier of the feed, `PROVENANCE` and `MARKS`.

    Raises:
        ProjectError: an expression is wrong; `check_source` says so without raising.
    """

    work = _Work(raw, source, feed, table, zone, moment)
    specs = {name: spec for name, spec in feed.columns.items() if name in table.names}
    rows = work.read(specs)
    rows = _clean(rows, work, work.steps(specs, identifiers))
    rows = _convert(rows, work, specs, identifiers)
    rows = with_defaults(rows, table, moment, mapped=specs)
    return _marked(rows, work, specs)


def uses_excel_days(source: SourceSpec) -> bool:
    """Whether numbers in columns of days are Excel's."""
    return source.format == "excel" or (source.path or "").lower().endswith(_EXCEL)


_BEFORE = "_before_"
"""Prefix of the value of a column as it was before cleaning, kept for the message."""


_WRONG = "_wrong_"
"""Prefix of whether a column held a value that makes no sense."""

_CLEANED = "_cleaned_"
"""Prefix of the value of a column on its way. Each step is a projection of its own: an expression that holds another
one several times, several levels deep, is more than an engine can plan."""


@dataclass(frozen=True)
class _Work:
    """One feed's mapping at work."""

    raw: ibis.Table
    source: SourceSpec
    feed: FeedSpec
    table: Table
    zone: str
    moment: Moment

    def read(self, specs: Mapping[str, ColumnSpec]) -> ibis.Table:
        """The values of the mapped columns as the source has them, and what the source says about the row."""
        import ibis

        order = self.feed.duplicates.order if self.feed.duplicates else None
        before = {name: self.expression(spec.value, ("columns", name, "value")) for name, spec in specs.items()}
        for name, spec in self.feed.identifiers.items():
            before[f"id_{name}"] = self.expression(spec.value, ("identifiers", name, "value"))
        wanted = ibis.literal(True)
        if self.feed.where is not None:
            wanted = self.expression(self.feed.where, ("where",), frozenset({Type.BOOLEAN})).fill_null(False)
        by_source = {name: self.text(self._column(name)) for name in self._compared() if name not in before}
        return self.raw.select(
            **{_BEFORE + name: value for name, value in before.items()},
            **{_CLEANED + name: value for name, value in by_source.items()},
            _source=ibis.literal(self.source.name),
            _file=self.raw._file,
            _row=self.raw._row,
            _record_key=self._key(),
            _wanted=wanted,
            _whole=self._digest(),
            _order=ibis.null("string")
            if order is None or order in before
            else self.expression(order, ("duplicates", "order")),
        )

    def steps(self, specs: Mapping[str, ColumnSpec], rules: Mapping[str, IdentifierRule]) -> dict[str, tuple[str, ...]]:
        """The cleaning functions of each mapped column and identifier."""
        cleaning = cleaning_of(self.feed, self.table, rules)
        # Whether a value makes sense is seen before it becomes a token.
        found = {name: tuple(step for step in steps if step != TOKEN) for name, steps in cleaning.items()}
        people = {f"id_{name}": found[f"id_{name}"] for name in self.feed.identifiers}
        return {name: found[name] for name in specs} | {
            name: steps if steps[-1:] == (_TRIM,) else (*steps, _TRIM) for name, steps in people.items()
        }

    def clean(self, value: Any, name: str) -> Any:
        """One cleaning function applied."""
        from huaxiang.expressions.functions.cleaning import cleaning_functions

        row = cleaning_functions()[name]
        if row.returns in (Type.DATE, Type.MOMENT):
            # The source knows its time zone and whether numbers are Excel's days; the function does not.
            return row.form(self.convert(value, row.returns))
        accepted = of_ibis(value.type()) in row.parameters[0].accepts
        return row.form(value if accepted else self.text(value))

    def convert(self, value: Any, type_: Type) -> Any:
        """The value as a type, by the source's time zone and kind."""
        from huaxiang.expressions.functions.parsing import convert

        zone = self.source.time_zone if self.source.time_zone != self.zone else None
        return convert(value, type_, zone=zone, serials=uses_excel_days(self.source))

    def text(self, value: Any) -> Any:
        """The value as text."""
        return self.convert(value, Type.TEXT)

    def same(self, rows: ibis.Table) -> Any:
        """What a row shares with its duplicates only: a digest of the compared columns; null where one is missing.

        Whole rows are compared where the feed names no columns; a missing value then equals a missing value. Equal
        rows are not duplicates, though, where the feed does not ask for them and rows have no key to be told apart by:
        a receipt may say the same thing twice and mean it.
        """
        names = self._compared()
        if not names:
            return rows._whole
        found = {name: rows[name] if name in rows.columns else rows[_CLEANED + name] for name in names}
        return _joined([self.text(value) for value in found.values()], _BETWEEN).hexdigest("md5")

    def expression(self, text: str, path: tuple[str, ...], wanted: frozenset[Type] | None = None) -> Any:
        """The value of an expression over the source's columns; the plain name of a column needs no quotes."""
        from huaxiang.expressions import Scope, compile_expression

        if text in self.raw.columns:
            return self._column(text)
        types = {name: of_ibis(dtype) for name, dtype in self.raw.schema().items()}
        scope = Scope(types, owner=f"source '{self.source.name}'")
        place = self.source.place("feeds", self.source.feeds.index(self.feed), *path)
        expression = compile_expression(text, scope, place, wanted=wanted)
        return expression.ibis({name: self._column(name) for name in expression.columns}, self.moment)

    def _compared(self) -> tuple[str, ...]:
        """The columns that make rows duplicates, as the mapped table names them; none: all of the source's."""
        by = self.feed.duplicates.by if self.feed.duplicates else ()
        return tuple(f"id_{name}" if name in self.feed.identifiers else name for name in by)

    def _compares_whole_rows(self) -> bool:
        """Whether equal rows are duplicates."""
        return not self._compared() and (self.feed.duplicates is not None or bool(self.source.key))

    def _key(self) -> Any:
        """What identifies the row within its source; null where a part of the key is."""
        if not self.source.key:
            return self.raw._file + "#" + self.raw._row.cast("string")
        return _joined([self.text(self._column(name)) for name in self.source.key], "|")

    def _digest(self) -> Any:
        """What makes rows equal that are not compared by columns; null where none are."""
        import ibis

        if not self._compares_whole_rows():
            return ibis.null("string")
        if self.source.live:
            # The moment of receipt tells a message that was sent again from the first one: its key does not.
            return self._key().hexdigest("md5")
        columns = [self.raw[name] for name in self.raw.columns if name not in ("_file", "_row")]
        # Not `_joined`, whose sum is as deep as a file is wide: nothing is null here that `join` could leave out.
        return (
            ibis.literal(_BETWEEN).join([self.text(column).fill_null(_ABSENT) for column in columns]).hexdigest("md5")
        )

    def _column(self, name: str) -> Any:
        """A column of the source, without the texts that mean nothing is there."""
        import ibis

        from huaxiang.expressions.functions.parsing import one_of

        column = self.raw[name]
        if not column.type().is_string() or not self.source.null_values:
            return column
        return ibis.ifelse(one_of(column, self.source.null_values), ibis.null("string"), column)


def _clean(rows: ibis.Table, work: _Work, steps: Mapping[str, tuple[str, ...]]) -> ibis.Table:
    """Add each mapped column after its cleaning functions, one projection for the n-th function of all columns."""
    rows = rows.mutate(
        **{
            _CLEANED + name: work.text(rows[_BEFORE + name]) if name.startswith("id_") else rows[_BEFORE + name]
            for name in steps
        }
    )
    for number in range(max((len(names) for names in steps.values()), default=0)):
        cleaned = {
            _CLEANED + name: work.clean(rows[_CLEANED + name], names[number])
            for name, names in steps.items()
            if number < len(names)
        }
        rows = rows.mutate(**cleaned)
    return rows


def _convert(
    rows: ibis.Table, work: _Work, specs: Mapping[str, ColumnSpec], rules: Mapping[str, IdentifierRule]
) -> ibis.Table:
    """Add the columns of the standard table and the identifiers, without what makes no sense."""
    import ibis

    table = work.table
    rows = rows.mutate(
        **{
            column.name: work.convert(rows[_CLEANED + column.name], column.type)
            if column.name in specs
            else ibis.null(ibis_type(column.type))
            for column in table.columns
        },
        **{f"id_{name}": rows[f"{_CLEANED}id_{name}"] for name in work.feed.identifiers},
    )
    checked = {}
    for name, spec in specs.items():
        column, value = table[name], rows[name]
        wrong = implausible(name, column.type, value, work.moment)
        if wrong is not None:
            value = ibis.ifelse(wrong, ibis.null(value.type()), value)
        elif column.type is Type.TEXT:
            value = value.nullif("")
        if spec.missing == "fill":
            fill = work.convert(ibis.literal(spec.fill), column.type)
            value = ibis.ifelse(rows[_BEFORE + name].isnull(), fill, value)
        checked[name] = value
    for name in work.feed.identifiers:
        if name in rules:
            checked[f"id_{name}"] = _somebody(rows[f"id_{name}"], work, rules[name])
    rows = rows.mutate(**checked)
    # Without a key, tokens are null: what is wrong with a value is known before.
    names = (*specs, *(f"id_{name}" for name in work.feed.identifiers))
    wrong = {f"{_WRONG}{name}": rows[_BEFORE + name].notnull() & rows[name].isnull() for name in names}
    secret = [name for name, steps in cleaning_of(work.feed, table, rules).items() if TOKEN in steps]
    return rows.mutate(**wrong).mutate(**{name: work.clean(rows[name], TOKEN) for name in secret if name in names})


def _somebody(value: Any, work: _Work, rule: IdentifierRule) -> Any:
    """The value of an identifier, null where it names nobody."""
    import ibis

    fits = value.re_search(f"^(?:{rule.pattern})$") if rule.pattern else ibis.literal(True)
    if rule.junk:
        junk: list[Any] = [ibis.literal(text) for text in rule.junk]
        for name in rule.clean:
            junk += [work.clean(text, name) for text in junk]
        # A junk value that cleaning leaves nothing of must not make the comparison null.
        fits &= ~value.isin([text.fill_null("") for text in junk])
    return ibis.ifelse(fits, value, ibis.null("string"))


def _marked(rows: ibis.Table, work: _Work, specs: Mapping[str, ColumnSpec]) -> ibis.Table:
    """Add the marks, and leave out what only they needed."""
    import ibis

    people = [f"id_{name}" for name in work.feed.identifiers]
    order = work.feed.duplicates.order if work.feed.duplicates else None
    wrong = {name: rows[_WRONG + name] for name in (*specs, *people)}
    problems = []
    if work.source.key:
        problems.append((rows._record_key.isnull(), ibis.literal(f"missing key: {', '.join(work.source.key)}")))
    later = deferred_columns(work.table, specs)
    for column in work.table.columns:
        name, spec = column.name, specs.get(column.name)
        needed = _needed(column, spec, later)
        if spec is not None and (needed or spec.invalid == "reject"):
            secret = TOKEN in cleaning_of(work.feed, work.table, {})[name]
            shown = ibis.literal(HIDDEN) if secret else work.text(rows[_BEFORE + name]).substr(0, _SHOWN)
            problems.append((wrong[name], ibis.literal(f"invalid {name}: '") + shown + "'"))
        if needed:
            missing = rows[_BEFORE + name].isnull() & rows[name].isnull() if spec else rows[name].isnull()
            problems.append((missing, ibis.literal(f"missing {name}")))
    marked = rows.mutate(
        _problems=_joined_where(problems),
        _invalid=_joined_where([(condition, ibis.literal(name)) for name, condition in wrong.items()]),
        _aside=_aside(rows, work.table, work.moment),
        _same=work.same(rows),
        **({"_order": rows[order]} if order in specs else {}),
    )
    marked = marked.mutate(_problems=_listed(marked._problems), _invalid=_listed(marked._invalid))
    return marked.select(*work.table.names, *people, *PROVENANCE, *MARKS)


def _needed(column: Column, spec: ColumnSpec | None, later: frozenset[str]) -> bool:
    """Whether a row without this column is quarantined now."""
    if spec is None:
        return column.required and column.name not in later
    return column.required or spec.missing == "reject"


def _aside(rows: ibis.Table, table: Table, moment: Moment) -> Any:
    """Why a row is set aside: not wanted, or not yet known at the build's moment."""
    import ibis

    as_of = ibis.literal(moment.utc, type=ibis_type(Type.MOMENT))
    time = table.time or ("recorded_at" if "recorded_at" in table.names else None)
    late = [rows[time] >= as_of] if time else []
    if "received_at" in table.names:
        late.append(rows.received_at > as_of)
    cases = [(~rows._wanted, "filtered"), *((condition.fill_null(False), "after_as_of") for condition in late)]
    return ibis.cases(*cases, else_=ibis.null("string"))


def _joined(parts: list[Any], sign: str) -> Any:
    """The texts with `sign` between them; null where one is null, which `join` would leave out."""
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + sign + part if sign else whole + part
    return whole


def _joined_where(items: list[tuple[Any, Any]]) -> Any:
    """The texts whose condition holds, each with a sign before it."""
    import ibis

    parts = [ibis.ifelse(condition, ibis.literal(_BETWEEN) + text, "") for condition, text in items]
    return _joined(parts, "") if parts else ibis.literal("")


def _listed(texts: Any) -> Any:
    """The joined texts as an array; null where there are none."""
    import ibis

    return ibis.ifelse(texts == "", ibis.null("array<string>"), texts.re_replace(f"^{_BETWEEN}", "").split(_BETWEEN))
