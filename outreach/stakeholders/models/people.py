"""Stakeholders, their roles and level, topics they asked for and staff's private tags."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import BY_ITS_KEY, Base, index_of_filled, index_only_on
from outreach.core.text import LocalText, LocalTextType
from outreach.projects.models import Organisation


class Tier(StrEnum):
    """The level of government of a public role; shown as "Level"."""

    MUNICIPALITY = "municipality"
    REGION = "region"
    COUNTRY = "country"
    EU = "eu"
    INTERNATIONAL = "international"


class Role(Base):
    """In which role somebody reads us: policy-maker, politician, NGO, funder, …"""

    __tablename__ = "role"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[LocalText] = mapped_column(LocalTextType)
    plural: Mapped[LocalText] = mapped_column(LocalTextType)
    example: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    """One line that tells who is meant, shown wherever the role can be chosen."""
    position: Mapped[int]
    """Order on screen, and precedence: of several roles the first is the reporting role."""
    is_public: Mapped[bool] = mapped_column(default=False)
    """Whether a level (city, region, country, EU, international) belongs to it."""
    archived_at: Mapped[datetime | None]


class Stakeholder(Base):
    """A person; an erased one keeps its key and nothing else."""

    __tablename__ = "stakeholder"
    __table_args__ = (
        # Searching and listing read this index alone, not the table: who is gone, where and at
        # which level is told by it, too. At 100,000 people 14 ms instead of 135 on SQLite, and 18
        # instead of 136 on PostgreSQL.
        Index(
            "ix_stakeholder_sort",
            *("sort_name", "id", "search_text", "country", "tier", "merged_into_id", "erased_at"),
        ),
        # Counting by country, level and role reads this alone; with the key in it, PostgreSQL joins
        # it.
        Index(
            "ix_stakeholder_country",
            *("country", "tier", "merged_into_id", "erased_at", "id", "role_marks"),
        ),
        # Fingerprints come in no order: on SQLite an index of the whole of them cost an import more
        # than any other. Their beginnings tell a million apart (`suppressions.has_fingerprint`).
        index_only_on("postgresql", "ix_stakeholder_fingerprint", "fingerprint"),
        index_only_on(
            "sqlite", "ix_stakeholder_fingerprint_begins", text("substr(fingerprint, 1, 12)")
        ),
        # The few whose roles are not told by marks.
        Index(
            "ix_stakeholder_unmarked",
            "id",
            sqlite_where=text("role_marks IS NULL"),
            postgresql_where=text("role_marks IS NULL"),
        ),
        # Everybody who is listed, and people whom something else finds, are asked here, on SQLite,
        # instead of in the wide table: half the time for the holders of ten tags. An import only
        # adds to its end. (Without the columns that tell who is listed it would read the table.)
        index_only_on(
            "sqlite",
            "ix_stakeholder_told",
            *("id", "role_marks", "country", "tier", "merged_into_id", "erased_at"),
            of="merged_into_id IS NULL AND erased_at IS NULL",
        ),
        # Few have a level, fewer pause or were merged: an import writes nothing here for others.
        Index(
            "ix_stakeholder_tier",
            *("tier", "merged_into_id", "erased_at", "country", "id", "role_marks"),
            sqlite_where=text("tier IS NOT NULL"),
            postgresql_where=text("tier IS NOT NULL"),
        ),
        index_of_filled("ix_stakeholder_merged_into_id", "merged_into_id"),
        index_of_filled("ix_stakeholder_paused_until", "paused_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    """Normalised (see `addresses`); empty once the person is erased."""
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    """Keyed fingerprint of the address, the key of the do-not-mail list; empty once erased."""
    name: Mapped[str] = mapped_column(String(200), default="")
    given_name: Mapped[str] = mapped_column(String(100), default="")
    sort_name: Mapped[str] = mapped_column(String(254), default="")
    """The name folded, or the address where there is no name: the order of the list, and whom the
    search for duplicates takes for namesakes (see `texts.sort_name_of`)."""
    search_text: Mapped[str] = mapped_column(String(660), default="")
    """Name, address and organisation, folded: what the list is searched by."""
    job_title: Mapped[str] = mapped_column(String(200), default="")
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    country: Mapped[str | None] = mapped_column(String(2))
    """ISO 3166-1 alpha-2."""
    language: Mapped[str] = mapped_column(String(5), default="en")
    tier: Mapped[Tier | None]
    other_role: Mapped[str | None] = mapped_column(String(100))
    """What they call their own role, where they found none of ours to fit."""
    source: Mapped[str] = mapped_column(String(400), default="")
    """Where we have the person from, as GDPR Art. 14(2)(f) wants it said."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    paused_until: Mapped[datetime | None]
    """Until when the person wants no letters; past or empty: letters go out."""
    at_most_monthly: Mapped[bool] = mapped_column(default=False)
    """Whether the person asked for at most one letter a month (see `frequency`)."""
    role_marks: Mapped[int | None] = mapped_column(BigInteger, deferred=True)
    """Which roles the person holds, a bit each (see `marks`); empty where terms are to be asked."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("stakeholder.id"))
    erased_at: Mapped[datetime | None]

    organisation: Mapped[Organisation | None] = relationship()
    roles: Mapped[list["StakeholderRole"]] = relationship(
        back_populates="stakeholder", cascade="all, delete-orphan"
    )
    topics: Mapped[list["Topic"]] = relationship(secondary="stakeholder_topic")
    tags: Mapped[list["Tag"]] = relationship(secondary="stakeholder_tag", order_by="Tag.name")

    def roles_at(self, moment: datetime) -> list["StakeholderRole"]:
        """Return the terms that run at a moment; in SQL it is `eligibility.holds_now`."""
        return [held for held in self.roles if held.runs_at(moment)]


class StakeholderRole(Base):
    """A role somebody holds or held; a politician who leaves office stays right in past reports."""

    __tablename__ = "stakeholder_role"
    __table_args__ = (
        # Holds all that "who holds this role now" asks, so that the table need not be read.
        Index("ix_stakeholder_role_role", "role_id", "until", "since", "stakeholder_id"),
        BY_ITS_KEY,
    )

    stakeholder_id: Mapped[int] = mapped_column(
        ForeignKey("stakeholder.id", ondelete="CASCADE"), primary_key=True
    )
    role_id: Mapped[int] = mapped_column(ForeignKey("role.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(primary_key=True)
    until: Mapped[datetime | None]
    """Empty while no end is known; it may lie ahead, as that of a mandate."""

    stakeholder: Mapped[Stakeholder] = relationship(back_populates="roles")
    role: Mapped[Role] = relationship(lazy="joined")

    def runs_at(self, moment: datetime) -> bool:
        """Say whether the role is held at a moment."""
        return self.since <= moment and (self.until is None or self.until > moment)


class Topic(Base):
    """What a person can ask to hear about."""

    __tablename__ = "topic"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[LocalText] = mapped_column(LocalTextType)


class StakeholderTopic(Base):
    """A topic a person asked to hear about."""

    __tablename__ = "stakeholder_topic"

    stakeholder_id: Mapped[int] = mapped_column(
        ForeignKey("stakeholder.id", ondelete="CASCADE"), primary_key=True
    )
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"), primary_key=True, index=True)


class Tag(Base):
    """Staff's private label; never shown to the person's eyes on a public page."""

    __tablename__ = "tag"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)


class StakeholderTag(Base):
    """A tag that staff gave a person."""

    __tablename__ = "stakeholder_tag"
    __table_args__ = (Index("ix_stakeholder_tag_tag", "tag_id", "stakeholder_id"), BY_ITS_KEY)

    stakeholder_id: Mapped[int] = mapped_column(
        ForeignKey("stakeholder.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tag.id"), primary_key=True)


class TwoPeople(Base):
    """Two records that look like one person, and of whom staff said that they are two."""

    __tablename__ = "two_people"
    __table_args__ = (
        UniqueConstraint("one_id", "other_id"),
        # Said once, whichever of the two is named first.
        CheckConstraint("one_id < other_id", name="in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    one_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("stakeholder.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    said_at: Mapped[datetime]

    one: Mapped[Stakeholder] = relationship(foreign_keys=one_id)
    other: Mapped[Stakeholder] = relationship(foreign_keys=other_id)


class ImportMemory(Base):
    """How the columns of one kind of file were understood, for the next of its kind."""

    __tablename__ = "import_memory"

    id: Mapped[int] = mapped_column(primary_key=True)
    header_key: Mapped[str] = mapped_column(String(64), unique=True)
    """A digest of the columns' names: a file without a header must not leave a person here."""
    fields: Mapped[list[str]]
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What staff said unknown words mean: {field: {word: value}}."""
    used_at: Mapped[datetime]
