"""A person's rights over their own data, by links mailed to the address and by request to staff."""

from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, aliased

from outreach.core.errors import NotFound
from outreach.core.keys import KeyPurpose, KeyRing
from outreach.core.signing import Redeemed, mark_of
from outreach.mail.writing import write
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.ledger import THE_PERSON
from outreach.stakeholders.models import (
    OwnLink,
    OwnLinkKind,
    RequestKind,
    RightsRequest,
    Stakeholder,
)
from outreach.stakeholders.pausing import months_later
from outreach.stakeholders.people import living
from outreach.stakeholders.phrases import PHRASES
from outreach.stakeholders.sender import Desk, post_letter, take_back
from outreach.stakeholders.turns import one_at_a_time

HALF_AN_HOUR = timedelta(minutes=30)
DAY = timedelta(days=1)
MOST_A_DAY = 3
"""Letters to an address we know; to any other it is one (S6)."""
LONGEST_PASS = 300


def send_own_link(
    session: Session, email: str, *, language: str, desk: Desk, now: datetime
) -> None:
    """Mail a link to one's own data, or word that nothing is held; alike for every address (S5).

    Raises BadAddress.
    """
    email = normalise(email)
    fingerprint = desk.ring.fingerprint(email)
    one_at_a_time(session, fingerprint)
    person_id = _holder(session, email)
    most = MOST_A_DAY if person_id else 1
    may_mail = links_of_today(session, fingerprint, OwnLinkKind.DATA, now) < most
    link = add_link(session, OwnLinkKind.DATA, fingerprint, person_id, now)
    _post(session, "own_data", email, link, desk, language, is_meant=may_mail)
    take_back(session, OwnLink.id, link.id, is_meant=may_mail)


def _holder(session: Session, email: str) -> int | None:
    """Return whose an address is; asked by one statement, which takes as long for nobody's."""
    kept = aliased(Stakeholder)
    whose = func.coalesce(Stakeholder.merged_into_id, Stakeholder.id)
    return session.scalar(
        select(kept.id)
        .join(Stakeholder, whose == kept.id)
        .where(Stakeholder.email == email, kept.erased_at.is_(None))
    )


def links_of_today(session: Session, fingerprint: str, kind: OwnLinkKind, now: datetime) -> int:
    """Return how many links of a kind went to an address within a day."""
    return (
        session.scalar(
            select(func.count())
            .select_from(OwnLink)
            .where(
                OwnLink.fingerprint == fingerprint,
                OwnLink.kind == kind,
                OwnLink.created_at > now - DAY,
            )
        )
        or 0
    )


def ask_to_erase(
    session: Session, person: Stakeholder, *, language: str, desk: Desk, now: datetime
) -> None:
    """Note that a person wants to be erased, and mail the link that confirms it."""
    _note_erasure(session, person.id, now)
    fingerprint = person.fingerprint or ""
    if links_of_today(session, fingerprint, OwnLinkKind.ERASE, now) < MOST_A_DAY:
        link = add_link(session, OwnLinkKind.ERASE, fingerprint, person.id, now)
        _post(session, "own_erase", person.email or "", link, desk, language)


def _note_erasure(session: Session, person_id: int, now: datetime) -> None:
    is_open = select(RightsRequest.id).where(
        RightsRequest.stakeholder_id == person_id,
        RightsRequest.kind == RequestKind.ERASURE,
        RightsRequest.done_at.is_(None),
    )
    if session.scalar(is_open.limit(1)) is None:
        note_request(
            session,
            person_id,
            RequestKind.ERASURE,
            now=now,
            recorded_by=THE_PERSON,
            note="Asked on their own page; it waits for the button in the letter.",
        )


def note_request(
    session: Session,
    person_id: int,
    kind: RequestKind,
    *,
    now: datetime,
    recorded_by: str,
    note: str = "",
    received_at: datetime | None = None,
) -> RightsRequest:
    """Start the one-month clock of a request."""
    received = received_at or now
    request = RightsRequest(
        kind=kind,
        stakeholder_id=person_id,
        received_at=received,
        due_at=months_later(received, 1),
        note=note[:400],
        recorded_by=recorded_by[:200],
    )
    session.add(request)
    return request


def answer_request(request: RightsRequest, outcome: str, *, now: datetime, actor: str) -> None:
    """Write down what was done about a request."""
    request.done_at, request.outcome, request.done_by = now, outcome[:400], actor[:200]


