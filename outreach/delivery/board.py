"""The board between the sender and its hands: letters to take, in hand, and what became of them.

A hand may only take a letter while the sender's view of stops is fresh: when the database cannot be
read, nobody knows who left meanwhile, and no letter leaves.
"""

import queue
import threading
import time
from collections import defaultdict, deque
from collections.abc import Collection, Iterable, Sequence

from outreach.delivery.brake import MOST_UNREVIEWED, Brake
from outreach.delivery.breaker import Trouble
from outreach.delivery.composing import Recipient
from outreach.delivery.judging import Result, stopped
from outreach.delivery.models import DeliveryState
from outreach.mail.pacer import Pacer, Want

FRESH_SECONDS = 2.0
"""How old the view of stops may be when a letter is taken; with it no letter leaves 5 s after."""
FEW = 32
"""So many letters are left to whoever is free: none of them waits behind another one."""
_LOOK_AGAIN, _SHORTEST_WAIT = 0.1, 0.005


class Board:
    """What the threads of one sender share."""

    def __init__(self, pacer: Pacer) -> None:
        self.pacer = pacer
        self.stopped: set[int] = set()
        """People who left while their letter waited here."""
        self.trouble: Trouble | None = None
        self.has_accepted = False
        """Whether a server took any of them yet."""
        self._work: deque[Recipient] = deque()
        self._aside: dict[str, deque[Recipient]] = defaultdict(deque)
        """Letters that wait for their domain's pace."""
        self._lock = threading.RLock()
        self._more = threading.Condition(self._lock)
        self._reserved: dict[int, Recipient] = {}
        """Letters that a hand has prepared behind the one it has in hand; none was offered."""
        self._in_hand: dict[int, Recipient] = {}
        self._results: queue.SimpleQueue[Result] = queue.SimpleQueue()
        self._is_halted = False
        self._fresh_until = 0.0
        self._brake = Brake()

    @property
    def is_halted(self) -> bool:
        """Whether no further letter is to be taken."""
        return self._is_halted

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits and nothing is in hand."""
        with self._more:
            is_taken = self._in_hand or self._reserved
            return not (self._work or is_taken or any(self._aside.values()))

    @property
    def waiting(self) -> int:
        """How many letters wait to be offered."""
        with self._more:
            aside = sum(map(len, self._aside.values()))
            return len(self._work) + len(self._reserved) + aside

    @property
    def ready(self) -> int:
        """How many of them wait for nothing but a hand."""
        return len(self._work)

    @property
    def wants_review(self) -> bool:
        """Whether so many letters were refused that somebody should look before the next ones."""
        return bool(self._brake.stopped) or self._brake.refused >= MOST_UNREVIEWED

    def add(self, recipients: Iterable[Recipient]) -> None:
        """Lay out more letters."""
        with self._more:
            self._work.extend(recipients)
            self._more.notify_all()

    def keep_fresh(self) -> None:
        """Say that stops were read just now."""
        self._fresh_until = time.monotonic() + FRESH_SECONDS

    def drop(self, numbers: Collection[int]) -> None:
        """Take letters off again that are another worker's by now."""
        with self._more:
            self._work = _without(self._work, numbers)
            for domain, letters in self._aside.items():
                self._aside[domain] = _without(letters, numbers)
            for number in numbers:
                self._reserved.pop(number, None)

    def withdraw(self, domain: str) -> list[int]:
        """Take off what waits for a domain; returns the letters' numbers."""
        with self._more:
            aside = (one for letters in self._aside.values() for one in letters)
            waiting = [*self._work, *self._reserved.values(), *aside]
            numbers = [one.number for one in waiting if _domain(one) == domain]
            self.drop(set(numbers))
            self._brake.forget(domain)
        return numbers

    def reviewed(self, on_probation: Collection[str]) -> None:
        """Let letters go on to domains that were stopped for a look and are not held back."""
        with self._more:
            self._brake.end_look(on_probation)
            if self.pacer.is_free:
                for letters in self._aside.values():
                    self._work.extendleft(reversed(letters))
                    letters.clear()
            self._more.notify_all()

    def wanted_permits(self) -> list[Want]:
        """Return which permits to send letters wait for; each is asked for once."""
        with self._lock:
            return self.pacer.wants()

    def grant_permits(self, wants: list[Want], waits: Sequence[float] | None) -> None:
        """Let letters leave that waited for permits, each after its wait in seconds.

        None: there are none to be had now.
        """
        moment = time.monotonic()
        with self._more:
            if waits is None:
                self.pacer.ask_again(wants)
                return
            for want, wait in zip(wants, waits, strict=True):
                self.pacer.grant(want, moment + wait)
            self._more.notify_all()

    def halt(self, trouble: Trouble | None = None) -> None:
        """Let no further letter be taken; the first trouble is the one that is told."""
        self.trouble = self.trouble or trouble
        with self._more:
            self._is_halted = True
            self._more.notify_all()

    def take(self) -> Recipient | None:
        """Give a hand its next letter, waiting for one; None when there will be no more."""
        while not self._is_halted:
            recipient = self._next() if time.monotonic() < self._fresh_until else None
            if recipient is None:
                self._wait()
            elif recipient.stakeholder_id in self.stopped:
                self.record(stopped(recipient.number))
            else:
                return recipient
        return None

    def reserve(self) -> Recipient | None:
        """Give a hand that has a letter one more to prepare, if there are many and none is late."""
        with self._lock:
            is_free = self.pacer.is_free and not self._brake.stopped
            if self._is_halted or len(self._work) <= FEW or not is_free:
                return None
            recipient = self._work.popleft()
            self._reserved[recipient.number] = recipient
        return recipient

    def may_leave(self, recipient: Recipient) -> bool:
        """Whether a reserved letter may be offered now; from then on it is in hand."""
        if self._is_halted or time.monotonic() >= self._fresh_until:
            return False
        with self._lock:
            if self._brake.stopped and _domain(recipient) in self._brake.stopped:
                return False
            if self._reserved.pop(recipient.number, None) is None:
                return False  # it was taken off meanwhile
            self._in_hand[recipient.number] = recipient
        if recipient.stakeholder_id in self.stopped:
            self.record(stopped(recipient.number))
            return False
        return True

    def _next(self) -> Recipient | None:
        with self._lock:  # a letter is never seen neither waiting nor in hand
            recipient = self._pick()
            if recipient is not None:
                self._in_hand[recipient.number] = recipient
        return recipient

    @property
    def _is_free(self) -> bool:
        """Whether the next letter may be taken whoever it is for."""
        return self.pacer.is_free and not self._brake.stopped

    def _pick(self) -> Recipient | None:
        if self._is_free:
            return self._work.popleft() if self._work else None
        moment = time.monotonic()
        if not self.pacer.is_open(moment):
            return None
        recipient = self._pick_in_pace(moment)
        if recipient is not None:
            self.pacer.took(_domain(recipient))
        return recipient

    def _pick_in_pace(self, moment: float) -> Recipient | None:
        for domain, letters in self._aside.items():
            if letters and self._is_open_to(domain, moment):
                return letters.popleft()
        while self._work:
            recipient = self._work.popleft()
            domain = _domain(recipient)
            if self._is_open_to(domain, moment):
                return recipient
            self._aside[domain].append(recipient)
        return None

    def _is_open_to(self, domain: str, moment: float) -> bool:
        return domain not in self._brake.stopped and self.pacer.is_open_to(domain, moment)

    def _wait(self) -> None:
        with self._more:
            if not self._is_halted:
                self._more.wait(self._patience())

    def _patience(self) -> float:
        if self.pacer.is_free or not self.waiting:
            return _LOOK_AGAIN
        pause = self.pacer.wait_seconds(time.monotonic())
        return min(max(pause, _SHORTEST_WAIT), _LOOK_AGAIN)

    def give_back(self, recipient: Recipient) -> None:
        """Lay a letter out again that was never offered, unless it was taken off meanwhile."""
        number = recipient.number
        with self._more:
            if self._in_hand.pop(number, None) or self._reserved.pop(number, None):
                self._work.appendleft(recipient)

    def record(self, result: Result) -> None:
        """Hand in what became of a letter, which is in hand no more."""
        self._results.put(result)  # first: whoever is called to look must find it
        if result.state is DeliveryState.ACCEPTED:
            self.has_accepted = True
        if result.state is not DeliveryState.ACCEPTED or self._brake.rows:
            self._watch(result)
        if self._in_hand.pop(result.number, None) is None:
            self._reserved.pop(result.number, None)

    def _watch(self, result: Result) -> None:
        """Stop a domain the moment it has refused too many in a row, before the next one leaves."""
        with self._more:
            recipient = self._in_hand.get(result.number)
            if recipient is not None:
                self._brake.take_in(_domain(recipient), result)

    def results(self) -> list[Result]:
        """Return what was handed in since last asked."""
        with self._more:
            self._brake.begin_look()
        return [self._results.get() for _ in range(self._results.qsize())]

    def results_waiting(self) -> int:
        """Return how many results were handed in since last asked."""
        return self._results.qsize()

    def left_in_hand(self) -> list[int]:
        """Return the numbers of letters that were taken and of which nothing was heard."""
        return list(self._in_hand)


def _domain(recipient: Recipient) -> str:
    return recipient.email.rpartition("@")[2].lower()


def _without(letters: Iterable[Recipient], numbers: Collection[int]) -> deque[Recipient]:
    return deque(one for one in letters if one.number not in numbers)
