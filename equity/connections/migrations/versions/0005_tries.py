"""Tries to sign in, counted by account and by where they come from, in place of a count that every stranger could fill.

A step down opens every account that is closed, and loses no entry.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "log_try",
        sa.Column("account", sa.String(64), primary_key=True),
        sa.Column("address", sa.String(45), primary_key=True),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("today", sa.Integer, nullable=False),
        sa.Column("tried_at", sa.String(32), nullable=False),
        sa.Column("closed_until", sa.String(32), nullable=False),
        sa.Column("signed_in_at", sa.String(32), nullable=False),
    )
    op.drop_column("log_account", "failed")
    op.drop_column("log_account", "locked_until")


def downgrade() -> None:
    op.add_column("log_account", sa.Column("failed", sa.Integer, nullable=False, server_default="0"))
    op.add_column("log_account", sa.Column("locked_until", sa.String(32), nullable=False, server_default=""))
    op.drop_table("log_try")
