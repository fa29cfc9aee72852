"""Forms about networks, calls, projects and partners; they return what the services take."""

from typing import Any

from wtforms import BooleanField, DateField, IntegerField, SelectField
from wtforms.validators import DataRequired, NumberRange, Optional

from outreach.projects import checks
from outreach.projects.fields import (
    checked,
    country_choices,
    local_area,
    local_line,
    local_text,
    localised,
    spread,
    text_line,
)
from outreach.projects.models import Call, Network, Programme, Project
from outreach.projects.services import MOST_LETTERS, CallWords, NetworkWords, ProjectWords
from outreach.projects.words import PROGRAMMES
from outreach.web.forms import Form, choice

NEW = "new"
"""The choice of something that is made together with the project."""
_ADDRESS_HINT = "The last part of its address. Leave it empty to make one from the name."
_WEBSITE_HINT = "It begins with https://. Optional."


def website_field() -> Any:
    """Return a field for the address of somebody's site."""
    return text_line("Website", 500, checked(checks.https_address), description=_WEBSITE_HINT)


@localised(name=local_line("Name"))
class NetworkForm(Form):
    """What is said of a network."""

    website = website_field()
    most_letters = IntegerField(
        "Letters a person gets in 30 days, at most",
        [Optional(), NumberRange(0, 100, "Write a number from 0 to 100, for example 4.")],
        default=MOST_LETTERS,
        description="Of all lists of the network and its projects together. Whoever has got so "
        "many gets no further mailing until some of them are older. 0 sets no limit.",
    )
    needs_approval = BooleanField(
        "A second person approves each mailing",
        description="Nothing of these lists goes out before somebody else with access “sender” "
        "has approved it as it stands. Digests that leave by themselves are not held.",
    )
    slug = text_line("Address", 80, description=_ADDRESS_HINT)

    @classmethod
    def of(cls, network: Network) -> "NetworkForm":
        """Return the form filled with what a network says."""
        fixed = {
            "website": network.website,
            "most_letters": network.most_letters,
            "needs_approval": network.needs_approval,
            "slug": network.slug,
        }
        return cls(data={**fixed, **spread(name=network.name)})

    @property
    def words(self) -> NetworkWords:
        """What was typed."""
        return NetworkWords(
            name=local_text(self, "name"),
            website=self.website.data or "",
            most_letters=_number(self.most_letters.data, MOST_LETTERS),
            needs_approval=bool(self.needs_approval.data),
            slug=self.slug.data or "",
        )


@localised(title=local_line("Title"))
class CallForm(Form):
    """What is said of a call."""

    acronym = text_line("Acronym", 40, description="For example ENSUF. Optional.")
    programme = SelectField(
        "Programme",
        choices=[choice(programme.value, name) for programme, name in PROGRAMMES.items()],
        description="It decides the credit line of projects that have none of their own.",
    )
    grant_number = text_line(
        "Grant agreement number", 40, description="Of the call itself, as with a cofund. Optional."
    )
    slug = text_line("Address", 80, description=_ADDRESS_HINT)

    @classmethod
    def of(cls, call: Call) -> "CallForm":
        """Return the form filled with what a call says."""
        fixed = {
            "acronym": call.acronym,
            "programme": call.programme.value,
            "grant_number": call.grant_number,
            "slug": call.slug,
        }
        return cls(data={**fixed, **spread(title=call.title)})

    @property
    def words(self) -> CallWords:
        """What was typed."""
        return CallWords(
            title=local_text(self, "title"),
            acronym=self.acronym.data or "",
            programme=Programme(self.programme.data),
            grant_number=self.grant_number.data or "",
            slug=self.slug.data or "",
        )


@localised(
    title=local_line("Title"),
    summary=local_area("Summary"),
    acknowledgement=local_area("Credit line", 2_000),
)
class ProjectForm(Form):
    """What is said of a project."""

    acronym = text_line("Acronym", 40, DataRequired("Give the project's acronym or short name."))
    starts_on = DateField("First day", [Optional()])
    ends_on = DateField("Last day", [Optional()])
    grant_number = text_line(
        "Grant agreement number", 40, description="The project's own. Many have none: leave it."
    )
    website = website_field()
    question_address = text_line(
        "Address for questions", 254, checked(checks.mail_address),
        description="Letters about the project name it and are answered to it.",
    )  # fmt: skip
    slug = text_line(
        "Address", 80, description="The last part of its dashboard's address. Made from the "
        "acronym when you leave it empty.",
    )  # fmt: skip

    @classmethod
    def of(cls, project: Project) -> "ProjectForm":
        """Return the form filled with what a project says."""
        local = spread(
            title=project.title, summary=project.summary, acknowledgement=project.acknowledgement
        )
        return cls(obj=project, data=local)

    @property
    def words(self) -> ProjectWords:
        """What was typed."""
        return ProjectWords(
            acronym=self.acronym.data or "",
            title=local_text(self, "title"),
            summary=local_text(self, "summary"),
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            grant_number=self.grant_number.data or "",
            website=self.website.data or "",
            acknowledgement=local_text(self, "acknowledgement"),
            question_address=self.question_address.data or "",
            slug=self.slug.data or "",
        )


class NewProjectForm(ProjectForm):
    """A project, and the call it was funded by, which may be new as well."""

    call = SelectField("Funded by the call", default=NEW)
    new_network = text_line(
        "Network or funder", 200, description="Who opened the call, for example JPI Urban Europe."
    )
    new_call = text_line("Call", 200, description="Its title, as the credit line names it.")
    new_programme = SelectField(
        "Programme",
        choices=[choice(programme.value, name) for programme, name in PROGRAMMES.items()],
        description="It decides the credit line when you write none of your own.",
    )

    def offer_calls(self, calls: dict[int, str]) -> None:
        """Offer the calls {id: name}, and one that is not there yet."""
        offered = [choice(str(key), name) for key, name in calls.items()]
        self.call.choices = [*offered, choice(NEW, "A call that is not listed yet")]
        for field in (self.new_network, self.new_call):
            field.flags.required = not calls

    @property
    def is_new_call(self) -> bool:
        """Whether the call is to be made with the project."""
        return bool(self.call.data == NEW)

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for the network and the call when they are new."""
        is_sound: bool = super().validate(extra_validators)
        if not self.is_new_call:
            return is_sound
        for field, complaint in (
            (self.new_network, "Name the network or funder."),
            (self.new_call, "Name the call."),
        ):
            if not field.data:
                field.errors = [*field.errors, complaint]
                is_sound = False
        return is_sound


class PartnerForm(Form):
    """An organisation to name among a project's partners."""

    organisation = SelectField("Organisation", default=NEW)
    name = text_line("Name of a new organisation", 200)
    country = SelectField("Its country")
    is_coordinator = BooleanField("It coordinates the project")

    def offer(self, organisations: dict[int, str]) -> None:
        """Offer organisations {id: name}, a new one, and all countries."""
        offered = [choice(str(key), name) for key, name in organisations.items()]
        self.organisation.choices = [choice(NEW, "A new organisation"), *offered]
        self.country.choices = country_choices()

    @property
    def organisation_id(self) -> int | None:
        """The organisation chosen; None for a new one."""
        return None if self.organisation.data == NEW else int(self.organisation.data)

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a name when the organisation is new."""
        is_sound: bool = super().validate(extra_validators)
        if self.organisation.data == NEW and not self.name.data:
            self.name.errors = [*self.name.errors, "Name it, or choose one from the list."]
            return False
        return is_sound


def _number(typed: int | None, usual: int) -> int:
    return usual if typed is None else typed
