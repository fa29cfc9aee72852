"""Forms about users."""

from wtforms import EmailField, HiddenField, PasswordField, SelectField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, Length, Optional

from outreach.accounts.models import Access
from outreach.accounts.services import PASSWORD_LENGTH
from outreach.core.zones import zones
from outreach.web.forms import Form, PublicForm, choice

EVERY_PROJECT = "0"
_LONG_ENOUGH = (
    Length(min=PASSWORD_LENGTH, message=f"Use at least {PASSWORD_LENGTH} characters."),
    Length(max=200, message="Use at most 200 characters."),
)
ACCESS_EXAMPLES = {
    Access.ADMINISTRATOR: "Everything, users and settings included.",
    Access.EDITOR: "Writes mailings, keeps stakeholders and results, answers questions.",
    Access.SENDER: "Writes mailings, approves and sends them.",
    Access.INBOX: "Answers questions.",
    Access.ANALYST: "Reads reports; sees no person.",
    Access.PARTNER: "Reads the dashboard of a project; sees no person.",
}


class MembershipForm(Form):
    """An access level, in one project or in all."""

    access = SelectField(
        "Access", choices=[choice(access.value, access.value.title()) for access in Access]
    )
    project = SelectField("Project", default=EVERY_PROJECT)

    def offer_projects(self, projects: dict[int, str]) -> None:
        """Offer "all projects" and each of `projects` {id: acronym}."""
        offered = [choice(str(key), acronym) for key, acronym in projects.items()]
        self.project.choices = [choice(EVERY_PROJECT, "All projects"), *offered]

    @property
    def level(self) -> Access:
        """The access level chosen."""
        return Access(self.access.data)

    @property
    def project_id(self) -> int | None:
        """The project the access is limited to; None for all."""
        return None if self.project.data == EVERY_PROJECT else int(self.project.data)


class UserForm(MembershipForm):
    """Add a user."""

    email = EmailField("E-mail address", [DataRequired(), Length(max=254), Email()])
    name = StringField("Name", [Optional(), Length(max=100)])
    password = PasswordField("First password", [Optional(), *_LONG_ENOUGH])


class NameForm(Form):
    """What a user is called, and the zone they read times in."""

    name = StringField("Name", [Optional(), Length(max=100)])
    zone = SelectField(
        "Time zone", choices=[choice(zone, zone.replace("_", " ")) for zone in zones()]
    )


class NewPassword(Form):
    """A new password, typed twice."""

    password = PasswordField("New password", [DataRequired("Type a password."), *_LONG_ENOUGH])
    again = PasswordField(
        "The same again", [EqualTo("password", message="The two are not the same.")]
    )


class ChangePasswordForm(NewPassword):
    """A new password for oneself: whoever found the desk unattended does not know the old one."""

    present = PasswordField("Present password", [DataRequired("Type your present password.")])


class SetPasswordForm(NewPassword, PublicForm):
    """A new password, for whoever holds a mailed link."""


class ForgottenForm(PublicForm):
    """The address somebody signs in with."""

    email = EmailField(
        "E-mail address",
        [DataRequired("Type your address."), Length(max=254), Email("This is no e-mail address.")],
    )


class TurnOnForm(Form):
    """The first code of an authenticator app."""

    sealed = HiddenField()
    code = StringField("Code from the app", [DataRequired("Type the six digits."), Length(max=20)])
    present = PasswordField("Your password", [DataRequired("Type your password.")])


class TurnOffForm(Form):
    """One's own password, before the second step is given up."""

    present = PasswordField("Your password", [DataRequired("Type your password.")])


class CodeForm(Form):
    """The second step."""

    code = StringField("Code", [DataRequired("Type a code."), Length(max=20)])
