"""The list of people with its search and filters, and the counts fetched after it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from outreach.accounts.guard import may, signed_in_user
from outreach.core.clock import now
from outreach.core.db import db
from outreach.projects.models import Organisation
from outreach.stakeholders.bulk import Act
from outreach.stakeholders.facets import Choices, choices, counts
from outreach.stakeholders.filtering import PeopleFilter
from outreach.stakeholders.forms import LEVELS
from outreach.stakeholders.listing import page_of_people
from outreach.stakeholders.models import SavedView, Tier
from outreach.stakeholders.people import id_by_address
from outreach.stakeholders.promised import promised
from outreach.stakeholders.segments.services import rules_of
from outreach.stakeholders.segments.verdicts import members
from outreach.stakeholders.status import Status
from outreach.stakeholders.views.blueprint import blueprint
from outreach.web.access import requires
from outreach.web.filters import country_name

T = TypeVar("T")
PARAMETERS = {
    "roles": "role",
    "levels": "level",
    "countries": "country",
    "tags": "tag",
    "statuses": "status",
    "batches": "batch",
    "organisations": "organisation",
    "segments": "segment",
}
"""Group of the filter → name in the address."""


@blueprint.get("")
@requires("stakeholders.see")
def overview() -> str:
    """List people."""
    wanted = filter_from(request.args)
    key = {name: _number(request.args.get(name)) for name in ("after", "before")}
    offered = choices(db.session())
    page = page_of_people(db.session(), wanted, now=now(), **key)
    return render_template(
        "stakeholders/overview.html",
        page=page,
        known_as=None if page.rows else id_by_address(db.session(), wanted.q),
        wanted=wanted,
        groups=_groups(wanted, offered),
        chips=_chips(wanted, offered),
        acts=list(Act),
        views=_views(),
        parameters=parameters(wanted),
        levels=LEVELS,
        owed=lambda: promised(db.session(), now()),  # asked for where the rail says that any wait
        may_edit=may("stakeholders.edit"),
        may_export=may("stakeholders.export"),
    )


@blueprint.get("/counts")
@requires("stakeholders.see")
def facet_counts() -> ResponseReturnValue:
    """Answer how many people each further choice would show."""
    return jsonify(counts(db.session(), filter_from(request.args), now=now()))


def filter_from(arguments: MultiDict[str, str]) -> PeopleFilter:
    """Read the filter from an address; what makes no sense is left out."""
    return PeopleFilter(
        q=arguments.get("q", "")[:200].replace("\0", "").strip(),
        roles=tuple(arguments.getlist("role")[:50]),
        levels=_known(Tier, arguments.getlist("level")),
        countries=tuple(arguments.getlist("country")[:50]),
        tags=_numbers(arguments.getlist("tag")),
        statuses=_known(Status, arguments.getlist("status")),
        batches=_numbers(arguments.getlist("batch")),
        organisations=_numbers(arguments.getlist("organisation")),
        segments=(chosen := _numbers(arguments.getlist("segment"))),
        members=members(rules_of(db.session(), chosen), now()) if chosen else None,
    )


def parameters(wanted: PeopleFilter) -> dict[str, Any]:
    """Return a filter as the parameters of an address."""
    found = {
        PARAMETERS[f.name]: getattr(wanted, f.name) for f in fields(wanted) if f.name in PARAMETERS
    }
    return {name: value for name, value in {"q": wanted.q, **found}.items() if value}


def _known(kind: Callable[[str], T], texts: Iterable[str]) -> tuple[T, ...]:
    found = []
    for text in texts:
        try:
            found.append(kind(text))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def _numbers(texts: Iterable[str]) -> tuple[int, ...]:
    return tuple(n for text in list(texts)[:50] if (n := _number(text)))


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= 9
    return int(text) if text and is_number else None


def _options(offered: Choices) -> Mapping[str, list[tuple[str, str]]]:
    return {
        "roles": [(role.slug, role.name.pick()) for role in offered.roles],
        "levels": [(level.value, LEVELS[level]) for level in Tier],
        "countries": sorted(
            ((code, country_name(code)) for code in offered.countries), key=lambda pair: pair[1]
        ),
        "tags": [(str(tag.id), tag.name) for tag in offered.tags],
        "statuses": [(status.value, status.label) for status in Status],
        "segments": [(str(segment.id), segment.name) for segment in offered.segments],
    }


LABELS = {
    "roles": "Role",
    "levels": "Level",
    "countries": "Country",
    "tags": "Tag",
    "statuses": "Status",
    "batches": "Batch",
    "organisations": "Organisation",
    "segments": "Segment",
}


def _groups(wanted: PeopleFilter, offered: Choices) -> list[dict[str, Any]]:
    return [
        {
            "name": PARAMETERS[group],
            "label": LABELS[group],
            "options": options,
            "selected": [str(value) for value in getattr(wanted, group)],
            "kind": "checks",
        }
        for group, options in _options(offered).items()
        if options
    ]


def chips_of(wanted: PeopleFilter) -> list[tuple[str, str]]:
    """Return (label, address without it) of every choice."""
    return _chips(wanted, choices(db.session()))


def _organisation_names(wanted: PeopleFilter) -> dict[str, str]:
    query = select(Organisation.id, Organisation.name).where(
        Organisation.id.in_(wanted.organisations)
    )
    found = db.session.execute(query) if wanted.organisations else ()
    return {str(id_): name for id_, name in found}


def _views() -> list[SavedView]:
    query = select(SavedView).where(SavedView.user_id == signed_in_user().id)
    return list(db.session.scalars(query.order_by(SavedView.name)))


def _chips(wanted: PeopleFilter, offered: Choices) -> list[tuple[str, str]]:
    """Return (label, address without it) of every choice."""
    chips = []
    if wanted.q:
        chips.append((f"“{wanted.q}”", _address(wanted.without("q"))))
    for group in PARAMETERS:
        names = dict(_options(offered).get(group, ()))
        if group == "organisations":
            names = _organisation_names(wanted)
        chosen = getattr(wanted, group)
        for value in chosen:
            rest = tuple(other for other in chosen if other != value)
            label = f"{LABELS[group]}: {names.get(str(value), value)}"
            chips.append((label, _address(wanted.with_choice(group, rest))))
    return chips


def _address(wanted: PeopleFilter) -> str:
    return url_for("stakeholders.overview", **parameters(wanted))
