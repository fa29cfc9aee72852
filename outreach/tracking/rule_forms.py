"""The rules of counting as a form."""

from typing import Any

from wtforms import IntegerField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from outreach.tracking.agents import CLASS_OF, AgentClass
from outreach.tracking.rules import BOUNDS, RULES, Rules, rules_of
from outreach.web.forms import Form, choice

CLASS_NAMES = {
    AgentClass.BROWSER: "a person's browser",
    AgentClass.MAIL: "a person's mail program",
    AgentClass.PROXY: "an image proxy that loads when somebody looks",
    AgentClass.PRIVACY: "privacy loading, looked at or not",
    AgentClass.LIBRARY: "a program's library",
    AgentClass.CRAWLER: "a crawler or mail scanner",
    AgentClass.EMPTY: "names nothing",
    AgentClass.OTHER: "unknown",
}


def _number(label: str, name: str) -> Any:
    least, most = BOUNDS[name]
    message = f"Choose a number from {least} to {most}."
    return IntegerField(label, [InputRequired(message), NumberRange(least, most, message)])


class RulesForm(Form):
    """All settings of the rules."""

    on = SelectMultipleField(
        "Rules in force",
        choices=[choice(name, words) for name, words in RULES.items()],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    burst_seconds = _number("Seconds within which different links are one burst", "burst_seconds")
    burst_links = _number("Different links that make a burst", "burst_links")
    soon_seconds = _number("Seconds after sending that are suspiciously soon", "soon_seconds")
    forwarded_hours = _number(
        "Hours after which another device is perhaps somebody else's", "forwarded_hours"
    )

    @classmethod
    def of(cls, rules: Rules) -> "RulesForm":
        """Return the form as rules have it, or as it was sent."""
        numbers = {name: getattr(rules, name) for name in BOUNDS}
        families = {_field(name): rules.class_of(name).value for name in CLASS_OF}
        return cls(data={"on": [n for n in RULES if rules.is_on(n)], **numbers, **families})

    def family_fields(self) -> list[Any]:
        """The fields that say what kind of program a family is."""
        return [self[_field(name)] for name in CLASS_OF]

    def rules(self, version: int) -> Rules:
        """What was chosen, as an edition."""
        chosen = {name: self[_field(name)].data for name in CLASS_OF}
        return rules_of(
            version,
            {
                **{name: self[name].data for name in BOUNDS},
                "off": [name for name in RULES if name not in (self.on.data or [])],
                "classes": {n: kind for n, kind in chosen.items() if kind != CLASS_OF[n].value},
            },
        )


def _field(family: str) -> str:
    return f"family_{family.replace('-', '_')}"


for _family in CLASS_OF:
    setattr(
        RulesForm,
        _field(_family),
        SelectField(
            _family, choices=[choice(kind.value, words) for kind, words in CLASS_NAMES.items()]
        ),
    )
