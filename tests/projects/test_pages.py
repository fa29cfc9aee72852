"""The settings pages of projects, lists, senders and organisations, as an editor walks them."""

import re

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from outreach.core.changes import Change, ChangeSet
from outreach.projects.lists import suggested_list_id
from outreach.projects.models import Call, List, Network, Organisation, Programme, Project
from tests.cast import Cast
from tests.factories import Factory
from tests.web_client import post

AT = "/staff/settings"
PROJECT = {
    "call": "new",
    "new_network": "JPI Urban Europe",
    "new_call": "Smart Urban Futures",
    "new_programme": "era_net_cofund",
    "acronym": "SmartUrbI",
    "title_en": "Smart urban intermediaries",
    "starts_on": "2017-01-01",
    "ends_on": "2019-12-31",
}
LIST = {
    "name_en": "SmartUrbI results",
    "controller": "JPI Urban Europe",
    "postal_address": "Main Street 1\n1000 Brussels",
    "sender": "",
    "language": "en",
}


def _project(client: FlaskClient, **changed: str) -> str:
    """Add a project and return its page's address."""
    return post(client, f"{AT}/projects/new", {**PROJECT, **changed}).headers["Location"]


def test_one_form_makes_a_project_with_its_network_and_call(cast: Cast, session: Session) -> None:
    page = cast.ada.get(_project(cast.ada))

    made = session.scalars(select(Project).where(Project.slug == "smarturbi")).one()
    assert (str(made.call.network.name), made.call.programme) == (
        "JPI Urban Europe",
        Programme.ERA_NET_COFUND,
    )
    assert "1 Jan 2017 to 31 Dec 2019" in page.text
    assert "SmartUrbI is supported by JPI Urban Europe" in page.text


def test_a_second_project_of_a_network_does_not_make_the_network_again(
    cast: Cast, session: Session
) -> None:
    _project(cast.ada)
    _project(cast.ada, acronym="Other", new_call="Another call")

    named = [n for n in session.scalars(select(Network)) if str(n.name) == "JPI Urban Europe"]
    assert [len(network.calls) for network in named] == [2]


def test_what_is_missing_stands_beside_its_field_and_all_typed_is_kept(cast: Cast) -> None:
    wrong = {**PROJECT, "new_network": "", "acronym": "", "title_nl": "Slimme steden"}

    page = post(cast.ada, f"{AT}/projects/new", wrong)

    assert page.status_code == 422
    assert "Name the network or funder." in page.text
    assert "Slimme steden" in page.text


def test_a_project_that_ends_before_it_starts_is_refused(cast: Cast) -> None:
    page = post(cast.ada, f"{AT}/projects/new", {**PROJECT, "ends_on": "2016-01-01"})

    assert page.status_code == 422
    assert "ends before it starts" in page.text


def test_an_edit_stands_in_the_history_with_what_it_changed(cast: Cast, session: Session) -> None:
    address = f"{AT}/projects/{cast.project_id}/edit"

    post(cast.ada, address, {"acronym": "SmartUrbI", "title_en": "New title", "slug": "smart"})

    noted = session.scalars(select(ChangeSet)).one()
    change = session.scalars(select(Change)).one()
    assert (noted.actor, noted.label) == ("Ada", "Changed the project SmartUrbI")
    assert change.after["title"] == {"en": "New title"}
    assert (change.before["slug"], change.after["slug"]) == ("smarturbi-1", "smart")


def test_partners_keep_the_address_they_were_given(cast: Cast) -> None:
    ben, new = cast.ben, {"acronym": "SmartUrbI", "title_en": "A title", "slug": "smart"}

    post(cast.ada, f"{AT}/projects/{cast.project_id}/edit", new)

    moved = ben.get("/dashboards/smarturbi-1")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/dashboards/smart")
    assert ben.get("/dashboards/smart").status_code == 200
    assert cast.cleo.get("/dashboards/smarturbi-1").status_code == 404


def test_a_project_is_archived_and_comes_back(cast: Cast, session: Session) -> None:
    address = f"{AT}/projects/{cast.project_id}"

    post(cast.ada, f"{address}/archive")
    offered = cast.ada.get("/staff/results/new").text
    archived = cast.ada.get(address).text
    post(cast.ada, f"{address}/restore")

    assert "SmartUrbI</option>" not in offered
    assert "Archived" in archived
    assert session.get_one(Project, cast.project_id).archived_at is None


def test_partners_are_named_moved_and_taken_out(cast: Cast, session: Session) -> None:
    at = f"{AT}/projects/{cast.project_id}/partners"
    new = {"organisation": "new", "country": "NL"}
    post(cast.ada, at, {**new, "name": "Tilburg University", "is_coordinator": "y"})
    post(cast.ada, at, {**new, "name": "Roskilde University", "country": "DK"})
    first, second = session.scalars(select(Organisation.id).order_by(Organisation.id))

    post(cast.ada, f"{at}/{second}/up")
    post(cast.ada, f"{at}/{second}/coordinator")
    post(cast.ada, f"{at}/{first}/remove")

    left = session.get_one(Project, cast.project_id).partners
    assert [(p.organisation_id, p.is_coordinator) for p in left] == [(second, True)]
    assert post(cast.ada, f"{at}/{first}/up").status_code == 404


