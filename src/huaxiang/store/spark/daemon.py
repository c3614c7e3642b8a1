"""The process of a machine that Spark forks its Python workers from: what costs them time is done here, once.

Run by Spark itself (`spark.python.daemon.module`).
"""

import importlib
import zipimport
from contextlib import suppress

from pyspark import daemon

_SHARED = ("pandas", "pyarrow.pandas_compat", "ibis.backends.duckdb", "numba")
"""What nearly every worker imports: two seconds for each, and a build asks for a dozen of them."""


def prepare() -> None:
    """Import what workers share, and spare their tasks a look at archives that stay as they are.

    With every task a worker forgets what it knows of the Python path, and reads the directories of Spark's own archives
    there anew: a quarter of a second, where the work itself may take a hundredth.
    """
    for name in _SHARED:
        # What is missing is told by the worker that needs it.
        with suppress(ImportError):
            importlib.import_module(name)
    zipimport.zipimporter.invalidate_caches = _keep  # type: ignore[assignment, method-assign]


def _keep(archive: zipimport.zipimporter) -> None:
    """Leave what is known of an archive as it is."""


if __name__ == "__main__":
    prepare()
    daemon.manager()
