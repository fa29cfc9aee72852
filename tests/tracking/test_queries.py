"""What a page says of a document that was taken back."""

from sqlalchemy.orm import Session

from outreach.tracking.queries import withdrawn_document
from tests.tracking.factories import Sent


def test_a_document_taken_back_names_a_page_that_leads_on(sent: Sent, session: Session) -> None:
    version = sent.link_document(3)

    found = withdrawn_document(session, version)

    assert found is not None
    assert found.result_slug.startswith("result-")
    assert withdrawn_document(session, 4711) is None
