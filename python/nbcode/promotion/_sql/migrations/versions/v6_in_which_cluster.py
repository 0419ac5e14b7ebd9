"""In which cluster the run of a promotion is: one journal may serve several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6"
down_revision = "5"


def upgrade() -> None:
    """What was submitted before ran in the one cluster that there was."""
    op.add_column("promotions", sa.Column("runs_in", sa.Text, nullable=False, server_default=""))
