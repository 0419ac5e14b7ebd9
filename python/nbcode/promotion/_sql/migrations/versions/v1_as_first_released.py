"""Promotions, their transitions, the bytes they begin with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Make the tables of an empty database."""
    about = op.create_table("about", sa.Column("schema_version", sa.Integer, nullable=False))
    op.bulk_insert(about, [{"schema_version": 1}])
    op.create_table(
        "promotions",
        sa.Column("key", sa.String(71), primary_key=True),
        sa.Column("model", sa.String(63), nullable=False),
        sa.Column("spec_digest", sa.String(71), nullable=False),
        sa.Column("definition_digest", sa.String(71), nullable=False),
        sa.Column("platform", sa.Text, nullable=False),
        sa.Column("notebook", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("begun_at", sa.String(32), nullable=False),
        sa.Column("updated_at", sa.String(32), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("snapshot", sa.String(64)),
        sa.Column("run_id", sa.String(128)),
        sa.Column("isolation_asked", sa.String(32), nullable=False),
        sa.Column("isolation", sa.String(32)),
        sa.Column("artifact_digest", sa.String(71)),
        sa.Column("verified_at", sa.String(32)),
        sa.Column("version", sa.Integer),
        sa.Column("superseded", sa.Boolean, nullable=False),
        sa.Column("seconds", sa.Text, nullable=False),
        sa.Column("failure", sa.Text),
    )
    op.create_index("ix_promotions_model", "promotions", ["model"])
    op.create_index("ix_promotions_state", "promotions", ["state"])
    op.create_table(
        "transitions",
        sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("before", sa.String(16), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("code", sa.String(16)),
    )
    op.create_index("ix_transitions_key", "transitions", ["key"])
    op.create_table(
        "payloads",
        sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), primary_key=True),
        sa.Column("bytes", sa.LargeBinary, nullable=False),
    )
