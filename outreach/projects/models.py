"""Network → call → project → partner, and the lists and senders their mailings use."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from outreach.core.db import Base
from outreach.core.slugs import SLUG_LENGTH
from outreach.core.text import LocalText, LocalTextType


class Programme(StrEnum):
    """Whose credit line a project's letters must carry."""

    H2020 = "h2020"
    HORIZON_EUROPE = "horizon_europe"
    ERA_NET_COFUND = "era_net_cofund"
    DUT = "dut"
    OWN = "own"


class OrganisationKind(StrEnum):
    """What an organisation is, in the words of the Research Organization Registry (ROR)."""

    EDUCATION = "education"
    FUNDER = "funder"
    HEALTHCARE = "healthcare"
    COMPANY = "company"
    ARCHIVE = "archive"
    NONPROFIT = "nonprofit"
    GOVERNMENT = "government"
    FACILITY = "facility"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The kind as the screen writes it."""
        return _KINDS.get(self, self.value.capitalize())


_KINDS = {
    OrganisationKind.EDUCATION: "University or school",
    OrganisationKind.HEALTHCARE: "Health care",
    OrganisationKind.ARCHIVE: "Archive, library or museum",
    OrganisationKind.NONPROFIT: "Non-profit, NGO",
    OrganisationKind.GOVERNMENT: "Government or authority",
    OrganisationKind.FACILITY: "Research facility",
}


class Organisation(Base):
    """An organisation: a project's partner or a stakeholder's employer."""

    __tablename__ = "organisation"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    country: Mapped[str | None] = mapped_column(String(2))
    """ISO 3166-1 alpha-2."""
    ror_id: Mapped[str | None] = mapped_column(String(40))
    kind: Mapped[OrganisationKind | None]
    website: Mapped[str] = mapped_column(String(500), default="")


class Network(Base):
    """A funding network: it opens calls, from which projects are funded."""

    __tablename__ = "network"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    name: Mapped[LocalText] = mapped_column(LocalTextType)
    website: Mapped[str] = mapped_column(String(500), default="")
    most_letters: Mapped[int] = mapped_column(default=4)
    """How many letters of its lists, and of its projects', a person gets in 30 days; 0: any."""
    needs_approval: Mapped[bool] = mapped_column(default=False)
    """Whether a second person approves mailings of these lists before they go out."""

    calls: Mapped[list["Call"]] = relationship(back_populates="network", order_by="Call.id")


class Call(Base):
    """A call of a network; often the EU grant whose number a credit line must name."""

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    network_id: Mapped[int] = mapped_column(ForeignKey("network.id"), index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    acronym: Mapped[str] = mapped_column(String(40), default="")
    title: Mapped[LocalText] = mapped_column(LocalTextType)
    programme: Mapped[Programme] = mapped_column(default=Programme.OWN)
    grant_number: Mapped[str] = mapped_column(String(40), default="")

    network: Mapped[Network] = relationship(back_populates="calls")
    projects: Mapped[list["Project"]] = relationship(back_populates="call")


class Project(Base):
    """A funded project; it may have no grant number of its own."""

    __tablename__ = "project"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(ForeignKey("call.id"), index=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    acronym: Mapped[str] = mapped_column(String(40))
    title: Mapped[LocalText] = mapped_column(LocalTextType)
    summary: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    grant_number: Mapped[str] = mapped_column(String(40), default="")
    website: Mapped[str] = mapped_column(String(500), default="")
    acknowledgement: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    """The funder's credit line, which every letter about the project must carry."""
    question_address: Mapped[str] = mapped_column(String(254), default="")
    """Where readers may mail questions; the Reply-To of the project's letters."""
    archived_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship(back_populates="projects")
    partners: Mapped[list["Partner"]] = relationship(
        back_populates="project", order_by="Partner.position", cascade="all, delete-orphan"
    )


class Partner(Base):
    """An organisation's part in a project."""

    __tablename__ = "partner"

    project_id: Mapped[int] = mapped_column(
        ForeignKey("project.id", ondelete="CASCADE"), primary_key=True
    )
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    is_coordinator: Mapped[bool] = mapped_column(default=False)

    project: Mapped[Project] = relationship(back_populates="partners")
    organisation: Mapped[Organisation] = relationship()


class SenderProfile(Base):
    """A name and address letters may come from; the environment's own is the default one."""

    __tablename__ = "sender_profile"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    from_name: Mapped[str] = mapped_column(String(100))
    from_address: Mapped[str] = mapped_column(String(254))


class List(Base):
    """What one subscribes to and leaves; consent is given to a list, a mailing belongs to one."""

    __tablename__ = "list"
    __table_args__ = (
        # A list has one owner: who answers for it must never be in doubt.
        CheckConstraint(
            "(network_id IS NULL) <> (project_id IS NULL)", name="is_owned_by_network_or_project"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH), unique=True)
    network_id: Mapped[int | None] = mapped_column(ForeignKey("network.id"))
    project_id: Mapped[int | None] = mapped_column(ForeignKey("project.id"))
    name: Mapped[LocalText] = mapped_column(LocalTextType)
    description: Mapped[LocalText] = mapped_column(LocalTextType, default=LocalText)
    """Who writes and how often, as the subscriber reads it."""
    list_id: Mapped[str] = mapped_column(String(200), unique=True)
    """RFC 2919 identifier without the angle brackets; never changes once a letter has left."""
    controller: Mapped[str] = mapped_column(String(200))
    """Who is responsible for the data (GDPR Art. 4(7)), as the footer names them."""
    postal_address: Mapped[str] = mapped_column(String(400))
    sender_profile_id: Mapped[int | None] = mapped_column(ForeignKey("sender_profile.id"))
    """Empty: the sender of the environment."""
    reply_address: Mapped[str] = mapped_column(String(254), default="")
    language: Mapped[str] = mapped_column(String(5), default="en")
    archived_at: Mapped[datetime | None]

    network: Mapped[Network | None] = relationship()
    project: Mapped[Project | None] = relationship()
    sender_profile: Mapped[SenderProfile | None] = relationship()
