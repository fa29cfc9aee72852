"""Hits, the readers they tell apart, and the roll-ups every screen reads.

A hit without a letter's group (`group_no` 0 where a mailing is known) is one that cannot be told
by group without telling whose it was: it counts in the mailing's total alone.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from outreach.core.db import Base, BigKey, index_of_filled


class HitKind(StrEnum):
    """What a request was."""

    # A member's own hash is written in Python, and counting asks for it some ten times a hit.
    __hash__ = str.__hash__

    OPEN = "open"
    CLICK = "click"
    DOWNLOAD = "download"
    WEB_VIEW = "web_view"
    """The letter itself, read as a page; no visit, for it leads to nothing of ours."""
    QUESTION = "question"
    """Kept beside the others, so that all figures can be counted again from hits alone."""
    UNSUBSCRIBE = "unsubscribe"
    RETURN = "return"
    """Leaving was taken back within half an hour, on the page that confirmed it."""
    COMPLAINT = "complaint"
    """Said by the reader's provider; likewise kept beside the others."""


class HitLabel(StrEnum):
    """Who made it, as far as the rules can tell."""

    __hash__ = str.__hash__

    HUMAN = "human"
    PROXY = "proxy"
    """An image proxy that loads when a person looks: counted."""
    MACHINE = "machine"
    UNCLEAR = "unclear"


COUNTED = frozenset({HitLabel.HUMAN, HitLabel.PROXY, HitLabel.UNCLEAR})


