"""Accounts of staff who may sign in. A step down loses them, and no entry."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "log_account",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("right", sa.String(20), nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("locked_until", sa.String(32), nullable=False),
        sa.Column("added_at", sa.String(32), nullable=False),
        sa.Column("added_by", sa.String(100), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("log_account")
