"""Builds that the server starts, and the schedules that ask for them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "build_runs",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("trigger", sa.String(10), nullable=False),
        sa.Column("started_by", sa.Text, nullable=False),
        sa.Column("as_of", sa.Text, nullable=True),
        sa.Column("full", sa.Boolean, nullable=False),
        sa.Column("due", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snapshot", sa.Text, nullable=True),
        sa.Column("code", sa.Text, nullable=True),
        sa.Column("message", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_build_runs"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "schedules",
        sa.Column("cron", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(100), nullable=False),
        sa.Column("handled", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("cron", "zone", name="pk_schedules"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("schedules")
    op.drop_table("build_runs")
