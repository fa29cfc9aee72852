"""The pacer: letters leave one permit each, and permits are taken out of what all workers share.

Permits come in slots, a second's worth or one of a slower limit (`mail.permits`). Each is for a
moment; one that is not used then is not saved up. Without a limit nobody asks for any.
"""

from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from outreach.mail.pace import Pace

CATCH_UP_SECONDS = 0.1
"""A thread that wakes late makes up for so much; a longer pause is never made up for."""
SLOT_SECONDS = 1.0
"""For so long permits are taken at once, where the limit is more than one in that time."""
_EVERYBODY = "*"


class Want(NamedTuple):
    """Permits somebody waits for."""

    name: str
    """Of the limit."""
    letters: int
    seconds: float
    """How long so many last."""


@dataclass(slots=True)
class Slot:
    """Permits that follow each other at even steps."""

    next_at: float
    """When the next letter may leave, in seconds of a steady clock."""
    step: float
    left: int

    def skip_late(self, moment: float) -> None:
        """Let go of permits whose moment is over."""
        late = moment - max(self.step, CATCH_UP_SECONDS) - self.next_at
        if late > 0:
            missed = min(int(late / self.step) + 1, self.left)
            self.next_at += missed * self.step
            self.left -= missed

    def take(self) -> None:
        """Use one."""
        self.next_at += self.step
        self.left -= 1


Slots = dict[str, deque[Slot]]
"""The permits a process has, by the name of the limit."""


class Pacer:
    """Holds one sender to the permits it was given; asked by one thread at a time."""

    def __init__(self, pace: Pace, slots: Slots | None = None) -> None:
        """`slots` outlive the pacer: the next one, of another mailing, goes on with them."""
        self._slots: Slots = {} if slots is None else slots
        overall = pace.overall if pace.sender else pace.per_second
        own = pace.per_second if pace.sender else None
        whole = {_EVERYBODY: overall, f"from {pace.sender}": own}
        self._whole = {name: limit for name, limit in whole.items() if limit is not None}
        self._domains = pace.per_domain
        self.is_free = not self._whole and not self._domains
        """Whether nothing is to be held back at all."""
        self._asked: set[str] = set()

    def is_open(self, moment: float) -> bool:
        """Whether any letter may leave now (`moment`: seconds of a steady clock)."""
        # All are asked, so that none is found missing only once another one is there.
        return not [name for name in self._whole if not self._has_permit(name, moment)]

    def is_open_to(self, domain: str, moment: float) -> bool:
        """Whether a letter to this domain may leave now."""
        return domain not in self._domains or self._has_permit(_to(domain), moment)

    def wait_seconds(self, moment: float) -> float:
        """Return how long until some letter may leave, as far as is known now."""
        waits = (
            slots[0].next_at - moment for name in self._whole if (slots := self._slots.get(name))
        )
        return max((0.0, *waits))

    def took(self, domain: str) -> None:
        """Note that a letter leaves, after it was asked whether it may."""
        names = [*self._whole, *([_to(domain)] if domain in self._domains else [])]
        for name in names:
            slots = self._slots[name]
            slots[0].take()
            if self._is_low(name, slots):
                self._asked.add(name)

    def wants(self) -> list[Want]:
        """Return what is waited for and not on its way."""
        asked, self._asked = self._asked, set()
        return [self._want(name) for name in sorted(asked)]

    def grant(self, want: Want, begins_at: float) -> None:
        """Add permits that hold from a moment on."""
        slot = Slot(begins_at, want.seconds / want.letters, want.letters)
        self._slots.setdefault(want.name, deque()).append(slot)

    def ask_again(self, wants: list[Want]) -> None:
        """Ask once more for what could not be given."""
        self._asked.update(want.name for want in wants)

    def _has_permit(self, name: str, moment: float) -> bool:
        slots = self._slots.setdefault(name, deque())
        while slots:
            slots[0].skip_late(moment)
            if slots[0].left:
                return moment >= slots[0].next_at
            slots.popleft()
        self._asked.add(name)
        return False

    def _is_low(self, name: str, slots: deque[Slot]) -> bool:
        """Whether the next permits are to be asked for; slow ones only when they are needed."""
        want = self._want(name)
        return want.letters > 1 and len(slots) == 1 and slots[0].left <= want.letters // 2

    def _want(self, name: str) -> Want:
        limit = self._whole[name] if name in self._whole else self._domains[name[len(_TO) :]]
        letters = max(int(limit * SLOT_SECONDS), 1)
        return Want(name, letters, letters / limit)


_TO = "to "


def _to(domain: str) -> str:
    return f"{_TO}{domain}"
