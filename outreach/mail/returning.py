"""The way back: while a later mail server is used, the earlier ones are looked at now and then."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from outreach.mail.relays import Relays
from outreach.mail.server import SmtpSettings, TransportError
from outreach.mail.trial import check_sign_in

LOOK_SECONDS = 1.0
PATIENCE = 10.0
"""Seconds a server has to answer; whoever is slower is not well yet."""


@contextmanager
def watched_for_return(relays: Relays, server: SmtpSettings) -> Iterator[Callable[[], bool]]:
    """Give a question: is a server set before this one well again? No letter is sent to find out.

    A server whose pause is over is greeted and signed in to by a thread of its own, so that letters
    keep leaving meanwhile; one that still fails is left alone for longer.
    """
    if server == relays.servers[0]:
        yield bool
        return
    is_back, is_over = threading.Event(), threading.Event()
    watching = threading.Thread(
        target=_watch, args=(relays, server, is_back, is_over), name="way-back", daemon=True
    )
    watching.start()
    try:
        yield is_back.is_set
    finally:
        is_over.set()
        # A trial that hangs must not keep the worker; it touches nothing but the servers' list.
        watching.join(LOOK_SECONDS)


def _watch(
    relays: Relays, server: SmtpSettings, is_back: threading.Event, is_over: threading.Event
) -> None:
    while not is_over.wait(LOOK_SECONDS):
        for better in relays.better_than(server):
            try:
                check_sign_in(replace(better, timeout=PATIENCE))
            except TransportError:
                relays.pass_over(better)
            else:
                is_back.set()
                return
