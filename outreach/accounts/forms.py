"""Forms about users."""

from wtforms import EmailField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, Length, Optional

from outreach.accounts.models import Access
from outreach.accounts.services import PASSWORD_LENGTH
from outreach.web.forms import Form, choice

EVERY_PROJECT = "0"
ACCESS_EXAMPLES = {
    Access.ADMINISTRATOR: "Everything, users and settings included.",
    Access.EDITOR: "Writes mailings, keeps stakeholders and results, answers questions.",
    Access.SENDER: "Writes mailings, approves and sends them.",
    Access.INBOX: "Answers questions.",
    Access.ANALYST: "Reads reports; sees no person.",
    Access.PARTNER: "Reads the dashboard of a project; sees no person.",
}


class UserForm(Form):
    """Add a user."""

    email = EmailField("E-mail address", [DataRequired(), Length(max=254), Email()])
    name = StringField("Name", [Optional(), Length(max=100)])
    access = SelectField(
        "Access", choices=[choice(access.value, access.value.title()) for access in Access]
    )
    project = SelectField("Project", default=EVERY_PROJECT)
    password = PasswordField(
        "First password",
        [
            DataRequired(),
            Length(min=PASSWORD_LENGTH, message=f"Use at least {PASSWORD_LENGTH} characters."),
        ],
    )

    def offer_projects(self, projects: list[tuple[int, str]]) -> None:
        """Offer "all projects" and each of `projects` (id, acronym)."""
        offered = [choice(str(key), acronym) for key, acronym in projects]
        self.project.choices = [choice(EVERY_PROJECT, "All projects"), *offered]

    @property
    def project_id(self) -> int | None:
        """The project the access is limited to; None for all."""
        return None if self.project.data == EVERY_PROJECT else int(self.project.data)
