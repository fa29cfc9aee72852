"""The pages of what came back, and the do-not-mail list."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from outreach.cli.inbox import inbox_group
from outreach.core.db import db
from outreach.core.state import state
from outreach.delivery.models import DeliveryState
from outreach.inbox import bounces
from outreach.inbox.jobs import messages_in, take
from outreach.inbox.models import InboundMail
from outreach.stakeholders.models import Suppression
from tests.cast import Cast
from tests.inbox.conftest import Returned
from tests.web_client import post

BLOCKED = {"Status": "5.7.1", "Diagnostic_Code": "smtp; 554 5.7.1 <script>spam</script>"}


def _taken(returned: Returned, raw: bytes) -> int:
    with returned.kit.app.app_context():
        take(raw, state(returned.kit.app).signer)
        return db.session.scalars(select(InboundMail.id).order_by(InboundMail.id.desc())).first()  # type: ignore[return-value]  # it was just stored


def test_what_is_not_clear_waits_and_is_decided_by_hand(returned: Returned, cast: Cast) -> None:
    mail_id = _taken(returned, returned.report(1, **BLOCKED))

    listed = cast.ada.get("/staff/bounces").text
    shown = cast.ada.get(f"/staff/bounces/{mail_id}").text
    done = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "hard"})
    again = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "nothing"})
    odd = post(cast.ada, f"/staff/bounces/{mail_id}/decide", data={"decision": "x"})

    assert "we are not wanted" in listed
    assert "The address does not exist" in shown
    assert "<script>spam" not in listed + shown
    assert (done.status_code, again.status_code, odd.status_code) == (302, 409, 422)
    with returned.kit.app.app_context():
        assert len(db.session.scalars(select(Suppression)).all()) == 1
        assert returned.delivery().state is DeliveryState.BOUNCED
    assert "Nothing waits for you" in cast.ada.get("/staff/bounces").text
    assert cast.ada.get("/staff/bounces?kind=all&page=x").status_code == 200


def test_an_address_is_released_by_hand_with_a_reason_only(returned: Returned, cast: Cast) -> None:
    _taken(returned, returned.report(1))
    with returned.kit.app.app_context():
        line_id = db.session.scalars(select(Suppression.id)).one()

    listed = cast.ada.get("/staff/do-not-mail?reason=bounced").text
    asked = cast.ada.get(f"/staff/do-not-mail/{line_id}").text
    without = post(cast.ada, f"/staff/do-not-mail/{line_id}", data={"reason": " "})
    done = post(cast.ada, f"/staff/do-not-mail/{line_id}", data={"reason": "She wrote to us"})

    assert "Bounced: 5.1.1" in listed
    assert "May this address be mailed again?" in asked
    assert (without.status_code, done.status_code) == (422, 302)
    assert "No address is on the list" in cast.ada.get("/staff/do-not-mail").text
    assert cast.ada.get(f"/staff/do-not-mail/{line_id}").status_code == 404


def test_partners_see_nothing_of_it(returned: Returned, cast: Cast) -> None:
    mail_id = _taken(returned, returned.report(1))

    for address in ("/staff/bounces", f"/staff/bounces/{mail_id}", "/staff/do-not-mail"):
        assert cast.ben.get(address).status_code == 403


def test_files_and_folders_of_mail_are_read(returned: Returned, tmp_path: Path) -> None:
    raw = returned.report(1)
    (tmp_path / "one.eml").write_bytes(raw)
    (tmp_path / "box.mbox").write_bytes(b"From x Mon Jan  1 00:00:00 2026\n" + raw + b"\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.eml").write_bytes(raw)

    found = [len(list(messages_in(tmp_path / name))) for name in ("one.eml", "box.mbox", "folder")]

    assert found == [1, 1, 1]


def test_messages_of_files_come_as_they_are_however_broken(tmp_path: Path) -> None:
    broken = (
        b"Subject: =?utf-8?q?\xff\xfe\r\nContent-Type: multipart/x; boundary=\xf6\r\n\r\n\x80\r\n"
    )
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "box" / folder).mkdir(parents=True)
    (tmp_path / "box" / "new" / "1.host").write_bytes(broken)
    (tmp_path / "box" / "cur" / "2.host:2,S").write_bytes(b"Subject: two\r\n\r\n")
    (tmp_path / "box" / "tmp" / "3.host").write_bytes(b"Subject: half")
    lines = broken.replace(b"\r\n", b"\n")
    (tmp_path / "mbox").write_bytes(b"From a Mon Mar  2 09:00:00 2026\n" + lines + b"\n")

    assert list(messages_in(tmp_path / "box")) == [broken, b"Subject: two\r\n\r\n"]
    assert list(messages_in(tmp_path / "mbox")) == [lines]


def test_the_command_takes_messages_in_once(
    returned: Returned, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.eml").write_bytes(returned.report(1))
    monkeypatch.setattr("outreach.cli.inbox.create_app", lambda: returned.kit.app)

    said = [
        CliRunner().invoke(inbox_group, ["import", str(tmp_path / "one.eml")]).output
        for _ in range(2)
    ]

    assert said == ["bounce: 1\n1 message\n", "known: 1\n1 message\n"]


def test_what_came_back_is_shown_by_domain_for_a_mailing_and_for_all(
    returned: Returned, cast: Cast
) -> None:
    for raw in (returned.report(1), returned.report(2, **BLOCKED), returned.complaint(3)):
        _taken(returned, raw)

    with returned.kit.app.app_context():
        (row,) = bounces.of_mailing(db.session(), returned.mailing_id)
        complaints = bounces.complaints(db.session(), returned.mailing_id)

    assert (row.domain, row.came_back, row.refused) == ("mail.example.org", 2, 0)
    assert (row.hard, row.soft, row.blocked) == (1, 0, 1)
    assert complaints == 1
    for address in ("/staff/bounces/domains", f"/staff/mailings/{returned.mailing_id}/bounces"):
        assert "mail.example.org" in cast.ada.get(address).text
    assert cast.ada.get("/staff/mailings/987/bounces").status_code == 404
