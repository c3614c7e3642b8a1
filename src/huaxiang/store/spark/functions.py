"""Python functions as functions of Spark: Arrow arrays in, Arrow array out."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from pyspark.sql import types as spark_types


def vectorised(function: Callable[..., Any], returns: Any) -> Any:
    """A Spark function that hands `function` its arguments as Arrow arrays."""
    from pyspark.sql import functions

    def apply(*columns: pd.Series) -> pd.Series:
        import pyarrow as pa

        return function(*(pa.Array.from_pandas(column) for column in columns)).to_pandas()

    return functions.pandas_udf(apply, returnType=returns)


def float_text(values: Any) -> Any:
    """Floating numbers as DuckDB writes them: the shortest digits that read back the same."""
    import pyarrow as pa

    # Adding zero takes the minus off minus zero, as DuckDB does.
    return pa.array([None if value is None else repr(value + 0.0) for value in values.to_pylist()], pa.string())


ENGINE_FUNCTIONS: dict[str, tuple[Callable[..., Any], Any]] = {
    "hx_float_text": (float_text, spark_types.StringType()),
}
"""What the compiler names and Spark lacks: the function, and the type of its result."""
