"""Forms about lists, senders and organisations; they return what the services take."""

from wtforms import SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from outreach.core.text import LANGUAGES
from outreach.projects import checks
from outreach.projects.fields import (
    checked,
    country_choices,
    language_choices,
    local_area,
    local_line,
    local_text,
    localised,
    spread,
    text_line,
)
from outreach.projects.forms import website_field
from outreach.projects.lists import ListWords, OrganisationWords, SenderWords
from outreach.projects.models import List, Organisation, OrganisationKind, SenderProfile
from outreach.web.forms import Form, choice

DEFAULT_SENDER = ""


@localised(name=local_line("Name"), description=local_area("Description", 1_000))
class ListForm(Form):
    """What is said of a list."""

    controller = text_line(
        "Responsible for the data", 200, DataRequired("Say who is responsible."),
        description="The organisation that answers for it (GDPR Art. 4(7)). Every letter names it.",
    )  # fmt: skip
    postal_address = TextAreaField(
        "Postal address",
        [DataRequired("Give the postal address."), Length(max=400)],
        description="Every letter shows it.",
    )
    sender = SelectField("Letters come from")
    reply_address = text_line(
        "Replies go to", 254, checked(checks.mail_address),
        description="A mailbox somebody reads. Letters about one project are answered to the "
        "project's own address for questions, when it has one.",
    )  # fmt: skip
    language = SelectField("Usual language", choices=language_choices(LANGUAGES), default="en")
    slug = text_line(
        "Address", 80,
        description="The last part of its address. Leave it empty to make one from the name.",
    )  # fmt: skip

    @classmethod
    def of(cls, shown: List) -> "ListForm":
        """Return the form filled with what a list says."""
        local = spread(name=shown.name, description=shown.description)
        sender = str(shown.sender_profile_id or DEFAULT_SENDER)
        return cls(obj=shown, data={**local, "sender": sender})

    def offer_senders(self, senders: dict[int, str], default: str) -> None:
        """Offer the installation's own sender and each of `senders` {id: name}."""
        own = choice(DEFAULT_SENDER, f"{default or 'The sender of this installation'} (usual)")
        self.sender.choices = [own, *(choice(str(key), name) for key, name in senders.items())]

    @property
    def words(self) -> ListWords:
        """What was typed."""
        return ListWords(
            name=local_text(self, "name"),
            controller=self.controller.data or "",
            postal_address=self.postal_address.data or "",
            description=local_text(self, "description"),
            sender_profile_id=int(self.sender.data) if self.sender.data else None,
            reply_address=self.reply_address.data or "",
            language=self.language.data,
            slug=self.slug.data or "",
        )


class NewListForm(ListForm):
    """A list, whose it is, and the identifier mail programs file its letters by."""

    owner = SelectField("Belongs to", [DataRequired("Choose a network or project.")])
    list_id = text_line(
        "List identifier", 200,
        description="For mail programs (List-Id, RFC 2919), for example "
        "results.example.org. Leave it empty to make one; it never changes afterwards.",
    )  # fmt: skip

    def offer_owners(self, networks: dict[int, str], projects: dict[int, str]) -> None:
        """Offer networks and projects {id: name} that can own a list."""
        self.owner.choices = [
            *(choice(f"project-{key}", f"Project {name}") for key, name in projects.items()),
            *(choice(f"network-{key}", f"Network {name}") for key, name in networks.items()),
        ]

    @property
    def owner_id(self) -> tuple[str, int]:
        """What kind of owner was chosen ("network", "project"), and its id."""
        kind, _, key = self.owner.data.partition("-")
        return kind, int(key)


class SenderForm(Form):
    """A name and address letters may come from."""

    name = text_line(
        "Short name", 100, DataRequired("Name it, so that you find it in lists."),
        description="For staff only, for example Newsletter.",
    )  # fmt: skip
    from_name = text_line(
        "Name readers see", 100, DataRequired("Give the name readers see."),
        description="For example SmartUrbI, JPI Urban Europe.",
    )  # fmt: skip
    from_address = text_line(
        "Address readers see", 254, DataRequired("Give the address."), checked(checks.mail_address),
        description="Your mail server must be allowed to send for its domain (SPF, DKIM).",
    )  # fmt: skip

    @classmethod
    def of(cls, sender: SenderProfile) -> "SenderForm":
        """Return the form filled with what a sender says."""
        return cls(obj=sender)

    @property
    def words(self) -> SenderWords:
        """What was typed."""
        return SenderWords(
            name=self.name.data or "",
            from_name=self.from_name.data or "",
            from_address=self.from_address.data or "",
        )


class OrganisationForm(Form):
    """What is said of an organisation."""

    name = text_line("Name", 200, DataRequired("Give the organisation's name."))
    country = SelectField("Country", choices=country_choices)
    ror_id = text_line(
        "ROR id", 40, checked(checks.ror_id),
        description="From ror.org, for example https://ror.org/04b8v1s79. Optional.",
    )  # fmt: skip
    kind = SelectField(
        "Type",
        choices=[choice("", "Not known"), *(choice(k.value, k.label) for k in OrganisationKind)],
        default="",
    )
    website = website_field()

    @classmethod
    def of(cls, organisation: Organisation) -> "OrganisationForm":
        """Return the form filled with what an organisation says."""
        return cls(obj=organisation)

    @property
    def words(self) -> OrganisationWords:
        """What was typed."""
        return OrganisationWords(
            name=self.name.data or "",
            country=self.country.data or "",
            ror_id=self.ror_id.data or "",
            kind=OrganisationKind(self.kind.data)
            if self.kind.data in set(OrganisationKind)
            else None,
            website=self.website.data or "",
        )
