from datetime import timedelta
from email.message import EmailMessage
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outreach.core.errors import ProgrammingError
from outreach.mail.addresses import BadAddress
from outreach.mail.headers import BadHeader, HeaderInjection
from outreach.mail.letter import Address, Attachment
from outreach.mail.mime import BadLink, Header, compile_skeleton
from outreach.mail.skeleton import Skeleton
from outreach.mail.slots import SlotKind, slot, without_slots
from tests.mail.letters import parsed

TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(without_slots)
LINE = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])).map(without_slots)
MINIMAL = [("From", "ada@example.org"), ("Subject", "News")]
UNSUBSCRIBE = ("List-Unsubscribe", f"<https://outreach.example.org/u/{slot('token')}>")


def body(message: EmailMessage, kind: Literal["plain", "html"]) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def with_network_line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")


def lines_of(data: bytes) -> list[bytes]:
    assert b"\n" not in data.replace(b"\r\n", b"")
    return data.split(b"\r\n")


@settings(deadline=timedelta(seconds=2))
@given(text=TEXT, html=TEXT, subject=LINE, name=LINE)
def test_any_words_survive_the_way_through_a_standard_parser(
    text: str, html: str, subject: str, name: str
) -> None:
    headers: list[Header] = [("From", Address("ada@example.org", name)), ("Subject", subject)]

    data = compile_skeleton(headers=headers, text=text, html=html).fill({})

    message = parsed(data)
    assert message["Subject"] == subject
    assert message["From"].addresses[0].addr_spec == "ada@example.org"
    assert body(message, "plain") == with_network_line_ends(text)
    assert body(message, "html") == with_network_line_ends(html)
    assert max(map(len, lines_of(data))) <= 100


@settings(deadline=timedelta(seconds=2))
@given(value=TEXT, name=LINE, word=LINE)
def test_any_values_survive_in_their_slots(value: str, name: str, word: str) -> None:
    skeleton = compile_skeleton(
        headers=[
            ("From", "ada@example.org"),
            ("To", Address(slot("email"), slot("name"))),
            ("Subject", f"News for {slot('word')}, again"),
        ],
        text=f"Dear {slot('value')},\n{slot('value')}{slot('value')}.\n",
        html=f"<p>Dear {slot('value')}</p>{slot('markup', SlotKind.HTML)}",
    )
    values = {"value": value, "name": name, "word": word, "markup": value}

    message = parsed(skeleton.fill({**values, "email": "ben@example.org"}))

    value = with_network_line_ends(value)
    escaped = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&quot;").replace("'", "&#x27;")
    assert message["Subject"] == f"News for {word}, again"
    assert message["To"].addresses[0].addr_spec == "ben@example.org"
    assert body(message, "plain") == f"Dear {value},\r\n{value}{value}.\r\n"
    assert body(message, "html") == f"<p>Dear {escaped}</p>{value}"


@given(value=TEXT)
def test_the_text_parts_keep_to_short_ascii_lines(value: str) -> None:
    sources = "word " * 40 + slot("value") + "." * 90
    skeleton = compile_skeleton(headers=MINIMAL, text=sources, html=sources)

    data = skeleton.fill({"value": value})

    assert data.isascii()
    assert max(map(len, lines_of(data))) <= 76
    assert b"\r\n." not in data


def test_the_text_stands_before_the_html() -> None:
    data = compile_skeleton(headers=MINIMAL, text="words", html="<p>words</p>").fill({})

    message = parsed(data)

    assert message.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in message.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_the_same_values_give_the_same_bytes() -> None:
    def compiled() -> Skeleton:
        return compile_skeleton(headers=[*MINIMAL, UNSUBSCRIBE], text=slot("token"), html="<p>")

    assert compiled().fill({"token": "abc"}) == compiled().fill({"token": "abc"})


def test_a_long_list_unsubscribe_stands_unencoded_on_one_line() -> None:
    skeleton = compile_skeleton(headers=[*MINIMAL, UNSUBSCRIBE], text="", html="")

    data = skeleton.fill({"token": "A" * 60})

    expected = b"List-Unsubscribe: <https://outreach.example.org/u/" + b"A" * 60 + b">"
    assert expected in lines_of(data)


def test_a_link_is_whole_in_both_parts() -> None:
    address = "https://outreach.example.org/t/c/" + slot("token", SlotKind.URL) + "/1?a=b&c"
    html = f'<a href="{address}">x</a>'
    skeleton = compile_skeleton(headers=MINIMAL, text=address, html=html)

    message = parsed(skeleton.fill({"token": "a'b&c=%20"}))

    assert body(message, "plain") == "https://outreach.example.org/t/c/a'b&c=%20/1?a=b&c"
    assert 't/c/a&#x27;b&amp;c=%20/1?a=b&c"' in body(message, "html")


@pytest.mark.parametrize("value", ['x" onclick="y', "a b", "javascript:\n", "é", "<"])
def test_what_is_no_web_address_is_refused_in_a_url_slot(value: str) -> None:
    source = slot("link", SlotKind.URL)
    skeleton = compile_skeleton(headers=MINIMAL, text=source, html=f'<a href="{source}">')

    with pytest.raises(BadLink):
        skeleton.fill({"link": value})


