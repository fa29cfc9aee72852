"""What documents, links and hours brought, read from real hits."""

from datetime import datetime

from flask import Flask
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.dashboards.figures import DocumentFigures
from outreach.dashboards.queries import mailing_report
from outreach.mailings.models import MailingLink
from outreach.results.models import DocumentVersion
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
        sent.download(3, after=65, delivery=3, method="HEAD"),
        sent.download(3, after=3700, delivery=1),
        sent.click(4, after=90, delivery=1),
    )

    report = mailing_report(session, sent.mailing_id)

    assert [(link.number, link.counted, link.machine) for link in report.links] == [
        (1, 1, 1),
        (2, 0, 0),
        (3, 2, 1),
        (4, 1, 0),
    ]
    assert [(d.downloads, d.followed, d.site) for d in report.documents] == [
        (2, 0, ""),
        (0, 1, "zenodo.example"),
    ]
    by_role = {(d.role_slug, d.downloads, d.followed, d.machine) for d in report.documents_by_role}
    assert by_role == {("ngo", 1, 0, 0), ("politician", 1, 0, 1), ("politician", 0, 1, 0)}
    assert sum(hour.downloads for hour in report.hours) == 2
    assert len({hour.hour for hour in report.hours}) == 2
    left_out = {row.slug: row.figures.machine for row in report.rows}
    assert (left_out, report.all.machine) == ({"ngo": 1, "politician": 1}, 2)


def test_what_was_followed_elsewhere_stays_when_the_file_comes_to_us(
    app: Flask, make: Factory, now: datetime, session: Session
) -> None:
    sent = sent_mailing(app, make, now)
    elsewhere = sent.link_document(4, address="https://zenodo.example/record/1")
    ours = sent.link_document(3)
    document_id = sent.document_of(elsewhere)
    before = DocumentFigures("", "", "", downloads=0, followed=0, site="zenodo.example")
    assert (before.own, before.elsewhere) == (None, 0)
    sent.apply(sent.click(4))
    with app.app_context(), transaction() as writing:
        writing.get_one(DocumentVersion, ours).document_id = document_id
        writing.get_one(MailingLink, (sent.mailing_id, 3)).document_id = document_id
    sent.apply(sent.download(3, after=60))

    (document,) = mailing_report(session, sent.mailing_id).documents

    assert (document.own, document.elsewhere, document.site) == (1, 1, "")
