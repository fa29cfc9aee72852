"""Makes a mailing that was sent: groups, deliveries, links and a perishable key, row by row."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from outreach.core.config import TrackingMode
from outreach.core.db import transaction
from outreach.delivery.figures import recount
from outreach.delivery.models import Delivery, DeliveryState, Dispatch, MailingKey, TokenGroup
from outreach.mailings.models import LinkKind, Mailing, MailingLink, MailingState
from outreach.stakeholders.consents import THE_PERSON, record_consent
from outreach.stakeholders.models import Basis, ConsentState, Purpose, Stakeholder
from tests.factories import Factory
from tests.snapshots import once
from tests.tracking.factories import KEY, Sent


def sent_mailing(
    app: Flask,
    make: Factory,
    now: datetime,
    *,
    unlinked: int = 6,
    personal: int = 2,
    mode: TrackingMode = TrackingMode.UNLINKED,
    links: int = 4,
    roles: tuple[str, ...] = ("ngo",),
) -> Sent:
    """Make a mailing of `unlinked` + `personal` letters (in this order) with click links 1..n.

    Role by role there is one unlinked and one personal group; letters go round the roles.
    """
    sizes: dict[str, Any] = {
        "unlinked": unlinked,
        "personal": personal,
        "links": links,
        "roles": roles,
    }
    kind = ("sent mailing", now, mode, *sizes.values())
    made = once(make, kind, lambda: _sent_mailing(app, make, now, mode=mode, **sizes))
    return replace(made, app=app, make=make, people=dict(made.people), groups=dict(made.groups))


def _sent_mailing(
    app: Flask,
    make: Factory,
    now: datetime,
    *,
    unlinked: int,
    personal: int,
    mode: TrackingMode,
    links: int,
    roles: tuple[str, ...],
) -> Sent:
    project_id = make.project()
    list_id = make.list_of(project_id)
    role_ids = make.roles()
    n = make.number()
    mailing = Mailing(
        slug=f"mailing-{n}",
        list_id=list_id,
        title=f"Mailing {n}",
        web_key=f"web-key-{n}",
        state=MailingState.SENT,
        created_at=now,
        updated_at=now,
    )
    sent = Sent(app, make, make.add(mailing)[0], list_id, now, mode)
    with app.app_context(), transaction() as session:
        session.add(_dispatch(sent, recipients=unlinked + personal))
        session.flush()
        session.add(MailingKey(mailing_id=sent.mailing_id, key=KEY))
        for index, slug in enumerate(roles):
            for no, letters in ((1 + 2 * index, unlinked), (2 + 2 * index, personal)):
                if letters:
                    session.add(_group(sent, no, role_ids[slug], letters // len(roles)))
        session.flush()
        for number in range(1, unlinked + personal + 1):
            _deliver(
                session, sent, number, is_personal=number > unlinked, roles=roles, ids=role_ids
            )
        session.add_all(_link(sent, number) for number in range(1, links + 1))
        session.flush()
        recount(session.connection(), sent.mailing_id)
    return sent


def _dispatch(sent: Sent, *, recipients: int) -> Dispatch:
    return Dispatch(
        mailing_id=sent.mailing_id,
        fanned_out_at=sent.now,
        recipients=recipients,
        withheld=0,
        transport="catcher",
        tracking=sent.mode.value,
        threshold=5,
    )


def _group(sent: Sent, no: int, role_id: int, size: int) -> TokenGroup:
    """Groups with an even number are of people who may be followed."""
    return TokenGroup(
        mailing_id=sent.mailing_id,
        no=no,
        role_id=role_id,
        country="BE",
        language="en",
        variant="",
        arm="",
        size=size,
        is_personal=no % 2 == 0,
        is_measured=True,
    )


def _link(sent: Sent, number: int) -> MailingLink:
    return MailingLink(
        mailing_id=sent.mailing_id,
        number=number,
        kind=LinkKind.CLICK,
        address=f"https://example.org/{number}",
        label=f"Link {number}",
    )


def _deliver(
    session: Any, sent: Sent, number: int, *, is_personal: bool, roles: tuple[str, ...], ids: Any
) -> None:
    n = sent.make.number()
    person = Stakeholder(
        email=f"person-{n}@example.org",
        fingerprint=f"{n:064d}",
        created_at=sent.now,
        updated_at=sent.now,
    )
    session.add(person)
    session.flush()
    index = number % len(roles)
    group_no = 1 + 2 * index + is_personal
    sent.people[number], sent.groups[number] = person.id, group_no
    session.add(
        Delivery(
            mailing_id=sent.mailing_id,
            number=number,
            stakeholder_id=person.id,
            state=DeliveryState.ACCEPTED,
            roles=[ids[roles[index]]],
            role_id=ids[roles[index]],
            language="en",
            country="BE",
            group_no=group_no,
            is_personal=is_personal,
            settled_at=sent.now - timedelta(hours=1),
        )
    )
    if is_personal:
        record_consent(
            session,
            person.id,
            sent.list_id,
            Purpose.MEASUREMENT,
            ConsentState.ACTIVE,
            basis=Basis.CONSENT,
            source="Sign-up form",
            actor=THE_PERSON,
            now=sent.now,
        )
