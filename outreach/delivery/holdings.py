"""The ranges a sender holds: leased ahead of need, settled in groups, given back one by one."""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from sqlalchemy import Connection, Engine

from outreach.core.db import session_within, transaction
from outreach.delivery.board import Board
from outreach.delivery.breaker import Trouble, domain_in, warm_up_trouble
from outreach.delivery.composing import Recipient
from outreach.delivery.holds import hold, remembered
from outreach.delivery.judging import Result, held_back, stopped
from outreach.delivery.leases import Range, claim, release, renew, shorten
from outreach.delivery.recipients import due_letters
from outreach.delivery.settling import settle
from outreach.mail.warming import begins_again, give_back, take


class Owner(Protocol):
    """Whose letters are leased, and in whose name."""

    @property
    def mailing_id(self) -> int: ...
    @property
    def list_id(self) -> int: ...
    @property
    def worker(self) -> str: ...
    @property
    def domain(self) -> str: ...
    @property
    def last(self) -> int | None: ...


@dataclass
class _Holding:
    leased: Range
    open: dict[int, str]
    """The letters laid out and not yet settled, with their addresses."""


class Holdings:
    """What one sender has leased at the moment."""

    def __init__(
        self,
        engine: Engine,
        owner: Owner,
        board: Board,
        *,
        lasts: timedelta,
        moment: Callable[[], datetime],
    ) -> None:
        self._engine, self._owner, self._board = engine, owner, board
        self._lasts, self._moment = lasts, moment
        self._held: list[_Holding] = []
        self._renewed_at = time.monotonic()
        self._taken_on: date | None = None
        self.spent: Trouble | None = None
        """Why nothing more may leave today, once a warm-up plan says so."""
        self.remembered: dict[str, datetime] = {}
        """Domains that are held back, or were lately, and until when."""
        self._settled: dict[int, str] = {}

    def lay_out_more(self) -> bool:
        """Lease the next range and lay its letters out; False when nothing is due.

        Whoever must not be mailed any more is settled right here.
        """
        moment, owner = self._moment(), self._owner
        with transaction(self._engine) as writing:
            leased = claim(
                writing,
                owner.mailing_id,
                owner.worker,
                now=moment,
                lasts=self._lasts,
                last=owner.last,
            )
            if leased is None:
                return False
            due = due_letters(writing, leased, owner.list_id, now=moment)
            barred = [stopped(number, reason) for number, reason in due.barred.items()]
            settle(writing, owner.mailing_id, barred, now=moment)
            letters = self._not_held(writing, due.recipients, moment)
            letters = self._within_plan(writing, leased, letters, moment)
            if not letters:
                release(writing, owner.worker, [leased])
        if letters:
            self._held.append(_Holding(leased, {one.number: one.email for one in letters}))
            self._board.add(letters)
        return self.spent is None

    def _not_held(
        self, writing: Connection, letters: list[Recipient], moment: datetime
    ) -> list[Recipient]:
        """Return the letters whose domain is not held back; the others wait until it is over."""
        self.remembered = remembered(writing, now=moment)
        held = {domain: until for domain, until in self.remembered.items() if until > moment}
        if not held:
            return letters
        waiting = [
            held_back(one.number, domain, held[domain])
            for one in letters
            if (domain := domain_in(one.email)) in held
        ]
        settle(writing, self._owner.mailing_id, waiting, now=moment)
        return [one for one in letters if domain_in(one.email) not in held]

    def hold(self, domain: str, said: str, *, actor: str) -> None:
        """Hold a domain back: what is laid out for it waits as well."""
        moment, mailing_id = self._moment(), self._owner.mailing_id
        with transaction(self._engine) as writing, session_within(writing) as session:
            until = hold(session, domain, mailing_id=mailing_id, said=said, actor=actor, now=moment)
        self.remembered[domain] = until
        for number in self._board.withdraw(domain):
            self._board.record(held_back(number, domain, until))

    def address_of(self, number: int) -> str:
        """Return the address of a letter that was settled last; empty for any other."""
        return self._settled.get(number, "")

    def _within_plan(
        self, writing: Connection, leased: Range, letters: list[Recipient], moment: datetime
    ) -> list[Recipient]:
        """Return the letters a warm-up plan lets leave today; the others are given back."""
        domain, self.spent = self._owner.domain, None
        granted = take(writing, domain, len(letters), now=moment)
        if granted is None:
            return letters
        self._taken_on = moment.astimezone(UTC).date()
        if granted < len(letters):
            self.spent = warm_up_trouble(domain, begins_again(moment))
            if granted:
                shorten(writing, leased, letters[granted - 1].number)
        return letters[:granted]

    def settle(self, results: Collection[Result]) -> None:
        """Write what became of letters and give back ranges that are through, all or nothing."""
        done = {result.number for result in results}
        through = [one for one in self._held if one.open.keys() <= done]
        with transaction(self._engine) as writing:
            settle(writing, self._owner.mailing_id, results, now=self._moment())
            release(writing, self._owner.worker, [one.leased for one in through])
        self._settled = {}
        for one in self._held:
            for number in one.open.keys() & done:
                self._settled[number] = one.open.pop(number)
        self._held = [one for one in self._held if one.open]

    def renew_in_time(self) -> None:
        """Hold on to the ranges; letters of one that was taken over are not ours to send."""
        if time.monotonic() - self._renewed_at < self._lasts.total_seconds() / 4:
            return
        with transaction(self._engine) as writing:
            own = renew(writing, self._owner.worker, now=self._moment(), lasts=self._lasts)
        self._renewed_at = time.monotonic()
        lost = [one for one in self._held if (one.leased.mailing_id, one.leased.lo) not in own]
        for one in lost:
            self._held.remove(one)
            self._board.drop(one.open)

    def let_go(self) -> None:
        """Give everything back, also to the warm-up plan it was taken from."""
        untouched = sum(len(one.open) for one in self._held)
        with transaction(self._engine) as writing:
            release(writing, self._owner.worker)
            if self._taken_on is not None:
                give_back(writing, self._owner.domain, untouched, day=self._taken_on)
        self._held.clear()
