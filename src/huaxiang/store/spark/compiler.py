"""Ibis' Spark compiler, with the forms that give other values than DuckDB's replaced.

One place for what the engines do differently: definitions, cleaning and the steps of a build stay as they are, and
`tests/engines` holds every function to equal values on both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ibis.common.exceptions as com
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import sqlglot.expressions as sge
from ibis.backends.sql.compilers.base import SQLGlotCompiler
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.backends.sql.datatypes import PySparkType
from ibis.expr.operations.udf import InputType

from huaxiang.store.spark.patterns import java_pattern, java_replacement

_OFFSET = r":[0-9]{2}.*([Zz]|[+-][0-9]{2}(:?[0-9]{2})?)$"
"""How a text ends whose moment does not depend on a time zone."""

_INT = sge.DataType.build("int", dialect="spark")


class SparkTypes(PySparkType):
    """Times without a time zone stay without one: Ibis makes moments of them."""

    @classmethod
    def _from_ibis_Timestamp(cls, dtype: dt.Timestamp) -> sge.DataType:
        kind = sge.DataType.Type.TIMESTAMPNTZ if dtype.timezone is None else sge.DataType.Type.TIMESTAMPTZ
        return sge.DataType(this=kind)


class SparkCompiler(PySparkCompiler):
    """Compiles Ibis to the Spark SQL whose values equal those of DuckDB."""

    __slots__ = ()

    type_mapper = SparkTypes

    # Missing is null here, never "not a number": Ibis' settings for that are of no use.

    def visit_NonNullLiteral(self, op: Any, *, value: Any, dtype: Any) -> Any:
        if dtype.is_floating():
            # A bare 60.0 is a decimal to Spark.
            return self._double(value)
        return super().visit_NonNullLiteral(op, value=value, dtype=dtype)

    def visit_Field(self, op: Any, *, rel: Any, name: str) -> Any:
        return SQLGlotCompiler.visit_Field(self, op, rel=rel, name=name)

    # -- casts ----------------------------------------------------------------------------------------------

    def visit_Cast(self, op: Any, *, arg: Any, to: Any) -> Any:
        return self._converted(op, arg, to, self.cast)

    def visit_TryCast(self, op: Any, *, arg: Any, to: Any) -> Any:
        return self._converted(op, arg, to, self._tried)

    def _converted(self, op: Any, arg: Any, to: Any, cast: Callable[[Any, Any], Any]) -> Any:
        given = op.arg.dtype
        if to.is_string():
            return self._text(arg, given)
        if given.is_string() and (to.is_timestamp() or to.is_date()):
            arg = self.f.replace(arg, sge.convert("/"), sge.convert("-"))
        if to.is_timestamp() and to.timezone and (given.is_string() or given.is_date() or given.is_timestamp()):
            return self._on_clock(arg, given, lambda value: cast(value, to))
        if given.is_floating() and to.is_integer():
            return cast(self.f.rint(arg), to)
        if given.is_floating() and to.is_decimal():
            # DuckDB rounds the binary number, Spark the shortest text of it: 1.005 is 1.00 or 1.01.
            power = 10**to.scale
            whole = cast(self.f.round(arg * self._double(power)), dt.Decimal(to.precision, 0))
            return cast(whole / sge.convert(power), to)
        if to.is_json():
            return arg if given.is_string() else _json_text(self, arg)
        return cast(arg, to)

    def _text(self, arg: Any, given: Any) -> Any:
        """The value as DuckDB spells it."""
        if given.is_floating():
            return self.f.anon.hx_float_text(arg)
        text = self.cast(arg, dt.string)
        if given.is_timestamp() and given.timezone:
            # 2026-01-01 08:00:00+08, the offset as short as it may be.
            offset = self.f.regexp_replace(self.f.date_format(arg, "xxxxx"), sge.convert("(:00)+$"), sge.convert(""))
            return self.f.concat(text, offset)
        return text

    def _on_clock(self, arg: Any, given: Any, cast: Callable[[Any], Any]) -> Any:
        """When clocks of the session show `arg`: of an hour that comes twice the later one, as on DuckDB.

        A lambda over an array of one is what Spark has for naming a value.
        """
        if given.is_timestamp() and given.timezone:
            return arg
        text, moment = sge.to_identifier("s"), sge.to_identifier("m")
        naive = sge.DataType(this=sge.DataType.Type.TIMESTAMPNTZ)
        later = moment + self.f.anon.make_dt_interval(sge.convert(0), sge.convert(1))
        twice = sge.EQ(this=sge.Cast(this=moment, to=naive), expression=sge.Cast(this=sge.paren(later), to=naive))
        if given.is_string():
            twice = sge.and_(twice, sge.Not(this=sge.RegexpLike(this=text, expression=sge.convert(_OFFSET))))
        chosen = self._named(cast(text), moment, self.if_(twice, later, moment))
        return self._named(arg, text, chosen)

    def _named(self, value: Any, name: Any, body: Any) -> Any:
        whole = self.f.anon.transform(self.f.array(value), sge.Lambda(this=body, expressions=[name]))
        return self.f.anon.get(whole, sge.convert(0))

    def _tried(self, value: Any, dtype: Any) -> Any:
        # sqlglot writes a plain CAST for Spark unless it is told that null is meant.
        return sge.TryCast(this=value, to=self.type_mapper.from_ibis(dtype), safe=True)

    # -- numbers --------------------------------------------------------------------------------------------

    def visit_IsNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sge.Null())

    def visit_NotNull(self, op: Any, *, arg: Any) -> Any:
        return arg.is_(sge.Not(this=sge.Null()))

    def visit_Modulus(self, op: Any, *, left: Any, right: Any) -> Any:
        return self.f.anon.try_mod(left, right)

    def visit_Round(self, op: Any, *, arg: Any, digits: Any) -> Any:
        if not op.arg.dtype.is_floating() or not isinstance(op.digits, ops.Literal) or op.digits.value == 0:
            return self.f.round(arg) if digits is None else self.f.round(arg, digits)
        power = self._double(10 ** abs(op.digits.value))
        if op.digits.value > 0:
            return self.f.round(arg * power) / power
        return self.f.round(arg / power) * power

    def _double(self, value: float) -> Any:
        return self.cast(sge.convert(repr(float(value))), dt.float64)

    def visit_ApproxCountDistinct(self, op: Any, *, arg: Any, where: Any) -> Any:
        # A sketch counts few values exactly and is one value itself. Spark's own way miscounts even three, and takes
        # so many fields per column that a hundred columns are more than it can plan.
        counted = arg if where is None else self.if_(where, arg, sge.Null())
        return self.f.anon.hll_sketch_estimate(self.f.anon.hll_sketch_agg(self.cast(counted, dt.string)))

    # -- texts ----------------------------------------------------------------------------------------------

    # Java knows words and ligatures where DuckDB changes sign by sign.

    def visit_Lowercase(self, op: Any, *, arg: Any) -> Any:
        return self.f.lower(self.f.anon.translate(arg, sge.convert("Σİ"), sge.convert("σi")))

    def visit_Uppercase(self, op: Any, *, arg: Any) -> Any:
        return self.f.upper(self.f.anon.translate(arg, sge.convert("ß"), sge.convert("ẞ")))

    def visit_RegexSearch(self, op: Any, *, arg: Any, pattern: Any) -> Any:
        return sge.RegexpLike(this=arg, expression=_java(op.pattern, pattern))

    def visit_RegexReplace(self, op: Any, *, arg: Any, pattern: Any, replacement: Any) -> Any:
        if isinstance(op.replacement, ops.Literal):
            replacement = sge.convert(java_replacement(op.replacement.value))
        return self.f.anon.regexp_replace(arg, _java(op.pattern, pattern), replacement)

    def visit_RegexExtract(self, op: Any, *, arg: Any, pattern: Any, index: Any) -> Any:
        return self.f.anon.regexp_extract(arg, _java(op.pattern, pattern), index)

    def visit_StringSplit(self, op: Any, *, arg: Any, delimiter: Any) -> Any:
        if not isinstance(op.delimiter, ops.Literal):
            raise com.UnsupportedOperationError("Spark splits a text by a constant only.")
        return self.f.anon.split(arg, sge.convert(f"\\Q{op.delimiter.value}\\E"), sge.convert(-1))

    def visit_StringSQLLike(self, op: Any, *, arg: Any, pattern: Any, escape: Any) -> Any:
        return sge.Like(this=arg, expression=_like(self, op.pattern, pattern))

    def visit_StringSQLILike(self, op: Any, *, arg: Any, pattern: Any, escape: Any) -> Any:
        return sge.ILike(this=arg, expression=_like(self, op.pattern, pattern))

    def visit_Substring(self, op: Any, *, arg: Any, start: Any, length: Any) -> Any:
        first = sge.Cast(this=sge.paren(start + sge.convert(1)), to=_INT)
        if length is None:
            return self.f.anon.substring(arg, first)
        return self.f.anon.substring(arg, first, sge.Cast(this=length, to=_INT))

    def visit_ArrayIndex(self, op: Any, *, arg: Any, index: Any) -> Any:
        return self.f.anon.get(arg, sge.Cast(this=index, to=_INT))

    def visit_ArrayCollect(
        self, op: Any, *, arg: Any, where: Any, order_by: Any, include_null: bool, distinct: bool
    ) -> Any:
        if not order_by:
            return super().visit_ArrayCollect(
                op, arg=arg, where=where, order_by=order_by, include_null=include_null, distinct=distinct
            )
        if distinct or include_null or any(key.descending for key in op.order_by):
            raise com.UnsupportedOperationError("Spark collects in rising order only, without nulls.")
        keys = [key.this for key in order_by]
        known = arg.is_(sge.Not(this=sge.Null()))
        kept = known if where is None else sge.and_(known, where)
        fields = self.f.anon.named_struct(
            *(part for i, key in enumerate(keys) for part in (sge.convert(f"k{i}"), key)), sge.convert("v"), arg
        )
        collected = self.f.anon.array_sort(self.f.anon.collect_list(self.if_(kept, fields, sge.Null())))
        item = sge.to_identifier("s")
        value = sge.Dot(this=item, expression=sge.to_identifier("v"))
        listed = self.f.anon.transform(collected, sge.Lambda(this=value, expressions=[item]))
        return self.if_(self.f.anon.size(listed).eq(sge.convert(0)), sge.Null(), listed)

    # -- times ----------------------------------------------------------------------------------------------

    def visit_TimestampDelta(self, op: Any, *, left: Any, right: Any, part: Any) -> Any:
        if op.part.value != "second":
            raise com.UnsupportedOperationError(f"Spark counts seconds between moments, not {op.part.value}s.")
        return self.f.anon.unix_seconds(left) - self.f.anon.unix_seconds(right)

    def visit_DateFromYMD(self, op: Any, *, year: Any, month: Any, day: Any) -> Any:
        return self.f.anon.make_date(*(sge.Cast(this=part, to=_INT) for part in (year, month, day)))

    # -- functions of the engine ----------------------------------------------------------------------------

    def visit_IfElse(self, op: Any, *, bool_expr: Any, true_expr: Any, false_null_expr: Any) -> Any:
        other = op.false_null_expr
        if isinstance(other, ops.ScalarUDF) and other.__input_type__ == InputType.PYARROW:
            # Spark asks a Python function about every row, whichever branch is taken: null costs it nothing.
            asked = [self.if_(bool_expr, sge.Null(), argument) for argument in false_null_expr.expressions]
            false_null_expr = self.f[self.__sql_name__(other)](*asked)
        return super().visit_IfElse(op, bool_expr=bool_expr, true_expr=true_expr, false_null_expr=false_null_expr)

    def visit_ScalarUDF(self, op: Any, **arguments: Any) -> Any:
        if op.__input_type__ == InputType.BUILTIN:
            form = _BUILTIN.get(op.__func_name__)
            if form is None:
                raise com.UnsupportedOperationError(f"Spark has no function {op.__func_name__}.")
            return form(self, op, *arguments.values())
        return super().visit_ScalarUDF(op, **arguments)


def _java(op: Any, pattern: Any) -> Any:
    if not isinstance(op, ops.Literal):
        raise com.UnsupportedOperationError("Spark takes constant patterns only.")
    return sge.convert(java_pattern(op.value))


def _like(compiler: SparkCompiler, op: Any, pattern: Any) -> Any:
    """The pattern with backslashes that mean themselves: to Spark they escape the next sign."""
    if isinstance(op, ops.Literal):
        return sge.convert(op.value.replace("\\", "\\\\"))
    return compiler.f.replace(pattern, sge.convert("\\"), sge.convert("\\\\"))


def _to_json(compiler: SparkCompiler, op: Any, row: Any) -> Any:
    """A struct as JSON with its missing values, moments spelled as DuckDB spells them."""
    fields = []
    for (name, dtype), field in zip(op.args[0].dtype.items(), row.expressions, strict=True):
        value = field.this if isinstance(field, sge.Alias) else field.expression
        spelled = compiler._text(value, dtype) if dtype.is_timestamp() else value
        fields += [sge.convert(name), spelled]
    return _json_text(compiler, compiler.f.anon.named_struct(*fields))


def _json_text(compiler: SparkCompiler, value: Any) -> Any:
    """A nested value as JSON; Spark leaves out what is missing unless it is told not to."""
    f = compiler.f.anon
    return f.to_json(value, f.map(sge.convert("ignoreNullFields"), sge.convert("false")))


def _timezone(compiler: SparkCompiler, op: Any, zone: Any, naive: Any) -> Any:
    """The moment at which clocks in `zone` show `naive`: through UTC, where no hour is missing or comes twice."""
    utc = compiler.f.anon.convert_timezone(zone, sge.convert("UTC"), naive)
    text = compiler.f.concat(compiler.cast(utc, dt.string), sge.convert("Z"))
    return compiler.cast(text, dt.Timestamp(timezone="UTC"))


_BUILTIN: dict[str, Callable[..., Any]] = {"timezone": _timezone, "to_json": _to_json}
"""DuckDB's functions that forms name → what Spark has instead."""
