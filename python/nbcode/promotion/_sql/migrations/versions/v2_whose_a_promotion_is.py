"""Whose a promotion is: its project, its notebook's bytes, the registry's account, and the seal of the user who began it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Of what was begun before, none of it is known: no project and no seal, which are nobody's."""
    op.add_column("promotions", sa.Column("project", sa.Text, nullable=False, server_default=""))
    op.add_column("promotions", sa.Column("notebook_digest", sa.String(71)))
    op.add_column("promotions", sa.Column("account", sa.Text))
    op.add_column("promotions", sa.Column("adopt", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("promotions", sa.Column("seal", sa.String(64), nullable=False, server_default=""))
    op.execute(sa.table("about", sa.column("schema_version")).update().values(schema_version=2))
