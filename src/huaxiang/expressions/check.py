"""Syntax tree → checked tree: every name, type and argument is looked at, all mistakes are collected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from huaxiang.core.findings import NOWHERE, Finding, Location, unknown
from huaxiang.core.moments import Duration
from huaxiang.core.types import Type
from huaxiang.expressions.functions import AggregateFunction, Function, Macro, Parameter, functions
from huaxiang.expressions.functions.audience import MOST_BUCKETS
from huaxiang.expressions.nodes import Aggregate, Call, Column, Literal, Node, walk

_BINARY = {
    "Add": "add", "Sub": "subtract", "Mul": "multiply", "Div": "divide", "Mod": "modulo", "EQ": "equals",
    "NEQ": "not_equals", "LT": "less", "LTE": "less_equal", "GT": "greater", "GTE": "greater_equal", "And": "and",
    "Or": "or", "DPipe": "concatenate", "Like": "like", "ILike": "ilike",
}  # fmt: skip
_UNARY = {"Not": "not", "Neg": "negate"}
_SYMBOLS = {
    "add": "+", "subtract": "-", "multiply": "*", "divide": "/", "modulo": "%", "negate": "-", "equals": "=",
    "not_equals": "<>", "less": "<", "less_equal": "<=", "greater": ">", "greater_equal": ">=", "concatenate": "||",
}  # fmt: skip
"""How operators are written, where their names are other words."""
_COMPARISONS = frozenset({"equals", "not_equals", "less", "less_equal", "greater", "greater_equal", "between", "in"})
_NOW = frozenset(
    {
        "now",
        "current_date",
        "current_timestamp",
        "current_time",
        "localtimestamp",
        "today",
        "getdate",
        "random",
    }
)
CUSTOMER_ID = "customer_id"
"""The column that `bucket` reads beside what is written."""

_SUBQUERY = "a subquery"
_REFUSED = {
    "Subquery": _SUBQUERY, "Select": _SUBQUERY, "Exists": _SUBQUERY, "Union": _SUBQUERY,
    "Window": "a window function (over)", "Star": "*", "Placeholder": "a placeholder", "Cast": "a cast",
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """What an expression may speak of.

    `columns` are the names it may use, `kind` what they are called in messages (column, tag). `aggregates` allows
    aggregates; `segments` are the names that `in_segment` may use (None: not at all).
    """

    columns: Mapping[str, Type]
    owner: str = "expression"
    kind: str = "column"
    aggregates: bool = False
    segments: frozenset[str] | None = None


@dataclass
class Checker:
    """Builds the checked tree and collects findings; a part that is wrong stands in as a null of no type."""

    scope: Scope
    at: Location = NOWHERE
    findings: list[Finding] = field(default_factory=list)

    def node(self, tree: Any, *, inside: bool = False) -> Node:
        """The checked node of `tree`. `inside` an aggregate, no other aggregate may stand."""
        kind = type(tree).__name__
        match kind:
            case "Paren":
                return self.node(tree.this, inside=inside)
            case "Column" | "Identifier":
                return self._column(tree)
            case "Literal" | "Boolean" | "Null":
                return _literal(tree)
            case "Anonymous" | "Any" | "If" | "Filter":
                return self._call(tree, inside)
            case "Is" | "NullSafeEQ" | "NullSafeNEQ":
                return self._is(tree, inside)
            case "In":
                return self._in(tree, inside)
            case "Between":
                parts = [tree.this, tree.args["low"], tree.args["high"]]
                return self._function("between", [self.node(part, inside=inside) for part in parts])
            case "Case":
                return self._case(tree, inside)
            case "Cast" | "TryCast":
                return self._cast(tree, inside)
        if kind in _BINARY:
            sides = [self.node(tree.this, inside=inside), self.node(tree.expression, inside=inside)]
            return self._function(_BINARY[kind], sides)
        if kind in _UNARY:
            return self._function(_UNARY[kind], [self.node(tree.this, inside=inside)])
        return self._refuse(kind)

    def mistype(self, text: str, node: Node, wanted: frozenset[Type]) -> None:
        """Note that the whole expression has the wrong type."""
        self._wrong("expression_type", f"'{text}' is {node.type}, but {_listed(wanted)} is wanted here.")

    # -- leaves ---------------------------------------------------------------------------------------------

    def _column(self, tree: Any) -> Node:
        name = tree.name
        if name in self.scope.columns and not getattr(tree, "table", ""):
            return Column(name, self.scope.columns[name])
        if name.lower() in _NOW:
            return self._now(name)
        shown = tree.sql() if getattr(tree, "table", "") else name
        self.findings.append(unknown(self.scope.kind, shown, self.scope.columns, owner=self.scope.owner, at=self.at))
        return _NOTHING

    def _now(self, name: str) -> Node:
        return self._wrong(
            "expression_now",
            f"'{name}' is not allowed: a definition speaks about the moment `as_of`, never about now.",
            "Use days_since(…), a window such as 90d, or nothing at all: only facts before as_of are seen.",
        )

    def _refuse(self, kind: str) -> Node:
        what = _REFUSED.get(kind, f"'{kind}'")
        remedy = "An expression has columns, literals, operators, case and the functions of the reference."
        if what == _SUBQUERY:
            return self._wrong("expression_subquery", "a subquery is not allowed in an expression.", remedy)
        return self._wrong("expression_not_allowed", f"{what} is not allowed in an expression.", remedy)

    def _wrong(self, code: str, message: str, remedy: str = "") -> Node:
        self.findings.append(Finding(code, f"{self.scope.owner}: {message}", self.at, remedy))
        return _NOTHING

    # -- forms with a syntax of their own -------------------------------------------------------------------

    def _is(self, tree: Any, inside: bool) -> Node:
        left = self.node(tree.this, inside=inside)
        right = self.node(tree.expression, inside=inside)
        if type(tree).__name__ != "Is" or not (isinstance(right, Literal) and right.value in (None, True, False)):
            return self._refuse("is distinct from")
        if right.value is None:
            return self._function("is_null", [left])
        return self._function("coalesce", [self._function("equals", [left, right]), _FALSE])

    def _in(self, tree: Any, inside: bool) -> Node:
        if tree.args.get("query") is not None:
            return self._refuse("Subquery")
        values = [self.node(value, inside=inside) for value in tree.expressions]
        if not values:
            return self._wrong("expression_syntax", "'in' takes a list: channel in ('app', 'web').")
        return self._function("in", [self.node(tree.this, inside=inside), *values])

    def _case(self, tree: Any, inside: bool) -> Node:
        parts: list[Node] = []
        subject = self.node(tree.this, inside=inside) if tree.this is not None else None
        for branch in tree.args["ifs"]:
            condition = self.node(branch.this, inside=inside)
            if subject is not None:
                condition = self._function("equals", [subject, condition])
            parts += [condition, self.node(branch.args["true"], inside=inside)]
        default = tree.args.get("default")
        parts.append(self.node(default, inside=inside) if default is not None else _NOTHING)
        return self._case_of(parts)

    def _case_of(self, parts: list[Node]) -> Node:
        for condition in parts[:-1:2]:
            if condition.type not in (Type.BOOLEAN, Type.NULL):
                return self._wrong("expression_type", f"a case needs a condition, not {condition.type}.")
        kinds = {part.type for part in (*parts[1:-1:2], parts[-1])} - {Type.NULL}
        if len(kinds) > 1 and not all(kind.is_numeric for kind in kinds):
            return self._wrong("expression_type", f"the cases have different types: {_listed(kinds)}.")
        return self._function("case", parts)

    def _cast(self, tree: Any, inside: bool) -> Node:
        target = tree.args["to"].sql(dialect="duckdb").lower()
        if type(tree.this).__name__ == "Literal" and target in ("date", "timestamp", "timestamptz"):
            wanted = Type.DATE if target == "date" else Type.MOMENT
            return self._temporal(Literal(tree.this.this, Type.TEXT), wanted)
        self.node(tree.this, inside=inside)
        return self._wrong(
            "expression_not_allowed",
            "casts are not allowed.",
            "Use number(x), date(x), moment(x) or text functions.",
        )

    # -- calls ----------------------------------------------------------------------------------------------

    def _call(self, tree: Any, inside: bool) -> Node:
        kind = type(tree).__name__
        if kind == "Filter":
            return self._filter(tree, inside)
        if kind == "If":
            default = tree.args.get("false")
            branches = [tree.this, tree.args["true"], *([default] if default is not None else [])]
            parts = [self.node(part, inside=inside) for part in branches]
            return self._case_of(parts if len(parts) == 3 else [*parts, _NOTHING])
        name = "any" if kind == "Any" else str(tree.this).lower()
        arguments = [tree.this] if kind == "Any" else list(tree.expressions)
        if name in _NOW:
            return self._now(f"{name}()")
        row = functions().get(name)
        if row is None or row.hidden:
            names = [known.name for known in functions().values() if not known.hidden]
            self.findings.append(unknown("function", name, names, owner=self.scope.owner, at=self.at))
            return _NOTHING
        if row.group == "segment":
            return self._of_segments(row, arguments)
        match row:
            case Macro():
                return self._macro(row, arguments, inside)
            case AggregateFunction():
                return self._aggregate(row, arguments, inside)
            case _:
                return self._scalar(row, arguments, inside)

    def _scalar(self, row: Function, arguments: Sequence[Any], inside: bool) -> Node:
        nodes = [self.node(argument, inside=inside) for argument in arguments]
        return self._function(row.name, nodes)

    def _function(self, name: str, nodes: list[Node]) -> Node:
        row = functions()[name]
        if name in _COMPARISONS:
            nodes = self._alike(nodes)
        if not self._fits(row, nodes):
            return _NOTHING
        return Call(row, tuple(nodes), row.result_type([node.type for node in nodes]))

    def _of_segments(self, row: Function, arguments: Sequence[Any]) -> Node:
        """A call of a function that only rules of segments may use."""
        if self.scope.segments is None:
            return self._wrong("expression_not_allowed", f"{row.name} is for segments only.")
        nodes = [self.node(argument) for argument in arguments]
        if not self._fits(row, nodes) or not self._audience_makes_sense(row, nodes):
            return _NOTHING
        if row.name == "in_segment":
            return self._membership(nodes[0])
        if row.name == "bucket":
            nodes = [Column(CUSTOMER_ID, Type.TEXT), *nodes]
        elif len(nodes) == len(row.parameters):
            nodes[-1] = self._membership(nodes[-1])
        return Call(row, tuple(nodes), row.result_type([node.type for node in nodes]))

    def _membership(self, name: Node) -> Node:
        assert isinstance(name, Literal)  # noqa: S101 - what it takes is a constant
        if name.value not in (self.scope.segments or ()):
            self.findings.append(
                unknown("segment", name.value, self.scope.segments or (), owner=self.scope.owner, at=self.at)
            )
        return Column(f"segment:{name.value}", Type.BOOLEAN)

    def _audience_makes_sense(self, row: Function, nodes: Sequence[Node]) -> bool:
        message = ""
        numbers = [node.value for node in nodes if isinstance(node, Literal) and node.type.is_numeric]
        if row.compares and any(isinstance(part, Call) and part.function.compares for part in walk(nodes[0])):
            message = f"{row.name} compares tags, not percentiles."
        if row.name == "top_percent" and not 0 < numbers[-1] <= 100:
            message = f"top_percent takes a share of more than 0 and up to 100 per cent, not {numbers[-1]}."
        if row.name == "bucket" and not (isinstance(numbers[0], int) and 2 <= numbers[0] <= MOST_BUCKETS):
            message = f"bucket deals into a whole number of buckets from 2 to {MOST_BUCKETS}, not {numbers[0]}."
        if message:
            self._wrong("expression_arguments", message, f"For example {row.example}.")
        return not message

    def _macro(self, row: Macro, arguments: Sequence[Any], inside: bool) -> Node:
        nodes = [self.node(argument, inside=inside) for argument in arguments]
        if not self._fits(row, nodes):
            return _NOTHING
        durations = [Duration.parse(node.value) for node in nodes[1:] if isinstance(node, Literal)]
        try:
            return row.form(nodes[0], *durations, call=lambda name, *parts: self._function(name, list(parts)))
        except ValueError as error:
            return self._wrong("expression_arguments", f"{row.name}: {error}.")

    def _aggregate(self, row: AggregateFunction, arguments: Sequence[Any], inside: bool) -> Node:
        if not self.scope.aggregates or inside:
            where = "inside another aggregate" if inside else "here"
            return self._wrong("expression_aggregate", f"the aggregate '{row.name}' has no place {where}.")
        if [type(argument).__name__ for argument in arguments] == ["Distinct"]:
            if row.name != "count":
                return self._wrong("expression_not_allowed", "distinct goes with count only: count(distinct x).")
            row, arguments = _aggregate_row("distinct"), arguments[0].expressions
        if [type(argument).__name__ for argument in arguments] == ["Star"] and row.name == "count":
            arguments = []
        weight: Node | None = None
        plain: list[Node] = []
        for argument in arguments:
            if type(argument).__name__ in ("Kwarg", "PropertyEQ"):
                weight = self._by(row, argument)
            else:
                plain.append(self.node(argument, inside=True))
        if not self._fits(row, plain):
            return _NOTHING
        literal = {i for i, parameter in enumerate(row.parameters) if parameter.literal}
        values = tuple(node for i, node in enumerate(plain) if i not in literal)
        parameters = tuple(node.value for i, node in enumerate(plain) if i in literal and isinstance(node, Literal))
        if not self._parameters_make_sense(row, parameters):
            return _NOTHING
        return Aggregate(row, values, row.result_type([node.type for node in plain]), parameters, weight)

    def _parameters_make_sense(self, row: AggregateFunction, parameters: tuple[Any, ...]) -> bool:
        from huaxiang.expressions.functions.aggregates import UNITS

        message = ""
        if row.name.endswith("_streak") and parameters and parameters[0] not in UNITS:
            message = f"{row.name} counts in {', '.join(map(repr, UNITS))}, not {parameters[0]!r}."
        if row.name == "quantile" and not 0 <= parameters[0] <= 1:
            message = f"quantile takes a share from 0 to 1, not {parameters[0]}."
        if row.name in ("nth", "top_list") and parameters[0] < 1:
            message = f"{row.name} counts from 1, not {parameters[0]}."
        if message:
            self._wrong("expression_arguments", message)
        return not message

    def _by(self, row: AggregateFunction, argument: Any) -> Node | None:
        weight = self.node(argument.expression)
        is_sum = isinstance(weight, Aggregate) and weight.function.name == "sum" and weight.where is None
        if argument.this.name != "by" or not row.takes_by or not is_sum:
            self._wrong(
                "expression_arguments", f"'{row.name}' does not take '{argument.sql()}'.", "Only top, top_list and "
                "top_share take `by => sum(x)`."
            )  # fmt: skip
            return None
        assert isinstance(weight, Aggregate)  # noqa: S101 - is_sum says so
        return weight.arguments[0]

    def _filter(self, tree: Any, inside: bool) -> Node:
        node = self.node(tree.this, inside=inside)
        condition = self.node(tree.expression.this, inside=True)
        if not isinstance(node, Aggregate):
            if node is not _NOTHING:
                self._wrong("expression_not_allowed", "filter (where …) goes with an aggregate.")
            return _NOTHING
        if condition.type not in (Type.BOOLEAN, Type.NULL):
            return self._wrong("expression_type", f"a filter needs a condition, not {condition.type}.")
        return replace(node, where=condition)

    # -- types ----------------------------------------------------------------------------------------------

    def _fits(self, row: Function, nodes: Sequence[Node]) -> bool:
        least = sum(not parameter.optional and not parameter.repeated for parameter in row.parameters)
        most = None if any(parameter.repeated for parameter in row.parameters) else len(row.parameters)
        if len(nodes) < least or (most is not None and len(nodes) > most):
            self._wrong("expression_arguments", f"{row.name} has {len(nodes)} arguments.", f"Write {row.signature}.")
            return False
        # Every argument is looked at, so that all mistakes are found.
        fits = [self._fits_one(row, _parameter(row, i), node) for i, node in enumerate(nodes)]
        return all(fits)

    def _fits_one(self, row: Function, parameter: Parameter, node: Node) -> bool:
        if node is _NOTHING and self.findings:
            return False
        if parameter.aggregate and not isinstance(node, Aggregate):
            self._wrong("expression_arguments", f"{row.name} goes around an aggregate.", f"Write {row.signature}.")
            return False
        if parameter.literal and not isinstance(node, Literal):
            self._wrong("expression_arguments", f"{row.name}: '{parameter.name}' is a constant.", row.example)
            return False
        if parameter.accepts == frozenset({Type.DURATION}):
            return self._is_duration(row, parameter, node)
        if node.type is Type.NULL or node.type in parameter.accepts:
            return True
        shown = _shown(row)
        self._wrong(
            "expression_type", f"{shown} takes {_listed(parameter.accepts)}, not {node.type}{_named(node)}.",
            f"For example {row.example}." if row.example else _conversion(node.type, parameter),
        )  # fmt: skip
        return False

    def _is_duration(self, row: Function, parameter: Parameter, node: Node) -> bool:
        try:
            Duration.parse(str(node.value) if isinstance(node, Literal) else "")
        except ValueError:
            self._wrong("expression_type", f"{row.name}: '{parameter.name}' is a duration such as 90d.")
            return False
        return True

    def _alike(self, nodes: list[Node]) -> list[Node]:
        """The sides of a comparison, with text constants read as the days, moments or lengths they are."""
        kinds = {node.type for node in nodes if not isinstance(node, Literal)} - {Type.NULL}
        temporal = next((kind for kind in (Type.MOMENT, Type.DATE) if kind in kinds), None)
        numeric = bool(kinds) and all(kind.is_numeric for kind in kinds)
        alike = [self._read(node, temporal, numeric) for node in nodes]
        groups = {_group(node.type) for node in alike} - {Type.NULL}
        if len(groups) > 1:
            named = next((node for node in nodes if isinstance(node, Column)), nodes[0])
            self._wrong(
                "expression_type", f"{' and '.join(sorted(node.type for node in alike))} can't be compared"
                f"{_named(named)}.", "Convert one side, for example number(x) or date(x)."
            )  # fmt: skip
            return [_NOTHING for _ in nodes]
        return alike

    def _read(self, node: Node, temporal: Type | None, numeric: bool) -> Node:
        if not isinstance(node, Literal) or node.type is not Type.TEXT:
            return node
        if temporal is not None:
            return self._temporal(node, Type.DATE if len(str(node.value)) == 10 else temporal)
        if numeric:
            try:
                return Literal(Duration.parse(str(node.value)).days, Type.NUMBER)
            except ValueError:
                return node
        return node

    def _temporal(self, node: Literal, wanted: Type) -> Node:
        try:
            if wanted is Type.DATE:
                return Literal(date.fromisoformat(str(node.value)), Type.DATE)
            return Literal(datetime.fromisoformat(str(node.value)), Type.MOMENT)
        except ValueError:
            return self._wrong("expression_type", f"'{node.value}' is no {wanted}.", "Write '2026-06-30'.")


_NOTHING = Literal(None, Type.NULL)
_FALSE = Literal(False, Type.BOOLEAN)


def _literal(tree: Any) -> Literal:
    kind = type(tree).__name__
    if kind == "Null":
        return Literal(None, Type.NULL)
    if kind == "Boolean":
        return Literal(bool(tree.this), Type.BOOLEAN)
    if tree.is_string:
        return Literal(tree.this, Type.TEXT)
    text = str(tree.this)
    whole = text.isdigit()
    return Literal(int(text) if whole else float(text), Type.INTEGER if whole else Type.NUMBER)


def _parameter(row: Function, position: int) -> Parameter:
    return row.parameters[min(position, len(row.parameters) - 1)]


def _aggregate_row(name: str) -> AggregateFunction:
    row = functions()[name]
    assert isinstance(row, AggregateFunction)  # noqa: S101 - the caller names an aggregate
    return row


def _group(type_: Type) -> Type:
    if type_.is_numeric:
        return Type.NUMBER
    return Type.MOMENT if type_.is_temporal else type_


def _listed(types: Any) -> str:
    return " or ".join(sorted(types))


def _named(node: Node) -> str:
    names = [part.name for part in walk(node) if isinstance(part, Column)]
    return f" ('{names[0]}')" if names else ""


def _shown(row: Function) -> str:
    return f"'{_SYMBOLS.get(row.name, row.name)}'" if row.hidden else row.name


def _conversion(given: Type, parameter: Parameter) -> str:
    if given is Type.TEXT and Type.NUMBER in parameter.accepts:
        return "Convert a text with number(x)."
    return ""
