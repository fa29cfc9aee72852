"""The catcher's mailbox: staff read what was caught, and a letter in its frame can do no harm."""

import re
from pathlib import Path

from flask.testing import FlaskClient

from outreach.core.db import transaction
from outreach.core.text import LocalText
from outreach.mail.mailbox import MailboxWriter
from outreach.stakeholders.models import Role
from tests.cast import Cast

LETTER = (
    b"From: Us <us@example.org>\r\nTo: Pia <pia@example.org>\r\nSubject: A result\r\n"
    b"Message-ID: <1@example.org>\r\nX-Outreach-Role: politician\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nHello Pia\r\n"
    b"--b\r\nContent-Type: text/html\r\n\r\n"
    b"<html><head><title>x</title></head><body><script>alert(1)</script>Hello</body></html>\r\n"
    b"--b--\r\n"
)


def _catch(cast: Cast, folder: Path, letter: bytes = LETTER) -> int:
    writer = MailboxWriter(folder / "mailbox")
    number = writer.keep("us@example.org", ["pia@example.org"], letter, now=cast.make.now)
    writer.close()
    return number


def test_staff_find_a_letter_by_role_and_read_all_its_parts(cast: Cast, tmp_path: Path) -> None:
    number = _catch(cast, tmp_path)

    assert "A result" in cast.ada.get("/mailbox?role=politician").text
    assert "A result" not in cast.ada.get("/mailbox?role=ngo").text
    role_id = cast.make.roles()["politician"]
    with cast.make.app.app_context(), transaction() as session:
        session.get_one(Role, role_id).name = LocalText(en="member of parliament")
    assert "Member of parliament" in cast.ada.get("/mailbox").text
    assert "Hello Pia" in cast.ada.get(f"/mailbox/{number}?view=text").text
    assert "X-Outreach-Role" in cast.ada.get(f"/mailbox/{number}?view=source").text


def test_only_links_that_are_counted_are_said_to_count(cast: Cast, tmp_path: Path) -> None:
    plain = _catch(cast, tmp_path)
    link = b"Hello https://outreach.example.org/t/c/token/1"
    counted = _catch(cast, tmp_path, LETTER.replace(b"Hello Pia", link))

    assert "count like theirs" not in cast.ada.get(f"/mailbox/{plain}").text
    assert "count like theirs" in cast.ada.get(f"/mailbox/{counted}").text


def test_a_letter_in_its_frame_runs_no_script_and_opens_links_outside(
    cast: Cast, tmp_path: Path
) -> None:
    frame = cast.ada.get(f"/mailbox/{_catch(cast, tmp_path)}/html")

    policy = frame.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert re.search(r"sandbox(?!.*allow-scripts)", policy)
    assert '<base target="_blank">' in frame.text


def test_partners_and_visitors_read_no_letter(cast: Cast, visitor: FlaskClient) -> None:
    assert cast.ben.get("/mailbox").status_code == 403
    assert visitor.get("/mailbox").status_code == 302
    shown = {who: "Open the mailbox" in who.get("/privacy").text for who in (cast.ben, visitor)}
    assert not any(shown.values())
    assert all("Open the mailbox" in cast.ada.get(page).text for page in ("/privacy", "/reports"))


def test_odd_numbers_and_pages_are_answered_calmly(cast: Cast) -> None:
    assert cast.ada.get("/mailbox/999999").status_code == 404
    for page in ("-1", "abc", "9" * 30, "0", "²"):
        assert cast.ada.get("/mailbox", query_string={"page": page}).status_code == 200
