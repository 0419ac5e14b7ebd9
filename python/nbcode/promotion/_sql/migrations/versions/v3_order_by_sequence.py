"""The order of promotions by the ledger's own lines, and no longer by each machine's clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "3"
down_revision = "2"

_ABOUT = sa.table("about", sa.column("schema_version"), sa.column("last_sequence"))
_PROMOTIONS = sa.table("promotions", sa.column("key"), sa.column("sequence"))
_TRANSITIONS = sa.table("transitions", sa.column("sequence"), sa.column("key"), sa.column("after"))


def upgrade() -> None:
    """A promotion takes the line of the ledger at which its latest attempt was begun."""
    op.add_column("about", sa.Column("last_sequence", sa.Integer, nullable=False, server_default="0"))
    op.add_column("promotions", sa.Column("sequence", sa.Integer, nullable=False, server_default="0"))
    begun = (
        sa.select(sa.func.coalesce(sa.func.max(_TRANSITIONS.c.sequence), 0))
        .where(_TRANSITIONS.c.key == _PROMOTIONS.c.key, _TRANSITIONS.c.after == "begun")
        .scalar_subquery()
    )
    op.execute(_PROMOTIONS.update().values(sequence=begun))
    last = sa.select(sa.func.coalesce(sa.func.max(_TRANSITIONS.c.sequence), 0)).scalar_subquery()
    op.execute(_ABOUT.update().values(schema_version=3, last_sequence=last))
