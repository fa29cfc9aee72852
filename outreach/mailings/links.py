"""Trying the links of a mailing: asked for by a person, done by the worker, shown as it goes."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from outreach.core.clock import now as present
from outreach.core.db import db, transaction
from outreach.mailings.following import Outcome, follow
from outreach.mailings.frozen import FrozenLetter, render_frozen
from outreach.mailings.models import LinkCheck, Mailing
from outreach.mailings.rendering import PlainLinks

MOST_AT_ONCE = 5
"""Links one tick tries; the next tick goes on."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the trying is."""

    tried: int
    asked: int

    @property
    def is_over(self) -> bool:
        """Whether nothing waits any more."""
        return self.tried == self.asked


def outward(letter: FrozenLetter) -> tuple[str, ...]:
    """Return the addresses at other sites that any variant leads to. Raises Unrenderable."""
    ours = f"{letter.base_url}/"
    rendered = (render_frozen(letter.edition(each), PlainLinks()) for each in letter.variants)
    addresses = (link.address for each in rendered for link in each.links)
    return tuple(dict.fromkeys(each for each in addresses if not each.startswith(ours)))


def ask(session: Session, mailing: Mailing, addresses: Iterable[str], *, now: datetime) -> int:
    """Ask for these links to be tried, all anew; returns how many."""
    session.execute(delete(LinkCheck).where(LinkCheck.mailing_id == mailing.id))
    checks = [
        LinkCheck(mailing_id=mailing.id, digest=digest_of(each), address=each, asked_at=now)
        for each in dict.fromkeys(addresses)
    ]
    session.add_all(checks)
    return len(checks)


def progress(session: Session, mailing_id: int) -> Progress | None:
    """Return how far the trying is; None when nobody asked for it."""
    asked, tried = session.execute(
        select(func.count(), func.count(LinkCheck.checked_at)).where(
            LinkCheck.mailing_id == mailing_id
        )
    ).one()
    return Progress(tried, asked) if asked else None


def outcomes(session: Session, mailing_id: int) -> Mapping[str, LinkCheck]:
    """Return what was found out, by address; links that wait are left out."""
    found = session.scalars(
        select(LinkCheck).where(
            LinkCheck.mailing_id == mailing_id, LinkCheck.checked_at.is_not(None)
        )
    )
    return {check.address: check for check in found}


def digest_of(address: str) -> str:
    """Return what stands for an address in keys."""
    return hashlib.sha256(address.encode()).hexdigest()


def try_waiting(app: Flask, *, look: Callable[[str], Outcome] = follow) -> int:
    """Try some links that wait; no transaction is open meanwhile. Returns how many it tried."""
    with app.app_context():
        waiting = db.session.execute(
            select(LinkCheck.mailing_id, LinkCheck.digest, LinkCheck.address)
            .where(LinkCheck.checked_at.is_(None))
            .order_by(LinkCheck.asked_at)
            .limit(MOST_AT_ONCE)
        ).all()
        for mailing_id, digest, address in waiting:
            found = look(address)
            with transaction() as session:
                check = session.get(LinkCheck, (mailing_id, digest))
                if check is not None:
                    check.is_dead, check.detail = found.is_dead, found.detail[:200]
                    check.checked_at = present()
        return len(waiting)
