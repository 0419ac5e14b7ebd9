"""Which version a refit fitted anew, and as which of its line it was registered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """What was promoted before is a refit of nothing that is known."""
    op.add_column("promotions", sa.Column("refit_of", sa.Integer))
    op.add_column("promotions", sa.Column("line", sa.String(32), nullable=False, server_default=""))
