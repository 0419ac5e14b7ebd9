"""Where the runs of a promotion are: on the machine of who promotes, or in a cluster."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5"
down_revision = "4"


def upgrade() -> None:
    """What was promoted before ran where it was promoted."""
    op.add_column("promotions", sa.Column("runs_on", sa.String(16), nullable=False, server_default="here"))