@pytest.mark.parametrize("injection", ["\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("name", ["word", "name", "token"])
def test_no_value_injects_a_header(name: str, injection: str) -> None:
    headers: list[Header] = [
        ("To", Address(slot("email"), slot("name"))),
        ("Subject", f"For {slot('word')}"),
        UNSUBSCRIBE,
    ]
    skeleton = compile_skeleton(headers=headers, text="", html="")
    values = {"word": "x", "name": "x", "token": "x", "email": "ben@example.org"}

    with pytest.raises(HeaderInjection):
        skeleton.fill({**values, name: f"x{injection}Bcc: eve@example.org"})


@pytest.mark.parametrize("injection", ["\r", "\n", "\r\n", "\x85", "\u2028", "\u2029", "\x00"])
@pytest.mark.parametrize("name", ["Subject", "From", "List-Id", "X-Outreach-Role"])
def test_no_source_injects_a_header(name: str, injection: str) -> None:
    value = f"Ada{injection}Bcc: eve@example.org"
    header = (name, Address("ada@example.org", value) if name == "From" else value)

    with pytest.raises(HeaderInjection):
        compile_skeleton(headers=[header], text="", html="")


def test_an_address_that_breaks_out_of_its_brackets_is_refused() -> None:
    headers: list[Header] = [("To", Address(slot("email"))), ("Subject", "News")]
    skeleton = compile_skeleton(headers=headers, text="", html="")

    with pytest.raises(BadAddress):
        skeleton.fill({"email": "ben@example.org>\r\nBcc: <eve@example.org"})


def test_a_written_address_may_have_slots_for_name_and_e_mail() -> None:
    headers: list[Header] = [("To", f"{slot('name')} <{slot('email')}>"), ("Subject", "News")]
    skeleton = compile_skeleton(headers=headers, text="", html="")

    message = parsed(skeleton.fill({"name": "Bén, B.", "email": "ben@bücher.example"}))

    assert message["To"].addresses[0].display_name == "Bén, B."
    assert message["To"].addresses[0].addr_spec == "ben@xn--bcher-kva.example"


def test_list_headers_take_ascii_only() -> None:
    with pytest.raises(BadHeader):
        compile_skeleton(headers=[("List-Id", "Städte <s.example.org>")], text="", html="")


@pytest.mark.parametrize("name", ["Content-Type", "MIME-Version", "Subject", "Bad Name", "X:"])
def test_a_header_is_ours_twice_or_malformed_only_by_mistake(name: str) -> None:
    with pytest.raises(ProgrammingError):
        compile_skeleton(headers=[("Subject", "x"), (name, "x")], text="", html="")


def test_a_skeleton_names_the_values_it_needs() -> None:
    subject = ("Subject", f"{slot('role')} and {slot('name')}")
    skeleton = compile_skeleton(headers=[subject], text=slot("a"), html=slot("b"))

    assert skeleton.names == {"role", "name", "a", "b"}


def test_a_missing_value_is_no_empty_letter() -> None:
    skeleton = compile_skeleton(headers=MINIMAL, text=slot("name"), html="")

    with pytest.raises(KeyError, match="name"):
        skeleton.fill({})


def test_a_role_in_any_language_can_travel_in_a_header_of_ours() -> None:
    headers: list[Header] = [*MINIMAL, ("X-Outreach-Role", slot("role"))]
    skeleton = compile_skeleton(headers=headers, text="", html="")

    message = parsed(skeleton.fill({"role": "décideur"}))

    assert message["X-Outreach-Role"] == "décideur"


@given(filename=LINE.map(str.strip).filter(bool), data=st.binary(max_size=200))
def test_an_attachment_keeps_its_name_and_bytes(filename: str, data: bytes) -> None:
    attachment = Attachment(filename, "application/pdf", data)

    message = parsed(
        compile_skeleton(
            headers=MINIMAL, text="words", html="<p>words</p>", attachments=[attachment]
        ).fill({})
    )

    (part,) = message.iter_attachments()
    assert message.get_content_type() == "multipart/mixed"
    assert part.get_filename() == filename
    assert part.get_content() == data
    assert body(message, "plain") == "words"


@pytest.mark.parametrize("content_type", ["pdf", "a/b\r\nX: y", 'a/b; name="x"'])
def test_an_attachment_of_no_real_type_is_refused(content_type: str) -> None:
    attachment = Attachment("a.pdf", content_type, b"")

    with pytest.raises(BadHeader):
        compile_skeleton(headers=MINIMAL, text="", html=None, attachments=[attachment])


def test_a_token_is_written_once_for_all_its_places() -> None:
    place = slot("token", SlotKind.URL)
    skeleton = compile_skeleton(
        headers=[*MINIMAL, UNSUBSCRIBE],
        text=f"https://outreach.example.org/u/{place}\n",
        html=f'<a href="https://outreach.example.org/u/{place}">Leave</a>',
        tokens={"token"},
    )

    data = skeleton.fill({"token": "aZ-_09"})

    assert len(set(skeleton.slots)) == 1
    assert parsed(data)["List-Unsubscribe"] == "<https://outreach.example.org/u/aZ-_09>"
    assert "/u/aZ-_09" in body(parsed(data), "plain")
    assert 'u/aZ-_09"' in body(parsed(data), "html")
    for wrong in ("", "a b", "a\r\nb", 'a"', "ä", "a" * 76):
        with pytest.raises(BadHeader):
            skeleton.fill({"token": wrong})
