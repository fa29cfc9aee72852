"""One person's letter, octet for octet, without sending it: for `outreach mailing render`."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.config import TrackingMode
from outreach.core.errors import NotFound
from outreach.core.state import State
from outreach.delivery.composing import Circumstances, Composer, Recipient
from outreach.delivery.models import Delivery, Dispatch, MailingKey, TokenGroup
from outreach.delivery.waves import moments_of, waves_of
from outreach.mail.dkim import signer_of
from outreach.mailings.audience import audience_of
from outreach.mailings.freezing import gather, thaw
from outreach.mailings.frozen import FrozenLetter
from outreach.mailings.models import Mailing, MailingRevision
from outreach.mailings.outlet import installation_sender
from outreach.mailings.queries import Person, person_by_email
from outreach.mailings.words import REASONS
from outreach.stakeholders.addresses import normalise
from outreach.stakeholders.eligibility import withheld_reason
from outreach.stakeholders.models import Stakeholder, WithheldReason

NOBODY = 0
"""The number of no delivery: tokens made with it are well-formed, count nowhere and end nothing."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A letter as it leaves, and what to know about it."""

    source: bytes
    note: str = ""


def show(session: Session, mailing: Mailing, email: str, here: State, *, now: datetime) -> Shown:
    """Return the letter of a mailing as the stakeholder with this address gets it.

    Before the fan-out its tokens are stand-ins. Raises NotFound for an address nobody has, Refusal
    when the letter cannot be made.
    """
    person = person_by_email(session, normalise(email), now=now)
    if person is None:
        raise NotFound(f"No stakeholder has the address {email}.", "Check how it is written.")
    dispatch = session.get(Dispatch, mailing.id)
    key = session.get(MailingKey, mailing.id)
    around = Circumstances(
        mailing_id=mailing.id,
        tracking=TrackingMode(dispatch.tracking) if dispatch else here.settings.tracking,
        begun_at=dispatch.fanned_out_at if dispatch else now,
        mailing_key=key.key if key else None,
        bounce_address=here.settings.inbox_address,
        is_caught=here.settings.catcher,
        dkim=signer_of(here.settings.dkim_file) if here.settings.dkim else None,
        winner=dispatch.winner if dispatch else "",
        waves=moments_of(waves_of(session, mailing.id), dispatch.fanned_out_at) if dispatch else (),
    )
    letter = _letter(session, mailing, here)
    recipient, note = _recipient(session, mailing, person, around)
    if recipient.number == NOBODY:
        variant = letter.variant_of(person.role_id, person.language)
        recipient = recipient._replace(variant=variant.key)
    return Shown(Composer(letter, around, here.signer).compose(recipient).data, note)


def _letter(session: Session, mailing: Mailing, here: State) -> FrozenLetter:
    if mailing.revision_id is not None:
        return thaw(session.get_one(MailingRevision, mailing.revision_id))
    settings = here.settings
    sender = installation_sender(settings)
    return gather(session, mailing, sender=sender, base_url=settings.base_url)


def _recipient(
    session: Session, mailing: Mailing, person: Person, around: Circumstances
) -> tuple[Recipient, str]:
    """Return the person as this letter's recipient, and what differs from the letter that left."""
    made = session.execute(
        select(Delivery, TokenGroup)
        .join(
            TokenGroup,
            (TokenGroup.mailing_id == Delivery.mailing_id) & (TokenGroup.no == Delivery.group_no),
        )
        .where(Delivery.mailing_id == mailing.id, Delivery.stakeholder_id == person.id)
    ).one_or_none()
    if made is None:
        is_measured = around.tracking is not TrackingMode.OFF
        stand_in = _as_recipient(person, NOBODY, is_personal=True, is_measured=is_measured)
        return stand_in, _why_not_yet(session, mailing, person)
    delivery, group = made
    is_lost = (
        around.tracking is TrackingMode.UNLINKED
        and around.mailing_key is None
        and not delivery.is_personal
        and group.is_measured
    )
    recipient = _as_recipient(
        person,
        delivery.number,
        role_id=delivery.role_id,
        group_no=group.no,
        is_personal=delivery.is_personal,
        is_measured=group.is_measured and not is_lost,
        variant=delivery.variant,
        arm=delivery.arm,
    )
    return recipient, _LOST if is_lost else ""


_LOST = (
    "The key that made this letter's counting token was destroyed when the mailing was settled; "
    "its links are shown as they lead."
)


def _as_recipient(
    person: Person,
    number: int,
    *,
    is_personal: bool,
    is_measured: bool,
    role_id: int | None = None,
    group_no: int = 0,
    variant: str = "",
    arm: str = "",
) -> Recipient:
    return Recipient(
        number=number,
        stakeholder_id=person.id,
        email=person.email,
        name=person.name,
        given_name=person.given_name,
        organisation=person.organisation,
        role_id=role_id if number else person.role_id,
        group_no=group_no,
        is_personal=is_personal,
        is_measured=is_measured,
        variant=variant,
        arm=arm,
    )


def _why_not_yet(session: Session, mailing: Mailing, person: Person) -> str:
    reason = session.scalar(
        select(withheld_reason(mailing.list_id, purpose=audience_of(mailing).purpose)).where(
            Stakeholder.id == person.id
        )
    )
    if reason:
        return f"{person.email} would not get it: {REASONS[WithheldReason(reason)]}."
    return "No letter was made for this person yet; the tokens in its addresses are stand-ins."
