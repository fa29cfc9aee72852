"""SmartUrbI in the database: network, call, project, partners, list, result, documents, FAQ."""

import io
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from outreach.core.extras import late
from outreach.core.slugs import slugify
from outreach.core.text import LocalText
from outreach.demo import texts
from outreach.projects.models import (
    Call,
    List,
    Network,
    Organisation,
    Partner,
    Programme,
    Project,
)
from outreach.questions.models import FaqEntry
from outreach.results.models import DocumentKind, Result
from outreach.results.services import (
    DocumentWords,
    NewVersion,
    ResultWords,
    add_document,
    add_result,
    publish_result,
)
from outreach.results.storage import FileKind, store

if TYPE_CHECKING:
    from outreach.demo import pdf
else:
    pdf = late("outreach.demo.pdf")

QUESTION_ADDRESS = "questions@smarturbi.example.org"


def add_project(session: Session) -> Project:
    """Add the network, its call and the project with its partners."""
    network = Network(
        slug="jpi-urban-europe", name=texts.NETWORK, website="https://jpi-urbaneurope.eu"
    )
    call = Call(
        slug="ensuf",
        acronym="ENSUF",
        title=texts.CALL,
        programme=Programme.ERA_NET_COFUND,
        grant_number="693443",
    )
    project = Project(
        slug="smarturbi",
        acronym="SmartUrbI",
        title=texts.PROJECT,
        summary=texts.PROJECT_SUMMARY,
        starts_on=date(2017, 1, 1),
        ends_on=date(2019, 12, 31),
        website="https://jpi-urbaneurope.eu/project/smart-urbi",
        acknowledgement=texts.ACKNOWLEDGEMENT,
        question_address=QUESTION_ADDRESS,
    )
    network.calls.append(call)
    call.projects.append(project)
    for position, (name, country, ror_id) in enumerate(texts.PARTNERS):
        organisation = Organisation(name=name, country=country, ror_id=ror_id)
        project.partners.append(
            Partner(organisation=organisation, position=position, is_coordinator=position == 0)
        )
    session.add(network)
    session.flush()
    return project


def add_list(session: Session, project: Project) -> List:
    """Add the network's list, to which the demo's people subscribed."""
    added = List(
        slug="smart-urban-futures",
        network_id=project.call.network_id,
        name=texts.LIST_NAME,
        description=texts.LIST_DESCRIPTION,
        list_id="smart-urban-futures.lists.example.org",
        controller="JPI Urban Europe (demonstration)",
        postal_address="JPI Urban Europe, Demonstration Street 1, 1000 Brussels, Belgium",
        reply_address=QUESTION_ADDRESS,
        language="en",
    )
    session.add(added)
    session.flush()
    return added


def add_smarturbi_result(
    session: Session, project: Project, documents: Path, *, now: datetime
) -> Result:
    """Add the result with its brief, report, page and FAQ link; `documents` is the folder."""
    result = add_result(
        session,
        project.id,
        ResultWords(title=texts.RESULT, summary=texts.RESULT_SUMMARY, slug="socially-smart-cities"),
        now=now,
    )
    publish_result(session, result, now=now)
    brief = pdf.make_pdf(texts.BRIEF_TITLE, texts.BRIEF)
    report = pdf.make_pdf(texts.REPORT_TITLE, texts.REPORT, has_page_per_section=True)
    files = (
        (DocumentWords(kind=DocumentKind.POLICY_BRIEF, title=LocalText(en=texts.BRIEF_TITLE),
                       slug="policy-brief"), brief),
        (DocumentWords(kind=DocumentKind.REPORT, title=LocalText(en=texts.REPORT_TITLE),
                       slug="report"), report),
    )  # fmt: skip
    for words, data in files:
        stored = store(io.BytesIO(data), documents, kind=FileKind.PDF)
        name = f"smarturbi-{words.slug}.pdf"
        version = NewVersion(label="1.0", language="en", stored=stored, filename=name)
        add_document(session, result, words, version, now=now)
    page = DocumentWords(
        kind=DocumentKind.PAGE,
        title=LocalText(en="SmartUrbI at JPI Urban Europe"),
        slug="smarturbi",
    )
    address = NewVersion(label="web", language="en", address=project.website)
    add_document(session, result, page, address, now=now)
    _add_faq(session, project, result, now)
    return result


def _add_faq(session: Session, project: Project, result: Result, now: datetime) -> None:
    for position, (question, answer) in enumerate(texts.FAQ):
        session.add(
            FaqEntry(
                project_id=project.id,
                result_id=result.id,
                slug=slugify(question),
                question=LocalText(en=question),
                answer=LocalText(en=answer),
                position=position,
                published_at=now,
                created_at=now,
                updated_at=now,
            )
        )
