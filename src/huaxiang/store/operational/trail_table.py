"""The table of the audit trail. The database refuses to change or delete its rows."""

from __future__ import annotations

import sqlalchemy as sa

from huaxiang.store.operational.tables import TABLES, Utc

TRAIL = sa.Table(
    "trail",
    TABLES,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", Utc, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("via", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Index("ix_trail_at", "at"),
    sa.Index("ix_trail_actor", "actor"),
    sa.Index("ix_trail_subject", "subject"),
)
"""A row per entry, numbered without gaps."""
