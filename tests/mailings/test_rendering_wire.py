"""From blocks to the bytes of one recipient: what was a slot is filled, escaped and whole."""

import re
from collections.abc import Iterable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from outreach.mail.mime import compile_skeleton
from outreach.mailings import blocks, rendering
from outreach.mailings.blocks import merge
from tests.mailings.rendering_kit import BASE, BLOCKS, SENDING, Letter, addresses_of

SUBJECT = "News for {first_name|you}"


def on_the_wire(
    first_name: str | None, fields_of_blocks: Iterable[Mapping[str, Any]] = BLOCKS.values()
) -> bytes:
    """The letter as it is handed to a mail server, every slot filled for one reader."""
    letter = rendering.render(blocks.compose(fields_of_blocks), SENDING)
    fields = (*letter.merge_fields, *merge.find(SUBJECT))
    skeleton = compile_skeleton(
        headers=[("Subject", merge.to_slots(SUBJECT))], text=letter.text, html=letter.html
    )
    return skeleton.fill(
        {
            "role": "politician",
            "preferences": "Pp",
            "unsubscribe": "Uu",
            "measure": "Mm",
            **merge.fill(fields, {"first_name": first_name}),
        }
    )


def received(first_name: str | None) -> EmailMessage:
    """The same as a mail program reads it."""
    return message_from_bytes(on_the_wire(first_name), _class=EmailMessage, policy=default)


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_every_slot_is_filled_in_subject_text_and_html() -> None:
    message = received("Ada")

    assert message["Subject"] == "News for Ada"
    for text in (part(message, "plain"), part(message, "html")):
        assert "Good morning, Ada: here" in text
        assert "as politician, from" in text
        assert not set("\ue000\ue001") & set(text)


def test_filters_find_an_even_number_of_addresses_in_every_letter() -> None:
    """As rspamd counts them: URI_COUNT_ODD is a point of the four that hold a letter up."""
    for letter in (BLOCKS.values(), *([fields] for fields in BLOCKS.values())):
        message = message_from_bytes(
            on_the_wire("Ada", letter), _class=EmailMessage, policy=default
        )

        in_html = re.findall(r'(?:href|src)="https?://', part(message, "html"))
        in_text = re.findall(r"https?://", part(message, "plain"))
        assert (len(in_html) + len(in_text)) % 2 == 0
        assert len(in_text) >= 8


def test_a_reader_we_know_nothing_of_gets_the_fallbacks() -> None:
    message = received(None)

    assert message["Subject"] == "News for you"
    assert "Good morning, dear reader: here" in part(message, "plain")


def test_a_name_full_of_markup_is_a_name() -> None:
    html = part(received("<b>Ada</b> & é"), "html")

    assert "Good morning, &lt;b&gt;Ada&lt;/b&gt; &amp; é: here" in html
    assert Letter(html).faults == []


def test_both_parts_lead_to_the_same_addresses_once_filled() -> None:
    message = received("Ada")

    hrefs = {href.removeprefix("mailto:") for href in Letter(part(message, "html")).hrefs}
    assert hrefs == addresses_of(part(message, "plain"))
    assert {f"{BASE}/u/Uu", f"{BASE}/preferences/Pp", f"{BASE}/t/d/Mm/3"} <= hrefs


def test_lines_end_and_break_as_mail_servers_want_them() -> None:
    data = on_the_wire("Zoë " * 30)

    assert data.count(b"\n") == data.count(b"\r\n")
    assert max(map(len, data.split(b"\r\n"))) <= 998
    assert data.isascii()


def test_text_comes_first_and_nothing_is_attached() -> None:
    message = received("Ada")

    assert [each.get_content_type() for each in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_nothing_runs_is_embedded_or_comes_from_another_site() -> None:
    letter = Letter(part(received("Ada"), "html"))

    assert not letter.tags & {"script", "form", "link", "iframe", "object", "svg"}
    sources = [each.attributes.get("src", "") for each in letter.elements]
    assert all(source.startswith(f"{BASE}/") for source in sources if source)


def test_no_address_tells_who_reads() -> None:
    message = received("Hildegard")

    addresses = addresses_of(part(message, "plain")) | set(Letter(part(message, "html")).hrefs)
    assert not [address for address in addresses if "hildegard" in address.lower()]
