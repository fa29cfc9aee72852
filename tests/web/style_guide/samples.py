"""What the style guide shows: invented, but shaped like the real thing."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from types import SimpleNamespace
from typing import Any, ClassVar

from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FileField,
    Form,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than stubs
from wtforms.validators import DataRequired, Email
from wtforms.widgets import CheckboxInput, ListWidget

from outreach.web.charts import HIDDEN, BarRow, HourSeries, bars, hours_chart
from outreach.web.pagination import cut, parse

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONES = ("Europe/Brussels", "Europe/London")
ROLES = (
    ("policy-maker", "Policy-maker"),
    ("politician", "Politician"),
    ("ngo", "NGO"),
    ("funder", "Funder"),
    ("practitioner", "Practitioner"),
    ("researcher", "Researcher"),
    ("media", "Media"),
    ("citizen", "Citizen"),
    ("business", "Business"),
    ("other", "Other"),
)


def choices(pairs: Iterable[tuple[str, str]]) -> list[Any]:
    """Options of a field; WTForms is giving up plain pairs."""
    return [SelectChoice(value, label) for value, label in pairs]


class PlainForm(Form):
    """What a visitor meets."""

    email = EmailField("Your e-mail address", validators=[DataRequired()])


class SampleForm(Form):
    """Every kind of field once."""

    name = StringField("Name", validators=[DataRequired("Give the person's name.")])
    email = EmailField("E-mail address", validators=[Email("Write it like name@example.org.")])
    day = DateField("Day", validators=[DataRequired("Choose a day, for example 23 Nov 2026.")])
    zone = SelectField("Time zone", choices=choices((zone, zone) for zone in ZONES))
    roles = SelectMultipleField(
        "Roles",
        choices=choices(ROLES[:4]),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validators=[DataRequired("Choose at least one role.")],
    )
    basis = RadioField("Basis", choices=choices([("consent", "Consent"), ("interest", "Interest")]))
    note = TextAreaField("Note")
    document = FileField("Document", description="PDF, at most 50 MB.")
    agree = BooleanField("The person agreed to be measured")


class Guide:
    """All samples, made anew for each page."""

    states: ClassVar[list[str]] = [
        "Draft",
        "In review",
        "Scheduled",
        "Sending",
        "Paused",
        "Sent",
        "Cancelled",
        "Failed",
    ]
    roles = ROLES
    examples: ClassVar[dict[str, str]] = {
        "policy-maker": "An official who prepares or carries out policy, say in a city department.",
        "politician": "Elected, or working for someone elected.",
    }

    @cached_property
    def form(self) -> SampleForm:
        """A form just refused."""
        form = SampleForm(data={"email": "ada at example"})
        form.validate()
        return form

    @cached_property
    def plain(self) -> PlainForm:
        """A form not yet filled in."""
        return PlainForm()

    @property
    def steps(self) -> list[dict[str, Any]]:
        """The five steps of a mailing."""
        return [
            {"label": "Content", "url": "/1", "state": "done"},
            {"label": "Variants", "url": "/2", "state": "caution", "note": "1 fallback"},
            {"label": "Audience", "url": "/3", "is_current": True},
            {"label": "Check", "url": "/4", "state": "block", "note": "1 dead link"},
            {"label": "Schedule", "url": None},
        ]

    @property
    def tabs(self) -> list[dict[str, Any]]:
        """Variants of a mailing, by role."""
        everyone = {"label": "Everyone", "url": "/v0", "is_current": True, "count": 412}
        return [everyone] + [
            {"label": name, "url": f"/v-{slug}", "role": slug} for slug, name in ROLES[:3]
        ]

    @property
    def filters(self) -> list[dict[str, Any]]:
        """A group of check boxes and a select."""
        chosen = ["policy-maker"]
        country: dict[str, Any] = {
            "name": "country",
            "label": "Country",
            "kind": "select",
            "selected": ["BE"],
        }
        country["options"] = [("BE", "Belgium"), ("DK", "Denmark")]
        return [
            {"name": "role", "label": "Role", "options": ROLES[:9], "selected": chosen},
            {"name": "level", "label": "Level", "options": [("eu", "EU")], "selected": []},
            country,
        ]

    @property
    def people(self) -> list[SimpleNamespace]:
        """Names with markup in them and without."""
        names = ("Ada Vandenberghe", "Ben Østergaard", "<b>Cleo</b> & Söhne", "Dora Maar")
        return [
            SimpleNamespace(
                name=name,
                organisation="City of Ghent, Department of Neighbourhoods",
                roles=ROLES[i : i + 2],
                country=("BE", "DK", "DE", None)[i],
                letters=(1204, 3, 0, None)[i],
            )
            for i, name in enumerate(names)
        ]

    page = cut(range(51), parse("2"), total=1234)

    @staticmethod
    def url_for_page(page: int) -> str:
        """The address of a page."""
        return f"/guide?page={page}"

    @property
    def events(self) -> list[SimpleNamespace]:
        """What happened with one person."""
        texts = (
            ("Asked a question", "“Where is the annex?”", "chat-bubble-left", "info", "/q"),
            ("Downloaded the policy brief", None, "arrow-down-tray", "good", None),
            ("Received “Socially smart cities”", None, "envelope", None, "/m"),
        )
        fields = ("title", "detail", "icon", "tone", "url", "at")
        return [
            SimpleNamespace(**dict(zip(fields, (*text, NOON - timedelta(hours=i)), strict=True)))
            for i, text in enumerate(texts)
        ]

    @property
    def charts(self) -> list[dict[str, Any]]:
        """One of each kind, with its table."""
        return [_by_role(), _by_hour()]


def _by_role() -> dict[str, Any]:
    values = (312, 120, 88, 41, None, None)
    rows = [
        BarRow(
            name,
            value,
            share_machine=0.2 if slug == "ngo" else 0,
            role_slug=slug,
            note=HIDDEN if slug == "practitioner" else "15.2 per 100" if value else None,
        )
        for (slug, name), value in zip(ROLES, values, strict=False)
    ]
    caption = "Downloads by role"
    return {
        "svg": bars(rows, name="by-role", title=caption),
        "caption": caption,
        "head": ["Role", "Downloads"],
        "rows": [(row.label, HIDDEN if row.is_hidden else row.value) for row in rows],
    }


def _by_hour() -> dict[str, Any]:
    visits = [max(0, 120 - 5 * h + (h % 24 in range(8, 17)) * 30) for h in range(72)]
    downloads: list[int | None] = [count // 4 if count > 20 else None for count in visits]
    scanners = [60, 20, 4] + [0] * 69
    series = (HourSeries("Visits", visits, scanners), HourSeries("Downloads", downloads))
    caption = "The first 72 hours"
    return {
        "svg": hours_chart(series, name="hours", title=caption),
        "caption": caption,
        "head": ["Hour", "Visits", "Downloads"],
        "rows": [
            (f"{h}", v, HIDDEN if d is None else d)
            for h, (v, d) in enumerate(zip(visits, downloads, strict=True))
        ],
    }


def navigation() -> list[SimpleNamespace]:
    """The seven entries of the rail."""
    entries = (
        ("Overview", "home", None),
        ("Stakeholders", "users", None),
        ("Mailings", "envelope", None),
        ("Results", "document-text", None),
        ("Questions", "chat-bubble-left-right", 3),
        ("Reports", "chart-bar", None),
        ("Settings", "cog-6-tooth", None),
    )
    return [
        SimpleNamespace(
            label=label,
            url=f"/staff/{label.lower()}",
            icon=icon,
            count=count,
            is_current=label == "Mailings",
        )
        for label, icon, count in entries
    ]


def project_switcher() -> SimpleNamespace:
    """Two projects, one of them current."""
    choices = [
        SimpleNamespace(label=label, url=f"/projects/{label}", is_current=label == "SmartUrbI")
        for label in ("SmartUrbI", "GreenRoofs")
    ]
    return SimpleNamespace(label="SmartUrbI", choices=choices)


def somebody() -> SimpleNamespace:
    """Ada, signed in."""
    return SimpleNamespace(email="ada@example.org", is_authenticated=True)
