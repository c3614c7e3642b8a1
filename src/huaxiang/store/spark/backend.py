"""Ibis' Spark backend with our compiler, types and functions. Imported where a Spark engine is opened."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
from ibis.backends.pyspark import Backend
from ibis.backends.pyspark.datatypes import PySparkType
from ibis.common.exceptions import TableNotFound
from ibis.expr.operations.udf import InputType
from pyspark.sql import types as spark_types

from huaxiang.store.spark.compiler import SparkCompiler
from huaxiang.store.spark.functions import ENGINE_FUNCTIONS, vectorised

_MICROSECONDS = 6
"""Decimal places of a moment's seconds: DuckDB's types say so, and tables of both are united."""


class SparkBackend(Backend):
    """What Ibis calls the pyspark backend, over one session with temporary views."""

    compiler = SparkCompiler()

    @property
    def session(self) -> Any:
        """The Spark session."""
        return self._session

    def use(self, session: Any) -> None:
        """Work on `session`, as it is set up, and make the functions known that the compiler uses and Spark lacks."""
        zone = session.conf.get("spark.sql.session.timeZone")
        self._registered: set[str] = set()
        self.do_connect(session)
        # Ibis sets UTC, in which it converts moments; ours leave Spark as Arrow.
        session.conf.set("spark.sql.session.timeZone", zone)
        for name, (function, returns) in ENGINE_FUNCTIONS.items():
            self._session.udf.register(name, vectorised(function, returns))

    def get_schema(self, table_name: str, *, catalog: str | None = None, database: str | None = None) -> ibis.Schema:
        """The columns of a view. Raises `TableNotFound`."""
        if not self._session.catalog.tableExists(table_name):
            raise TableNotFound(table_name)
        return schema_of(self._session.table(table_name).schema)

    def known(self, name: str, struct: Any) -> Any:
        """The view `name`, whose columns are known, as an Ibis table."""
        return ops.DatabaseTable(name, schema=schema_of(struct), source=self, namespace=ops.Namespace()).to_expr()

    def _get_schema_using_query(self, query: str) -> ibis.Schema:
        return schema_of(self._session.sql(query).schema)

    def dataframe(self, expression: Any) -> Any:
        """The Spark data frame of an expression, with exactly the columns and types that Ibis says it has."""
        sql = self.compile(expression.as_table())
        self._run_pre_execute_hooks(expression)
        frame = self._session.sql(sql)
        wanted = {name: spark_type(dtype) for name, dtype in expression.as_table().schema().items()}
        other = {
            field.name: kind
            for field in frame.schema.fields
            if (kind := wanted[field.name]) is not None and field.dataType != kind
        }
        if not other:
            return frame
        return frame.selectExpr(*(_selected(name, other.get(name)) for name in frame.columns))

    def _register_udfs(self, expr: Any) -> None:
        """Python functions over Arrow arrays, which Ibis would hand single values."""
        for function in expr.op().find(ops.ScalarUDF):
            if function.__input_type__ == InputType.PYARROW:
                returns = spark_type(function.dtype)
                self._session.udf.register(self.compiler.__sql_name__(function), vectorised(function.__func__, returns))


def schema_of(struct: Any) -> ibis.Schema:
    """The Ibis schema of a Spark one: moments have a time zone, as they have on DuckDB."""
    return ibis.schema({field.name: _ibis_type(field.dataType) for field in struct.fields})


def spark_type(dtype: Any) -> Any:
    """The Spark type that holds an Ibis type; None where Ibis does not know the type itself."""
    if dtype.is_timestamp():
        return spark_types.TimestampType() if dtype.timezone else spark_types.TimestampNTZType()
    if dtype.is_array():
        return spark_types.ArrayType(spark_type(dtype.value_type), True)
    if dtype.is_struct():
        fields = [spark_types.StructField(name, spark_type(kind), True) for name, kind in dtype.fields.items()]
        return spark_types.StructType(fields)
    if dtype.is_decimal():
        return None if dtype.precision is None else spark_types.DecimalType(dtype.precision, dtype.scale)
    if dtype.is_null():
        return spark_types.StringType()
    if dtype.is_unsigned_integer():
        return spark_types.LongType()
    return PySparkType.from_ibis(dtype)


def _ibis_type(kind: Any) -> Any:
    if isinstance(kind, spark_types.TimestampType):
        return dt.Timestamp(timezone="UTC", scale=_MICROSECONDS)
    if isinstance(kind, spark_types.TimestampNTZType):
        return dt.Timestamp(scale=_MICROSECONDS)
    if isinstance(kind, spark_types.ArrayType):
        return dt.Array(_ibis_type(kind.elementType))
    if isinstance(kind, spark_types.StructType):
        return dt.Struct({field.name: _ibis_type(field.dataType) for field in kind.fields})
    if isinstance(kind, spark_types.VarcharType | spark_types.CharType):
        return dt.string
    return PySparkType.to_ibis(kind)


def _selected(name: str, kind: Any | None) -> str:
    column = _quoted(name)
    return column if kind is None else f"CAST({column} AS {kind.simpleString()}) AS {column}"


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
