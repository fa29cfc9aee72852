"""The form that brings a file of people in."""

from collections.abc import Iterable

from flask_wtf.file import FileField, FileRequired
from wtforms import RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length

from outreach.projects.models import List
from outreach.stakeholders.forms import BASES
from outreach.stakeholders.importing.origins import PROPOSALS, Origin
from outreach.stakeholders.importing.waiting import Waiting
from outreach.stakeholders.models import Basis, Role
from outreach.stakeholders.texts import one_line
from outreach.web.forms import Form, choice

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.xls,.ods,.vcf,text/csv,text/plain,text/vcard"
HINTS = {origin.value: f"{p.why} {p.example}" for origin, p in PROPOSALS.items()}
"""The line under each answer: what follows from it, and what to write as the source."""


class ImportForm(Form):
    """A file of people, and what holds for all of them."""

    file = FileField(
        "File",
        [FileRequired("Choose a file.")],
        description="A spreadsheet (XLSX), CSV or vCards; also exports of Mailchimp, Brevo, "
        "Google and Outlook as they are. One person per row, the first row names the columns.",
    )
    origin = RadioField("How do these people come to us?", [DataRequired("Choose what fits best.")])
    source = StringField(
        "When and where, in words these people would recognise",
        [
            DataRequired("Say where we have them from: the law asks for it (GDPR Art. 14)."),
            Length(max=400),
        ],
    )
    list_id = SelectField(
        "Which list may they get?", description="Consent is given to one list at a time."
    )
    basis = SelectField(
        "Basis for writing to them",
        default="",
        description="Leave it as proposed, unless your data protection officer says otherwise.",
    )
    every_role = SelectField(
        "A role all of them have", default="", description="Besides what the file says of each."
    )
    every_tag = StringField(
        "A tag for all of them",
        [Length(max=60)],
        description="Your own label: it lets you find this batch again.",
    )

    def offer(self, lists: Iterable[List], roles: Iterable[Role]) -> None:
        """Offer origins, lists, bases and roles."""
        self.origin.choices = [choice(o.value, p.label) for o, p in PROPOSALS.items()]
        named = [choice(str(found.id), found.name.pick()) for found in lists]
        self.list_id.choices = [*named, choice("", "None for now: only keep the people")]
        bases = [choice(basis, BASES[basis]) for basis in Basis if basis is not Basis.UNKNOWN]
        self.basis.choices = [choice("", "As proposed above"), *bases]
        slugs = [choice(role.slug, role.name.pick()) for role in roles]
        self.every_role.choices = [choice("", "None"), *slugs]

    @property
    def chosen_basis(self) -> Basis:
        """The basis: as proposed for the origin, or as chosen; "not known" stays unknown."""
        origin = Origin(self.origin.data)
        if origin is Origin.NOT_KNOWN or not self.basis.data:
            return PROPOSALS[origin].basis
        return Basis(self.basis.data)

    def waiting(self, key: str, user_id: int, actor: str) -> Waiting:
        """Return the note that is kept beside the uploaded file."""
        return Waiting(
            key=key,
            user_id=user_id,
            actor=actor,
            filename=one_line(self.file.data.filename or "file", 100),
            origin=Origin(self.origin.data).value,
            basis=self.chosen_basis.value,
            source=self.source.data or "",
            list_id=int(self.list_id.data) if self.list_id.data else None,
            every_role=self.every_role.data or "",
            every_tag=one_line(self.every_tag.data or "", 60),
        )
