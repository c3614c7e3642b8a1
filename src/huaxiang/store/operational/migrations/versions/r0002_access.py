"""Users, sessions, links, keys, failed attempts to sign in."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "users",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("email", sa.String(254)),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password", sa.String(200)),
        sa.Column("outside", sa.String(300)),
        sa.Column("language", sa.String(2)),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
        sa.UniqueConstraint("outside", name="uq_users_outside"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sessions",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("user", sa.Integer, nullable=False),
        sa.Column("began", MOMENT, nullable=False),
        sa.Column("used", MOMENT, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user"], ["users.number"], name="fk_sessions_user"),
    )
    op.create_table(
        "sign_in_links",
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("user", sa.Integer, nullable=False),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("expires", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(["user"], ["users.number"], name="fk_sign_in_links_user"),
    )
    op.create_table(
        "api_keys",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("public", sa.String(16), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("label", sa.Text, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("scopes", sa.JSON),
        sa.Column("clearance", sa.String(2)),
        sa.Column("source", sa.Text),
        sa.Column("created", MOMENT, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("expires", MOMENT),
        sa.Column("used", MOMENT),
        sa.Column("revoked", MOMENT),
        sa.PrimaryKeyConstraint("number", name="pk_api_keys"),
        sa.UniqueConstraint("public", name="uq_api_keys_public"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("latest", MOMENT, nullable=False),
        sa.Column("locked_until", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("sign_in_attempts", "api_keys", "sign_in_links", "sessions", "users"):
        op.drop_table(table)