def add_link(
    session: Session,
    kind: OwnLinkKind,
    fingerprint: str,
    person_id: int | None,
    now: datetime,
    *,
    new_email: str | None = None,
) -> OwnLink:
    """Make a link for half an hour; `fingerprint` is that of the address it is mailed to."""
    link = OwnLink(
        kind=kind,
        fingerprint=fingerprint,
        stakeholder_id=person_id,
        created_at=now,
        expires_at=now + HALF_AN_HOUR,
        new_email=new_email,
    )
    session.add(link)
    session.flush()  # the letter's link names the row
    return link


_PAGES = {OwnLinkKind.DATA: "open", OwnLinkKind.ERASE: "erase", OwnLinkKind.ADDRESS: "address"}


def link_address(link: OwnLink, desk: Desk, language: str) -> str:
    """Return the address of the page a link leads to, in the language of its letter."""
    token = desk.signer.own_data(link.id, link.created_at)
    return f"{desk.base_url}/preferences/{_PAGES[link.kind]}/{token}?lang={language}"


def _post(
    session: Session,
    kind: str,
    email: str,
    link: OwnLink,
    desk: Desk,
    language: str,
    *,
    is_meant: bool = True,
) -> None:
    written = write(
        kind,
        language=language,
        phrase=PHRASES.speaker(language),
        is_known=link.stakeholder_id is not None,
        address=link_address(link, desk, language),
    )
    post_letter(
        session,
        written,
        kind=kind,
        email=email,
        its_list=None,
        reference=("own_link", link.id),
        now=link.created_at,
        is_meant=is_meant,
    )


def unused_link(
    session: Session, token: Redeemed | None, kind: OwnLinkKind, *, now: datetime
) -> tuple[OwnLink, Stakeholder]:
    """Return the link of a token that was not used yet, and its person; raises NotFound for any
    other, also for one that has got the number of a link that is gone.
    """
    link = session.get(OwnLink, token.number, with_for_update=True) if token else None
    if link is None or token is None or token.nonce != mark_of(link.created_at):
        raise NotFound("This link has run out.")
    if link.kind is not kind or link.opened_at or link.expires_at <= now:
        raise NotFound("This link has run out.")
    return link, _person_of(session, link)


def _person_of(session: Session, link: OwnLink) -> Stakeholder:
    if link.stakeholder_id is None:
        raise NotFound("This link has run out.")
    return living(session, link.stakeholder_id)


class Passes:
    """What opens a person's own page after their link was used: signed, for half an hour."""

    def __init__(self, ring: KeyRing) -> None:
        secret = ring.derive(KeyPurpose.SESSION, "own page")
        self._serializer = URLSafeSerializer(secret, salt="pass")

    def of(self, link: OwnLink) -> str:
        """Return the pass of a link that was just opened."""
        opened = int(link.opened_at.timestamp()) if link.opened_at else 0
        return str(self._serializer.dumps([link.id, opened]))

    def holder(self, session: Session, text: str, *, now: datetime) -> Stakeholder:
        """Return whose pass it is; raises NotFound when it is over or not ours."""
        try:
            link_id, opened = self._serializer.loads(text[:LONGEST_PASS])
        except (BadData, TypeError, ValueError) as error:
            raise NotFound("This link has run out.") from error
        link = session.get(OwnLink, link_id)
        at = link.opened_at if link else None
        if link is None or at is None or int(at.timestamp()) != opened or at + HALF_AN_HOUR <= now:
            raise NotFound("This link has run out.")
        return _person_of(session, link)


def forget_old_links(session: Session, *, now: datetime) -> None:
    """Delete links that nobody can use any more."""
    session.execute(delete(OwnLink).where(OwnLink.created_at < now - 2 * DAY))


def open_requests(session: Session, *, limit: int) -> list[RightsRequest]:
    """Return the requests that wait for an answer, the most urgent first."""
    found = session.scalars(
        select(RightsRequest)
        .where(RightsRequest.done_at.is_(None))
        .order_by(RightsRequest.due_at, RightsRequest.id)
        .limit(limit)
    )
    return list(found)


def late_requests(session: Session, *, now: datetime) -> int:
    """Return how many requests wait longer than the law allows."""
    late = RightsRequest.done_at.is_(None), RightsRequest.due_at < now
    return session.scalar(select(func.count()).select_from(RightsRequest).where(*late)) or 0
