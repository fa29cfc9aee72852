"""The temporary tables of a fan-out: everybody judged, and which group each cell belongs to."""

from sqlalchemy import Boolean, Column, Connection, Integer, MetaData, String, Table

from outreach.core.db import Json


def scratch_tables(connection: Connection) -> tuple[Table, Table]:
    """Make them on this connection, which alone sees them."""
    metadata = MetaData()
    people = Table(
        "fan_out_person",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("reason", String),
        Column("roles", Json),
        Column("role_id", Integer),
        Column("tier", String),
        Column("country", String),
        Column("language", String),
        Column("variant", String),
        Column("arm", String),
        Column("wave", Integer),
        Column("is_personal", Boolean),
        prefixes=["TEMPORARY"],
    )
    groups_of = Table(
        "fan_out_cell",
        metadata,
        Column("cell", String, primary_key=True),
        Column("group_no", Integer),
        prefixes=["TEMPORARY"],
    )
    metadata.create_all(connection, checkfirst=False)
    return people, groups_of
