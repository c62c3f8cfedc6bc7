"""The one table of the ledger, and who may do what with it."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

events = sa.Table(
    "event",
    metadata,
    sa.Column("chain", sa.Text, primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("business_time", sa.DateTime(timezone=True)),
    sa.Column("wall_time", sa.DateTime(timezone=True), nullable=False),
    # Text, not JSON: the hash covers these very characters.
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text),
    sa.Column("once", sa.Text),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    # A second successor of one event, or a second telling of one fact, is refused by the database itself.
    sa.UniqueConstraint("chain", "previous"),
    sa.UniqueConstraint("chain", "type", "once"),
)

STAGE_ROLE = "perennial_stage"


def create(owner_url: str, stage_role: str = STAGE_ROLE) -> None:
    """Create the table and let the stages insert and read, nothing else."""
    engine = sa.create_engine(owner_url)
    with engine.begin() as connection:
        metadata.create_all(connection)
        connection.execute(sa.text(f'REVOKE ALL ON event FROM PUBLIC, "{stage_role}"'))
        connection.execute(sa.text(f'GRANT SELECT, INSERT ON event TO "{stage_role}"'))
    engine.dispose()
