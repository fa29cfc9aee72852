"""Forms about results, documents and versions; they return what the services take."""

from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import DataRequired

from outreach.projects import checks
from outreach.projects.fields import (
    checked,
    language_choices,
    local_area,
    local_line,
    local_text,
    localised,
    spread,
    text_line,
)
from outreach.results.models import Document, DocumentKind, Result
from outreach.results.services import DocumentWords, NewVersion, ResultWords
from outreach.results.storage import Stored
from outreach.results.words import kind_label
from outreach.web.forms import Form, choice

_ADDRESS_HINT = "The last part of its address. Leave it empty to make one from the title."


@localised(title=local_line("Title"), summary=local_area("Summary"))
class ResultForm(Form):
    """A result's words."""

    slug = text_line("Address", 80, description=_ADDRESS_HINT)

    @classmethod
    def of(cls, result: Result) -> "ResultForm":
        """Return the form filled with what a result says."""
        return cls(data={"slug": result.slug, **spread(title=result.title, summary=result.summary)})

    @property
    def words(self) -> ResultWords:
        """What was typed."""
        return ResultWords(
            title=local_text(self, "title"),
            summary=local_text(self, "summary"),
            slug=self.slug.data or "",
        )


class NewResultForm(ResultForm):
    """A result's words, and the project it belongs to."""

    project = SelectField("Project", [DataRequired("Choose a project.")])

    def offer_projects(self, projects: dict[int, str]) -> None:
        """Offer the projects {id: acronym}."""
        self.project.choices = [choice(str(key), acronym) for key, acronym in projects.items()]


@localised(title=local_line("Title"), summary=local_area("Summary", 2_000))
class DocumentForm(Form):
    """A document's words."""

    kind = SelectField(
        "Kind",
        choices=[choice(kind.value, kind_label(kind).capitalize()) for kind in DocumentKind],
    )
    doi = text_line(
        "DOI", 200, checked(checks.doi), description="For example 10.5281/zenodo.1234. Optional."
    )
    slug = text_line("Address", 80, description=_ADDRESS_HINT)

    @classmethod
    def of(cls, document: Document) -> "DocumentForm":
        """Return the form filled with what a document says."""
        local = spread(title=document.title, summary=document.summary)
        fixed = {"kind": document.kind.value, "doi": document.doi, "slug": document.slug}
        return cls(data={**fixed, **local})

    @property
    def words(self) -> DocumentWords:
        """What was typed."""
        return DocumentWords(
            kind=DocumentKind(self.kind.data),
            title=local_text(self, "title"),
            summary=local_text(self, "summary"),
            doi=self.doi.data or "",
            slug=self.slug.data or "",
        )


class VersionForm(Form):
    """A version: a PDF to upload, or an address elsewhere."""

    label = text_line(
        "Version", 40, DataRequired("Name the version."), default="1.0",
        description="As people name it: 1.0, or 2026-11.",
    )  # fmt: skip
    language = SelectField("Language", choices=language_choices(), default="en")
    upload = FileField("PDF file", description="At most 50 MB. Readers download it from here.")
    address = text_line(
        "Or an address elsewhere", 1_500, checked(checks.https_address),
        description="It begins with https://. Readers are counted as “followed to”, "
        "never as a download. Where its licence allows a copy here, upload the PDF instead.",
    )  # fmt: skip

    @property
    def has_file(self) -> bool:
        """Whether a file was chosen."""
        return bool(self.upload.data and self.upload.data.filename)

    def validate(self, extra_validators: object = None) -> bool:
        """Ask for a file or an address, one of the two."""
        is_sound: bool = super().validate(extra_validators)
        if self.has_file != bool(self.address.data):
            return is_sound
        complaint = "Choose one of the two." if self.has_file else "Choose a file or an address."
        self.upload.errors = [*self.upload.errors, complaint]
        return False

    def version(self, stored: Stored | None) -> NewVersion:
        """Return what was typed, with the file as it was stored."""
        return NewVersion(
            label=self.label.data or "",
            language=self.language.data,
            stored=stored,
            filename=self.upload.data.filename or "" if stored else "",
            address=self.address.data or "",
        )


class NewDocumentForm(DocumentForm, VersionForm):
    """A document with its first version."""
