"""The tables of builds that somebody asked the server for, and of schedules."""

from __future__ import annotations

import sqlalchemy as sa

from huaxiang.store.operational.tables import TABLES, Utc

BUILD_RUNS = sa.Table(
    "build_runs",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("trigger", sa.String(10), nullable=False),
    sa.Column("started_by", sa.Text, nullable=False),
    sa.Column("as_of", sa.Text, nullable=True),
    sa.Column("full", sa.Boolean, nullable=False),
    sa.Column("due", Utc, nullable=True),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("asked", Utc, nullable=False),
    sa.Column("started", Utc, nullable=True),
    sa.Column("ended", Utc, nullable=True),
    sa.Column("snapshot", sa.Text, nullable=True),
    sa.Column("code", sa.Text, nullable=True),
    sa.Column("message", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)
"""A row per build that was started by the server."""

SCHEDULES = sa.Table(
    "schedules",
    TABLES,
    sa.Column("cron", sa.String(200), primary_key=True),
    sa.Column("zone", sa.String(100), primary_key=True),
    sa.Column("handled", Utc, nullable=False),
)
"""A row per schedule that was met: moments up to `handled` have had their build."""
