"""What the delivery room contributes to earlier ones."""

import threading
from collections.abc import Iterable
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from outreach.core.clock import now
from outreach.core.contributions import Contribution, Erasure, SettingsEntry, Tick, TimelineEntry
from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery.beginning import is_any_due
from outreach.delivery.checks import check_mail_server
from outreach.delivery.engagements import GOT_A_LETTER
from outreach.delivery.figures import Moves, move
from outreach.delivery.forgetting import forget_keys
from outreach.delivery.heeding import tell_holds
from outreach.delivery.history import DeliveredLetters
from outreach.delivery.models import Delivery, DeliveryState, Dispatch
from outreach.delivery.outlets import relays_of, return_path_of
from outreach.delivery.worker import run_due
from outreach.mail.dkim import signer_of
from outreach.mail.drain import drain
from outreach.mailings.models import Mailing
from outreach.mailings.outlet import installation_sender

log = structlog.get_logger()
WORDS = {
    DeliveryState.ACCEPTED: "Letter sent",
    DeliveryState.REFUSED: "Letter refused",
    DeliveryState.BOUNCED: "Letter came back",
    DeliveryState.WITHHELD: "Letter withheld",
    DeliveryState.CANCELLED: "Letter cancelled",
}


LOOKS, LOOK_SECONDS = 3, 0.1
"""How often, and how long apart, a running worker looks for "Send now" between two ticks."""


def _send(app: Flask) -> None:
    """Send what is due; a worker that goes on running also begins what is promised meanwhile.

    To ask whether anything was promised is one small statement, a tick's whole round a dozen.
    """
    stopping: threading.Event | None = app.extensions.get("outreach_stopping")
    if stopping is None:
        run_due(app, stop=threading.Event())
        return
    run_due(app, stop=stopping)
    for _ in range(LOOKS):
        if stopping.wait(LOOK_SECONDS):
            return
        if is_any_due(db.engine):
            run_due(app, stop=stopping)
            return


def _tell_holds(app: Flask) -> None:
    tell_holds(base_url=state(app).settings.base_url)


def _forget_keys(app: Flask) -> None:
    """Let no file of ours hold a mailing's key a minute after it was destroyed."""
    with app.app_context():
        forget_keys(db.engine, now=now())


def _drain_outbox(app: Flask) -> None:
    """Send single letters; without a sender nothing could be sent, and nothing was promised."""
    here = state(app)
    settings = here.settings
    sender = installation_sender(settings)
    if not settings.can_send or not sender.email:
        return
    dkim = signer_of(settings.dkim_file) if settings.dkim else None
    report = drain(
        db.engine,
        relays_of(app),
        sender=sender,
        dkim=dkim,
        return_path=return_path_of(settings, here.signer),
    )
    if report.problem:
        log.warning("single letters wait", reason=report.problem)


def _timeline(session: Session, stakeholder_id: int, *, limit: int) -> Iterable[TimelineEntry]:
    rows = session.execute(
        select(Delivery, Mailing.title, Mailing.id, Dispatch.fanned_out_at)
        .join(Mailing, Mailing.id == Delivery.mailing_id)
        .join(Dispatch, Dispatch.mailing_id == Mailing.id)
        .where(Delivery.stakeholder_id == stakeholder_id)
        .order_by(Dispatch.fanned_out_at.desc())
        .limit(limit)
    )
    for delivery, title, mailing_id, begun_at in rows:
        yield TimelineEntry(
            at=delivery.settled_at or begun_at,
            title=f"{WORDS.get(delivery.state, 'Letter waiting')}: {title}",
            detail=delivery.reply if delivery.state is DeliveryState.REFUSED else "",
            icon="envelope",
            url=f"/staff/mailings/{mailing_id}",
        )


def _erase(session: Session, stakeholder_id: int) -> None:
    """The delivery stays as a figure; what waits is withheld, and nothing leads to the person."""
    waiting = session.execute(
        update(Delivery)
        .where(
            Delivery.stakeholder_id == stakeholder_id,
            Delivery.state.in_((DeliveryState.QUEUED, DeliveryState.DEFERRED)),
        )
        .values(state=DeliveryState.WITHHELD, next_try_at=None)
        .returning(Delivery.mailing_id, Delivery.group_no)
    ).all()
    session.execute(
        update(Delivery)
        .where(Delivery.stakeholder_id == stakeholder_id)
        .values(stakeholder_id=None, reply="")
    )
    for mailing_id, group_no in sorted(waiting):
        move(session.connection(), mailing_id, Moves({(group_no, DeliveryState.WITHHELD): 1}))


CONTRIBUTION = Contribution(
    settings=(
        SettingsEntry(
            "Sending",
            "sending.overview",
            "paper-airplane",
            "settings.edit",
            "Mail servers and their pace, and how a new domain is warmed up.",
            35,
        ),
    ),
    engagements=(GOT_A_LETTER,),
    letters=DeliveredLetters(),
    doctor=(check_mail_server,),
    timeline=(_timeline,),
    erasures=(Erasure(("delivery",), _erase),),
    ticks=(
        # Whoever says "Send now" sees the first letter leave within a second.
        Tick("delivery.send", timedelta(milliseconds=400), _send),
        Tick("delivery.holds", timedelta(seconds=10), _tell_holds),
        Tick("mail.outbox", timedelta(seconds=2), _drain_outbox),
        Tick("keys.forget", timedelta(seconds=60), _forget_keys),
    ),
)