class Hit(Base):
    """One request that a letter or page caused; kept for good, so that counts can be redone.

    No IP address and no full user agent stands here, only the agent's family.
    """

    __tablename__ = "hit"
    __table_args__ = (
        Index("ix_hit_reader", "mailing_id", "reader", "at"),
        # The list of a mailing's hits, newest first; new entries go to an end of their own.
        Index("ix_hit_mailing", "mailing_id", "id"),
    )

    id: Mapped[int] = mapped_column(BigKey, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[HitKind]
    mailing_id: Mapped[int | None]
    """Empty for visitors of public pages who came without a letter."""
    group_no: Mapped[int | None]
    number: Mapped[int | None]
    """The delivery, only while its person agrees to be measured individually."""
    reader: Mapped[bytes] = mapped_column(LargeBinary(16))
    """Eight bytes that tell one reader from another: a letter's nonce, for a letter that may be
    followed a random key of its own, else a key that lasts one visit. Leads to nobody by itself."""
    is_letter: Mapped[bool] = mapped_column(default=True)
    """Whether `reader` stands for one letter; else for one visit that no letter is known for."""
    link_number: Mapped[int | None]
    document_id: Mapped[int | None] = mapped_column(ForeignKey("document.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("document_version.id"))
    """On a download the file served; on a click the version followed to another site."""
    method: Mapped[str] = mapped_column(String(8))
    agent_family: Mapped[str] = mapped_column(String(40))
    is_prefetch: Mapped[bool] = mapped_column(default=False)
    is_range: Mapped[bool] = mapped_column(default=False)
    """Whether only a part of the file was asked for."""
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id"))
    """As a visitor without a letter said of themselves ("I work as ..."); empty unless said."""
    share_id: Mapped[int | None] = mapped_column(ForeignKey("share_link.id"))
    """The share link a visitor without a letter came by."""
    seconds_since_sent: Mapped[int | None]
    """Only with `number`: in a small mailing it would tell whose unlinked letter it was."""
    label: Mapped[HitLabel]
    reason: Mapped[str] = mapped_column(String(60))
    rule_version: Mapped[int]
    is_repeat: Mapped[bool] = mapped_column(default=False)
    """A range request or a double within the window: kept, but the download counts once."""


class Reader(Base):
    """One letter's reader in one mailing, known or unknown; or one visit without a known letter."""

    __tablename__ = "reader"
    __table_args__ = (
        # A letter that may be followed has one reader; withdrawal empties `number`.
        # Few have one, and an entry for every other letter would cost each hit its part.
        index_of_filled("uq_reader_number", "mailing_id", "number", unique=True),
    )

    mailing_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 for visitors of public pages who came without a letter."""
    key: Mapped[bytes] = mapped_column(LargeBinary(16), primary_key=True)
    """What `Hit.reader` holds."""
    group_no: Mapped[int]
    is_letter: Mapped[bool] = mapped_column(default=True)
    number: Mapped[int | None]
    """The delivery, only while its person agrees to be measured individually."""
    hits: Mapped[int] = mapped_column(default=0)
    """How many are stored; above `labels.FLOOD` all further ones are a machine's."""
    first_open_at: Mapped[datetime | None]
    first_click_at: Mapped[datetime | None]
    first_download_at: Mapped[datetime | None]
    first_question_at: Mapped[datetime | None]
    last_visit_at: Mapped[datetime | None]
    """The last click or download; one more than 30 minutes later begins a new visit."""


class GroupFigure(Base):
    """All counts of one token group of one mailing."""

    __tablename__ = "group_figure"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    group_no: Mapped[int] = mapped_column(primary_key=True)
    opened: Mapped[int] = mapped_column(default=0)
    """Letters with a counted open; likewise `clicked`, `downloaded`, `asked`, `engaged`."""
    clicked: Mapped[int] = mapped_column(default=0)
    downloaded: Mapped[int] = mapped_column(default=0)
    asked: Mapped[int] = mapped_column(default=0)
    engaged: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    questions: Mapped[int] = mapped_column(default=0)
    unsubscribes: Mapped[int] = mapped_column(default=0)
    returns: Mapped[int] = mapped_column(default=0)
    """How many of `unsubscribes` were taken back: the others stand."""
    complaints: Mapped[int] = mapped_column(default=0)
    opens: Mapped[int] = mapped_column(default=0)
    clicks: Mapped[int] = mapped_column(default=0)
    web_views: Mapped[int] = mapped_column(default=0)
    machine_opens: Mapped[int] = mapped_column(default=0)
    machine_clicks: Mapped[int] = mapped_column(default=0)
    machine_downloads: Mapped[int] = mapped_column(default=0)
    machine_web_views: Mapped[int] = mapped_column(default=0)


MACHINE_COLUMNS = ("machine_opens", "machine_clicks", "machine_downloads", "machine_web_views")
"""The columns of `GroupFigure` that count what was left out."""


class LinkFigure(Base):
    """Counts of one link by token group."""

    __tablename__ = "link_figure"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    link_number: Mapped[int] = mapped_column(primary_key=True)
    group_no: Mapped[int] = mapped_column(primary_key=True)
    counted: Mapped[int] = mapped_column(default=0)
    machine: Mapped[int] = mapped_column(default=0)


class DocumentFigure(Base):
    """Downloads of one document version, from one mailing's group or (0, 0) from public pages."""

    __tablename__ = "document_figure"

    document_id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    group_no: Mapped[int] = mapped_column(primary_key=True)
    downloads: Mapped[int] = mapped_column(default=0)
    followed: Mapped[int] = mapped_column(default=0)
    """Followed to a file at another site; never added to downloads."""
    machine: Mapped[int] = mapped_column(default=0)


class VisitorFigure(Base):
    """What visitors without a letter did, by the share link they came by and the role they named.

    0 stands for "by no link", "no role named", and for no single document (visits).
    """

    __tablename__ = "visitor_figure"

    mailing_id: Mapped[int] = mapped_column(primary_key=True, default=0)
    """Always 0, as in `Reader`; so that all figures are counted again alike."""
    share_id: Mapped[int] = mapped_column(primary_key=True)
    role_id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(primary_key=True)
    visits: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    followed: Mapped[int] = mapped_column(default=0)
    machine: Mapped[int] = mapped_column(default=0)


class ReasonFigure(Base):
    """How many hits of a mailing were judged how and why: raw, counted and left out."""

    __tablename__ = "reason_figure"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[HitKind] = mapped_column(primary_key=True)
    label: Mapped[HitLabel] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(String(60), primary_key=True)
    hits: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[int] = mapped_column(default=0)
    """Those among `hits` that repeat one already counted."""


class HourFigure(Base):
    """Counts of one mailing by hour since its first letter.

    Letters viewed in a browser have no column: the hours are drawn to show when people followed
    something, and a letter's own page is no visit. `GroupFigure` counts them by role.
    """

    __tablename__ = "hour_figure"

    mailing_id: Mapped[int] = mapped_column(primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """The hour's beginning, UTC."""
    opens: Mapped[int] = mapped_column(default=0)
    visits: Mapped[int] = mapped_column(default=0)
    downloads: Mapped[int] = mapped_column(default=0)
    machine: Mapped[int] = mapped_column(default=0)
    """Left out, of any kind, views in a browser included."""


class HitsFile(Base):
    """How far a hits file has been applied; advanced in the transaction that wrote its hits."""

    __tablename__ = "hits_file"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    offset: Mapped[int] = mapped_column(BigKey, default=0)
    applied_at: Mapped[datetime]
    skipped: Mapped[int] = mapped_column(default=0)
    """Records that were damaged or named nothing we know."""


class LabelRules(Base):
    """One edition of the rules that tell people from machines; the newest is in force.

    Editions are kept: every hit names the one it was judged by.
    """

    __tablename__ = "label_rules"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    values: Mapped[dict[str, Any]]
    """The settings of `rules.Rules`."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(200))
    is_rerun: Mapped[bool | None]
    """Whether past hits were to be judged anew; empty where that was not written down."""
    rerun_at: Mapped[datetime | None]
    """When the last past hit was."""
    rerun_mailing_id: Mapped[int | None]
    """How far all hits were judged anew: the reader last done; empty when nothing is to be done."""
    rerun_key: Mapped[bytes | None] = mapped_column(LargeBinary(16))
