"""The tables about those who may sign in. Secrets are kept as digests only."""

from __future__ import annotations

import sqlalchemy as sa

from huaxiang.store.operational.tables import TABLES, Utc

USERS = sa.Table(
    "users",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("email", sa.String(254)),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("password", sa.String(200)),
    sa.Column("outside", sa.String(300), unique=True),
    sa.Column("language", sa.String(2)),
    sa.Column("disabled", sa.Boolean, nullable=False),
    sa.Column("created", Utc, nullable=False),
    sqlite_autoincrement=True,
)
"""A row per person. Rows stay, so that the audit trail's names keep their meaning; who leaves is disabled."""

SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("user", sa.Integer, sa.ForeignKey(USERS.c.number), nullable=False),
    sa.Column("began", Utc, nullable=False),
    sa.Column("used", Utc, nullable=False),
    sa.Column("expires", Utc, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
)
"""A row per browser that is signed in."""

LINKS = sa.Table(
    "sign_in_links",
    TABLES,
    sa.Column("token", sa.String(64), primary_key=True),
    sa.Column("purpose", sa.String(12), nullable=False),
    sa.Column("user", sa.Integer, sa.ForeignKey(USERS.c.number), nullable=False),
    sa.Column("created", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("expires", Utc, nullable=False),
)
"""A row per link that was not used yet."""

KEYS = sa.Table(
    "api_keys",
    TABLES,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("public", sa.String(16), nullable=False, unique=True),
    sa.Column("secret", sa.String(64), nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("role", sa.String(20), nullable=False),
    sa.Column("scopes", sa.JSON(none_as_null=True)),
    sa.Column("clearance", sa.String(2)),
    sa.Column("source", sa.Text),
    sa.Column("created", Utc, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("expires", Utc),
    sa.Column("used", Utc),
    sa.Column("revoked", Utc),
    sqlite_autoincrement=True,
)
"""A row per key, also of those that were revoked."""

ATTEMPTS = sa.Table(
    "sign_in_attempts",
    TABLES,
    sa.Column("key", sa.String(64), primary_key=True),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("latest", Utc, nullable=False),
    sa.Column("locked_until", Utc),
)
"""A row per name or address (its digest) from which signing in has failed lately."""
