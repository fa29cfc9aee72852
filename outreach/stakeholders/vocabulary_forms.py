"""Forms about roles and topics; they return what the services take."""

from wtforms import BooleanField

from outreach.core.text import LocalText
from outreach.projects.fields import local_line, local_text, localised, spread
from outreach.stakeholders.models import Role, Topic
from outreach.stakeholders.vocabulary import RoleWords
from outreach.web.forms import Form


@localised(
    name=local_line("Name", 80), plural=local_line("Several of them", 80),
    example=local_line("Example", 200),
)  # fmt: skip
class RoleForm(Form):
    """What is said of a role."""

    is_public = BooleanField(
        "It belongs to a public authority",
        description="Then a person in this role has a level: city or municipality, region, "
        "country, EU, international.",
    )

    @classmethod
    def of(cls, role: Role) -> "RoleForm":
        """Return the form filled with what a role says."""
        local = spread(name=role.name, plural=role.plural, example=role.example)
        return cls(data={"is_public": role.is_public, **local})

    @property
    def words(self) -> RoleWords:
        """What was typed."""
        return RoleWords(
            name=local_text(self, "name"),
            plural=local_text(self, "plural"),
            example=local_text(self, "example"),
            is_public=bool(self.is_public.data),
        )


@localised(name=local_line("Name", 60))
class TopicForm(Form):
    """What a topic is called."""

    @classmethod
    def of(cls, topic: Topic) -> "TopicForm":
        """Return the form filled with a topic's name."""
        return cls(data=spread(name=topic.name))

    @property
    def topic_name(self) -> LocalText:
        """What was typed."""
        return local_text(self, "name")