def test_a_new_list_gets_its_identifier_from_its_name(cast: Cast, session: Session) -> None:
    owner = f"project-{cast.project_id}"

    answer = post(cast.ada, f"{AT}/lists/new", {**LIST, "owner": owner})

    made = session.scalars(select(List).where(List.slug == "smarturbi-results")).one()
    assert answer.status_code == 302
    assert (made.list_id, made.project_id) == ("smarturbi-results.localhost", cast.project_id)


def test_list_identifiers_name_our_host_where_it_has_a_name() -> None:
    assert suggested_list_id("news", "mail.example.org") == "news.mail.example.org"
    assert suggested_list_id("news", "127.0.0.1") == "news.localhost"


def test_a_list_changes_and_goes_but_keeps_its_identifier(
    cast: Cast, make: Factory, session: Session
) -> None:
    ada, key = cast.ada, make.list_of(cast.project_id)
    before = session.get_one(List, key).list_id

    post(ada, f"{AT}/lists/{key}", {**LIST, "list_id": "other.example.org"})
    post(ada, f"{AT}/lists/{key}/archive")

    session.expire_all()
    changed = session.get_one(List, key)
    assert (str(changed.name), changed.list_id) == ("SmartUrbI results", before)
    assert changed.archived_at is not None


def test_a_sender_in_use_cannot_be_deleted(cast: Cast, make: Factory) -> None:
    sender = {"name": "News", "from_name": "SmartUrbI", "from_address": "News@example.org"}
    post(cast.ada, f"{AT}/senders/new", sender)
    key = make.list_of(cast.project_id)
    post(cast.ada, f"{AT}/lists/{key}", {**LIST, "sender": "1"})

    refused = post(cast.ada, f"{AT}/senders/1/delete")
    post(cast.ada, f"{AT}/lists/{key}", LIST)
    deleted = post(cast.ada, f"{AT}/senders/1/delete")

    assert (refused.status_code, deleted.status_code) == (409, 302)
    assert "in use (list)" in refused.text


def test_an_organisation_is_checked_found_and_deleted_while_unused(
    cast: Cast, session: Session
) -> None:
    new = {"name": "Tilburg University", "country": "NL", "ror_id": "https://ror.org/04b8v1s78"}
    at = f"{AT}/organisations"

    slip = post(cast.ada, f"{at}/new", new)
    post(cast.ada, f"{at}/new", {**new, "ror_id": "04b8v1s79"})
    twice = post(cast.ada, f"{at}/new", {**new, "ror_id": ""})
    found = cast.ada.get(f"{at}?q=tilb%00urg").text
    post(cast.ada, f"{at}/1/delete")

    assert (slip.status_code, twice.status_code) == (422, 422)
    assert "check digits" in slip.text
    assert "04b8v1s79" in found
    assert session.get(Organisation, 1) is None


def test_a_network_says_whether_a_second_person_approves_its_mailings(
    cast: Cast, session: Session
) -> None:
    post(cast.ada, f"{AT}/networks/new", {"name_en": "DUT", "needs_approval": "y"})
    network = session.scalars(select(Network).where(Network.slug == "dut")).one()
    wanted, its_id = network.needs_approval, network.id
    shown = cast.ada.get(f"{AT}/networks/{its_id}").text
    session.rollback()
    post(cast.ada, f"{AT}/networks/{its_id}", {"name_en": "DUT"})

    assert wanted
    assert re.search(r"<input[^>]*\bchecked\b[^>]*name=\"needs_approval\"", shown)
    assert not session.get_one(Network, its_id).needs_approval


def test_networks_and_calls_are_deleted_only_while_empty(cast: Cast, session: Session) -> None:
    post(cast.ada, f"{AT}/networks/new", {"name_en": "DUT"})
    network = session.scalars(select(Network).where(Network.slug == "dut")).one()
    post(cast.ada, f"{AT}/networks/{network.id}/calls/new", {"title_en": "C", "programme": "dut"})
    call = session.scalars(select(Call).where(Call.network_id == network.id)).one()

    refused = post(cast.ada, f"{AT}/networks/{network.id}/delete")
    post(cast.ada, f"{AT}/calls/{call.id}/delete")
    deleted = post(cast.ada, f"{AT}/networks/{network.id}/delete")

    assert (refused.status_code, deleted.status_code) == (409, 302)


def test_an_empty_installation_says_what_to_add(cast: Cast) -> None:
    for page in ("senders/new", "organisations", "organisations/new", "networks/new"):
        assert cast.ada.get(f"{AT}/{page}").status_code == 200
    assert "No organisation yet" in cast.ada.get(f"{AT}/organisations").text
