"""The tables of the journal, as the newest revision of ``migrations`` leaves them."""

from __future__ import annotations

import sqlalchemy as sa

METADATA = sa.MetaData()
ABOUT = sa.Table(
    "about",
    METADATA,
    # Frozen at 3: an nbcode that knew no Alembic refuses the journal by it.
    sa.Column("schema_version", sa.Integer, nullable=False),
    sa.Column("last_sequence", sa.Integer, nullable=False),
)
PROMOTIONS = sa.Table(
    "promotions",
    METADATA,
    sa.Column("key", sa.String(71), primary_key=True),
    sa.Column("model", sa.String(63), nullable=False, index=True),
    sa.Column("spec_digest", sa.String(71), nullable=False),
    sa.Column("definition_digest", sa.String(71), nullable=False),
    sa.Column("platform", sa.Text, nullable=False),
    sa.Column("notebook", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("begun_at", sa.String(32), nullable=False),
    sa.Column("updated_at", sa.String(32), nullable=False),
    sa.Column("state", sa.String(16), nullable=False, index=True),
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
    sa.Column("project", sa.Text, nullable=False),
    sa.Column("notebook_digest", sa.String(71)),
    sa.Column("account", sa.Text),
    sa.Column("adopt", sa.Boolean, nullable=False),
    sa.Column("refit_of", sa.Integer),
    sa.Column("line", sa.String(32), nullable=False),
    sa.Column("runs_on", sa.String(16), nullable=False),
    sa.Column("runs_in", sa.Text, nullable=False),
    sa.Column("seal", sa.String(64), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
)
TRANSITIONS = sa.Table(
    "transitions",
    METADATA,
    sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), nullable=False, index=True),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("before", sa.String(16), nullable=False),
    sa.Column("after", sa.String(16), nullable=False),
    sa.Column("at", sa.String(32), nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("version", sa.Integer),
    sa.Column("code", sa.String(16)),
)
PAYLOADS = sa.Table(
    "payloads",
    METADATA,
    sa.Column("key", sa.String(71), sa.ForeignKey("promotions.key"), primary_key=True),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)
