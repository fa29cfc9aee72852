"""Networks, calls, projects, partners and lists, on both databases."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from outreach.core.db import transaction
from outreach.core.errors import Conflict, Refusal
from outreach.core.text import LocalText
from outreach.projects import lists, services
from outreach.projects.credits import acknowledgement
from outreach.projects.models import List, Programme, Project
from outreach.projects.queries import lists_in_use, networks, partner_organisations
from tests.factories import Factory


def _project(session: Session, programme: Programme = Programme.OWN) -> Project:
    """Add a network, a call and a project; call inside a transaction."""
    network = services.add_network(
        session, services.NetworkWords(name=LocalText(en="JPI Urban Europe"))
    )
    call = services.add_call(
        session,
        network,
        services.CallWords(
            title=LocalText(en="Smart Urban Futures"),
            acronym="ENSUF",
            programme=programme,
            grant_number="693443",
        ),
    )
    words = services.ProjectWords(acronym="SmartUrbI", title=LocalText(en="Title"))
    return services.add_project(session, call.id, words)


def test_network_call_and_project_hang_together(context: None) -> None:
    with transaction() as session:
        _project(session)

    with transaction() as session:
        (network,) = networks(session)
        (call,) = network.calls
        (project,) = call.projects
        assert (network.slug, call.slug, project.slug) == (
            "jpi-urban-europe",
            "ensuf",
            "smarturbi",
        )


def test_a_project_that_ends_before_it_starts_is_refused(context: None) -> None:
    with transaction() as session:
        project = _project(session)
    words = services.ProjectWords(
        acronym="SmartUrbI",
        title=LocalText(en="Title"),
        starts_on=date(2019, 1, 1),
        ends_on=date(2017, 1, 1),
    )

    with pytest.raises(Refusal, match="ends before"), transaction() as session:
        services.edit_project(session, project, words)


def test_partners_are_named_in_order_and_once(context: None) -> None:
    with transaction() as session:
        project = _project(session)
        tilburg, roskilde = (
            lists.save_organisation(session, lists.OrganisationWords(name=name)).id
            for name in ("Tilburg University", "Roskilde University")
        )
        services.name_partners(
            session, project, [services.Part(tilburg), services.Part(roskilde, is_coordinator=True)]
        )

    with transaction() as session:
        services.name_partners(session, project, [services.Part(roskilde)])
    with pytest.raises(Refusal, match="twice"), transaction() as session:
        services.name_partners(session, project, [services.Part(tilburg), services.Part(tilburg)])

    with transaction() as session:
        names = [organisation.name for organisation in partner_organisations(session)]
        assert names == ["Roskilde University"]
        assert not project.partners[0].is_coordinator


@pytest.mark.parametrize(
    ("programme", "words"),
    [
        (Programme.OWN, "SmartUrbI is supported by JPI Urban Europe through its call Smart Urban"),
        (Programme.H2020, "Horizon 2020 research and innovation programme under grant agreement"),
        (Programme.HORIZON_EUROPE, "Funded by the European Union under grant agreement No 693443"),
        (Programme.ERA_NET_COFUND, "(ENSUF). This project has received funding"),
        (Programme.DUT, "Co-funded by the European Union"),
    ],
)
def test_a_project_without_own_words_has_its_programmes_credit_line(
    programme: Programme, words: str, context: None
) -> None:
    with transaction() as session:
        project = _project(session, programme)

        credit = acknowledgement(project)

    assert words in credit
    assert "SmartUrbI" in credit or "693443" in credit


def test_a_projects_own_credit_line_comes_first_in_the_readers_language(
    make: Factory, session: Session
) -> None:
    words = LocalText(en="Supported by the call.", nl="Ondersteund door de oproep.")
    project = session.get_one(Project, make.project(acknowledgement=words))

    assert acknowledgement(project, "nl") == "Ondersteund door de oproep."
    assert acknowledgement(project, "fr") == "Supported by the call."


LIST_WORDS = lists.ListWords(
    name=LocalText(en="Results"),
    controller="SmartUrbI consortium",
    postal_address="Main Street 1, 1000 Brussels",
)


def test_a_list_belongs_to_one_network_or_project(context: None) -> None:
    with transaction() as session:
        project = _project(session)
        of_project = lists.add_list(session, project, LIST_WORDS, list_id="results.example.org")
        of_network = lists.add_list(
            session, project.call.network, LIST_WORDS, list_id="news.example.org"
        )

    assert (of_project.project_id, of_project.network_id) == (project.id, None)
    assert (of_network.project_id, of_network.network_id) == (None, project.call.network_id)


def test_a_list_identifier_is_taken_once(context: None) -> None:
    with transaction() as session:
        project = _project(session)
        lists.add_list(session, project, LIST_WORDS, list_id="results.example.org")

    with pytest.raises(Conflict, match="taken"), transaction() as session:
        lists.add_list(session, project, LIST_WORDS, list_id="Results.example.org")


def test_a_list_without_a_postal_address_is_refused(context: None) -> None:
    nameless = lists.ListWords(name=LocalText(en="R"), controller="C", postal_address=" ")

    with pytest.raises(Refusal, match="postal address"), transaction() as session:
        lists.add_list(session, _project(session), nameless, list_id="results.example.org")


def test_an_archived_list_is_no_choice_until_it_is_restored(
    make: Factory, session: Session, now: datetime
) -> None:
    list_id = make.list_of(make.project())

    with transaction() as writing:
        lists.archive_list(writing, writing.get_one(List, list_id), now=now)
        assert not lists_in_use(writing)

    with transaction() as writing:
        lists.restore_list(writing, writing.get_one(List, list_id))
        assert [one.id for one in lists_in_use(writing)] == [list_id]


def test_a_senders_name_cannot_carry_a_header(context: None) -> None:
    words = lists.SenderWords(
        name="Office", from_name="Office\r\nBcc: x@example.org", from_address="o@example.org"
    )

    with transaction() as session:
        profile = lists.save_sender(session, words)

    assert profile.from_name == "Office Bcc: x@example.org"


def test_a_name_is_taken_by_one_sender_and_one_organisation(context: None) -> None:
    sender = lists.SenderWords(name="Office", from_name="Office", from_address="o@example.org")
    organisation = lists.OrganisationWords(name="Tilburg University", country="nl")
    with transaction() as session:
        lists.save_sender(session, sender)
        known = lists.save_organisation(session, organisation)
        lists.save_organisation(session, organisation, known)

    with pytest.raises(Conflict, match="Office"), transaction() as session:
        lists.save_sender(session, sender)
    with pytest.raises(Conflict, match="Tilburg"), transaction() as session:
        lists.save_organisation(session, organisation)
