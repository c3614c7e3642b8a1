"""How Alembic runs here: on the connection, and in the transaction, of whoever opens the database."""

from alembic import context

import huaxiang.store.operational.access_tables
import huaxiang.store.operational.trail_table  # noqa: F401 - their tables are among TABLES
from huaxiang.store.operational.tables import TABLES

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES)
with context.begin_transaction():
    context.run_migrations()
