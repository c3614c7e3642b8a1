"""Decisions about who is who, and their undoings."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "identity_decisions",
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("records", sa.JSON, nullable=False),
        sa.Column("others", sa.JSON, nullable=False),
        sa.Column("origin", sa.String(10), nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_identity_decisions"),
        sa.UniqueConstraint("key", name="uq_identity_decisions_key"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "identity_undoings",
        sa.Column("decision", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("decision", name="pk_identity_undoings"),
        sa.ForeignKeyConstraint(["decision"], ["identity_decisions.number"], name="fk_identity_undoings_decision"),
    )


def downgrade() -> None:
    """Drop both tables."""
    op.drop_table("identity_undoings")
    op.drop_table("identity_decisions")
