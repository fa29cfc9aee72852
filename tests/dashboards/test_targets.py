"""What documents, links and hours brought, read from real hits."""

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from outreach.dashboards.queries import mailing_report
from tests.factories import Factory
from tests.tracking.sending import sent_mailing


def test_a_report_holds_every_link_document_role_and_hour(
    app: Flask, make: Factory, now: datetime, session: Session
) -> None:
    sent = sent_mailing(app, make, now, unlinked=12, personal=0, roles=("ngo", "politician"))
    sent.link_document(3)
    sent.link_document(4, address="https://zenodo.example/record/1")
    sent.apply(
        sent.click(1, delivery=2),
        sent.click(1, delivery=4, family="crawler"),
        sent.download(3, after=60, delivery=2),
        sent.download(3, after=3700, delivery=1),
        sent.click(4, after=90, delivery=1),
    )

    report = mailing_report(session, sent.mailing_id)

    assert [(link.number, link.counted, link.machine) for link in report.links] == [
        (1, 1, 1),
        (2, 0, 0),
        (3, 2, 0),
        (4, 1, 0),
    ]
    assert [(d.downloads, d.followed, d.site) for d in report.documents] == [
        (2, 0, ""),
        (0, 1, "zenodo.example"),
    ]
    by_role = {(d.role_slug, d.downloads, d.followed) for d in report.documents_by_role}
    assert by_role == {("ngo", 1, 0), ("politician", 1, 0), ("politician", 0, 1)}
    assert sum(hour.downloads for hour in report.hours) == 2
    assert len({hour.hour for hour in report.hours}) == 2
    assert report.all.machine == 1
