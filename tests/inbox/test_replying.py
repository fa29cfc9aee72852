"""A person's words without what they quote."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.inbox.replying import read_reply, without_quotes


@pytest.mark.parametrize(
    "quote",
    [
        "On Mon, 2 Mar 2026 at 12:00, SmartUrbI <news@x.example> wrote:\n> Cities",
        "On Monday, the second of March in the year 2026,\nSmartUrbI <news@x.example> wrote:\n> a",
        "Am 2.3.2026 um 12:00 schrieb SmartUrbI:\n> Städte",
        "Le lun. 2 mars 2026 à 12:00, SmartUrbI <news@x.example> a écrit :\n> Villes",
        "Op ma 2 mrt 2026 om 12:00 schreef SmartUrbI <news@x.example>:\n> Steden",
        "Den man. 2. mar. 2026 kl. 12.00 skrev SmartUrbI:\n> Byer",
        "El lun, 2 mar 2026 a las 12:00, SmartUrbI (<news@x.example>) escribió:\n> Ciudades",
        "-----Original Message-----\nFrom: SmartUrbI",
        "________________________________\nVon: SmartUrbI <news@x.example>",
        "From: SmartUrbI <news@x.example>\nSent: Monday, 2 March 2026 12:00\nTo: Ada",
    ],
)
def test_what_is_quoted_is_left_out(quote: str) -> None:
    assert without_quotes(f"Thank you.\n\nHow much?\n\n{quote}\n") == "Thank you.\n\nHow much?"


def test_words_that_only_look_like_a_quote_stay() -> None:
    own = "She wrote: nothing.\nFrom: Brussels to Paris\nis how far?"

    assert without_quotes(own) == own


def test_html_alone_is_read_as_words_and_a_bare_quote_is_kept() -> None:
    html = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Gr\xc3\xbc\xc3\x9fe</p>"

    assert read_reply(html).body == "Grüße"
    assert read_reply(b"From: a@x.example\r\n\r\n> all\r\n> quoted\r\n").body == "> all\r\n> quoted"


@given(st.binary(max_size=300))
@settings(max_examples=40, deadline=None)
def test_no_words_make_it_raise(raw: bytes) -> None:
    read_reply(b"From: a@x.example\r\nContent-Type: text/plain; charset=x\r\n\r\n" + raw)
