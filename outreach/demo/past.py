"""The mailing that was sent long ago: the product's own services, run by a clock of the past.

Letters are made, settled and counted as the sender and the applier would, so that the figures are
what the hits add up to. No letter travels: all that is missing is the mail server.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.paths import PACKAGE
from outreach.core.signing import TokenKind, nonce_of
from outreach.core.state import State
from outreach.delivery.fanout import fan_out
from outreach.delivery.judging import Result
from outreach.delivery.models import Delivery, DeliveryState, MailingKey, TokenGroup
from outreach.delivery.settling import close_dispatch, settle
from outreach.demo.readers import Held, Way, hits_of
from outreach.mailings.confirming import forget_people
from outreach.mailings.importing import import_draft
from outreach.mailings.models import Mailing, MailingLink, MailingState
from outreach.mailings.moments import Moment
from outreach.mailings.outlet import installation_sender
from outreach.mailings.schedule import schedule
from outreach.stakeholders.models import Role
from outreach.tracking.figure_rows import wait_for_turn
from outreach.tracking.ledger import add_hits
from outreach.tracking.resolving import Resolver

TEXT = PACKAGE / "demo" / "first_mailing.md"
SENT_BEFORE = timedelta(days=19)
ZONE = "Europe/Brussels"
HOUR = 9
PACE = 20
"""Letters a second."""
TUESDAY = 1
SEED = 1_848


def moment_of(now: datetime) -> datetime:
    """Return when it went out: nine in the morning of a Tuesday, some three weeks before `now`."""
    day = (now - SENT_BEFORE).astimezone(ZoneInfo(ZONE))
    day -= timedelta(days=(day.weekday() - TUESDAY) % 7)
    return day.replace(hour=HOUR, minute=0, second=0, microsecond=0)


def send_past_mailing(
    session: Session, here: State, *, actor: str, sent_at: datetime
) -> tuple[Mailing, list[Held]]:
    """Write, promise and send the mailing; returns it with the letters that were accepted.

    It is left open: `end_past_mailing` destroys the key once its questions were asked.
    """
    mailing = _promise(session, here, actor=actor, sent_at=sent_at)
    mailing.move_to(MailingState.SENDING, now=sent_at)
    mailing.started_at = sent_at
    forget_people(session, mailing)
    session.flush()  # the fan-out reads the mailing by its own statements
    fan_out(
        session.connection(),
        mailing.id,
        tracking=here.settings.tracking,
        threshold=here.settings.disclosure_threshold,
        transport="catcher",
        now=sent_at,
    )
    _settle(session, mailing.id, sent_at)
    return mailing, _held(session, mailing.id)


def count_hits(session: Session, mailing_id: int, letters: Sequence[Held]) -> None:
    """Let the letters be read, and add their hits by the way the applier takes."""
    links = session.scalars(
        select(MailingLink).where(MailingLink.mailing_id == mailing_id).order_by(MailingLink.number)
    )
    records = hits_of(letters, [Way(link.number, link.kind) for link in links])
    connection = session.connection()
    wait_for_turn(connection)
    resolver = Resolver(connection, records)
    hits = [hit for hit in map(resolver.resolve, records) if hit is not None]
    add_hits(connection, hits, links=resolver.links)


def end_past_mailing(session: Session, mailing: Mailing) -> None:
    """Mark it as sent and destroy its key: from now on no letter leads to a person."""
    assert mailing.started_at is not None
    ended = mailing.started_at + timedelta(minutes=2)
    mailing.move_to(MailingState.SENT, now=ended)
    mailing.finished_at = ended
    close_dispatch(session.connection(), [mailing.id], now=ended)


def _promise(session: Session, here: State, *, actor: str, sent_at: datetime) -> Mailing:
    written = sent_at - timedelta(days=1)
    text = TEXT.read_text(encoding="utf-8")
    mailing = import_draft(session, text, actor=actor, now=written)
    schedule(
        session,
        mailing,
        Moment(f"{sent_at:%Y-%m-%d %H:%M}", ZONE),
        sender=installation_sender(here.settings),
        base_url=here.settings.base_url,
        can_send=True,
        actor=actor,
        now=written,
    )
    return mailing


def _settle(session: Session, mailing_id: int, sent_at: datetime) -> None:
    """Let a made-up mail server take most letters, refuse a few and send a few back."""
    dice = random.Random(SEED)  # noqa: S311 - always the same letters, no secret
    numbers = session.scalars(
        select(Delivery.number)
        .where(Delivery.mailing_id == mailing_id, Delivery.state == DeliveryState.QUEUED)
        .order_by(Delivery.number)
    ).all()
    for second, first in enumerate(range(0, len(numbers), PACE)):
        results = [_result(dice.random(), number) for number in numbers[first : first + PACE]]
        moment = sent_at + timedelta(seconds=second + 1)
        settle(session.connection(), mailing_id, results, now=moment)


def _result(luck: float, number: int) -> Result:
    if luck < 0.01:
        return Result(number, DeliveryState.REFUSED, 550, "5.1.1 user unknown (made up)")
    if luck < 0.02:
        return Result(number, DeliveryState.BOUNCED, 250, "2.0.0 came back later (made up)")
    return Result(number, DeliveryState.ACCEPTED, 250, "2.0.0 accepted (made up)")


def _held(session: Session, mailing_id: int) -> list[Held]:
    """Return the letters that carry a token, while the mailing's key can still tell it.

    Where groups share their tokens there is no key, and where nothing is measured no token.
    """
    stored = session.get(MailingKey, mailing_id)
    key = stored.key if stored else None
    of_others = TokenKind.UNLINKED if key else TokenKind.SHARED
    rows = session.execute(
        select(Delivery.number, Delivery.is_personal, TokenGroup.no, Role.slug, Delivery.settled_at)
        .join(
            TokenGroup,
            (TokenGroup.mailing_id == Delivery.mailing_id) & (TokenGroup.no == Delivery.group_no),
        )
        .outerjoin(Role, Role.id == Delivery.role_id)
        .where(
            Delivery.mailing_id == mailing_id,
            Delivery.state == DeliveryState.ACCEPTED,
            TokenGroup.is_measured,
        )
        .order_by(Delivery.number)
    )
    return [
        Held(
            mailing_id,
            TokenKind.PERSONAL if is_personal else of_others,
            number if is_personal else group_no,
            b"" if is_personal or key is None else nonce_of(key, number),
            role or "",
            left_at,
        )
        for number, is_personal, group_no, role, left_at in rows
        if left_at is not None
    ]
