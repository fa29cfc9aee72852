"""What the inbox room contributes to earlier ones."""

from sqlalchemy import update
from sqlalchemy.orm import Session

from outreach.core.contributions import Contribution, Erasure, MenuEntry, Tick
from outreach.inbox.checks import check_mailbox
from outreach.inbox.jobs import EVERY, read_mailbox
from outreach.inbox.models import InboundMail
from outreach.inbox.queries import counting_open


def _erase(session: Session, stakeholder_id: int) -> None:
    """What came back stays as a figure; its words and raw bytes go."""
    session.execute(
        update(InboundMail)
        .where(InboundMail.stakeholder_id == stakeholder_id)
        .values(stakeholder_id=None, sender="", subject="", said="", raw=b"")
    )


CONTRIBUTION = Contribution(
    doctor=(check_mailbox,),
    erasures=(Erasure(("inbound_mail",), _erase),),
    ticks=(Tick("inbox.read", EVERY, read_mailbox),),
    menu=(
        MenuEntry(
            label="Bounces",
            endpoint="inbox.messages",
            icon="inbox-arrow-down",
            verb="stakeholders.see",
            position=45,
            count=lambda _session, _user_id: counting_open(),
        ),
    ),
)
